"""From the paths a person names to collections and the files in them."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rag_assistant.bags import MISSING, Bags, Sums
from rag_assistant.collection import (
    COLLECTION_FILE,
    CollectionConfig,
    has_config,
    load_collection,
)
from rag_assistant.errors import UsageError
from rag_assistant.readers import sidecar_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A collection's folder, and the part of it that is to be indexed ("" is all of it).

    ``named`` is False where a person gave the collection no id: it is called after its folder.
    """

    config: CollectionConfig
    part: str
    named: bool

    def covers(self, path: str) -> bool:
        """Whether a stored path lies in the part."""
        return not self.part or path == self.part or path.startswith(f"{self.part}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of a collection; ``refused`` says why it is passed over, "" where it is read.

    Where ``failed`` it is a folder that could not be listed, so that what lies in it is not known,
    or a file that its bag names and has not. ``sums`` are the checksums that its bag gives
    it, ``beside`` those of its sidecar.
    """

    path: Path
    name: str
    refused: str = ""
    detail: str = ""
    failed: bool = False
    sums: Sums | None = None
    beside: Sums | None = None

    def covers(self, path: str) -> bool:
        """Whether a stored path lies in this folder."""
        return self.name == "." or path.startswith(f"{self.name}/")


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
        UsageError: The part is one that the collection's globs leave out.
    """
    return list(_walk(root))


def size_of(found: Found) -> int:
    """Bytes of a file; 0 where it is passed over or cannot be looked at."""
    try:
        return 0 if found.refused else found.path.stat().st_size
    except OSError:
        return 0


def _walk(root: Root) -> Iterator[Found]:
    start = root.config.root / root.part
    if root.part:
        _check_globs(root, start)
    bags, walk = Bags(root.config.root), root.config.walk
    if not start.is_dir():
        yield _file(root, bags, start, _refusal_of_named(root, start))
        return
    if root.part and _links_on_the_way(root, start):
        yield _found(root, start, "link to a folder")
        return
    unlisted: list[OSError] = []
    for folder, folders, names in os.walk(start, onerror=unlisted.append):
        here, listed = Path(folder), frozenset(map(_folded, names))
        inside = here.relative_to(root.config.root).parts
        refused = {name: _refusal_of_folder(root, here / name) for name in sorted(folders)}
        folders[:] = [name for name, reason in refused.items() if reason == ""]
        for name, reason in refused.items():
            if reason:
                yield _found(root, here / name, reason)
        for name in sorted(names):
            parts = (*inside, name)
            describes = parts in ((COLLECTION_FILE,), (root.config.local_contexts,))
            if not describes and not walk.left_out_by(parts):
                path, described = here / name, _folded(f"{name}.toml") in listed
                yield _file(root, bags, path, _refusal(root, path, described=described))
    for error in unlisted:
        yield _found(root, Path(error.filename), "unreadable folder", error)
    yield from _missing(root, bags)


def _file(root: Root, bags: Bags, path: Path, refused: str) -> Found:
    """A file, with what its bag says of it where it lies in one."""
    found = _found(root, path, refused)
    bag = bags.over(path.parent)
    if bag is None or found.refused:
        return found
    sidecar = sidecar_of(path)
    return replace(
        found,
        refused=bag.refusal(path),
        sums=bag.sums_of(path),
        beside=bag.sums_of(sidecar) if sidecar else None,
    )


def _missing(root: Root, bags: Bags) -> Iterator[Found]:
    """What the bags name and have not, as far as the collection and its part want it."""
    walk = root.config.walk
    for bag in bags.met:
        for path, detail in bag.missing():
            parts = _parts(root, path)
            if root.covers("/".join(parts)) and not walk.left_out_by(parts):
                yield replace(_found(root, path, MISSING), detail=detail, failed=True)


def _check_globs(root: Root, start: Path) -> None:
    walk = root.config.walk
    inner = [path for path in start.parents if path.is_relative_to(root.config.root)]
    left_out = "exclude" if any(walk.excludes(_parts(root, path)) for path in inner) else ""
    left_out = left_out or walk.left_out_by(_parts(root, start))
    if left_out == "exclude" or (left_out and start.is_file()):
        raise UsageError(
            f"{start} is left out by '{left_out}' in {COLLECTION_FILE}.",
            f"Change '{left_out}' in {root.config.root / COLLECTION_FILE}.",
        )


def _roots_of(path: Path, collection_id: str | None) -> list[Root]:
    path = path.expanduser().absolute()
    if not os.path.exists(path):  # False where nobody may look
        raise UsageError(f"There is no {path}.", "Check the path.")
    if not _is_utf8(str(path)):
        raise UsageError(f"The name of {path} is not UTF-8.", "Rename it.")
    top = _collection_above(path)
    if top is None and path.is_dir():
        inner = _collections_in(path)
        if inner and collection_id is None:
            return [Root(config=load_collection(child), part="", named=True) for child in inner]
        top = path
    if top is None:
        top = path.parent
    part = path.relative_to(top).as_posix()
    return [
        Root(
            config=load_collection(top, collection_id),
            part="" if part == "." else part,
            named=collection_id is not None or has_config(top),
        )
    ]


def _collections_in(folder: Path) -> list[Path]:
    try:
        children = sorted(folder.iterdir())
    except OSError:  # the walk will say so
        return []
    return [child for child in children if os.path.isfile(child / COLLECTION_FILE)]


def _collection_above(path: Path) -> Path | None:
    start = path if path.is_dir() else path.parent
    for folder in (start, *start.parents):
        if has_config(folder):
            return folder
    return None


def _parts(root: Root, path: Path) -> tuple[str, ...]:
    """A path from the collection's folder on."""
    return path.relative_to(root.config.root).parts


def _folded(name: str) -> str:
    """A name as the disks that know fewest names take it: capitals and accents are the same."""
    return unicodedata.normalize("NFC", name).casefold()


def _found(root: Root, path: Path, refused: str, error: OSError | None = None) -> Found:
    name = "/".join(_parts(root, path)) or "."
    if not _is_utf8(name):
        name = os.fsencode(name).decode("utf-8", "replace")
        refused = refused or "name is not UTF-8"
    detail = (error.strerror or type(error).__name__) if error else ""
    return Found(path=path, name=name, refused=refused, detail=detail, failed=error is not None)


def _refusal_of_folder(root: Root, path: Path) -> str | None:
    """Why a folder is not entered, "" where it is, None where that is not worth a word."""
    if path.name.startswith(".") or root.config.walk.excludes(_parts(root, path)):
        return None
    if os.path.isfile(path / COLLECTION_FILE):  # False where nobody may look
        return "belongs to another collection"
    return "link to a folder" if path.is_symlink() else ""


def _refusal_of_named(root: Root, path: Path) -> str:
    if any(part.startswith(".") for part in _parts(root, path)):
        return "hidden file"
    if _leads_out(root, path):
        return "link out of the collection"
    return ""


def _refusal(root: Root, path: Path, *, described: bool) -> str:
    if path.name.startswith("."):
        return "hidden file"
    if os.path.islink(path) and _leads_out(root, path):
        return "link out of the collection"
    sidecar = sidecar_of(path) if described else None
    if sidecar and sidecar.is_symlink() and _leads_out(root, sidecar):
        return "its description is a link out of the collection"
    return ""


def _leads_out(root: Root, path: Path) -> bool:
    """Whether a link leads out of the collection; one that leads in a circle leads nowhere."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root.config.root))


def _links_on_the_way(root: Root, path: Path) -> bool:
    return path.resolve() != root.config.root.resolve() / root.part


def _is_utf8(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)
