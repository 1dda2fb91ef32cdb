"""From the paths a person names to collections and the files in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag_assistant.collection import COLLECTION_FILE, CollectionConfig, load_collection
from rag_assistant.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A collection's folder, and the part of it that is to be indexed ("" is all of it)."""

    config: CollectionConfig
    part: str

    def covers(self, path: str) -> bool:
        """Whether a stored path lies in the part."""
        return not self.part or path == self.part or path.startswith(f"{self.part}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of a collection; ``refused`` says why it is passed over, "" where it is read."""

    path: Path
    name: str
    refused: str = ""


def find_roots(paths: list[Path], collection_id: str | None) -> list[Root]:
    """The collections that the paths belong to.

    A path inside a folder with ``collection.toml`` is a part of that collection. A folder without
    one whose subfolders have one stands for those; any other folder is a collection of its own.

    Raises:
        UsageError: A path is missing, or one id would stand for two folders.
        ConfigError: A ``collection.toml`` is wrong.
    """
    roots: list[Root] = []
    for path in paths:
        roots += _roots_of(path, collection_id)
    folders: dict[str, Path] = {}
    for root in roots:
        other = folders.setdefault(root.config.id, root.config.root)
        if other != root.config.root:
            raise UsageError(
                f"'{root.config.id}' would stand for both {other} and {root.config.root}.",
                "Index them one by one, each with its own --collection.",
            )
    return roots


def find_files(root: Root) -> list[Found]:
    """Files of a collection's part, in the order of their names.

    What the collection's globs leave out is not mentioned; everything else is.

    Raises:
        UsageError: There is no file: an unmounted disk must not look like a wish to remove all.
    """
    files = list(_walk(root))
    if not files:
        raise UsageError(
            f"There is no file to index in {root.config.root / root.part}.",
            "Check the path, and 'include' and 'exclude' in collection.toml.",
        )
    return files


def _walk(root: Root) -> Iterator[Found]:
    config = root.config
    included = _matching(config.root, config.include)
    excluded = _matching(config.root, config.exclude)
    start = config.root / root.part
    if start.is_file():
        yield Found(path=start, name=root.part)
        return
    for folder, folders, names in os.walk(start):
        here = Path(folder)
        folders.sort()
        kept = []
        for name in folders:
            path = here / name
            if name.startswith(".") or path in excluded:
                continue
            if (path / COLLECTION_FILE).is_file():
                yield _found(root, path, "belongs to another collection")
            elif path.is_symlink():
                yield _found(root, path, "link to a folder")
            else:
                kept.append(name)
        folders[:] = kept
        for name in sorted(names):
            path = here / name
            if path in excluded or not _is_under(path, included):
                continue
            if path == config.root / COLLECTION_FILE:
                continue
            yield _found(root, path, _refusal(config.root, path))


def _roots_of(path: Path, collection_id: str | None) -> list[Root]:
    path = path.expanduser().absolute()
    if not path.exists():
        raise UsageError(f"There is no {path}.", "Check the path.")
    top = _collection_above(path)
    if top is None and path.is_dir():
        inner = sorted(child for child in path.iterdir() if (child / COLLECTION_FILE).is_file())
        if inner and collection_id is None:
            return [Root(config=load_collection(child), part="") for child in inner]
        top = path
    if top is None:
        top = path.parent
    part = path.relative_to(top).as_posix()
    return [Root(config=load_collection(top, collection_id), part="" if part == "." else part)]


def _collection_above(path: Path) -> Path | None:
    start = path if path.is_dir() else path.parent
    for folder in (start, *start.parents):
        if (folder / COLLECTION_FILE).is_file():
            return folder
    return None


def _matching(root: Path, patterns: tuple[str, ...]) -> set[Path]:
    return {path for pattern in patterns for path in root.glob(pattern)}


def _is_under(path: Path, included: set[Path]) -> bool:
    return path in included or any(parent in included for parent in path.parents)


def _found(root: Root, path: Path, refused: str) -> Found:
    name = PurePosixPath(path.relative_to(root.config.root)).as_posix()
    return Found(path=path, name=name, refused=refused)


def _refusal(root: Path, path: Path) -> str:
    if path.name.startswith("."):
        return "hidden file"
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        return "link out of the collection"
    return ""
