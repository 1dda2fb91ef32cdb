"""Deterministic ids: the same input gives the same id on any machine, in any run."""

from __future__ import annotations

import hashlib

_ID_LENGTH = 32


def digest(*parts: str) -> str:
    """A 128-bit hex id over the parts; their borders count."""
    joined = "\x00".join(parts).encode()
    return hashlib.sha256(joined).hexdigest()[:_ID_LENGTH]


def number(*parts: str) -> int:
    """A signed 64-bit number over the parts, as SQLite stores it in eight bytes."""
    joined = "\x00".join(parts).encode()
    return int.from_bytes(hashlib.sha256(joined).digest()[:8], "big", signed=True)


def text_sha256(text: str) -> str:
    """SHA-256 of a text's UTF-8, as citations carry it."""
    return hashlib.sha256(text.encode()).hexdigest()


def normalised_text(texts: list[str]) -> str:
    """The words of a document with white space folded: what makes two captures the same."""
    return " ".join(word for text in texts for word in text.split())
