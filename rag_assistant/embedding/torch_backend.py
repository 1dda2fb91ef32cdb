"""Vectors from sentence-transformers on the CPU; torch is loaded when first needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import model as model_files
from rag_assistant.embedding.local import LocalEmbedder
from rag_assistant.embedding.model import ModelFiles
from rag_assistant.errors import EmbeddingModelError
from rag_assistant.ports import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TorchEmbedder(LocalEmbedder):
    """The reference: the model as its makers run it.

    Args:
        files: The model; only its small files are read until the first text comes.
        settings: Prefixes, length limit, batch size and threads.
        bf16: Multiply in bfloat16, half the width of fp32; see `has_bf16`.
    """

    def __init__(
        self, files: ModelFiles, settings: EmbeddingSettings, *, bf16: bool = False
    ) -> None:
        super().__init__(files, settings)
        if not bf16:
            self.instead = "Set embedding.model to another model."
        self._bf16 = bf16
        self._lock = Lock()
        self._model: SentenceTransformer | None = None

    def _compute(self, texts: Sequence[str]) -> Vectors:
        model = self._loaded()
        import torch

        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._bf16):
            vectors = model.encode(
                list(texts),
                prompt="",  # else a prompt from the model's own configuration would come before
                batch_size=self._settings.batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.asarray(vectors, dtype=np.float32)

    def load(self) -> None:
        self._loaded()

    def _loaded(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> SentenceTransformer:
        import torch

        if self._settings.threads is not None:
            torch.set_num_threads(self._settings.threads)
        loaded = load_sentence_transformer(self._files)
        loaded.max_seq_length = model_files.token_limit(self._files, self._settings.max_tokens)
        # The first text fixes the tokenizer's padding and truncation, which threads then share.
        found = loaded.encode(["."], prompt="", show_progress_bar=False).shape[1]
        self._check_dimension(found)
        return loaded


def load_sentence_transformer(files: ModelFiles) -> SentenceTransformer:
    """The model with all of its modules; no connection is opened.

    Raises:
        EmbeddingModelError: It cannot be loaded.
    """
    # Read when the libraries are imported; local_files_only alone was seen to leak requests.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(files.path), device="cpu", local_files_only=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise EmbeddingModelError(
            f"The embedding model {files.name} cannot be loaded: {error}.",
            "Run: rag-assistant doctor",
        ) from error


def has_bf16() -> bool:
    """Whether torch finds instructions for bfloat16: without them it would be slower than fp32."""
    import torch

    probe = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # not public in any release yet
    return bool(probe and probe())
