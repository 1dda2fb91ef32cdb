"""Plain text: the whole file is one section."""

from __future__ import annotations

from rag_assistant.errors import SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers.charset import decode
from rag_assistant.schema import Description, Document, Section


def read(blob: Blob) -> Document:
    """Read plain text.

    Raises:
        SkippedError: There is nothing but white space.
    """
    text, _ = decode(blob.data, blob.declared_charset)
    if not text.strip():
        raise SkippedError("no text")
    return Document(
        description=Description(kind="text"), sections=(Section(text=text),), format="text"
    )
