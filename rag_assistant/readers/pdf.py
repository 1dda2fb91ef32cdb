"""PDF through PDFium: the text page by page, with printed page numbers.

PDFium also gives labels, metadata and the reason why a file does not open. No second parser is
asked: each one more is one more that must withstand hostile files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from rag_assistant.dates import parse_date
from rag_assistant.errors import FailedError
from rag_assistant.ports import Blob
from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.pdf_page import PageText, shown_text
from rag_assistant.readers.unseen import LEFT_OUT, OCR_LAYER, UNJUDGED, untold
from rag_assistant.schema import DateRange, Description, Document, Page, Section

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

# PDFium is not thread-safe. A lock is state of the process whatever we call it, and a cached
# factory could make two of them; so it stands here.
_PDFIUM = Lock()

_PASSWORD_ERROR = 4
_MOST_NAMED = 20
_METADATA = ("Title", "Author", "CreationDate")
_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?")
_NO_NAME = frozenset({"untitled", "anonymous", "unknown", "author", "title"})


def read(blob: Blob) -> Document:
    """Read a PDF's own text; pictures of text give none.

    Raises:
        FailedError: It is encrypted or damaged, or no page has readable text.
    """
    with _PDFIUM:
        shown, labels, metadata = _extract(blob.data)
    texts = [page.text for page in shown]
    blank = sum(not text.strip() for text in texts)
    if blank == len(texts):
        raise FailedError("no readable text", _pages_are_images(len(texts)))
    text, pages = _joined(texts, labels)
    description = _description(metadata)
    machine_read = [number for number, page in enumerate(shown, start=1) if page.unseen]
    mostly = 2 * len(machine_read) > len(texts) - blank
    if mostly:
        description = replace(description, text_origin="ocr")
    return Document(
        description=description,
        sections=(Section(text=text, pages=pages),),
        format="pdf",
        pages=len(texts),
        pages_without_text=blank,
        notes=(
            *_counted(blank, len(texts), "{} of {} pages {} no readable text"),
            *_counted(
                len(machine_read),
                len(texts),
                OCR_LAYER + "{} of {} pages" + ("" if mostly else f": {_named(machine_read)}"),
            ),
            *_counted(
                sum(page.left_out for page in shown), len(texts), LEFT_OUT + "{} of {} pages"
            ),
            *_counted(
                sum(page.unjudged for page in shown), len(texts), UNJUDGED + "{} of {} pages"
            ),
            *untold(description, text),
        ),
    )


def _counted(number: int, of: int, words: str) -> tuple[str, ...]:
    return (words.format(number, of, "has" if number == 1 else "have"),) if number else ()


def _named(numbers: Sequence[int]) -> str:
    """Pages one after the other, counted from 1; the first ones where there are many."""
    more = ", ..." if len(numbers) > _MOST_NAMED else ""
    return ", ".join(map(str, numbers[:_MOST_NAMED])) + more


def _extract(data: bytes) -> tuple[list[PageText], list[str], dict[str, str]]:
    """What all pages show, their labels, and the metadata."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as document:
            shown = [_page_text(document, index) for index in range(len(document))]
            labels = [_said(document.get_page_label, index) for index in range(len(document))]
            metadata = {key: _said(document.get_metadata_value, key) for key in _METADATA}
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD_ERROR:
            raise FailedError("encrypted PDF", "a password is needed to open it") from error
        raise FailedError("damaged PDF", str(error)) from error
    if not shown:
        raise FailedError("damaged PDF", "it has no pages")
    return shown, labels, metadata


def _said(ask: Callable[[Any], str], about: int | str) -> str:
    """A label or a metadata value, "" where its characters are broken."""
    try:
        return ask(about)
    except UnicodeDecodeError:
        return ""


def _page_text(document: PdfDocument, index: int) -> PageText:
    """What a page shows; a page that does not load counts as one without text."""
    import pypdfium2

    try:
        page = document[index]
        try:
            return shown_text(page)
        finally:
            page.close()
    except pypdfium2.PdfiumError:
        return PageText(text="")


def _joined(texts: list[str], labels: list[str]) -> tuple[str, tuple[Page, ...]]:
    pages = []
    start = 0
    for index, (text, label) in enumerate(zip(texts, labels, strict=True)):
        end = start + len(text)
        printed = clean_text(label).strip() or str(index + 1)
        pages.append(Page(start=start, end=end, index=index, label=printed))
        start = end + 1
    return "\n".join(texts), tuple(pages)


def _description(metadata: Mapping[str, str]) -> Description:
    return Description(
        title=_name(metadata.get("Title", "")),
        creator=_name(metadata.get("Author", "")),
        date=_date(metadata.get("CreationDate", "")),
        kind="PDF",
    )


def _name(value: str) -> str:
    """A title or author, "" for what programs put where people put nothing."""
    name = clean_text(value.strip("\x00 \t\r\n"))
    return "" if name.lower() in _NO_NAME else name


def _date(value: str) -> DateRange | None:
    match = _DATE.match(value.strip())
    return parse_date("-".join(part for part in match.groups() if part)) if match else None


def _pages_are_images(count: int) -> str:
    return "its one page is an image" if count == 1 else f"{count} pages are images"
