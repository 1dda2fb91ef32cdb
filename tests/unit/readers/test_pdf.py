"""PDF: pages as ranges, printed labels, and honest failures."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle
from reportlab.pdfgen.canvas import Canvas

from rag_assistant.errors import FailedError
from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob
from rag_assistant.schema import Document

WORDS = "The Local Studies Room is open on Thursday from ten to four."


def read(data: bytes) -> Document:
    return read_blob(Blob(data=data, name="a.pdf"))


def made(*pages: str, title: str = "", author: str = "") -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    for page in pages:
        canvas.drawString(72, 700, page)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def test_pages_are_ranges_over_one_text() -> None:
    document = read(made(WORDS, "Second page.", title="Guide", author="Okafor, Martin"))
    (section,) = document.sections
    assert [section.text[page.start : page.end] for page in section.pages] == [
        WORDS, "Second page.",
    ]  # fmt: skip
    assert [(page.index, page.label) for page in section.pages] == [(0, "1"), (1, "2")]
    description = document.description
    assert (description.title, description.creator) == ("Guide", "Okafor, Martin")
    assert (description.kind, description.language) == ("PDF", "en")
    assert (document.pages, document.pages_without_text, document.notes) == (2, 0, ())


def test_printed_labels() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(made(*[WORDS] * 5))))
    writer.set_page_label(0, 1, style=PageLabelStyle.LOWERCASE_ROMAN, start=3)
    writer.set_page_label(2, 4, style=PageLabelStyle.DECIMAL, prefix="A-")
    buffer = io.BytesIO()
    writer.write(buffer)
    (section,) = read(buffer.getvalue()).sections
    assert [page.label for page in section.pages] == ["iii", "iv", "A-1", "A-2", "A-3"]


def test_pages_without_text_are_counted() -> None:
    document = read(made(WORDS, "", "Third.", ""))
    assert (document.pages, document.pages_without_text) == (4, 2)
    assert document.notes == ("2 of 4 pages have no readable text",)
    (section,) = document.sections
    assert [page.end - page.start for page in section.pages] == [len(WORDS), 0, 6, 0]


def test_no_text_at_all_fails() -> None:
    with pytest.raises(FailedError) as failure:
        read(made("", "", ""))
    assert (failure.value.reason, failure.value.detail) == (
        "no readable text", "3 pages are images",
    )  # fmt: skip


def test_a_user_password_fails() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(made(WORDS))))
    writer.encrypt("secret", algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    with pytest.raises(FailedError, match="encrypted PDF"):
        read(buffer.getvalue())


def test_an_owner_password_alone_does_not_hinder_reading() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(made(WORDS))))
    writer.encrypt("", owner_password="secret", algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    assert read(buffer.getvalue()).sections[0].text == WORDS


@pytest.mark.parametrize("length", [9, 200, 700])
def test_a_cut_file_fails_or_is_read_but_raises_nothing_else(length: int) -> None:
    with pytest.raises(FailedError):
        read(made(WORDS)[:length])


def test_threads_take_turns() -> None:
    files = [made(f"{WORDS} Number {number}.") for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        texts = [document.sections[0].text for document in pool.map(read, files)]
    assert texts == [f"{WORDS} Number {number}." for number in range(12)]


def test_real_files(data: Path) -> None:
    folder = data / "formats" / "pdf"
    listed = json.loads((folder / "files.json").read_text(encoding="utf-8"))["data"]
    failed = {}
    for entry in listed:
        path = folder / entry["path"]
        if not path.is_file():
            continue  # the list names one file that is not part of the data
        try:
            document = read(path.read_bytes())
        except FailedError as error:
            failed[path.parent.name[:3], path.stem] = error.reason
            continue
        (section,) = document.sections
        assert document.pages == entry["pages"] == len(section.pages)
        assert "\ufffe" not in section.text
        assert section.text == "\n".join(section.text[p.start : p.end] for p in section.pages)
    assert failed == {
        ("005", "libreoffice-writer-password"): "encrypted PDF",
        ("007", "imagemagick-ASCII85Decode"): "no readable text",
        ("007", "imagemagick-CCITTFaxDecode"): "no readable text",
        ("007", "imagemagick-lzw"): "no readable text",
        ("017", "unreadablemetadata"): "damaged PDF",
        ("019", "grayscale-image"): "no readable text",
        ("023", "cmyk-image"): "no readable text",
    }


def test_labels_and_line_end_hyphens_of_real_files(data: Path) -> None:
    folder = data / "formats" / "pdf"
    book = read((folder / "009-pdflatex-geotopo" / "GeoTopo-komprimiert.pdf").read_bytes())
    assert [page.label for page in book.sections[0].pages[:5]] == ["i", "ii", "iii", "1", "2"]
    assert book.description.title == "Geometrie und Topologie"
    assert book.description.language == "de"
    columns = read((folder / "026-latex-multicolumn" / "multicolumn.pdf").read_bytes())
    assert "adip-\niscing elit" in columns.sections[0].text
