"""Questions within a conversation: what the product finds for them, on MTRAG-UN.

Three searches a conversation, each the product's own and as deep as for an answer: for the last
turn as if nothing had been said before, for the last turn with the conversation (what the product
makes a search of is its own affair: "rewritten"), and, as a yardstick, for all of the person's
turns joined. No answer is made. Only conversations of more than one question with known passages
count. Recall@5 is that of documents, each at its best passage.
"""

from __future__ import annotations

from collections.abc import Sequence

from evals import sets
from evals.libraries import Library
from evals.measures import Measure, gain, mean
from evals.metrics.retrieval import RECALL_5, scores
from evals.sets import Conversation
from evals.workbench import Workbench
from rag_assistant.asking import Question
from rag_assistant.ports import Turn
from rag_assistant.retrieval import Retrieved

LAST_TURN, REWRITTEN, ALL_TURNS = "last_turn", "rewritten", "all_turns"


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``followups.mtragun.<search>.recall@5``, and the gain of the rewritten over the last turn."""
    library = bench.library("mtrag", lambda: sets.mtrag_texts(bench.data))
    followups = [one for one in bench.of(sets.conversations(bench.data)) if is_followup(one)]
    recall = recalls(library, followups, bench.answerer)
    return {
        **{f"followups.mtragun.{name}.{RECALL_5}": mean(by) for name, by in recall.items()},
        f"followups.mtragun.{RECALL_5}_gain": gain(recall[REWRITTEN], recall[LAST_TURN]),
    }


def is_followup(conversation: Conversation) -> bool:
    """Whether it has passages to find and more than one question."""
    asked = [text for role, text in conversation.turns if role == "user"]
    return bool(conversation.relevant) and len(asked) > 1


def recalls(
    library: Library, conversations: Sequence[Conversation], answerer: str
) -> dict[str, dict[str, float]]:
    """Recall@5 by kind of search and conversation."""
    ranked: dict[str, dict[str, list[str]]] = {LAST_TURN: {}, REWRITTEN: {}, ALL_TURNS: {}}
    for one in conversations:
        history = tuple(_turn(role, text) for role, text in one.turns[:-1])
        last = one.turns[-1][1]
        joined = "\n".join(text for role, text in one.turns if role == "user")
        for name, question, before in (
            (LAST_TURN, last, ()),
            (REWRITTEN, last, history),
            (ALL_TURNS, joined, ()),
        ):
            ranked[name][one.id] = found_for(library, question, before, answerer)
    judged = {one.id: one.relevant for one in conversations}
    return {name: scores(judged, runs, (RECALL_5,))[RECALL_5] for name, runs in ranked.items()}


def found_for(library: Library, question: str, history: Sequence[Turn], answerer: str) -> list[str]:
    """Documents that the product finds for a question; it is left before it answers.

    Raises:
        RuntimeError: It never searched.
    """
    asked = Question(text=question, history=tuple(history), answerer=answerer)
    for event in library.assistant.stream(asked):
        if isinstance(event, Retrieved):
            return library.ranked(event.hits)
    raise RuntimeError("an answer came without a search")


def _turn(role: str, text: str) -> Turn:
    return Turn(role="user" if role == "user" else "assistant", text=text)
