"""PDF through PDFium: the text page by page, with printed page numbers; scans through tesseract.

PDFium also gives labels, metadata and the reason why a file does not open. No second parser is
asked: each one more is one more that must withstand hostile files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from rag_assistant.dates import parse_date
from rag_assistant.errors import FailedError
from rag_assistant.ports import Blob
from rag_assistant.readers import ocr, scanned
from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.ocr import BY_MACHINE, NOT_INSTALLED, NOT_REACHED
from rag_assistant.readers.pdf_page import PageText, is_empty, picture, shown_text
from rag_assistant.readers.unseen import LEFT_OUT, OCR_LAYER, UNJUDGED, untold
from rag_assistant.schema import DateRange, Description, Document, Page, Section

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

# PDFium is not thread-safe. A lock is state of the process whatever we call it, and a cached
# factory could make two of them; so it stands here.
_PDFIUM = Lock()

_PASSWORD_ERROR = 4
_MOST_NAMED = 20
_DPI = "300"
_METADATA = ("Title", "Author", "CreationDate")
_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?")
_NO_NAME = frozenset({"untitled", "anonymous", "unknown", "author", "title"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extract:
    """What a file gave: its pages' own text, labels and metadata, and what was read by machine.

    ``read`` has the sections of pages that are pictures, ``unread`` counts those that could have
    been read; ``late`` says that the time did not suffice for them.
    """

    shown: list[PageText]
    labels: list[str]
    metadata: dict[str, str]
    read: dict[int, list[Section]]
    unread: int
    late: bool


def read(blob: Blob) -> Document:
    """Read a PDF's own text, and pages that are pictures by tesseract where it is installed.

    Raises:
        FailedError: It is encrypted or damaged, or no page has readable text.
    """
    with _PDFIUM:
        found = _extract(blob.data)
    shown, count = found.shown, len(found.shown)
    blank = sum(
        not page.text.strip() and not found.read.get(index) for index, page in enumerate(shown)
    )
    if blank == count:
        raise FailedError("no readable text", "; ".join(_blank(found, blank)))
    sections = _sections([page.text for page in shown], found.labels, found.read)
    unseen = [number for number, page in enumerate(shown, start=1) if page.unseen]
    mostly = 2 * (len(unseen) + len(found.read)) > count - blank
    description = replace(
        _description(found.metadata),
        text_origin="ocr" if mostly else None,
        text_quality=scanned.quality(sections),
    )
    return Document(
        description=description,
        sections=sections,
        format="pdf",
        pages=count,
        pages_without_text=blank,
        notes=(
            *_blank(found, blank),
            *_counted(len(found.read), count, BY_MACHINE + "{} of {} pages"),
            *_counted(
                len(unseen),
                count,
                OCR_LAYER + "{} of {} pages" + ("" if mostly else f": {_named(unseen)}"),
            ),
            *_counted(sum(page.left_out for page in shown), count, LEFT_OUT + "{} of {} pages"),
            *_counted(sum(page.unjudged for page in shown), count, UNJUDGED + "{} of {} pages"),
            *untold(description, "\n".join(section.text for section in sections)),
        ),
    )


def _blank(found: _Extract, blank: int) -> Iterator[str]:
    """What to say of the pages without text, and of why that is so."""
    if blank:
        yield scanned.without_text(blank, len(found.shown))
    if found.unread and not ocr.is_installed():
        yield NOT_INSTALLED
    elif found.unread and found.late:
        yield f"{NOT_REACHED}{found.unread} of {len(found.shown)} pages"


def _counted(number: int, of: int, words: str) -> tuple[str, ...]:
    return (words.format(number, of),) if number else ()


def _named(numbers: Sequence[int]) -> str:
    """Pages one after the other, counted from 1; the first ones where there are many."""
    more = ", ..." if len(numbers) > _MOST_NAMED else ""
    return ", ".join(map(str, numbers[:_MOST_NAMED])) + more


def _extract(data: bytes) -> _Extract:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as document:
            shown = [_page_text(document, index) for index in range(len(document))]
            labels = [_said(document.get_page_label, index) for index in range(len(document))]
            metadata = {key: _said(document.get_metadata_value, key) for key in _METADATA}
            blank = [index for index, page in enumerate(shown) if not page.text.strip()]
            read, unread, late = _read_by_machine(document, blank, labels)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD_ERROR:
            raise FailedError("encrypted PDF", "a password is needed to open it") from error
        raise FailedError("damaged PDF", str(error)) from error
    if not shown:
        raise FailedError("damaged PDF", "it has no pages")
    return _Extract(
        shown=shown, labels=labels, metadata=metadata, read=read, unread=unread, late=late
    )


def _read_by_machine(
    document: PdfDocument, pages: Sequence[int], labels: Sequence[str]
) -> tuple[dict[int, list[Section]], int, bool]:
    """The sections of pages that are pictures, how many stay unread, and whether time ran out."""
    program = ocr.tesseract()
    read: dict[int, list[Section]] = {}
    unread = 0
    for index in pages:
        facts = Page(start=0, end=0, index=index, label=_printed(labels[index], index))
        found = _read_page(document, facts, program)
        unread += found is None
        if found:
            read[index] = found
    return read, unread, bool(program and program.late)


def _read_page(
    document: PdfDocument, facts: Page, program: ocr.Tesseract | None
) -> list[Section] | None:
    """The sections of a page; none of one where nothing is to be read, None if it stays unread."""
    import pypdfium2

    try:
        page = document[facts.index]
        try:
            if is_empty(page):
                return []
            if program is None or program.late:
                return None
            return program.read(picture(page), facts, "--dpi", _DPI)
        finally:
            page.close()
    except pypdfium2.PdfiumError:
        return []


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


def _sections(
    texts: Sequence[str], labels: Sequence[str], read: Mapping[int, list[Section]]
) -> tuple[Section, ...]:
    """Pages with text of their own run on; each block of a picture is a section by itself."""
    made: list[Section] = []
    together: list[int] = []
    for index in range(len(texts) + 1):
        if index < len(texts) and index not in read:
            together.append(index)
            continue
        if any(texts[one].strip() for one in together) or (together and not read):
            made.append(_joined(together, texts, labels))
        together = []
        made += read.get(index, [])
    return tuple(made)


def _joined(run: Sequence[int], texts: Sequence[str], labels: Sequence[str]) -> Section:
    pages = []
    start = 0
    for index in run:
        end = start + len(texts[index])
        printed = _printed(labels[index], index)
        pages.append(Page(start=start, end=end, index=index, label=printed))
        start = end + 1
    return Section(text="\n".join(texts[index] for index in run), pages=tuple(pages))


def _printed(label: str, index: int) -> str:
    return clean_text(label).strip() or str(index + 1)


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
