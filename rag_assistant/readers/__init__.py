"""The readers: bytes that nobody vouches for become documents, or a recorded reason why not.

Each format is one module with ``read(blob)``, each container one with ``read(stream, inside)``.
To add one, write the module and add a row to `formats.FORMATS` (see CONTRIBUTING.md).
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from rag_assistant.errors import FailedError, LeafError, SkippedError
from rag_assistant.ports import Blob, Leaf, Reader
from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.companions import sidecar_of
from rag_assistant.readers.container import Inside, Turns, is_elsewhere
from rag_assistant.readers.formats import FORMATS
from rag_assistant.readers.guard import failures_recorded
from rag_assistant.readers.language import (
    UNDETERMINED,
    detect_language,
    languages_of,
    normalise_language,
)
from rag_assistant.readers.mappings import mapping_for, walk_of
from rag_assistant.readers.mets_files import mets_of, page_files
from rag_assistant.readers.sniff import HEAD, container, sniff, suffix_of
from rag_assistant.readers.unseen import without_shapeless
from rag_assistant.schema import Description, Document

__all__ = [
    "FORMATS",
    "UNREADABLE",
    "is_container",
    "is_sidecar",
    "mets_of",
    "page_files",
    "read_blob",
    "read_file",
    "said_elsewhere",
    "sidecar_of",
]

MAX_FILE = 512 * 1024 * 1024
"""Bytes of a plain file; containers are streamed and may have any size."""

UNREADABLE = "unreadable file"
"""The reason where the machine failed, not the file: what it gave before need not be wrong."""

_MAPPED = "a [[mapping]] in collection.toml says what it holds"
_LONGEST_NAME = 500
_ARCHIVE_NAME = re.compile(r"\.(warc|arc|wacz)(?:\.gz|\.zst)?(?:\.open)?\Z")
_COLLECTION_FILE = "collection.toml"


def read_blob(blob: Blob) -> Document:
    """Read one leaf's bytes by what they are, not by what they are called.

    Raises:
        SkippedError: They are not meant to give a document.
        FailedError: They should have; whatever a parser raised ends up here.
    """
    with failures_recorded():
        name = sniff(blob)
        row = FORMATS.get(name)
        if row is None:
            raise SkippedError(name, _help(name, blob))
        if row.container:
            raise SkippedError("records inside a record", name)
        reader: Reader = row.reader().read
        return _finished(reader(blob))


def _help(kind: str, blob: Blob) -> str:
    """What would let a file be read that is passed over, "" where nothing does."""
    of_the_web = bool(blob.declared_type) or "://" in blob.name
    return _MAPPED if kind == "JSON data" and not of_the_web else ""


def read_file(path: Path, name: str, turns: Turns | None = None) -> Iterator[Leaf]:
    """Read a file: one leaf for a plain file, one for each record of a container.

    Nothing is raised: a file that cannot be read is one failed leaf. A sidecar lies over a plain
    file's own description; over the records of a container lie its access, use, closure, rights
    and notices.

    Args:
        path: Where the file is.
        name: What it is called in its collection.
        turns: Says which of its items are read here; None reads all.
    """
    turns = turns or Turns()
    try:
        with failures_recorded(), _opened(path, turns) as stream:
            sidecar = _sidecar(path)
            if kind := _container(stream, path, name):
                inside = _inside(turns, path, name)
                yield from _records(kind, stream, sidecar, inside)
                if stream.raw.fault:  # which the records' own reader takes for damage
                    raise stream.raw.fault
            elif turns.next():
                if turns.given_up:
                    raise FailedError(turns.given_up)
                if claimant := mets_of(path, walk_of(path, name)):
                    raise SkippedError(f"page of {claimant.name}")
                yield _plain_file(stream, name, sidecar)
    except LeafError as error:
        skipped = isinstance(error, SkippedError)
        turns.number += 1  # behind all that the file gave
        yield Leaf(
            record=None,
            outcome="skipped" if skipped else "failed",
            reason=UNREADABLE if _by_the_machine(error.__cause__) else error.reason,
            detail=error.detail,
        )


def is_container(path: Path) -> bool:
    """Whether a file holds records; False where it cannot be read."""
    try:
        with _opened(path, Turns()) as stream:
            return bool(container(stream.read(HEAD), path.name) or _archive_by_name(path.name))
    except (LeafError, OSError):
        return False


def is_sidecar(path: Path) -> bool:
    """Whether a file only describes others: a sidecar, or ``collection.toml``."""
    if path.name == _COLLECTION_FILE:
        return True
    return path.suffix == ".toml" and path.with_suffix("").is_file()


def said_elsewhere(path: Path, name: str) -> str:
    """What another file than its sidecar says of a file, "" for nothing.

    Args:
        path: Where the file is.
        name: What it is called in its collection.
    """
    if suffix_of(name) != "csv":
        return ""
    from rag_assistant.readers.item_tables import row_about

    try:
        row = row_about(path, name)
    except LeafError as error:  # reading the file will say so
        return error.message
    return repr(row) if row else ""


def _by_the_machine(cause: BaseException | None) -> bool:
    """Whether a disk failed; parsers raise errors of that type too, but without errno."""
    return isinstance(cause, OSError) and bool(cause.errno)


class _File(io.FileIO):
    """A file that tells how far it was read, and remembers that its disk failed.

    It ends where it ended when it was opened: what grows while it is read must not be endless.
    """

    fault: OSError | None = None

    def __init__(self, descriptor: int, turns: Turns) -> None:
        super().__init__(descriptor)
        self._turns = turns
        self._size = os.fstat(descriptor).st_size

    def readinto(self, buffer: Any, /) -> int | None:
        try:
            place = self.tell()
            left = max(0, self._size - place)
            size = super().readinto(memoryview(buffer)[:left]) or 0
        except OSError as error:
            self.fault = error
            raise
        self._turns.moved(place + size, size)
        return size


def _opened(path: Path, turns: Turns) -> io.BufferedReader[_File]:
    """Open a regular file; a fifo or a device would never end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise FailedError(UNREADABLE, error.strerror or type(error).__name__) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FailedError(UNREADABLE, "it is not a regular file")
    return io.BufferedReader(_File(descriptor, turns))


