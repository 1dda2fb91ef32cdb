"""No text is embedded twice: vectors are kept by model fingerprint and hash of the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from rag_assistant.ports import Embedder, Vectors

_AT_ONCE = 2  # batches


class VectorCache(Protocol):
    """Keeps vectors durably; the docstore is one."""

    def get(self, fingerprint: str, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Those of the hashes that are known, each with its vector of shape (dimension,)."""

    def put(self, fingerprint: str, vectors: Mapping[str, Vectors]) -> None:
        """Keep the vectors; they are safe when it returns."""


class CachedEmbedder:
    """Embeds passages through a cache. Questions go to the embedder itself and are never kept.

    Args:
        embedder: Makes the vectors that the cache lacks.
        cache: Where they are kept.
        batch_size: Texts embedded between two writes. Two batches are under way at once, so that
            no core waits for the end of one: at most so much work is lost to a kill.
        before_batch: Called before each; what it raises ends the work, and what is done is kept.
    """

    def __init__(
        self,
        embedder: Embedder,
        cache: VectorCache,
        batch_size: int = 32,
        before_batch: Callable[[], None] = lambda: None,
    ) -> None:
        self._embedder = embedder
        self._cache = cache
        self._batch_size = batch_size
        self._before_batch = before_batch

    def vectors(self, texts_by_hash: Mapping[str, str]) -> dict[str, Vectors]:
        """The vector of each text by its hash.

        What is missing is embedded longest first: batches of like length waste no padding, and
        a want of memory or time shows at once. New vectors are read back from the cache, so that
        an index is the same whether it was built or rebuilt; unless their text was removed, and
        so forgotten, at that moment.
        """
        known = self._cache.get(self._embedder.fingerprint, list(texts_by_hash))
        missing = sorted(
            (key for key in texts_by_hash if key not in known),
            key=lambda key: len(texts_by_hash[key]),
            reverse=True,
        )
        starts = range(0, len(missing), self._batch_size)
        batches = [missing[start : start + self._batch_size] for start in starts]
        if batches:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                for computed in pool.map(partial(self._computed, texts_by_hash), batches):
                    known |= computed
        return known

    def _computed(self, texts_by_hash: Mapping[str, str], batch: list[str]) -> dict[str, Vectors]:
        self._before_batch()
        fingerprint = self._embedder.fingerprint
        vectors = self._embedder.embed_passages([texts_by_hash[key] for key in batch])
        computed = dict(zip(batch, vectors, strict=True))
        self._cache.put(fingerprint, computed)
        return computed | self._cache.get(fingerprint, batch)
