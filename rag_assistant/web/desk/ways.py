"""What can be asked next: a question as it was typed, or one that the last answer offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from rag_assistant.answer import Answer
from rag_assistant.asking import Question
from rag_assistant.schema import Filters
from rag_assistant.web.components.conversation import Exchange, turns
from rag_assistant.wording import message, say, spoken

MOST = 5
SKIP = message("Skip: answer as asked")
WRITE = message("Write it")
AGAIN = message("Ask again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A question that can be asked.

    Attributes:
        question: What is asked.
        label: What its button says; "" where it has none.
        search: What is searched for, as in `Question`.
        answerer: Who answers, as in `Question`.
        again: It is the last exchange's question once more, whose answer it does not follow.
        clarify: Whether a question may be asked back, unless one has been.
    """

    question: str
    label: str = ""
    search: str | None = None
    beside: Mapping[str, float] = field(default_factory=dict)
    answerer: str | None = None
    again: bool = False
    clarify: bool = False

    def asked(self, filters: Filters, exchanges: Sequence[Exchange], now: Exchange) -> Question:
        """As the house knows it, after these exchanges; at most one question is asked back."""
        before = exchanges[:-1] if self.again else exchanges
        asked_back = any(one.answer and one.answer.clarification for one in exchanges)
        return Question(
            text=self.question,
            filters=filters,
            answerer=self.answerer,
            history=turns(before),
            audience=now.audience,
            search=self.search,
            beside=self.beside,
            clarify=self.clarify and not asked_back,
            told_in=spoken(),
        )


def typed(words: str) -> Way | None:
    """The question in its field."""
    return Way(question=words.strip(), clarify=True) if words.strip() else None


def searched_again(words: str, exchanges: Sequence[Exchange]) -> Way | None:
    """The last question, for which something else is searched; with no words, for itself."""
    if not exchanges:
        return None
    return Way(question=exchanges[-1].question, search=words.strip() or None, again=True)


def chosen(label: str, exchanges: Sequence[Exchange]) -> Way | None:
    """The way that a button says, if the last answer offers it."""
    return next((way for way in ways(exchanges) if way.label == label), None)


def ways(exchanges: Sequence[Exchange]) -> tuple[Way, ...]:
    """What the last answer offers, as buttons: choices, other searches, a written answer."""
    answer = exchanges[-1].answer if exchanges else None
    return tuple(islice(_offered(answer), MOST)) if answer else ()


def _offered(answer: Answer) -> Iterator[Way]:
    same = Way(
        question=answer.question,
        search=answer.search_query,
        beside=answer.run.beside,
        again=True,
    )
    if answer.status == "clarify" and answer.clarification:
        for choice in answer.clarification.choices[: MOST - 1]:
            yield Way(question=choice, label=choice)
        yield replace(same, label=say(SKIP))
    if answer.status == "model_failed":
        yield replace(same, label=say(AGAIN))
    for one in answer.suggestions:
        if one.kind == "written":
            yield replace(same, label=say(WRITE), answerer="ollama")
        elif one.kind == "search":
            yield Way(question=one.text, label=say("Search: {words}", words=one.text), clarify=True)