def _sidecar(path: Path) -> tuple[Description, tuple[str, ...]] | None:
    sidecar = sidecar_of(path)
    if sidecar is None:
        return None
    from rag_assistant.readers.description import read_sidecar

    return read_sidecar(sidecar)


def _plain_file(
    stream: BinaryIO, name: str, sidecar: tuple[Description, tuple[str, ...]] | None
) -> Leaf:
    size = stream.seek(0, os.SEEK_END)
    if size > MAX_FILE:
        raise FailedError("file too large", f"over {MAX_FILE} bytes")
    stream.seek(0)
    data = stream.read(size)  # makes room for as much as is asked for
    document = read_blob(Blob(data=data, name=name))
    if sidecar:
        document = _with_sidecar(document, sidecar, None)
    return Leaf(record=None, outcome="read", document=document)


def _records(
    kind: str,
    stream: BinaryIO,
    sidecar: tuple[Description, tuple[str, ...]] | None,
    inside: Inside,
) -> Iterator[Leaf]:
    stream.seek(0)
    for leaf in FORMATS[kind].reader().read(stream, inside):
        if is_elsewhere(leaf):
            continue
        if sidecar and leaf.document:
            yield replace(leaf, document=_with_sidecar(leaf.document, sidecar, leaf.record))
        else:
            yield leaf


def _container(stream: BinaryIO, path: Path, name: str) -> str:
    """The container that a file is, "" for none; a mapping in its ``collection.toml`` comes first.

    Raises:
        FailedError: The ``collection.toml`` is wrong.
    """
    if mapping_for(path, name):
        return "mapped"
    return container(stream.read(HEAD), name) or _archive_by_name(name)


def _with_sidecar(
    document: Document, sidecar: tuple[Description, tuple[str, ...]], record: str | None
) -> Document:
    """A document under its file's sidecar, which names a record of many in no other way."""
    from rag_assistant.readers.description import merge, narrowed

    said, notes = sidecar
    if record is not None:
        return replace(document, description=narrowed(document.description, said))
    description = merge(document.description, said)
    return replace(document, description=description, notes=document.notes + notes)


def _archive_by_name(name: str) -> str:
    """The archive that a file is called: its first record may be damaged, the others not."""
    match = _ARCHIVE_NAME.search(name.lower())
    return match[1] if match else ""


def _inside(turns: Turns, path: Path, name: str) -> Inside:
    return Inside(
        blob=read_blob,
        archive=partial(_archive, turns, path, name),
        finish=_finished,
        turns=turns,
        path=path,
        name=name,
    )


def _archive(turns: Turns, path: Path, name: str, stream: BinaryIO) -> Iterator[Leaf]:
    """The records of an archive inside a package; packages do not nest."""
    kind = container(stream.read(HEAD))
    if kind not in ("warc", "arc"):
        raise FailedError("no web archive", "it opens like none")
    stream.seek(0)
    yield from FORMATS[kind].reader().read(stream, _inside(turns, path, name))


def _finished(document: Document) -> Document:
    """Settle what holds for all formats: clean words, a language, at least one text."""
    document = without_shapeless(document)
    sections = tuple(section for section in document.sections if section.text.strip())
    if not sections:
        raise SkippedError("no text")
    said = document.description
    texts = [section.text for section in sections]
    language = normalise_language(said.language)
    languages = languages_of(texts, language or detect_language(texts))
    description = replace(
        said,
        title=_name(said.title),
        creator=_name(said.creator),
        language=language or (languages[0][0] if languages else UNDETERMINED),
        languages=languages,
    )
    return replace(document, description=description, sections=sections)


def _name(words: str) -> str:
    """A title or a creator, no longer than a citation can show."""
    name = clean_text(words).strip()
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
