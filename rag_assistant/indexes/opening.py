"""Opens the two indexes of a data folder, each with what it needs to follow the docstore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.log import Cursor
from rag_assistant.embedding import CachedEmbedder
from rag_assistant.indexes import lexical, vectors
from rag_assistant.indexes.follower import Follower
from rag_assistant.ports import Embedder, Index, Vectors
from rag_assistant.schema import Entry

LEXICAL, VECTORS = "lexical", "vectors"
_SAMPLE = 1000  # vectors that a check looks for in the cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What both indexes of a folder are opened with; see `Follower`.

    ``batch_size`` and ``before_batch`` are those of `CachedEmbedder`.
    """

    root: Path
    docstore: Docstore
    embedder: Embedder
    batch_size: int
    before_batch: Callable[[], None]
    mend: bool

    def follower(self, name: str) -> Follower:
        """The index of this name, opened."""
        return self._vectors() if name == VECTORS else self._lexical()

    def _lexical(self) -> Follower:
        return Follower(
            root=self.root,
            name=LEXICAL,
            log=self.docstore.changes,
            factory=lexical.LexicalIndex,
            fingerprint=lexical.FINGERPRINT,
            mend=self.mend,
        )

    def _vectors(self) -> Follower:
        fingerprint = self.embedder.fingerprint
        cached = CachedEmbedder(
            self.embedder,
            self.docstore.vectors,
            batch_size=self.batch_size,
            before_batch=self.before_batch,
        )

        def of_entries(entries: Sequence[Entry]) -> Vectors:
            by_hash = cached.vectors({entry.text_hash: entry.embedded_text for entry in entries})
            return np.stack([by_hash[entry.text_hash] for entry in entries])

        def factory(folder: Path) -> Index:
            return vectors.VectorIndex(folder, vectors=of_entries, fingerprint=fingerprint)

        return Follower(
            root=self.root,
            name=VECTORS,
            log=self.docstore.changes,
            factory=factory,
            fingerprint=fingerprint,
            mend=self.mend,
            by_weight=True,
            supplied=self._supplied,
        )

    def _supplied(self, cursor: Cursor) -> bool:
        """Whether the cache holds what the vector index was made from, as far as a sample tells."""
        sample = self.docstore.library.embedded_sample(_SAMPLE)
        held = self.docstore.vectors.get(self.embedder.fingerprint, list(sample))
        lacking = [document_id for text, document_id in sample.items() if text not in held]
        awaited = self.docstore.changes.awaited(VECTORS, cursor, lacking)  # asked after the cache
        return awaited.issuperset(lacking)
