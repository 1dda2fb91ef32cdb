"""Word documents (DOCX): their text by headings, with footnotes and endnotes."""

from __future__ import annotations

from rag_assistant.ports import Blob
from rag_assistant.readers import word
from rag_assistant.schema import Document


def read(blob: Blob) -> Document:
    """Read a DOCX; without pictures, comments, tracked deletions and hidden text.

    Raises:
        FailedError: It is damaged, or a part of it is missing or too large.
    """
    return word.document(blob.data, "docx")
