"""Files that the staff send: kept in collections of their own below the data folder.

A file arrives under a name of our own and takes its own name when all of it is on the disk. No
link is followed, nothing is executed, and what breaks off leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
import threading
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag_assistant.collection import COLLECTION_FILE, is_collection_id
from rag_assistant.config import UploadSettings
from rag_assistant.docstore import Docstore
from rag_assistant.errors import DocstoreError, NotFoundError, TooLongError, UsageError
from rag_assistant.local_contexts import PROJECT_FILE
from rag_assistant.web.api.problems import ConflictError, NoSpaceError

_ARRIVING = ".arriving-"
_LONGEST = 200  # bytes of a name
_ELSEWHERE = frozenset('/\\:*?"<>|')
_JOINERS = frozenset("\u200c\u200d")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
_OURS = frozenset({COLLECTION_FILE, PROJECT_FILE})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PRIVATE, _PRIVATE_FOLDER = 0o600, 0o700
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file that was stored; ``replaced`` says whether there was one of that name."""

    collection: str
    name: str
    size: int
    sha256: str
    replaced: bool


class Uploads:
    """The folder of uploads of one data folder, a folder a collection.

    Attributes:
        most: Bytes of a file at most.
    """

    def __init__(self, docstore: Docstore, data: Path, limits: UploadSettings) -> None:
        self._docstore = docstore
        self._top = data / "uploads"
        self._limits = limits
        self._guard = threading.Lock()
        self.most = limits.max_mb * _MEGABYTE

    def arriving(self, collection: str, name: str) -> Arriving:
        """Begin to take a file.

        Raises:
            UsageError: The name is none for a file, or the collection's is none for one.
            ConflictError: The collection is kept elsewhere, or something else has that name.
            NoSpaceError: The disk is full.
            DocstoreError: The folder cannot be written.
        """
        folder, name = self._folder(collection), plain_name(name)
        with _written(), self._guard:
            self._prepare(folder, collection)
            self._admit(folder, name)
            return Arriving(folder, self.most, lambda one: self._keep(one, folder, name))

    def delete(self, collection: str, name: str) -> None:
        """Delete a file that was sent.

        Raises:
            UsageError: The name is none for a file, or the collection's is none for one.
            NotFoundError: There is none of that name.
            DocstoreError: The folder cannot be written.
        """
        place = self._folder(collection) / plain_name(name)
        if place.parent.is_symlink() or place.is_symlink() or not place.is_file():
            raise NotFoundError("There is no file of that name.", "GET /api/uploads lists them.")
        with _written():
            place.unlink()

    def folder(self, collection: str) -> Path:
        """Where the files of a collection are."""
        return self._top / collection

    def listed(self) -> dict[str, list[dict[str, Any]]]:
        """The files of each collection, by its id, in the order of their names."""
        if not self._top.is_dir():
            return {}
        folders = sorted(one for one in self._top.iterdir() if one.is_dir())
        return {
            folder.name: [
                {"name": one.name, "bytes": one.stat().st_size} for one in sorted(_files(folder))
            ]
            for folder in folders
            if is_collection_id(folder.name) and not folder.is_symlink()
        }

    def sweep(self) -> None:
        """Delete what had not arrived when the process before ended."""
        for left in self._top.glob(f"*/{_ARRIVING}*"):
            with contextlib.suppress(OSError):
                left.unlink()

    def _folder(self, collection: str) -> Path:
        if not is_collection_id(collection):
            raise UsageError(
                "A collection's id is lower-case letters, digits, '.', '_' and '-'.",
                "Choose another one.",
            )
        return self._top / collection

    def _prepare(self, folder: Path, collection: str) -> None:
        """Make the collection's folder, for the staff alone, where there is none."""
        known = self._docstore.library.collections().get(collection)
        if known is not None and known.root != folder:
            raise ConflictError(
                f"The collection '{collection}' is kept in another folder.",
                "Choose another id for what is sent.",
            )
        for one in (self._top, folder):
            one.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            if one.is_symlink():
                raise ConflictError("The folder of uploads is a link.", "Replace it by a folder.")
        if not os.path.lexists(folder / COLLECTION_FILE):
            words = f'id = "{collection}"\ntitle = "{collection}"\naccess = "staff"\n'
            with os.fdopen(os.open(folder / COLLECTION_FILE, _NEW, _PRIVATE), "w") as file:
                file.write(words)

    def _admit(self, folder: Path, name: str) -> bool:
        """Whether the name is taken by a file, which will be replaced."""
        try:
            mode = os.lstat(folder / name).st_mode
        except FileNotFoundError:
            if len(_files(folder)) >= self._limits.max_files:
                raise ConflictError(
                    f"There are {self._limits.max_files:,} files already.",
                    "Delete some, or raise uploads.max_files.",
                ) from None
            return False
        if not stat.S_ISREG(mode):
            raise ConflictError("Something that is no file has that name.", "Choose another one.")
        return True

    def _keep(self, one: Arriving, folder: Path, name: str) -> Stored:
        with self._guard:
            replaced = self._admit(folder, name)  # others may have come meanwhile
            os.replace(one.place, folder / name)
        _sync_folder(folder)
        return Stored(
            collection=folder.name,
            name=name,
            size=one.size,
            sha256=one.sha256,
            replaced=replaced,
        )


