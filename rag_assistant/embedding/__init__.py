"""Text to vectors: the model's files, its tokenizer, its backend, and the cache before it."""

from __future__ import annotations

from rag_assistant.embedding.cached import CachedEmbedder, VectorCache
from rag_assistant.embedding.model import ModelFiles, find_model, passage_limit, token_limit
from rag_assistant.embedding.tokenizer import ModelTokenizer
from rag_assistant.embedding.torch_backend import TorchEmbedder

__all__ = [
    "CachedEmbedder",
    "ModelFiles",
    "ModelTokenizer",
    "TorchEmbedder",
    "VectorCache",
    "find_model",
    "passage_limit",
    "token_limit",
]
