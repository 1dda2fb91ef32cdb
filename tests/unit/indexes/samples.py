"""Entries, questions and vectors for the tests of the indexes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag_assistant.ports import IndexQuery, Vectors
from rag_assistant.schema import Entry

DIMENSION = 256


def entry(passage_id: str, text: str = "", **facts: Any) -> Entry:
    """An entry; what is not said is public, English and undated."""
    values: dict[str, Any] = {
        "passage_id": passage_id,
        "document_id": f"document-of-{passage_id}",
        "section_id": f"section-of-{passage_id}",
        "collection": "archive",
        "access": "public",
        "use": "answer",
        "language": "en",
        "kind": "text",
        "title": "",
        "headings": (),
        "start": 0,
        "end": len(text),
        "text": text,
        "sentences": ((0, len(text)),),
        "date_from": None,
        "date_to": None,
        "text_hash": hashlib.sha256(text.encode()).hexdigest(),
    }
    return Entry(**(values | facts))


def question(text: str, **bounds: Any) -> IndexQuery:
    """A public question to the archive, with its vector."""
    values: dict[str, Any] = {
        "text": text,
        "vector": embed(text),
        "collections": ("archive",),
        "access": ("public",),
    }
    return IndexQuery(**(values | bounds))


def embed(text: str) -> Vectors:
    """A unit vector in which each word has a direction of its own: shared words give likeness."""
    words = re.findall(r"\w+", text.lower()) or [""]
    unit = np.sum([_direction(word) for word in words], axis=0)
    return (unit / np.linalg.norm(unit)).astype(np.float32)


def vectors_of(entries: Sequence[Entry]) -> Vectors:
    """What an embedding model does for the vector index."""
    return np.stack([embed(each.embedded_text) for each in entries])


def _direction(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest())
    return np.random.default_rng(seed).standard_normal(DIMENSION)
