"""The parts of a document that is a zip file (DOCX, ODT, EPUB), each read whole within bounds."""

from __future__ import annotations

import io
import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from rag_assistant.errors import FailedError
from rag_assistant.readers import xml
from rag_assistant.readers.zip_members import Package

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_PART = 64 << 20
"""Bytes of one unpacked part."""
MAX_PARTS = 256 << 20
"""Bytes of all parts of a document that are read."""

_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


class Parts:
    """The parts by their names.

    Args:
        data: The zip file.

    Raises:
        FailedError: It has no directory that can be read.
    """

    def __init__(self, data: bytes) -> None:
        self._package = Package(io.BytesIO(data))
        self._members = {member.filename: member for member in self._package.members}
        self._left = MAX_PARTS

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the order of the file."""
        return tuple(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """A part's bytes.

        Raises:
            FailedError: It is missing, encrypted, too large or damaged.
        """
        member = self._members.get(name)
        if member is None:
            raise FailedError("incomplete package", f"{name} is missing")
        if member.file_size > min(MAX_PART, self._left):
            raise FailedError("member too large", f"{name}: {member.file_size} bytes")
        data = b"".join(self._package.pieces(member))
        self._left -= len(data)
        return data

    def xml(self, name: str) -> _Element:
        """A part's root element.

        Raises:
            FailedError: As `read`, or it is not well-formed.
        """
        return xml.parse(self.read(name))


def resolved(base: str, reference: str) -> str:
    """The name of the part that a reference in another part means, "" for what is no part.

    It never leads out of the package: what climbs above its root stays there, as in URLs.

    Args:
        base: The name of the part that holds the reference.
        reference: As it stands there; what follows ``#`` is left out.
    """
    path = unquote(reference.partition("#")[0]).strip()
    if not path or _REMOTE.match(path):
        return ""
    joined = posixpath.join("/", posixpath.dirname(base), path.replace("\\", "/"))
    return posixpath.normpath(joined).lstrip("/")
