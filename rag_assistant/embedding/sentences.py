"""Vectors of the sources' sentences, remembered from question to question, in memory alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from threading import Lock

import numpy as np

from rag_assistant.ports import Embedder, Vectors

MOST = 20_000
"""Sentences that are remembered: 30 MB with 384 dimensions."""


class SentenceVectors:
    """An `Embedder` over another one that remembers passages, those least used forgotten first.

    It is for the sources' own sentences alone: what stands in a question or a written answer
    would be kept beyond its request. Texts are known by their hashes.

    Args:
        embedder: Makes the vectors; questions go to it as they are.
        most: How many are remembered.
    """

    def __init__(self, embedder: Embedder, most: int = MOST) -> None:
        self._embedder = embedder
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[bytes, Vectors] = OrderedDict()

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        hashes = [sha256(text.encode()).digest() for text in texts]
        found = self._remembered(hashes)
        missing = {one: text for one, text in zip(hashes, texts, strict=True) if one not in found}
        if missing:
            vectors = self._embedder.embed_passages(list(missing.values()))
            # Copies: a row would keep the whole array alive.
            made = {one: vector.copy() for one, vector in zip(missing, vectors, strict=True)}
            found |= made
            self._remember(made)
        return np.stack([found[one] for one in hashes])

    def _remembered(self, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        with self._lock:
            found = {one: self._known[one] for one in hashes if one in self._known}
            for one in found:
                self._known.move_to_end(one)
            return found

    def _remember(self, made: dict[bytes, Vectors]) -> None:
        with self._lock:
            self._known |= made
            while len(self._known) > self._most:
                self._known.popitem(last=False)
