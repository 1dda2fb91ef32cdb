"""One order from two indexes: a convex combination of their scores.

Both indexes' scores are min-max normalised over their candidates and averaged with a weight that
depends on the passage's language, since the embedding model knows some languages better than
others (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rag_assistant.schema import Entry

_ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A candidate: its fused score, 0..1, its cosine (None: not near) and its BM25 (0: no word)."""

    entry: Entry
    score: float
    similarity: float | None = None
    lexical: float = 0.0


def fuse(
    entries: Iterable[Entry],
    lexical: Mapping[str, float],
    similar: Mapping[str, float],
    weights: Mapping[str, float],
) -> list[Scored]:
    """The entries by their fused scores, best first.

    Args:
        entries: What is to be scored.
        lexical: BM25 by passage id; empty where that index was not asked or finds nothing.
        similar: Cosines by passage id, in the same way.
        weights: The cosine's weight, 0..1, by language, "*" for all others.
    """
    by_words, by_sense = _normalised(lexical), _normalised(similar)
    fused = []
    for entry in entries:
        one = entry.passage_id
        weight = weights.get(entry.language, weights.get(_ANY, 0.0)) if lexical else 1.0
        if not similar:
            weight = 0.0
        fused.append(
            Scored(
                entry=entry,
                score=(1 - weight) * by_words.get(one, 0.0) + weight * by_sense.get(one, 0.0),
                similarity=similar.get(one),
                lexical=lexical.get(one, 0.0),
            )
        )
    return sorted(fused, key=lambda scored: (-scored.score, scored.entry.passage_id))


def _normalised(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores moved to 0..1 over the candidates; all alike become 1."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {one: (score - low) / (high - low) for one, score in scores.items()}
