"""Scanned pages as TIFF, one page or many, read by tesseract where it is installed."""

from __future__ import annotations

import struct

from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import ocr, scanned
from rag_assistant.schema import Document, Page, Section

_MOST_PAGES = 10_000
_ENTRY = 12  # bytes of a tag in a page's directory


def read(blob: Blob) -> Document:
    """Read what stands on the pages of a TIFF file.

    Raises:
        FailedError: It is damaged, or tesseract is not installed or reads none of its pages.
        SkippedError: Tesseract finds no words on it: it is a picture of something else.
    """
    count = _pages(blob.data)
    if not count:
        raise FailedError("damaged picture", "it has no pages")
    program = ocr.tesseract()
    if program is None:
        raise FailedError(
            "no readable text", f"{scanned.without_text(count, count)}; {ocr.NOT_INSTALLED}"
        )
    pages: list[list[Section]] = []
    unread = 0
    for index in range(count):
        facts = Page(start=0, end=0, index=index, label=str(index + 1))
        found = program.read(blob.data, facts, "-c", f"tessedit_page_number={index}")
        unread += found is None
        pages.append(found or [])
    blank = sum(not page for page in pages)
    if blank == count and not unread:
        raise SkippedError("picture", "no words are found on it")
    if blank == count:
        late = f"; {ocr.NOT_REACHED}{unread}" if program.late else ""
        raise FailedError("no readable text", scanned.without_text(count, count) + late)
    notes = [f"{ocr.BY_MACHINE}{count - blank} of {count} pages"]
    if blank:
        notes.append(scanned.without_text(blank, count))
    if program.late:
        notes.append(f"{ocr.NOT_REACHED}{unread} of {count} pages")
    return scanned.document("image", pages, "ocr", notes)


def _pages(data: bytes) -> int:
    """How many pages a TIFF file has: its directories, each of which names the next."""
    order = "<" if data.startswith(b"II") else ">"
    seen: set[int] = set()
    try:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        while at and at not in seen and len(seen) < _MOST_PAGES:
            (entries,) = struct.unpack_from(f"{order}H", data, at)
            seen.add(at)
            (at,) = struct.unpack_from(f"{order}I", data, at + 2 + entries * _ENTRY)
    except struct.error:  # cut off: what came before can still be read
        return len(seen)
    return len(seen)
