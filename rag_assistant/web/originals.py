"""The original file of a document, opened for whoever may read its text, and for nobody else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rag_assistant.citing import own_file
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.files import FileState
from rag_assistant.docstore.library import readable
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.errors import NotFoundError
from rag_assistant.readers.mets_files import PAGE_FORMATS, picture_files
from rag_assistant.report import Counts
from rag_assistant.schema import Audience
from rag_assistant.web.api.problems import ConflictError

_PICTURES = ("jpg", "jpeg", "png", "webp", "gif", "JPG", "JPEG", "PNG")
_INDEX = "rag-assistant index FOLDER"
_OPENED = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a fifo would never open
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """An open file, which is closed by whoever takes it.

    Attributes:
        file: At its first byte.
        name: What it is called, without its folders.
        format: Its name in the registry.
        size: In bytes.
        sha256: Of its bytes, as they were indexed.
    """

    file: BinaryIO
    name: str
    format: str
    size: int
    sha256: str


class Originals:
    """Finds the files of documents. Names no path in any error."""

    def __init__(self, docstore: Docstore) -> None:
        self._docstore = docstore

    def open(self, document_id: str, audience: Audience) -> Original:
        """The file that a document is, if it is still as it was when it was indexed.

        Raises:
            NotFoundError: Not there for this audience, or no file of its own.
            GoneError: Removed.
            ConflictError: The file is another one now, or is there no more.
        """
        row = self._row(document_id, audience)
        name = own_file(row)
        if not name:
            raise NotFoundError(
                "This record has no file of its own: it stands in one with others.",
                f"Its text: GET /api/documents/{document_id}",
            )
        return self._opened(row, name)

    def has_picture(self, document_id: str, page: int, audience: Audience) -> bool:
        """Whether `picture` will find one, as far as the docstore knows.

        Raises:
            NotFoundError: The document is not there for this audience.
        """
        row = self._row(document_id, audience)
        return self._picture_of(row, page) is not None

    def picture(self, document_id: str, page: int, audience: Audience) -> Original:
        """The picture of a page whose words a document holds, which lies beside them.

        Args:
            document_id: The document.
            page: The page's number, from 0.
            audience: Who asks.

        Raises:
            NotFoundError: Not there for this audience, or no picture.
            GoneError: Removed.
            ConflictError: The picture is another one now, or is there no more.
        """
        row = self._row(document_id, audience)
        found = self._picture_of(row, page)
        if found is None:
            raise NotFoundError("There is no picture of this page here.")
        path, state = found
        return self._made(row["collection"], path, state, "picture")

    def _picture_of(self, row: Mapping[str, Any], page: int) -> tuple[str, FileState] | None:
        """A picture that was seen when the collection was indexed, and may be shown with the page.

        A description of its own may say otherwise: such a picture is left alone.
        """
        config = self._docstore.library.collections()[row["collection"]]
        for path in _beside(row, page, config):
            state = self._docstore.files.state(config.id, path)
            is_picture = state and Counts.of(state.counts).skipped.keys() == {"picture"}
            if state and is_picture and not os.path.lexists(config.root / f"{path}.toml"):
                return path, state
        return None

    def _row(self, document_id: str, audience: Audience) -> Mapping[str, Any]:
        bounds = readable(Bounds(access=audience_access(audience), uses=LISTED))
        return self._docstore.library.document(document_id, bounds)

    def _opened(self, row: Mapping[str, Any], name: str) -> Original:
        collection, path = row["collection"], row["path"]
        state = self._docstore.files.state(collection, path)
        if state is None:
            raise ConflictError("The file could not be read when it was last indexed.", _INDEX)
        return self._made(collection, path, state, name)

    def _made(self, collection: str, path: str, state: FileState, name: str) -> Original:
        root = self._docstore.library.collections()[collection].root
        return Original(
            file=_unchanged(root, path, state),
            name=path.rpartition("/")[2],
            format=name,
            size=state.size,
            sha256=state.sha256,
        )


def _beside(row: Mapping[str, Any], page: int, config: CollectionConfig) -> Iterable[str]:
    """Where the picture of a page may be: named like its words, or by the METS file of its work."""
    if own_file(row) in PAGE_FORMATS and row["pages"] == 1 and page == 0:
        stem = os.path.splitext(row["path"])[0]
        return [f"{stem}.{suffix}" for suffix in _PICTURES]
    if row["format"] != "mets" or row["record"] is not None or row["captured"]:
        return ()
    root = os.path.realpath(config.root)
    found = picture_files(config.root / row["path"], config.walk, page)
    return [one.relative_to(root).as_posix() for one in found if one.is_relative_to(root)]


def _unchanged(root: Path, path: str, state: FileState) -> BinaryIO:
    """Open a file below its collection's folder, where size and time are those that are known.

    What is looked at is what was opened: a file that is exchanged meanwhile is not followed.
    """
    place = Path(os.path.realpath(root / path))
    if not place.is_relative_to(os.path.realpath(root)):
        raise ConflictError("The file has changed since it was indexed.", _INDEX)
    try:
        descriptor = os.open(place, _OPENED)
    except OSError as error:
        told = "The file is not where it was when it was indexed."
        raise ConflictError(told, _INDEX) from error
    found = os.fstat(descriptor)
    same = (found.st_size, found.st_mtime_ns) == (state.size, state.mtime_ns)
    if not (stat.S_ISREG(found.st_mode) and same):
        os.close(descriptor)
        raise ConflictError("The file has changed since it was indexed.", _INDEX)
    return open(descriptor, "rb")
