"""What Tantivy and Chroma report, as people can act on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag_assistant.errors import DocstoreError, IndexDamagedError, RagAssistantError, is_panic

_FULL = ("no space left", "disk is full", "file too large", "quota exceeded")


def damage(name: str, folder: Path, error: BaseException) -> RagAssistantError:
    """A full disk, which building anew would not mend; else damage, which it would."""
    if any(words in str(error).lower() for words in _FULL):
        return DocstoreError(
            f"The disk that holds {folder} is full; nothing already stored is lost.",
            "Free some space, and run the command again.",
        )
    return IndexDamagedError(
        f"The {name} index in {folder} cannot be used: {error}.", "rag-assistant repair"
    )


@contextmanager
def damage_named(name: str, folder: Path, *kinds: type[Exception]) -> Iterator[None]:
    """Name what an index's library raises on a folder: errors of these kinds, and panics."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, kinds) and not is_panic(error):
            raise
        raise damage(name, folder, error) from error
