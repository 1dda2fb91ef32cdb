"""What all backends of one model share: its fingerprint, its prefixes, vectors of length one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import model as model_files
from rag_assistant.embedding.model import ModelFiles
from rag_assistant.errors import EmbeddingModelError
from rag_assistant.ports import Vectors

_LEAST = 1e-12  # the length of a vector of zeros, so that nothing is divided by nothing


class LocalEmbedder(ABC):
    """An `Embedder` that computes on this computer and that several threads may use at once.

    Args:
        files: The model; only its small files are read until the first text comes.
        settings: Prefixes, length limit, batch size and threads.

    Attributes:
        instead: The hint where this backend gives no usable vector.
    """

    instead = (
        'Set embedding.backend to "torch" if the configuration names one, '
        "or run: rag-assistant repair --backend torch"
    )

    def __init__(self, files: ModelFiles, settings: EmbeddingSettings) -> None:
        self._files = files
        self._settings = settings
        self._fingerprint = model_files.fingerprint(files, settings)
        self._dimension = model_files.dimension(files)

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(self._settings.passage_prefix, texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(self._settings.query_prefix, texts)

    @abstractmethod
    def load(self) -> None:
        """Open the model, unless that is done: what cannot be opened is known before any text.

        Raises:
            EmbeddingModelError: The model cannot be loaded.
        """

    @abstractmethod
    def _compute(self, texts: Sequence[str]) -> Vectors:
        """The model's vectors of at least one text, of any length; shape (texts, dimension).

        Raises:
            EmbeddingModelError: The model cannot be loaded.
        """

    def _embed(self, prefix: str, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self._dimension), dtype=np.float32)
        vectors = self._compute([prefix + text for text in texts])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unusable = len(texts) - int(np.isfinite(lengths).sum())
        if unusable:  # kept, it would break the index off at this text for ever
            raise EmbeddingModelError(
                f"The embedding model {self._files.name} gives no usable vector (NaN or infinite) "
                f"for {unusable} of {len(texts)} texts.",
                self.instead,
            )
        return np.asarray(vectors / np.maximum(lengths, _LEAST), dtype=np.float32)

    def _check_dimension(self, found: int) -> None:
        if found != self._dimension:
            raise EmbeddingModelError(
                f"The embedding model {self._files.name} gives vectors of length {found}, "
                f"its files say {self._dimension}.",
                "Download the embedding model again.",
            )
