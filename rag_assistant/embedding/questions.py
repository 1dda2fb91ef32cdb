"""A question's vector is made once, however many parts of an answer ask for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from rag_assistant.ports import Embedder, Vectors

_MOST = 64  # questions, sentences and titles of requests that run at once


class QuestionVectors:
    """An `Embedder` over another one that remembers questions until it is told to forget them.

    Whoever answers a request tells it at the end: no question is kept beyond its request.

    Args:
        embedder: Makes the vectors.
        passages: How those of passages are made for a request; None: as the embedder does.
    """

    def __init__(
        self, embedder: Embedder, passages: Callable[[Sequence[str]], Vectors] | None = None
    ) -> None:
        self._embedder = embedder
        self._passages = passages or embedder.embed_passages
        self._lock = Lock()
        self._known: dict[str, Vectors] = {}

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._passages(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            known = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            made = dict(zip(missing, self._embedder.embed_queries(missing), strict=True))
            known |= made
            with self._lock:
                if len(self._known) + len(made) <= _MOST:
                    self._known |= made
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def forget(self) -> None:
        """Forget all questions; who still needs one makes its vector again."""
        with self._lock:
            self._known.clear()
