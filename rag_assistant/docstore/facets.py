"""How many documents there are of each collection, kind, language, decade, person and place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from rag_assistant.dates import OPEN_FIRST, OPEN_LAST
from rag_assistant.docstore import sqlite
from rag_assistant.docstore.facts import Facts, Mask
from rag_assistant.docstore.named import Facet, most_named

Counted: TypeAlias = tuple[tuple[str, int], ...]
"""Values and how many documents have each, most first."""

_NAMES = 40  # persons or places at most
_YEARS = 10  # of a decade
_EPOCH = 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Documents counted by what filters can ask for.

    A document counts for each of its languages, and for each decade that its date touches: choosing
    a value gives as many as it says. Decades are their first years, in order. Of persons and
    places the most frequent are told.
    """

    documents: int = 0
    collections: Counted = ()
    kinds: Counted = ()
    languages: Counted = ()
    decades: tuple[tuple[int, int], ...] = ()
    undated: int = 0
    persons: Counted = ()
    places: Counted = ()

    def to_dict(self) -> dict[str, Any]:
        """As the API tells them: ``{"value", "documents"}`` by what they count."""
        names = ("collections", "kinds", "languages", "decades", "persons", "places")
        counted = {
            name: [{"value": value, "documents": n} for value, n in getattr(self, name)]
            for name in names
        }
        return {"documents": self.documents, "undated": self.undated, **counted}


class FacetCounter:
    """Counts documents of one docstore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def counted(self, facts: Facts, mask: Mask) -> Facets:
        """Count these documents; ``mask`` lies within the bounds of who asks."""
        rows = np.flatnonzero(mask)
        ids = [one for one, row in facts.row_of.items() if mask[row]] if len(rows) else []
        touched = decades(facts, rows)
        return Facets(
            documents=len(rows),
            collections=_most(by_name(facts, rows, "collection")),
            kinds=_most(by_name(facts, rows, "kind")),
            languages=_most(by_language(facts, rows)),
            decades=tuple(sorted(touched.items())),
            undated=int(np.sum(~_dated(facts, rows))),
            persons=self._named(ids, "person"),
            places=self._named(ids, "place"),
        )

    def _named(self, ids: Sequence[str], facet: Facet) -> Counted:
        with sqlite.reading(self._engine) as connection:
            return most_named(connection, ids, facet, _NAMES)


def by_language(facts: Facts, rows: NDArray[np.intp]) -> Counter[str]:
    """How many of these documents are in each language, wholly or in part."""
    one, several = (facts.columns[name][rows] for name in ("language", "languages"))
    pairs, numbers = np.unique(np.stack([one, several]), axis=1, return_counts=True)
    first_of = {code: name for name, code in facts.names["language"].items()}
    others_of = {code: name.split() for name, code in facts.names["languages"].items()}
    found: Counter[str] = Counter()
    for (first, others), number in zip(pairs.T.tolist(), numbers.tolist(), strict=True):
        for code in {first_of[first], *others_of[others]}:
            found[code] += number
    return found


def by_name(facts: Facts, rows: NDArray[np.intp], column: str) -> Counter[str]:
    """How many of these documents have each name in a column of the facts."""
    numbers = np.bincount(facts.columns[column][rows], minlength=len(facts.names[column]))
    return Counter(
        {name: int(numbers[code]) for name, code in facts.names[column].items() if numbers[code]}
    )


def years(facts: Facts, rows: NDArray[np.intp]) -> list[tuple[int, int]]:
    """The first and last year of each of these documents that is dated; an open end is the other.

    Years are astronomical, as in ISO 8601.
    """
    dated = rows[_dated(facts, rows)]
    firsts, lasts = (facts.columns[name][dated] for name in ("date_from", "date_to"))
    firsts, lasts = (
        np.where(firsts <= OPEN_FIRST, lasts, firsts),
        np.where(lasts >= OPEN_LAST, firsts, lasts),
    )
    return list(zip(_years(firsts), _years(lasts), strict=True))


def decades(facts: Facts, rows: NDArray[np.intp]) -> Counter[int]:
    """How many of these documents each decade touches, by its first year."""
    return touched(years(facts, rows), _YEARS)


def touched(spans: Iterable[tuple[int, int]], width: int) -> Counter[int]:
    """How many of the spans of years each run of ``width`` years touches, by its first year."""
    found: Counter[int] = Counter()
    for (first, last), number in Counter(spans).items():
        for start in range(first // width * width, last + 1, width):
            found[start] += number
    return found


def _years(days: NDArray[np.int64]) -> list[int]:
    found = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + _EPOCH
    return [int(year) for year in found]


def _dated(facts: Facts, rows: NDArray[np.intp]) -> Mask:
    """Which of these documents have a date with an end that is not open."""
    firsts, lasts = (facts.columns[name][rows] for name in ("date_from", "date_to"))
    known: Mask = (firsts <= lasts) & ((firsts > OPEN_FIRST) | (lasts < OPEN_LAST))
    return known


def _most(counted: Counter[str]) -> Counted:
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))
