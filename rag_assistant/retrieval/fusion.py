"""One order from two indexes: a convex combination of their scores.

A cosine says by itself how near a passage is, and is taken as it is. BM25 says nothing by itself
and is divided by the best passage's. So where no passage is near (as when the model hardly knows
the question's language) words decide the more. The weight depends on the passage's language, since
the embedding model knows some languages better than others (after Bruch, Gai and Ingber, "An
Analysis of Fusion Functions for Hybrid Retrieval", 2023, whose normalisation moves each score from
its theoretical minimum, 0 for BM25, and so does not depend on the worst candidates).

A passage whose vector is still to be made counts as near as candidates usually are: neither is it
lost among those that have one, nor does it pass them by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from statistics import median
from typing import Generic, Protocol, TypeVar

from rag_assistant.schema import How, Way

_ANY = "*"


class Ranked(Protocol):
    """What fusion needs of a passage."""

    @property
    def passage_id(self) -> str: ...

    @property
    def language(self) -> str: ...


_Passage = TypeVar("_Passage", bound=Ranked)
_Other = TypeVar("_Other", bound=Ranked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored(Generic[_Passage]):
    """A passage: its fused score, 0..1, its cosine (None: unknown) and its BM25 (0: no word).

    ``how`` has its places, once `placed` has told them.
    """

    entry: _Passage
    score: float
    similarity: float | None = None
    lexical: float = 0.0
    how: How = field(default_factory=How)

    def of(self, entry: _Other) -> Scored[_Other]:
        """The same passage as another type."""
        return Scored(
            entry=entry,
            score=self.score,
            similarity=self.similarity,
            lexical=self.lexical,
            how=self.how,
        )


def fuse(
    entries: Iterable[_Passage],
    lexical: Mapping[str, float],
    similar: Mapping[str, float],
    weights: Mapping[str, float],
) -> list[Scored[_Passage]]:
    """The entries by their fused scores, best first.

    The score is (1 - w) * BM25 / (the best BM25) + w * max(0, cosine), 0..1.

    Args:
        entries: What is to be scored.
        lexical: BM25 by passage id; empty where that index was not asked or finds nothing.
        similar: Cosines by passage id; empty where vectors were not asked.
        weights: w, the cosine's weight, 0..1, by language, "*" for all others.
    """
    best = max(lexical.values(), default=0.0) or 1.0
    usual = median(similar.values()) if similar else 0.0
    fused = []
    for entry in entries:
        words, cosine = lexical.get(entry.passage_id, 0.0), similar.get(entry.passage_id)
        weight = _weight(weights, entry.language) if lexical else 1.0
        if not similar:
            weight = 0.0
        near = min(1.0, max(0.0, usual if cosine is None else cosine))
        score = (1 - weight) * words / best + weight * near
        fused.append(Scored(entry=entry, score=score, similarity=cosine, lexical=words))
    return sorted(fused, key=lambda scored: (-scored.score, scored.entry.passage_id))


def placed(scored: Iterable[Scored[_Passage]]) -> list[Scored[_Passage]]:
    """The same in their order, each with its place by words and by meaning among them all."""
    ranked = list(scored)
    best = max((one.lexical for one in ranked), default=0.0) or 1.0
    words = _places(ranked, "lexical", best)
    meaning = _places([one for one in ranked if one.similarity is not None], "similarity")
    return [
        replace(
            one,
            how=How(
                words=words.get(one.entry.passage_id),
                meaning=meaning.get(one.entry.passage_id),
            ),
        )
        for one in ranked
    ]


def _places(scored: Iterable[Scored[_Passage]], name: str, whole: float = 1.0) -> dict[str, Way]:
    """Places from 1 by a score, of those that have any; equal scores share a place."""
    score = attrgetter(name)
    places: dict[str, Way] = {}
    last = Way(rank=0, score=0.0)
    having = sorted((one for one in scored if score(one) > 0), key=lambda one: -score(one))
    for at, one in enumerate(having, start=1):
        value = round(float(score(one)) / whole, 4)
        last = Way(rank=last.rank if last.rank and value == last.score else at, score=value)
        places[one.entry.passage_id] = last
    return places


def _weight(weights: Mapping[str, float], language: str) -> float:
    """Regions ("en-GB") share their language's."""
    return weights.get(language.partition("-")[0].lower(), weights.get(_ANY, 0.0))
