"""An embedder that remembers: the sets do not change, so no text of theirs is embedded twice.

Only evaluations may keep questions; the product never does. Vectors are kept as the docstore keeps
them, in 16 bits, whether they are new or remembered: a first run and a second give one figure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag_assistant.docstore.vector_cache import VectorCache
from rag_assistant.embedding import CachedEmbedder
from rag_assistant.ports import Embedder, Vectors


class RememberingEmbedder:
    """An `Embedder` over another one, with a file that outlives the run.

    Args:
        embedder: Makes the vectors that are not known yet.
        path: The file that keeps them.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._embedder = embedder
        self._cache = VectorCache(path)
        self._passages = CachedEmbedder(_As(embedder, "", embedder.embed_passages), self._cache)
        self._queries = CachedEmbedder(_As(embedder, ":q", embedder.embed_queries), self._cache)

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._remembered(self._passages, texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._remembered(self._queries, texts)

    def close(self) -> None:
        """Release the file."""
        self._cache.close()

    def _remembered(self, cached: CachedEmbedder, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
        vectors = cached.vectors(dict(zip(keys, texts, strict=True)))
        return np.stack([vectors[key] for key in keys])


class _As:
    """One side of an embedder as the cache takes it: passages and questions are told apart."""

    def __init__(
        self, embedder: Embedder, mark: str, embed: Callable[[Sequence[str]], Vectors]
    ) -> None:
        self._embedder = embedder
        self._mark = mark
        self.embed_passages = embed
        self.embed_queries = embed

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint + self._mark

    @property
    def dimension(self) -> int:
        return self._embedder.dimension
