"""PDF through PDFium: the text page by page, with printed page numbers.

PDFium also gives labels, metadata and the reason why a file does not open. No second parser is
asked: each one more is one more that must withstand hostile files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from rag_assistant.dates import parse_date
from rag_assistant.errors import FailedError
from rag_assistant.ports import Blob
from rag_assistant.readers.charset import clean_text
from rag_assistant.schema import DateRange, Description, Document, Page, Section

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

# PDFium is not thread-safe. A lock is state of the process whatever we call it, and a cached
# factory could make two of them; so it stands here.
_PDFIUM = Lock()

_PASSWORD_ERROR = 4
_METADATA = ("Title", "Author", "CreationDate")
_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?")
_NO_NAME = frozenset({"untitled", "anonymous", "unknown", "author", "title"})
# PDFium puts U+FFFE for the hyphen at a line's end and swallows the line's end. The page shows a
# hyphen and a new line, so these are stored; joining the word is left to the indexes.
_LINE_END_HYPHEN = "\ufffe"


def read(blob: Blob) -> Document:
    """Read a PDF's own text; pictures of text give none.

    Raises:
        FailedError: It is encrypted or damaged, or no page has readable text.
    """
    with _PDFIUM:
        texts, labels, metadata = _extract(blob.data)
    blank = sum(not text.strip() for text in texts)
    if blank == len(texts):
        raise FailedError("no readable text", _pages_are_images(len(texts)))
    text, pages = _joined(texts, labels)
    have = "has" if blank == 1 else "have"
    note = f"{blank} of {len(texts)} pages {have} no readable text"
    return Document(
        description=_description(metadata),
        sections=(Section(text=text, pages=pages),),
        format="pdf",
        pages=len(texts),
        pages_without_text=blank,
        notes=(note,) if blank else (),
    )


def _extract(data: bytes) -> tuple[list[str], list[str], dict[str, str]]:
    """Texts and labels of all pages, and the metadata."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as document:
            texts = [_page_text(document, index) for index in range(len(document))]
            labels = [_said(document.get_page_label, index) for index in range(len(document))]
            metadata = {key: _said(document.get_metadata_value, key) for key in _METADATA}
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD_ERROR:
            raise FailedError("encrypted PDF", "a password is needed to open it") from error
        raise FailedError("damaged PDF", str(error)) from error
    if not texts:
        raise FailedError("damaged PDF", "it has no pages")
    return texts, labels, metadata


def _said(ask: Callable[[Any], str], about: int | str) -> str:
    """A label or a metadata value, "" where its characters are broken."""
    try:
        return ask(about)
    except UnicodeDecodeError:
        return ""


def _page_text(document: PdfDocument, index: int) -> str:
    """A page's text; a page that does not load counts as one without text."""
    import pypdfium2

    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        return ""
    textpage = page.get_textpage()
    try:
        text: str = textpage.get_text_range(errors="replace")
    finally:
        textpage.close()
        page.close()
    return clean_text(text.replace(_LINE_END_HYPHEN, "-\n"))


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
