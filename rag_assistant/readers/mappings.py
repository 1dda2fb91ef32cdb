"""What a file's ``collection.toml`` says of it: which mapping explains it, which files it has."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from rag_assistant.collection import (
    COLLECTION_FILE,
    CollectionConfig,
    FieldMapping,
    Walk,
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
    folder = _folder(path, name)
    config = _config(folder) if folder else None
    return config.mapping_of(name) if config else None


def walk_of(path: Path, name: str) -> Walk:
    """Which files are those of a file's collection; without one those of its folder.

    Args:
        path: Where the file is.
        name: What it is called in its collection, so that this folder is known.

    Raises:
        FailedError: The collection's ``collection.toml`` is wrong.
    """
    folder = _folder(path, name) or path.parent
    config = _config(folder)
    return config.walk if config else Walk(root=folder)


def _folder(path: Path, name: str) -> Path | None:
    parts = tuple(name.split("/"))
    known = path.parts[-len(parts) :] == parts and len(path.parts) > len(parts)
    return path.parents[len(parts) - 1] if known else None


def _config(folder: Path) -> CollectionConfig | None:
    try:
        stat = (folder / COLLECTION_FILE).stat()
    except OSError:
        return None
    try:
        return _collection(folder, stat.st_size, stat.st_mtime_ns)
    except ConfigError as error:
        raise FailedError(f"{COLLECTION_FILE} is wrong", error.message) from error


@lru_cache(maxsize=8)
def _collection(folder: Path, _size: int, _changed: int) -> CollectionConfig:
    return load_collection(folder)
