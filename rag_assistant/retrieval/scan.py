"""The nearest passages within any bounds: all vectors in memory, compared one by one.

The vector index cannot choose inside a shelf, and looking there for more than is wanted and leaving
out what lies beyond the bounds loses hits. So the vectors are held here too, each number in eight
bits (measured at 100 thousand passages of 384 numbers: 38 MB, 12 ms to compare them all; in 16 bits
numpy needs 100 ms). Their rounding moves a cosine by about .0005: the best are compared once more
as they are cached. All is read at the first question that has such bounds, and kept up to date.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag_assistant.docstore.candidates import Placed
from rag_assistant.docstore.facts import Chosen, Facts, Mask
from rag_assistant.docstore.library import Library
from rag_assistant.ports import Vectors

_BLOCK = 1024  # vectors at a time: larger blocks are slower, for memory asked of the system
_MORE = 32  # than are wanted are compared once more
_AWAITED = 2_000  # passages without a vector that are looked for at a question
_CHANGED = 2_000  # documents from which all are read again
_IN_MEMORY = 150_000_000  # bytes; what is larger lies in a file that the system may page
_LEVELS = 127

_Codes = NDArray[np.int8]


class CachedVectors(Protocol):
    """What is needed of the vector cache; `engine.Engine` has it."""

    def passage_vectors(self, hashes: Mapping[str, str]) -> dict[str, Vectors]:
        """Cached vectors by passage id, for those that are there; ``hashes`` by passage id."""

    def all_vectors(self) -> Iterator[tuple[Sequence[str], Vectors]]:
        """All cached vectors, many at a time: hashes of texts, and a row for each."""


@dataclass(slots=True)
class _Rows:
    """A row a passage; ``documents`` are rows of the facts, -1 where none may be found.

    ``languages`` are the passages' own, by number from 1; 0 is their documents'.
    """

    passage_ids: list[str]
    documents: NDArray[np.int32]
    languages: NDArray[np.int16]
    codes: _Codes
    scales: Vectors
    awaited: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    spoken: dict[str | None, int] = field(default_factory=lambda: {None: 0})

    def numbers(self, held: Sequence[Placed]) -> NDArray[np.int16]:
        """The languages of passages, as numbers."""
        return np.array(
            [self.spoken.setdefault(one.language, len(self.spoken)) for one in held],
            dtype=np.int16,
        )

    def within(self, chosen: Chosen) -> Mask:
        """Which of the rows the bounds allow."""
        mask = _masked(chosen.mask, self.documents)
        if chosen.language:
            asked = self.spoken.get(chosen.language, 0)
            mask &= (self.languages == 0) | (self.languages == asked)
        return mask


class _Places:
    """Where each of very many texts stands, some at several places."""

    def __init__(self, texts: Sequence[str]) -> None:
        known: dict[str, int] = {}
        numbers = np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.intp)
        self._number = known
        self._places = np.argsort(numbers, kind="stable")
        self._starts = np.searchsorted(numbers[self._places], np.arange(len(known) + 1))

    def of(self, texts: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """All places of these texts, and which of them each is of: (of them, places)."""
        known = [(at, self._number[text]) for at, text in enumerate(texts) if text in self._number]
        at, number = np.array(known, dtype=np.intp).reshape(-1, 2).T
        times = self._starts[number + 1] - self._starts[number]
        steps = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        return np.repeat(at, times), self._places[np.repeat(self._starts[number], times) + steps]


class Scanner:
    """Finds the nearest of chosen documents' passages; several threads may ask.

    Args:
        library: Says what passages there are.
        cached: Gives their vectors.
    """

    def __init__(self, library: Library, cached: CachedVectors) -> None:
        self._library = library
        self._cached = cached
        self._lock = threading.Lock()
        self._rows: _Rows | None = None
        self._build = self._seq = -1

    def nearest(self, chosen: Chosen, vector: Vectors, number: int) -> tuple[dict[str, float], int]:
        """The nearest passages of the chosen documents.

        Args:
            chosen: The documents, as `Library.chosen` gives them.
            vector: The question's unit vector, shape (dimension,).
            number: How many passages at most.

        Returns:
            Cosines by passage id, best first, and how many passages were compared.
        """
        with self._lock:
            rows = self._follow(chosen.facts, len(vector))
            places = np.flatnonzero(rows.within(chosen))
            scores = _compared(rows, places, vector)
            best = places[_best(scores, number + _MORE)]
            ids = [rows.passage_ids[place] for place in best.tolist()]
        exact = self._cached.passage_vectors(self._library.hashes(ids))
        cosines = {one: float(found @ vector) for one, found in exact.items()}
        ranked = sorted(cosines, key=lambda one: (-cosines[one], one))
        return {one: cosines[one] for one in ranked[:number]}, len(places)

    # ------------------------------------------------------------ keeping up

    def _follow(self, facts: Facts, dimension: int) -> _Rows:
        rows = self._rows
        changed: list[str] | None = []
        if facts.seq > self._seq:
            changed = self._library.changed_since(self._seq, _CHANGED)
        if rows is None or facts.build != self._build or changed is None:
            rows = self._rows = self._all(facts, dimension)
        elif changed:
            self._replace(rows, facts, changed)
        self._build, self._seq = facts.build, max(self._seq, facts.seq)
        self._look_for_awaited(rows)
        return rows

    def _all(self, facts: Facts, dimension: int) -> _Rows:
        held = [one for one in self._library.passages() if one.document_id in facts.row_of]
        texts = [one.text_hash for one in held]
        documents = np.array([facts.row_of[one.document_id] for one in held], dtype=np.int32)
        rows = _Rows(
            passage_ids=[one.passage_id for one in held],
            documents=np.full(len(held), -1, dtype=np.int32),
            languages=np.zeros(len(held), dtype=np.int16),
            codes=_blank(len(held), dimension),
            scales=np.zeros(len(held), dtype=np.float32),
        )
        rows.languages[:] = rows.numbers(held)
        places = _Places(texts)
        for hashes, vectors in self._cached.all_vectors():
            at, found = places.of(hashes)
            scales, codes = _coded(vectors)
            rows.codes[found], rows.scales[found] = codes[at], scales[at]
            rows.documents[found] = documents[found]
        missing = np.flatnonzero(rows.documents < 0).tolist()
        _await(rows, ((texts[row], row, int(documents[row])) for row in missing))
        return rows

    def _replace(self, rows: _Rows, facts: Facts, changed: Sequence[str]) -> None:
        """Passages of changed documents are added anew; their former rows find nothing more."""
        former = facts.rows_of(changed)
        rows.documents[_masked(former, rows.documents)] = -1
        for text, expecting in rows.awaited.items():
            rows.awaited[text] = [one for one in expecting if not former[one[1]]]
        held = [one for one in self._library.passages(changed) if one.document_id in facts.row_of]
        start = len(rows.passage_ids)
        rows.passage_ids += [one.passage_id for one in held]
        _grow(rows)
        rows.languages[start : start + len(held)] = rows.numbers(held)
        waiting = [
            (one.text_hash, start + at, facts.row_of[one.document_id])
            for at, one in enumerate(held)
        ]
        _await(rows, waiting)
        self._find(rows, [text for text, _, _ in waiting])

    def _look_for_awaited(self, rows: _Rows) -> None:
        """Vectors that were made since: some at each question, those longest not looked for."""
        texts = list(islice(rows.awaited, _AWAITED))
        for text in texts:
            rows.awaited[text] = rows.awaited.pop(text)
        self._find(rows, texts)

    def _find(self, rows: _Rows, texts: Sequence[str]) -> None:
        found = self._cached.passage_vectors({text: text for text in texts})
        if found:
            _fill(rows, list(found), np.stack(list(found.values())))


def _masked(mask: Mask, documents: NDArray[np.int32]) -> Mask:
    """Whether each row's document is in the mask; not: none, or one put in since it was made."""
    padded = np.append(mask, False)
    return padded[np.where(documents < len(mask), documents, -1)]


