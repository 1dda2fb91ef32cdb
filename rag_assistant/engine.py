"""The indexes of one data folder, as far as this process may use them.

The owner has both and lets them follow the docstore. Any other process has the lexical index,
read-only: embedded Chroma allows one process, Tantivy any number of readers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from rag_assistant.config import Settings
from rag_assistant.docstore import Docstore
from rag_assistant.embedding import CachedEmbedder, TorchEmbedder, find_model
from rag_assistant.errors import IndexDamagedError, RagAssistantError
from rag_assistant.indexes import lexical, vectors
from rag_assistant.indexes.follower import Fault, Follower, index_folder
from rag_assistant.owner import OwnerLock, Purpose
from rag_assistant.ports import Embedder, Index, Vectors
from rag_assistant.schema import Entry

LEXICAL, VECTORS = "lexical", "vectors"
_NAMES = (LEXICAL, VECTORS)
_INDEXES = "indexes"
_FOLLOWING = "following"
_PATIENCE = 1.0  # seconds
_LEXICAL_BATCH = 64  # documents
_BATCH = 16  # documents; after each the lexical index has its turn and an owner can hand over


class Engine:
    """Both indexes and the embedding model, opened when they are first needed.

    Args:
        settings: Says where the data folder and the model are.
        docstore: What the indexes follow.
        embedder: The embedding model; None finds the configured one.

    Attributes:
        lock: The ownership of the indexes.
        warnings: What a person should know of indexes that could not be used.
    """

    def __init__(
        self, settings: Settings, docstore: Docstore, embedder: Embedder | None = None
    ) -> None:
        self._settings = settings
        self._docstore = docstore
        self._embedder = embedder
        self._followers: dict[str, Follower] = {}
        self._reader: tuple[str, Index] | None = None
        self._mends = False
        self._rebuilt: set[str] = set()  # for damage, and not at the end of the log since
        self._guard = threading.RLock()
        self.lock = OwnerLock(settings.data)
        self.warnings: dict[str, RagAssistantError] = {}

    # ------------------------------------------------------------ owning

    def own(self, purpose: Purpose, *, patience: float = 0.0) -> bool:
        """Try to become the owner and open both indexes; whether it succeeded.

        What only reads leaves an index that it cannot trust alone and says so in ``warnings``;
        `index` and `serve` build it anew.
        """
        with self._guard:
            if not self.lock.take(purpose, patience=patience):
                return False
            self._mends = self._mends or purpose != "command"
            if not self._followers or (self._mends and len(self._followers) < len(_NAMES)):
                try:
                    self._open(mend=self._mends)
                except BaseException:
                    self.disown()
                    raise
            return True

    def disown(self) -> None:
        """Close the indexes and let another process own them."""
        with self._guard:
            for follower in self._followers.values():
                follower.close()
            self._followers.clear()
            self._rebuilt.clear()
            self._mends = False
            self.lock.release()

    def follow(self) -> bool:
        """Let each index take its next changes, the quick one to its end first.

        Returns:
            Whether anything is left to do.
        """
        with self._guard:
            self.follow_lexical()
            return self._step(VECTORS, _BATCH) > 0

    def follow_lexical(self) -> None:
        """Let the lexical index catch up: it is quick, and answers wait for nothing else."""
        with self._guard:
            while self._step(LEXICAL, _LEXICAL_BATCH):
                pass

    def catch_up(self) -> None:
        """Before a question: let the words of what came meanwhile be found.

        A step that fails is kept in ``warnings``, and what the index holds can still be asked.
        """
        self.warnings.pop(_FOLLOWING, None)
        if self.lags()[LEXICAL]:
            try:
                self.follow_lexical()
            except RagAssistantError as error:
                self.warnings[_FOLLOWING] = error

    def _step(self, name: str, limit: int) -> int:
        """One follower's step; an index found damaged is built anew, once."""
        follower = self._followers.get(name)
        if follower is None:
            return 0
        try:
            taken = follower.step(limit)
        except IndexDamagedError:
            if not self._mends or name in self._rebuilt:
                raise
            self._rebuilt.add(name)
            follower.rebuild()
            return follower.step(limit)
        if not taken:
            self._rebuilt.discard(name)
        return taken

    def repair(self) -> dict[str, str]:
        """Check each index against the docstore and begin those that differ anew."""
        with self._guard:
            faults = self.faults()
            for name in faults:
                self._followers[name].rebuild()
        return faults

    def faults(self) -> dict[str, str]:
        """Indexes that cannot be trusted, and why; of an owner only.

        None is told while a step is under way: it may last, and tells itself what is wrong.
        """
        if not self._guard.acquire(timeout=_PATIENCE):
            return {}
        try:
            found = {name: follower.check() for name, follower in self._followers.items()}
        finally:
            self._guard.release()
        return {name: fault.value for name, fault in found.items() if fault is not None}

    def mended(self) -> dict[str, str]:
        """Indexes that had to be begun anew when they were opened, and why."""
        found = {name: follower.fault for name, follower in self._followers.items()}
        return {
            name: fault.value
            for name, fault in found.items()
            if fault is not None and fault is not Fault.NEW
        }

    # ------------------------------------------------------------ what retrieval needs

    @property
    def lexical(self) -> Index | None:
        """The lexical index; None before it is first built."""
        follower = self._followers.get(LEXICAL)
        return follower.index if follower else self._read_only()

    @property
    def vectors(self) -> Index | None:
        """The vector index; None for all but the owner."""
        follower = self._followers.get(VECTORS)
        return follower.index if follower else None

    def lags(self) -> dict[str, int]:
        """How many changes each index is behind the docstore."""
        last = self._docstore.changes.last_seq()
        cursors = {name: self._docstore.changes.cursor(name) for name in _NAMES}
        return {
            name: last - (cursor.seq if cursor and cursor.fingerprint else 0)  # "": to be rebuilt
            for name, cursor in cursors.items()
        }

    def held(self) -> dict[str, int]:
        """The last change that each index which can be asked holds; nothing for one that cannot."""
        held: dict[str, int] = {}
        for name, index in ((LEXICAL, self.lexical), (VECTORS, self.vectors)):
            cursor = self._docstore.changes.cursor(name)
            if index is not None and cursor is not None:
                held[name] = cursor.seq
        return held

    def embed_question(self, question: str) -> Vectors:
        """The question as a unit vector; it never enters the cache."""
        vector: Vectors = self.embedder.embed_queries([question])[0]
        return vector

    def passage_vectors(self, hashes: Mapping[str, str]) -> dict[str, Vectors]:
        """Cached vectors by passage id, for those that are there."""
        cached = self._docstore.vectors.get(self.embedder.fingerprint, list(hashes.values()))
        return {one: cached[text] for one, text in hashes.items() if text in cached}

    @property
    def embedder(self) -> Embedder:
        """The embedding model, found when it is first needed.

        Raises:
            EmbeddingModelError: There is none.
        """
        if self._embedder is None:
            settings = self._settings.embedding
            self._embedder = TorchEmbedder(find_model(settings), settings)
        return self._embedder

    def close(self) -> None:
        """Release everything."""
        self.disown()
        if self._reader:
            self._reader[1].close()
            self._reader = None

    # ------------------------------------------------------------ opening

    def _open(self, *, mend: bool) -> None:
        cached = CachedEmbedder(self.embedder, self._docstore.vectors)

        def of_entries(entries: Sequence[Entry]) -> Vectors:
            by_hash = cached.vectors({entry.text_hash: entry.embedded_text for entry in entries})
            return np.stack([by_hash[entry.text_hash] for entry in entries])

        def open_vectors(folder: Path) -> Index:
            return vectors.VectorIndex(
                folder, vectors=of_entries, fingerprint=self.embedder.fingerprint
            )

        plans: dict[str, tuple[Callable[[Path], Index], str]] = {
            LEXICAL: (lexical.LexicalIndex, lexical.FINGERPRINT),
            VECTORS: (open_vectors, self.embedder.fingerprint),
        }
        for name, (factory, fingerprint) in plans.items():
            if name in self._followers:
                continue
            follower = Follower(
                root=self._settings.data / _INDEXES,
                name=name,
                log=self._docstore.changes,
                factory=factory,
                fingerprint=fingerprint,
                mend=mend,
            )
            if follower.fault is None or mend:
                self._followers[name] = follower
                self.warnings.pop(name, None)
            else:
                self.warnings[name] = _faulty(name, follower.fault)

    def _read_only(self) -> Index | None:
        cursor = self._docstore.changes.cursor(LEXICAL)
        if cursor is None:
            return None
        with self._guard:
            if self._reader and self._reader[0] == cursor.generation:
                return self._reader[1]
            folder = index_folder(self._settings.data / _INDEXES, LEXICAL, cursor)
            try:
                if cursor.fingerprint not in ("", lexical.FINGERPRINT):
                    raise _faulty(LEXICAL, Fault.OTHER_FINGERPRINT)
                index = lexical.LexicalIndex(folder, readonly=True)
            except RagAssistantError as error:
                self.warnings[LEXICAL] = error
                return None
            self.warnings.pop(LEXICAL, None)
            if self._reader:
                self._reader[1].close()
            self._reader = (cursor.generation, index)
            return index


def _faulty(name: str, fault: Fault) -> IndexDamagedError:
    return IndexDamagedError(f"The {name} index {fault}.", "rag-assistant repair")
