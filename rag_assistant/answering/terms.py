"""A question's words among those of texts, the rare ones counted for more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set

from rag_assistant.answering import words

UNSEEN = 0.5
"""In how many texts a word counts as seen that stands in none."""


def terms(text: str, language: str) -> frozenset[str]:
    """Its content words and figures, as they are compared."""
    return frozenset(words.content_words(text, language)) | words.figures(text, language).keys()


def rarities(asked: Iterable[str], held: Sequence[Set[str]]) -> dict[str, float]:
    """``ln(1 + texts / texts that hold it)`` of each term, most for one that none holds."""
    return {
        term: math.log(1 + len(held) / (sum(term in one for one in held) or UNSEEN))
        for term in asked
    }


def share(weights: Mapping[str, float], held: Set[str]) -> float:
    """The weight of the terms that are held, 0..1 of all of it; 0 where there is none."""
    total = sum(weights.values())
    return sum(w for term, w in weights.items() if term in held) / total if total else 0.0
