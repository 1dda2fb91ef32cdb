"""Text to vectors: the model's files, its tokenizer, its backends, and the cache before them."""

from __future__ import annotations

from rag_assistant.embedding.cached import CachedEmbedder, VectorCache
from rag_assistant.embedding.choosing import Choice, choose_anew, in_use
from rag_assistant.embedding.chosen import ChosenEmbedder
from rag_assistant.embedding.model import ModelFiles, find_model, passage_limit, token_limit
from rag_assistant.embedding.openvino_backend import OpenVinoEmbedder
from rag_assistant.embedding.questions import QuestionVectors
from rag_assistant.embedding.sentences import SentenceVectors
from rag_assistant.embedding.tokenizer import ModelTokenizer
from rag_assistant.embedding.torch_backend import TorchEmbedder

__all__ = [
    "CachedEmbedder",
    "Choice",
    "ChosenEmbedder",
    "ModelFiles",
    "ModelTokenizer",
    "OpenVinoEmbedder",
    "QuestionVectors",
    "SentenceVectors",
    "TorchEmbedder",
    "VectorCache",
    "choose_anew",
    "find_model",
    "in_use",
    "passage_limit",
    "token_limit",
]
