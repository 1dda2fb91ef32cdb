"""Vectors from sentence-transformers on the CPU; torch is loaded when first needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import model as model_files
from rag_assistant.embedding.model import ModelFiles
from rag_assistant.errors import EmbeddingModelError
from rag_assistant.ports import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TorchEmbedder:
    """An `Embedder` that several threads may use at once.

    Args:
        files: The model; only its small files are read until the first text comes.
        settings: Prefixes, length limit, batch size and threads.
    """

    def __init__(self, files: ModelFiles, settings: EmbeddingSettings) -> None:
        self._files = files
        self._settings = settings
        self._fingerprint = model_files.fingerprint(files, settings)
        self._dimension = model_files.dimension(files)
        self._lock = Lock()
        self._model: SentenceTransformer | None = None

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

    def _embed(self, prefix: str, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self._dimension), dtype=np.float32)
        vectors = self._loaded().encode(
            [prefix + text for text in texts],
            prompt="",  # else a prompt from the model's own configuration would come before
            batch_size=self._settings.batch_size,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return np.asarray(vectors, dtype=np.float32)

    def _loaded(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> SentenceTransformer:
        # Read when the libraries are imported; local_files_only alone was seen to leak requests.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        if self._settings.threads is not None:
            torch.set_num_threads(self._settings.threads)
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            loaded = SentenceTransformer(str(self._files.path), device="cpu", local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise EmbeddingModelError(
                f"The embedding model {self._files.name} cannot be loaded: {error}.",
                "Run: rag-assistant doctor",
            ) from error
        loaded.max_seq_length = model_files.token_limit(self._files, self._settings.max_tokens)
        # The first text fixes the tokenizer's padding and truncation, which threads then share.
        found = loaded.encode(["."], prompt="", show_progress_bar=False).shape[1]
        if found != self._dimension:
            raise EmbeddingModelError(
                f"The embedding model {self._files.name} gives vectors of length {found}, "
                f"its files say {self._dimension}.",
                "Download the embedding model again.",
            )
        return loaded
