"""Make the sample PDFs from their plain-text sources.

Each source is a text file cut into pages by lines ``@page LABEL``. Within a
page a line ``! text`` is centred, ``# text`` is a heading, and any other line
is a paragraph. Every page carries its label (i, ii, 1, 2 ...) both in print
and as a PDF page label. Run ``python corpora/make_pdfs.py``; the output is
the same, byte for byte, on each run.
"""

from __future__ import annotations

import argparse
import io
import re
from dataclasses import dataclass
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Frame, Paragraph

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources" / "local-history"
TARGET = HERE / "local-history"
MARGIN = 46
BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=12, leading=16.4, spaceAfter=8)
HEADING = ParagraphStyle("heading", fontName="Times-Bold", fontSize=15, leading=20, spaceAfter=9)
CENTRED = ParagraphStyle(
    "centred", fontName="Times-Bold", fontSize=14, leading=26, alignment=TA_CENTER, spaceBefore=10
)


@dataclass(frozen=True)
class Page:
    """One printed page: its label and its source lines."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Edition:
    """What the PDF's own metadata says, and where its text lies."""

    source: str
    title: str
    author: str
    date: str


EDITIONS = (
    Edition(
        "library-annual-report-1909",
        "Twenty-second annual report of the Library Committee, 1908-1909",
        "Ollerbridge Free Public Library",
        "D:20050401000000Z",
    ),
    Edition(
        "short-history-1957",
        "A Short History of Ollerbridge",
        "Thorne, Basil",
        "D:20050401000000Z",
    ),
)


def parse_pages(text: str) -> list[Page]:
    """Cut a source text into its labelled pages."""
    parts = re.split(r"(?m)^@page[ ]+(\S+)[ ]*\n", text)
    if parts[0].strip() or not parts[1:]:
        raise ValueError("a source must begin with '@page LABEL'")
    return [
        Page(label, tuple(line.strip() for line in body.splitlines() if line.strip()))
        for label, body in zip(parts[1::2], parts[2::2], strict=True)
    ]


def _flowable(line: str) -> Paragraph:
    """Turn one source line into a paragraph in the right style."""
    if line.startswith("! "):
        return Paragraph(line[2:], CENTRED)
    if line.startswith("# "):
        return Paragraph(line[2:], HEADING)
    return Paragraph(line.replace("&", "&amp;"), BODY)


def _draw(pages: list[Page], edition: Edition) -> bytes:
    """Draw the pages with reportlab and return the PDF, still without labels."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A5, invariant=1, pageCompression=0)
    canvas.setTitle(edition.title)
    canvas.setAuthor(edition.author)
    width, height = A5
    for page in pages:
        frame = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN, 0, 0, 0, 0)
        left = [_flowable(line) for line in page.lines]
        frame.addFromList(left, canvas)
        if left:
            raise ValueError(f"{edition.source}: page {page.label} holds too much text")
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(width / 2, MARGIN / 2, page.label)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _label_runs(pages: list[Page]) -> list[tuple[int, int, PageLabelStyle]]:
    """Return (first, last, style) for the roman and the arabic pages."""
    arabic = next((i for i, page in enumerate(pages) if page.label.isdigit()), len(pages))
    runs = []
    if arabic:
        runs.append((0, arabic - 1, PageLabelStyle.LOWERCASE_ROMAN))
    if arabic < len(pages):
        runs.append((arabic, len(pages) - 1, PageLabelStyle.DECIMAL))
    return runs


def render(text: str, edition: Edition) -> bytes:
    """Return the finished PDF of one source text, with labels and metadata."""
    pages = parse_pages(text)
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(_draw(pages, edition))).pages:
        writer.add_page(page)
    for first, last, style in _label_runs(pages):
        writer.set_page_label(first, last, style=style)
    writer.add_metadata(
        {
            "/Title": edition.title,
            "/Author": edition.author,
            "/Producer": "corpora/make_pdfs.py",
            "/CreationDate": edition.date,
            "/ModDate": edition.date,
        }
    )
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def main() -> None:
    """Write every PDF of the local history collection."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=TARGET, help="folder to write to")
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for edition in EDITIONS:
        text = (SOURCES / f"{edition.source}.txt").read_text(encoding="utf-8")
        (folder / f"{edition.source}.pdf").write_bytes(render(text, edition))
        print(f"wrote {edition.source}.pdf")


if __name__ == "__main__":
    main()
