"""What both indexes hold best for one question; all bounds hold inside every query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from rag_assistant.docstore.library import Library
from rag_assistant.docstore.queries import Bounds
from rag_assistant.ports import Index, IndexQuery, Vectors
from rag_assistant.schema import Entry

_SCANNED = 20_000  # passages whose vectors are compared one by one, some 30 MB
_WIDER = 5


class Indexes(Protocol):
    """What retrieval needs of the indexes; `engine.Engine` has it."""

    @property
    def lexical(self) -> Index | None: ...

    @property
    def vectors(self) -> Index | None: ...

    def held(self) -> dict[str, int]:
        """The last change that each index which can be asked holds."""

    def embed_question(self, question: str) -> Vectors:
        """The question as a unit vector."""

    def passage_vectors(self, hashes: Mapping[str, str]) -> dict[str, Vectors]:
        """Cached vectors by passage id, for those that are there; ``hashes`` by passage id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """BM25 and cosines by passage id, each best first; ``exhausted``: there are no more."""

    lexical: dict[str, float]
    similar: dict[str, float]
    exhausted: bool


class Candidates:
    """Asks both indexes one question, for as many passages as it takes."""

    def __init__(self, indexes: Indexes, library: Library, question: str, bounds: Bounds) -> None:
        self._indexes = indexes
        self._library = library
        self._question = question
        self._bounds = bounds

    def best(self, number: int) -> Found:
        """The ``number`` best passages of each index that can be asked."""
        lexical: dict[str, float] = {}
        exhausted = True
        if self._indexes.lexical is not None:
            query = self._query(self._bounds)
            lexical = dict(self._indexes.lexical.search(query, number))
            exhausted = len(lexical) < number
        similar, no_more = self._nearest(number)
        return Found(lexical=lexical, similar=similar, exhausted=exhausted and no_more)

    def cosines(self, entries: Iterable[Entry]) -> dict[str, float]:
        """Cosines by passage id, also of what only its words have found, where vectors are cached.

        Left to the nearest alone, a passage just beyond them would count as far away.
        """
        if self._indexes.vectors is None:
            return {}
        cached = self._indexes.passage_vectors({one.passage_id: one.text_hash for one in entries})
        return {one: float(vector @ self._vector) for one, vector in cached.items()}

    def _nearest(self, number: int) -> tuple[dict[str, float], bool]:
        """Cosines by passage id, and whether there are no more."""
        index, bounds = self._indexes.vectors, self._bounds
        if index is None:
            return {}, True
        if bounds.selective and self._few:
            return dict(list(self._scanned.items())[:number]), len(self._scanned) <= number
        if bounds.selective:  # such that take in much of everything narrow the nearest well enough
            bounds, number = bounds.by_place, number * _WIDER
        similar = dict(index.search(self._query(bounds, self._vector), number))
        return similar, len(similar) < number

    def _query(self, bounds: Bounds, vector: Vectors | None = None) -> IndexQuery:
        names = self._names if bounds.collections is None else bounds.collections
        return IndexQuery(
            text=self._question,
            vector=vector,
            collections=names,
            access=bounds.access,
            uses=bounds.uses,
            language=bounds.language,
            kind=bounds.kind,
            date_from=bounds.date_from,
            date_to=bounds.date_to,
            documents=self._standing if bounds.as_of else None,
        )

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The collections that the audience may see."""
        places = self._library.places(self._bounds.by_place)
        return tuple(sorted({collection for collection, _ in places}))

    @cached_property
    def _standing(self) -> frozenset[str]:
        """What stood there then, looked up once however far the search goes."""
        return self._library.document_ids(self._bounds)

    @cached_property
    def _vector(self) -> Vectors:
        return self._indexes.embed_question(self._question)

    @cached_property
    def _few(self) -> bool:
        return self._library.passage_count(self._bounds) <= _SCANNED

    @cached_property
    def _scanned(self) -> dict[str, float]:
        """Cosines of all passages within narrow bounds, best first: quicker than a graph."""
        cached = self._indexes.passage_vectors(self._library.text_hashes(self._bounds))
        if not cached:
            return {}
        ids = list(cached)
        cosines = np.stack([cached[one] for one in ids]) @ self._vector
        best = np.argsort(-cosines, kind="stable")
        return {ids[position]: float(cosines[position]) for position in best}
