"""What Tantivy and Chroma report, as people can act on it."""

from __future__ import annotations

from pathlib import Path

from rag_assistant.errors import DocstoreError, IndexDamagedError, RagAssistantError

_FULL = ("no space left", "disk is full", "file too large", "quota exceeded")


def damage(name: str, folder: Path, error: Exception) -> RagAssistantError:
    """A full disk, which building anew would not mend; else damage, which it would."""
    if any(words in str(error).lower() for words in _FULL):
        return DocstoreError(
            f"The disk that holds {folder} is full; nothing already stored is lost.",
            "Free some space, and run the command again.",
        )
    return IndexDamagedError(
        f"The {name} index in {folder} cannot be used: {error}.", "rag-assistant repair"
    )