class Arriving:
    """A file on its way; `discard` must be called unless `keep` succeeded.

    Args:
        folder: Where it will stand.
        most: Its bytes at most.
        keep: Gives it its name.

    Attributes:
        place: Where it stands meanwhile.
        size: Bytes that have come.
    """

    def __init__(self, folder: Path, most: int, keep: Callable[[Arriving], Stored]) -> None:
        self.place = folder / f"{_ARRIVING}{secrets.token_hex(8)}"
        self.size = 0
        self._most = most
        self._keep = keep
        self._digest = hashlib.sha256()
        self._file = os.fdopen(os.open(self.place, _NEW, _PRIVATE), "wb")

    @property
    def sha256(self) -> str:
        """Of all that has come."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            TooLongError: They are too many.
            NoSpaceError: The disk is full.
        """
        self.size += len(chunk)
        if self.size > self._most:
            raise too_large(self._most)
        self._digest.update(chunk)
        with _written():
            self._file.write(chunk)

    def keep(self) -> Stored:
        """All has come: let it stand under its name.

        Raises:
            UsageError: Nothing has come.
            ConflictError: Something else has that name by now.
            NoSpaceError: The disk is full.
        """
        if not self.size:
            raise UsageError("The file is empty.", "Send its bytes as the request's body.")
        with _written():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            return self._keep(self)

    def discard(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(OSError):  # of a full disk, what was buffered is not written
            self._file.close()
        self.place.unlink(missing_ok=True)


def plain_name(name: str) -> str:
    """The name of a file, composed (NFC).

    Raises:
        UsageError: It would not be one name, everywhere.
    """
    name = unicodedata.normalize("NFC", name)
    fault = _fault(name)
    if fault:
        raise UsageError(f"The file cannot have this name: {fault}.", "Rename it.")
    return name


def too_large(most: int) -> TooLongError:
    """The error that a file has more bytes than it may have."""
    return TooLongError(
        f"The file is larger than {most // _MEGABYTE} MB.", "Raise uploads.max_mb, or split it."
    )


def _fault(name: str) -> str:
    unseen = any(unicodedata.category(one) in _UNSEEN and one not in _JOINERS for one in name)
    stem = name.partition(".")[0].rstrip().casefold()
    faults = {
        "it is empty": not name,
        "it begins with a dot": name.startswith("."),
        "it ends in a dot or a space": name != name.rstrip(". "),
        'it holds one of / \\ : * ? " < > |': bool(_ELSEWHERE.intersection(name)),
        "it holds characters that cannot be seen": unseen,
        "some systems keep it for a device": stem in _DEVICES,
        "the collection is described there": name.casefold() in _OURS,
        f"it is longer than {_LONGEST} bytes": len(name.encode(errors="replace")) > _LONGEST,
    }
    return next((fault for fault, is_so in faults.items() if is_so), "")


def _files(folder: Path) -> list[Path]:
    """The files of a collection that were sent."""
    with os.scandir(folder) as entries:
        return [
            Path(one.path)
            for one in entries
            if one.is_file(follow_symlinks=False)
            and not one.name.startswith(".")
            and one.name != COLLECTION_FILE
        ]


def _sync_folder(folder: Path) -> None:
    """Let a new name outlive a power cut, where a folder can be opened."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpaceError("The disk is full.", "Free some space.") from error
        raise DocstoreError(
            f"The folder of uploads cannot be written: {error.strerror}.",
            "rag-assistant doctor",
        ) from error
