"""What both indexes hold best for one question; all bounds hold inside every query."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from rag_assistant.docstore.candidates import Candidate
from rag_assistant.docstore.facts import Chosen
from rag_assistant.docstore.library import Library
from rag_assistant.docstore.queries import Bounds
from rag_assistant.errors import IndexDamagedError
from rag_assistant.ports import Index, IndexQuery, Vectors
from rag_assistant.retrieval.scan import CachedVectors, Scanner
from rag_assistant.schema import Entry

_NAMED, _NAMED_SHARE = 1_000, 0.05  # documents; naming 15 thousand took Tantivy 100 ms
_WIDER = 4
_SPARE = 1.25  # times as many are asked for as should be enough


class Indexes(CachedVectors, Protocol):
    """What retrieval needs of the indexes; `engine.Engine` has it."""

    @property
    def lexical(self) -> Index | None: ...

    @property
    def vectors(self) -> Index | None: ...

    def held(self) -> dict[str, int]:
        """The last change that each index which can be asked holds."""

    def embed_question(self, question: str) -> Vectors:
        """The question as a unit vector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """BM25 and cosines by passage id, each best first; ``exhausted``: there are no more."""

    lexical: dict[str, float]
    similar: dict[str, float]
    exhausted: bool


class Candidates:
    """Asks both indexes one question, for as many passages as it takes.

    Args:
        indexes: What is asked.
        library: Tells what lies within the bounds.
        question: What a person wants to know.
        bounds: What may be found.
        scanner: Asked in the vector index's place where bounds cut through its shelves; one that
            is kept from question to question is ready at once.

    Attributes:
        chosen: The documents within the bounds.
    """

    def __init__(
        self,
        indexes: Indexes,
        library: Library,
        question: str,
        bounds: Bounds,
        *,
        scanner: Scanner | None = None,
    ) -> None:
        self.chosen: Chosen = library.chosen(bounds)
        self._indexes = indexes
        self._library = library
        self._scanner = scanner or Scanner(library, indexes)
        self._question = question
        self._bounds = bounds

    def best(self, number: int) -> Found:
        """The ``number`` best passages of each index that can be asked."""
        with ThreadPoolExecutor(1) as beside:  # both compute without Python's lock
            worded = beside.submit(self._worded, number)
            similar, no_more = self._nearest(number)
            lexical, exhausted = worded.result()
        return Found(lexical=lexical, similar=similar, exhausted=exhausted and no_more)

    def cosines(self, passages: Iterable[Candidate | Entry]) -> dict[str, float]:
        """Cosines by passage id, also of what only its words have found, where vectors are cached.

        Left to the nearest alone, a passage just beyond them would count as far away.
        """
        if self._indexes.vectors is None:
            return {}
        cached = self._indexes.passage_vectors({one.passage_id: one.text_hash for one in passages})
        return {one: float(vector @ self._vector) for one, vector in cached.items()}

    def _worded(self, number: int) -> tuple[dict[str, float], bool]:
        """BM25 by passage id, and whether there are no more.

        A long list of documents makes a slow query. So where much stood at a time, or names
        somebody, the index is asked without it, for as many as should hold enough of that, and for
        more and more until they do.
        """
        wider = number
        if self._bounds.one_by_one and not self._few:
            wider = int(_SPARE * number * len(self.chosen.mask) / self.chosen.mask.sum())
        while True:
            found = search_present(lambda: self._indexes.lexical, self._query(), wider)
            exhausted = len(found) < wider
            kept = self._stood(found) if self._bounds.one_by_one and not self._few else found
            if exhausted or len(kept) >= number:
                return dict(kept[:number]), exhausted and len(kept) <= number
            wider *= _WIDER

    def _stood(self, found: list[tuple[str, float]]) -> list[tuple[str, float]]:
        document_of = self._library.documents_of([passage_id for passage_id, _ in found])
        return [one for one in found if self.chosen.holds(document_of.get(one[0], ""))]

    def _nearest(self, number: int) -> tuple[dict[str, float], bool]:
        """Cosines by passage id, and whether there are no more."""
        if self._indexes.vectors is None:
            return {}, True
        query = self._query(self._vector)
        if self._bounds.selective:
            similar, compared = self._scanner.nearest(self.chosen, self._vector, number)
            return similar, compared <= number
        similar = dict(search_present(lambda: self._indexes.vectors, query, number))
        return similar, len(similar) < number

    def _query(self, vector: Vectors | None = None) -> IndexQuery:
        bounds = self._bounds
        return IndexQuery(
            text=self._question,
            vector=vector,
            collections=self._collections,
            access=bounds.access,
            uses=bounds.uses,
            language=bounds.language,
            kind=bounds.kind,
            date_from=bounds.date_from,
            date_to=bounds.date_to,
            documents=self.chosen.ids() if bounds.one_by_one and self._few else None,
        )

    @cached_property
    def _collections(self) -> tuple[str, ...]:
        """The collections that hold anything within the bounds."""
        return tuple(sorted({collection for collection, _ in self.chosen.places()}))

    @cached_property
    def _few(self) -> bool:
        """Whether the documents are few enough to name them all to the lexical index."""
        number = int(self.chosen.mask.sum())
        return number <= _NAMED or number <= _NAMED_SHARE * len(self.chosen.mask)

    @cached_property
    def _vector(self) -> Vectors:
        return self._indexes.embed_question(self._question)


def search_present(
    present: Callable[[], Index | None], query: IndexQuery, k: int
) -> list[tuple[str, float]]:
    """What the index finds that can be asked now; nothing where there is none.

    Another may take its place meanwhile, here or in the process that owns it, and its files go:
    then that one is asked.

    Raises:
        IndexDamagedError: It is damaged, and still the one to ask.
    """
    index = present()
    while index is not None:
        try:
            return index.search(query, k)
        except IndexDamagedError:
            former, index = index, present()
            if index is former:
                raise
    return []
