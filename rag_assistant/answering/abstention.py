"""Whether the hits can answer a question at all, decided before any model is called.

Two small logistic functions, one with the cosine of the best passage and one for when vectors are
missing. Their coefficients come from ``python -m evals.fit_abstention`` (see there for the data
and for what they reach on the held-out half); nothing is learned at run time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag_assistant.answering import words
from rag_assistant.dates import day_number
from rag_assistant.schema import Hit, Span

HITS = 10
"""Hits that are looked at."""
_UNSEEN = 0.5
_YEAR = re.compile(r"\b(?:1\d{3}|20\d{2})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the decision is made of, each 0..1 (``similarity`` may be below 0)."""

    similarity: float | None
    passage_words: float
    sentence_words: float
    facts: float

    def vector(self) -> list[float]:
        """The features in the order of the coefficients."""
        known = [] if self.similarity is None else [self.similarity]
        return [*known, self.passage_words, self.sentence_words, self.facts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic:
    """A fitted logistic function, and the estimate from which an answer is tried.

    The threshold may lie below one half: a wrong silence hides what the library holds, while a
    weak answer shows its quotes.
    """

    intercept: float
    weights: tuple[float, ...]
    threshold: float

    def __call__(self, vector: Sequence[float]) -> float:
        """The estimate, 0..1."""
        total = sum(w * x for w, x in zip(self.weights, vector, strict=True))
        return 1 / (1 + math.exp(-(self.intercept + total)))


WITH_VECTORS = Logistic(intercept=-3.63, weights=(3.77, -0.15, 2.12, 0.98), threshold=0.35)
WITHOUT_VECTORS = Logistic(intercept=-2.78, weights=(0.53, 2.46, 1.45), threshold=0.5)


def answerable(
    question: str, hits: Sequence[Hit], seen: Mapping[str, Sequence[Span]] | None = None
) -> tuple[bool, float]:
    """Whether an answer is worth trying, and the estimate that says so.

    Args:
        question: What was asked, as it was searched.
        hits: The result, best first; what may only be listed does not count.
        seen: By document id, the day numbers between which a captured page was seen unchanged.
    """
    found = features(question, hits)
    if found is None:
        return False, 0.0
    model = WITHOUT_VECTORS if found.similarity is None else WITH_VECTORS
    estimate = model(found.vector())
    return estimate >= model.threshold and _years_known(question, hits, seen or {}), estimate


def _years_known(question: str, hits: Sequence[Hit], seen: Mapping[str, Sequence[Span]]) -> bool:
    """Whether each year that is asked about stands in a hit, or within the dates of one.

    Similarity hardly feels a wrong year, and an answer for another year misleads. A captured page
    knows the time in which it was seen, too, whatever date it gives itself.
    """
    return all(
        any(_knows(hit, year, seen.get(hit.entry.document_id, ())) for hit in hits[:HITS])
        for year in map(int, _YEAR.findall(question))
    )


def _knows(hit: Hit, year: int, spans: Sequence[Span]) -> bool:
    first, last = day_number(year, 1, 1), day_number(year, 12, 31)
    entry = hit.entry
    return (
        str(year) in entry.embedded_text
        or ((entry.date_from or last + 1) <= last and (entry.date_to or first) >= first)
        or any(begin <= last and end >= first for begin, end in spans)
    )


def features(question: str, hits: Sequence[Hit]) -> Features | None:
    """Measure a question against its hits; None where there is nothing to measure."""
    usable = [hit for hit in hits if hit.entry.use in ("answer", "quote") and hit.entry.text][:HITS]
    if not usable:
        return None
    held = [_terms(hit.entry.embedded_text, hit.entry.language) for hit in usable]
    asked = _terms(question, usable[0].entry.language)
    weights = {term: _rarity(term, held) for term in asked}
    similarities = [hit.similarity for hit in usable if hit.similarity is not None]
    return Features(
        similarity=max(similarities) if similarities else None,
        passage_words=max(_share(weights, terms) for terms in held),
        sentence_words=max(
            _share(weights, terms) for hit in usable for terms in _sentence_terms(hit)
        ),
        facts=_facts(question, usable[0].entry.language, held),
    )


def _terms(text: str, language: str) -> frozenset[str]:
    return frozenset(words.content_words(text, language)) | words.figures(text, language).keys()


def _sentence_terms(hit: Hit) -> list[frozenset[str]]:
    entry = hit.entry
    context = _terms(entry.title, entry.language)
    spans = entry.sentences or ((entry.start, entry.end),)
    texts = (entry.text[start - entry.start : end - entry.start] for start, end in spans)
    return [context | _terms(text, entry.language) for text in texts]


def _rarity(term: str, held: Sequence[frozenset[str]]) -> float:
    """More for a word that few hits hold, most for one that none holds."""
    seen = sum(term in terms for terms in held) or _UNSEEN
    return math.log(1 + len(held) / seen)


def _share(weights: dict[str, float], terms: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(w for term, w in weights.items() if term in terms) / total if total else 0.0


def _facts(question: str, language: str, held: Sequence[frozenset[str]]) -> float:
    """Share of the question's names and figures that stand in any hit; 1 where it has none."""
    wanted = {words.name_key(name) for name in words.names(question, language)}
    wanted |= words.figures(question, language).keys()
    known = frozenset[str]().union(*held)
    return len(wanted & known) / len(wanted) if wanted else 1.0