def _await(rows: _Rows, passages: Iterable[tuple[str, int, int]]) -> None:
    for text, row, document in passages:
        rows.awaited.setdefault(text, []).append((row, document))


def _fill(rows: _Rows, hashes: Sequence[str], vectors: Vectors) -> None:
    """Put in the vectors that are awaited."""
    scales, codes = _coded(vectors)
    for at, text in enumerate(hashes):
        for row, document in rows.awaited.pop(text, ()):
            rows.codes[row], rows.scales[row], rows.documents[row] = codes[at], scales[at], document


def _coded(vectors: Vectors) -> tuple[Vectors, _Codes]:
    """The vectors as whole numbers, and by what to multiply these."""
    scales = np.maximum(vectors.max(axis=1), -vectors.min(axis=1)) / _LEVELS
    scaled = vectors / np.maximum(scales, 1e-12)[:, None]
    return scales, np.rint(scaled, out=scaled).astype(np.int8)


def _grow(rows: _Rows) -> None:
    """Make room for all passages, and for some more."""
    number, room = len(rows.passage_ids), len(rows.documents)
    if number <= room:
        return
    wider = number + number // 8 + _BLOCK
    codes = _blank(wider, rows.codes.shape[1])
    codes[:room] = rows.codes
    rows.codes = codes
    rows.scales = np.append(rows.scales, np.zeros(wider - room, dtype=np.float32))
    rows.documents = np.append(rows.documents, np.full(wider - room, -1, dtype=np.int32))
    rows.languages = np.append(rows.languages, np.zeros(wider - room, dtype=np.int16))


def _blank(number: int, dimension: int) -> _Codes:
    if number * dimension <= _IN_MEMORY:
        return np.zeros((number, dimension), dtype=np.int8)
    with tempfile.TemporaryFile() as file:  # gone from the disk when nobody uses it any more
        return np.memmap(file, dtype=np.int8, mode="w+", shape=(number, dimension))


def _compared(rows: _Rows, places: NDArray[np.intp], vector: Vectors) -> Vectors:
    """About the cosine of each place's vector, shape (len(places),)."""
    scores = np.empty(len(places), dtype=np.float32)
    for start in range(0, len(places), _BLOCK):
        block = places[start : start + _BLOCK]
        found = np.vecdot(rows.codes[block].astype(np.float32), vector)  # `@` would take all cores
        scores[start : start + _BLOCK] = found * rows.scales[block]
    return scores


def _best(scores: Vectors, number: int) -> NDArray[np.intp]:
    """The positions of the highest scores, in any order."""
    if len(scores) <= number:
        return np.arange(len(scores))
    return np.argpartition(-scores, number)[:number]
