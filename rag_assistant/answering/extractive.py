"""Answers made of the sources' own sentences, word for word. Needs no language model."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag_assistant.answer import Sentence
from rag_assistant.answering import vocabulary, words
from rag_assistant.answering.citations import Numbering, markers
from rag_assistant.ports import AnswerEvent, Draft, Embedder, Quote, Task, Token
from rag_assistant.schema import Hit, Span

HITS = 8
"""Hits whose sentences are looked at."""
CANDIDATES = 48
"""Sentences that are embedded: this bounds the time of an answer."""
COSINE_WEIGHT = 0.6
PASSAGE_WEIGHT = 0.3
"""Of the passage's own cosine: a sentence is read in its passage."""
WORDS_WEIGHT = 0.15
HIT_WEIGHT = 0.2
KIND_WEIGHT = 0.1
"""For a sentence with what the question asks for: "how many" a figure, "who" a name."""
FRAGMENT_PENALTY = 0.3
"""Taken off for headings, menu lines, questions and the like."""
RELATIVE_THRESHOLD = 0.8
"""A further sentence must come this near to the best one's score."""
SAME_WORDS = 0.8
"""Share of common content words from which two sentences are one."""
MIN_WORDS = 3

NOTHING_QUOTABLE = "no sentence could be quoted"

_UNRESOLVED = re.compile(
    r"[\"'“„«(]*(?:he|she|it|they|this|these|that|those|his|her|its|their|such|"
    r"er|sie|es|dies|diese|dieser|dieses|il|elle|ils|elles|ce|cette|ces|"
    r"él|ella|ellos|ellas|este|esta|estos|estas|ese|esa|esto)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A sentence of a hit with its score; ``position`` is its place among the hit's sentences."""

    hit: Hit
    position: int
    text: str
    words: frozenset[str]
    score: float

    @property
    def span(self) -> Span:
        return self.hit.entry.sentences[self.position]


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

    def answer(self, task: Task) -> Iterator[AnswerEvent]:
        started = time.perf_counter()
        chosen = _choose(self._score(task.question, _candidates(task)), self._max_sentences)
        groups = _by_passage(chosen)
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

    def _score(self, question: str, candidates: list[_Candidate]) -> list[_Candidate]:
        """The candidates with their final score, best first."""
        candidates = sorted(candidates, key=lambda candidate: -candidate.score)[:CANDIDATES]
        if self._embedder is not None and candidates:
            asked = self._embedder.embed_queries([question])
            said = self._embedder.embed_passages([candidate.text for candidate in candidates])
            cosines = (said @ asked[0]).tolist()
            candidates = [
                replace(candidate, score=candidate.score + COSINE_WEIGHT * cosine)
                for candidate, cosine in zip(candidates, cosines, strict=True)
            ]
        return sorted(candidates, key=lambda candidate: -candidate.score)


def _candidates(task: Task) -> list[_Candidate]:
    usable = [hit for hit in task.hits if hit.entry.use in ("answer", "quote") and hit.entry.text]
    return [
        _candidate(task.question, hit, position)
        for hit in usable[:HITS]
        for position in range(len(hit.entry.sentences))
    ]


def _candidate(question: str, hit: Hit, position: int) -> _Candidate:
    entry = hit.entry
    start, end = entry.sentences[position]
    text = " ".join(entry.text[start - entry.start : end - entry.start].split())
    asked = _terms(question, entry.language)
    held = _terms(text, entry.language)
    context = held | _terms(entry.title, entry.language)
    coverage = (len(asked & held) + len(asked & context)) / (2 * len(asked)) if asked else 0.0
    penalty = FRAGMENT_PENALTY if _is_fragment(text) else 0.0
    kind = KIND_WEIGHT if _is_asked_for(question, text, entry.language) else 0.0
    return _Candidate(
        hit=hit,
        position=position,
        text=text,
        words=held,
        score=WORDS_WEIGHT * coverage
        + HIT_WEIGHT * hit.score
        + PASSAGE_WEIGHT * (hit.similarity or 0.0)
        + kind
        - penalty,
    )


def _terms(text: str, language: str) -> frozenset[str]:
    return frozenset(words.content_words(text, language)) | words.figures(text, language).keys()


def _is_asked_for(question: str, text: str, language: str) -> bool:
    """Whether the text holds a figure or name, as the question wants, that it does not hold."""
    asked = words.fold(question)
    if vocabulary.ASKS_FIGURE.search(asked):
        return bool(words.figures(text, language).keys() - words.figures(question, language).keys())
    if vocabulary.ASKS_NAME.search(asked):
        known = {words.name_key(name) for name in words.names(question, language)}
        return any(words.name_key(name) not in known for name in words.names(text, language))
    return False


def _is_fragment(text: str) -> bool:
    """A heading, a menu line, a question, or too short to say anything."""
    if text.endswith(("?", ":", "…", "？")) or not text.endswith(tuple(".!\"'”’»)]。！")):
        return True
    said = list(words.words(text))
    cased = [word for word in said if word[0].isupper() or word[0].islower()]
    if cased:  # a date line or a list of names says nothing
        said = [word for word in cased if word[0].islower()]
    return len(said) < MIN_WORDS


def _choose(ranked: Sequence[_Candidate], most: int) -> list[_Candidate]:
    """The best, and those near it that say something else."""
    chosen: list[_Candidate] = []
    for candidate in ranked:
        if len(chosen) == most or candidate.score < RELATIVE_THRESHOLD * ranked[0].score:
            break
        if not any(_same(candidate, other) for other in chosen):
            chosen.append(candidate)
    return chosen


def _same(first: _Candidate, second: _Candidate) -> bool:
    union = len(first.words | second.words)
    return first.text == second.text or (
        union > 0 and len(first.words & second.words) / union >= SAME_WORDS
    )


def _by_passage(chosen: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Best passage first, the sentences of one passage as they follow in it."""
    groups: dict[str, list[_Candidate]] = {}
    for candidate in chosen:
        groups.setdefault(candidate.hit.entry.passage_id, []).append(candidate)
    return [sorted(group, key=lambda candidate: candidate.position) for group in groups.values()]


def _quote(marker: int, group: Sequence[_Candidate]) -> Quote:
    """The span over the group, begun a sentence earlier where the first points back."""
    first, last = group[0], group[-1]
    start = first.span[0]
    if first.position and _UNRESOLVED.match(first.text):
        start = first.hit.entry.sentences[first.position - 1][0]
    return Quote(marker=marker, hit=first.hit, start=start, end=last.span[1])
