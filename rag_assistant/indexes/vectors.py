"""The vector index: nearest passages by cosine, in embedded Chroma (imported here only).

Every (collection, access, use) is a shelf: one Chroma collection that holds ids and vectors and
nothing else. A query takes the shelves that it may see and never filters inside one, which was
measured to be some fifty times faster than Chroma's ``where``.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from heapq import nlargest
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

from rag_assistant.errors import IndexDamagedError, RagAssistantError
from rag_assistant.indexes.damage import damage, damage_named
from rag_assistant.indexes.unfilled import Unfilled
from rag_assistant.ports import EntryKey, IndexQuery, Vectors
from rag_assistant.schema import Access, Entry, Use

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_T = TypeVar("_T")

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}")
_CONFIGURATION = {
    "hnsw": {
        "space": "cosine",
        "max_neighbors": 32,
        "ef_construction": 100,  # half the time of 200; what it loses, a longer search regains
        "ef_search": 800,
        # Vectors that Chroma keeps in its log before it writes the graph: each writing copies all
        # ids, each opening inserts what is still in the log, .7 ms a vector.
        "sync_threshold": 500,
    }
}
_STORED_WITHOUT_FUNCTION = {"type": "legacy"}  # what Chroma writes for ``embedding_function=None``
_SAME = 0.99  # similarity of a vector to its own stored copy, allowing for rounding


class VectorIndex:
    """Vectors by shelf. One process at a time may open a folder, even to read.

    Args:
        folder: Where the index stands; made if it is not there.
        vectors: Gives the unit vector of each entry.
        fingerprint: Of the model behind ``vectors``.

    Raises:
        IndexDamagedError: Chroma cannot open the folder, or a collection in it would make Chroma
            load an embedding function of its own.
    """

    def __init__(
        self, folder: Path, *, vectors: Callable[[Sequence[Entry]], Vectors], fingerprint: str
    ) -> None:
        self._folder = folder
        # A query beside a write was seen to find "nothing on disk"; neither lasts long.
        self._lock = threading.Lock()
        self._closed = False
        self._unfilled = Unfilled(folder)
        self._vectors = vectors
        self._fingerprint = fingerprint
        self._client = _open_client(folder)
        try:
            with _damage_named(folder):
                self._batch = self._client.get_max_batch_size()
                self._shelves = self._open_shelves()
        except RagAssistantError:
            self._client.close()
            raise

    @property
    def name(self) -> str:
        return "vectors"

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    def apply(self, removed: Sequence[EntryKey], entries: Sequence[Entry]) -> None:
        gone: dict[str, list[str]] = defaultdict(list)
        for key in removed:
            gone[key.collection].append(key.passage_id)
        for collection, passage_ids in gone.items():
            self._delete(passage_ids, self._shelves_of(collection))
        for name, shelved in _by_shelf(entries).items():
            self._put(name, shelved)

    def search(self, query: IndexQuery, k: int) -> list[tuple[str, float]]:
        """The nearest passages with their cosine similarity.

        Raises:
            ValueError: The query has no vector, or a bound that shelves do not know (language,
                kind, date, documents): such queries scan the cached vectors instead.
        """
        if query.vector is None:
            raise ValueError("The vector index needs a vector.")
        if (query.language, query.kind, query.date_from, query.date_to, query.documents) != (
            (None,) * 5
        ):
            raise ValueError("The vector index knows collection, access and use only.")
        found: list[tuple[str, float]] = []
        for place in product(query.collections, query.access, query.uses):
            shelf = self._shelves.get(shelf_name(*place))
            if shelf is not None and k > 0:
                found += self._nearest(shelf, query.vector.reshape(1, -1), k)[0]
        return nlargest(k, found, key=lambda hit: hit[1])

    def count(self) -> int:
        with self._using():
            return sum(shelf.count() for shelf in self._shelves.values())

    def probe(self, sample: Sequence[Entry]) -> bool:
        """Whether each entry's own vector stands in the graph: a lost graph still counts ids."""
        return all(
            name in self._shelves and self._stands(self._shelves[name], shelved)
            for name, shelved in _by_shelf(sample).items()
        )

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._client.close()
            self._unfilled.wipe()

    @contextmanager
    def _using(self) -> Iterator[None]:
        """One call of Chroma's.

        Raises:
            IndexDamagedError: It fails, or the index was closed: another may be in its place.
        """
        with _damage_named(self._folder), self._lock:
            if self._closed:
                raise IndexDamagedError(
                    f"The vector index in {self._folder} is closed.", "rag-assistant repair"
                )
            try:
                yield
            finally:
                self._unfilled.wipe()

    # ------------------------------------------------------------ shelves

    def _open_shelves(self) -> dict[str, Collection]:
        held = {shelf.name: shelf for shelf in self._client.list_collections()}
        for name, shelf in held.items():
            function = shelf.configuration_json.get("embedding_function")
            if function not in (None, _STORED_WITHOUT_FUNCTION):
                raise IndexDamagedError(
                    f"The vector index in {self._folder} names an embedding function ({name}).",
                    "rag-assistant repair",
                )
        return {name: self._client.get_collection(name, embedding_function=None) for name in held}

    def _shelves_of(self, collection: str) -> dict[str, Collection]:
        """All shelves of one collection that are there, by name."""
        places = product((collection,), get_args(Access), get_args(Use))
        names = [shelf_name(*place) for place in places]
        return {name: self._shelves[name] for name in names if name in self._shelves}

    def _put(self, name: str, entries: Sequence[Entry]) -> None:
        """Put the entries on one shelf, and take them off every other of their collection."""
        others = self._shelves_of(entries[0].collection)
        shelf = others.pop(name, None)
        if shelf is None:
            with self._using():
                shelf = self._shelves[name] = self._client.create_collection(
                    name, embedding_function=None, configuration=_CONFIGURATION
                )
        for batch in _batches(entries, self._batch):
            passage_ids = [entry.passage_id for entry in batch]
            embeddings = self._vectors(batch)
            self._delete(passage_ids, others)
            with self._using():
                shelf.upsert(ids=passage_ids, embeddings=embeddings)

    def _delete(self, passage_ids: Sequence[str], shelves: dict[str, Collection]) -> None:
        for shelf in shelves.values():
            for batch in _batches(passage_ids, self._batch):
                with self._using():
                    held = shelf.get(ids=list(batch), include=[])["ids"]
                    if held:
                        shelf.delete(ids=held)

    def _stands(self, shelf: Collection, entries: Sequence[Entry]) -> bool:
        """Whether the graph holds each vector, and leads to most of them or to a twin.

        Not to all: among very many passages of equal text a sound graph loses its way at times.
        """
        wanted = self._vectors(entries)
        passage_ids = [entry.passage_id for entry in entries]
        try:
            with self._using():
                held = shelf.get(ids=passage_ids, include=["embeddings"])
            nearest = self._nearest(shelf, wanted, 1)
        except IndexDamagedError:
            return False
        stored = dict(zip(held["ids"], held["embeddings"], strict=True))
        met = sum(bool(hits) and hits[0][1] > _SAME for hits in nearest)
        return 2 * met > len(entries) and all(
            passage_id in stored and stored[passage_id] @ vector > _SAME
            for passage_id, vector in zip(passage_ids, wanted, strict=True)
        )

    def _nearest(
        self, shelf: Collection, vectors: Vectors, k: int
    ) -> list[list[tuple[str, float]]]:
        with self._using():
            found = shelf.query(query_embeddings=vectors, n_results=k, include=["distances"])
        return [
            [(passage_id, 1 - distance) for passage_id, distance in zip(*hits, strict=True)]
            for hits in zip(found["ids"], found["distances"], strict=True)
        ]


def shelf_name(collection: str, access: Access, use: Use) -> str:
    """The name of a Chroma collection: readable where Chroma allows it, else a hash."""
    if not _PLAIN_NAME.fullmatch(collection):
        collection = f"sha256-{hashlib.sha256(collection.encode()).hexdigest()}"
    return f"{collection}.{access}.{use}"


def _by_shelf(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    shelves: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        shelves[shelf_name(entry.collection, entry.access, entry.use)].append(entry)
    return shelves


def _batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _open_client(folder: Path) -> ClientAPI:
    import chromadb

    with _damage_named(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return chromadb.PersistentClient(
                str(folder), settings=chromadb.Settings(anonymized_telemetry=False)
            )
        except AttributeError as error:
            # A path that could not be opened once stays half open for the rest of the process.
            raise IndexDamagedError(f"The vector index in {folder} cannot be opened.") from error
        except OSError as error:
            raise damage("vector", folder, error) from error


def _damage_named(folder: Path) -> AbstractContextManager[None]:
    """Unless the disk is full, the index can be rebuilt, whatever Chroma reports."""
    from chromadb.errors import ChromaError

    return damage_named("vector", folder, ChromaError)
