"""Which mapping of its ``collection.toml`` explains a file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from rag_assistant.collection import (
    COLLECTION_FILE,
    CollectionConfig,
    FieldMapping,
    load_collection,
)
from rag_assistant.errors import ConfigError, FailedError


def mapping_for(path: Path, name: str) -> FieldMapping | None:
    """The mapping that fits a file, None where there is none.

    Args:
        path: Where the file is.
        name: What it is called in its collection, so that this folder is known.

    Raises:
        FailedError: The collection's ``collection.toml`` is wrong.
    """
    parts = tuple(name.split("/"))
    if path.parts[-len(parts) :] != parts or len(path.parts) <= len(parts):
        return None
    folder = path.parents[len(parts) - 1]
    try:
        stat = (folder / COLLECTION_FILE).stat()
    except OSError:
        return None
    try:
        return _collection(folder, stat.st_size, stat.st_mtime_ns).mapping_of(name)
    except ConfigError as error:
        raise FailedError(f"{COLLECTION_FILE} is wrong", error.message) from error


@lru_cache(maxsize=8)
def _collection(folder: Path, _size: int, _changed: int) -> CollectionConfig:
    return load_collection(folder)
