"""Answers made of the sources' own sentences, word for word. Needs no language model."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Sequence

from rag_assistant.answer import Sentence
from rag_assistant.answering.citations import Numbering, markers
from rag_assistant.answering.relevance import Candidate, candidates
from rag_assistant.ports import AnswerEvent, Draft, Embedder, Quote, Task, Token

# Chosen on the first halves of XQuAD, CLAPNQ and the project's own questions, in the units of a
# score (see docs/decisions).
MARGIN = 3.0
"""How far below the best one's score a further sentence may stand."""
KINDRED = 1.0
"""What a further sentence gains, times its cosine to one that is quoted from the same passage: what
explains an answer is near to it in meaning, and not always to the question."""
ADJACENT = -0.3
"""What it gains for standing next to one: a neighbour is near in meaning anyhow, and people mark
sentences that stand apart."""
SAME_WORDS = 0.8
"""Share of common content words from which two sentences are one."""

NOTHING_QUOTABLE = "no sentence could be quoted"

_UNRESOLVED = re.compile(
    r"[\"'“„«(]*(?:he|she|it|they|this|these|that|those|his|her|its|their|such|"
    r"er|sie|es|dies|diese|dieser|dieses|il|elle|ils|elles|ce|cette|ces|"
    r"él|ella|ellos|ellas|este|esta|estos|estas|ese|esa|esto)\b",
    re.IGNORECASE,
)


class ExtractiveAnswerer:
    """Quotes the sentences that answer best.

    Args:
        embedder: Scores sentences by meaning; without one, by words alone.
        max_sentences: The most that are quoted.
    """

    def __init__(self, embedder: Embedder | None, max_sentences: int) -> None:
        self._embedder = embedder
        self._max_sentences = max_sentences

    @property
    def name(self) -> str:
        return "extractive"

    def answer(self, task: Task) -> Generator[AnswerEvent]:
        started = time.perf_counter()
        found = candidates(task.search or task.question, task.hits, self._embedder)
        groups = _by_passage(choose(found, self._max_sentences))
        numbering = Numbering()
        sentences = []
        for marker, group in enumerate(groups, start=1):
            for candidate in group:
                sentence = Sentence(
                    text=candidate.text,
                    citations=numbering.of((marker,)),
                    support="verbatim",
                )
                sentences.append(sentence)
                yield Token(text=f"{sentence.text}{markers(sentence.citations)} ")
                yield sentence
        yield Draft(
            sentences=tuple(sentences),
            quotes=tuple(_quote(marker, group) for marker, group in enumerate(groups, start=1)),
            written=False,
            reason=None if sentences else NOTHING_QUOTABLE,
            timings_ms={"generate": round((time.perf_counter() - started) * 1000)},
        )


def choose(ranked: Sequence[Candidate], most: int) -> list[Candidate]:
    """The best sentence, then one by one those near it that add most, each said once.

    Args:
        ranked: The candidates, best first.
        most: How many are chosen at most.
    """
    chosen: list[Candidate] = []
    rest = [one for one in ranked if one.score >= ranked[0].score - MARGIN]
    while rest and len(chosen) < most:
        best = max(rest, key=lambda one: one.score + _gain(one, chosen))
        rest.remove(best)
        if not any(_same(best, other) for other in chosen):
            chosen.append(best)
    return chosen


def _gain(one: Candidate, chosen: Sequence[Candidate]) -> float:
    """What those that are quoted of its passage add to its score."""
    passage = one.hit.entry.passage_id
    beside = [other for other in chosen if other.hit.entry.passage_id == passage]
    if not beside:
        return 0.0
    kindred = max(_cosine(one, other) for other in beside)
    adjacent = any(abs(one.position - other.position) == 1 for other in beside)
    return KINDRED * kindred + (ADJACENT if adjacent else 0.0)


def _cosine(first: Candidate, second: Candidate) -> float:
    if first.vector is None or second.vector is None:
        return 0.0
    return float(first.vector @ second.vector)


def _same(first: Candidate, second: Candidate) -> bool:
    union = len(first.terms | second.terms)
    return first.text == second.text or (
        union > 0 and len(first.terms & second.terms) / union >= SAME_WORDS
    )


def _by_passage(chosen: Sequence[Candidate]) -> list[list[Candidate]]:
    """Best passage first, the sentences of one passage as they follow in it."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in chosen:
        groups.setdefault(candidate.hit.entry.passage_id, []).append(candidate)
    return [sorted(group, key=lambda candidate: candidate.position) for group in groups.values()]


def _quote(marker: int, group: Sequence[Candidate]) -> Quote:
    """The span over the group, begun a sentence earlier where the first points back."""
    first, last = group[0], group[-1]
    start = first.span[0]
    if first.position and _UNRESOLVED.match(first.text):
        start = first.hit.entry.sentences[first.position - 1][0]
    return Quote(marker=marker, hit=first.hit, start=start, end=last.span[1])
