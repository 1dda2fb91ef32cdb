"""Pictures of pages: read by tesseract where it is installed, named failures where it is not."""

from __future__ import annotations

import io
import shutil
import signal
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob
from rag_assistant.readers.sniff import sniff
from rag_assistant.schema import Document

WORDS = "The weir was mended in the autumn."
OWN = "This page has words of its own, which need no machine."

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is not installed"
)


@pytest.fixture
def not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def scan(text: str) -> Image.Image:
    """A page as a scanner sees it."""
    picture = Image.new("L", (1240, 600), 255)
    font = ImageFont.load_default(size=48)
    ImageDraw.Draw(picture).text((100, 200), text, fill=0, font=font)
    return picture


def tiff(*texts: str) -> bytes:
    pages = [scan(text) for text in texts]
    buffer = io.BytesIO()
    pages[0].save(buffer, format="TIFF", save_all=True, append_images=pages[1:], dpi=(150, 150))
    return buffer.getvalue()


def pdf(*pages: str | Image.Image) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 288))
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 200, page)
        else:
            canvas.drawImage(ImageReader(page), 0, 0, 595, 288)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def read(data: bytes, name: str = "a.tif") -> Document:
    return read_blob(Blob(data=data, name=name))


def test_only_files_are_scans() -> None:
    assert sniff(Blob(data=tiff(WORDS), name="a")) == "image"
    assert sniff(Blob(data=tiff(WORDS), name="http://a.example/a.tif")) == "picture"


def test_tiff_without_tesseract(not_installed: None) -> None:
    with pytest.raises(FailedError) as failure:
        read(tiff(WORDS, WORDS, WORDS))
    assert failure.value.reason == "no readable text"
    assert failure.value.detail == (
        "3 of 3 pages have no text; tesseract, which would read them, is not installed"
    )


def test_a_tiff_that_is_cut_off(not_installed: None) -> None:
    with pytest.raises(FailedError, match="damaged picture"):
        read(b"II*\x00\xff\xff")
    endless = b"II*\x00\x08\x00\x00\x00" + b"\x00\x00" + b"\x08\x00\x00\x00"
    with pytest.raises(FailedError, match="1 of 1 page has no text"):
        read(endless)


def test_pdf_without_tesseract(not_installed: None) -> None:
    with pytest.raises(FailedError) as failure:
        read(pdf(scan(WORDS), scan(WORDS)), "a.pdf")
    assert failure.value.detail == (
        "2 of 2 pages have no text; tesseract, which would read them, is not installed"
    )
    document = read(pdf(OWN, scan(WORDS), scan(WORDS)), "a.pdf")
    assert (document.pages, document.pages_without_text) == (3, 2)
    assert document.notes == (
        "2 of 3 pages have no text",
        "tesseract, which would read them, is not installed",
    )
    assert len(document.sections) == 1


@needs_tesseract
def test_tiff_page_by_page() -> None:
    document = read(tiff(WORDS, "The ferry was sold in 1902."))
    assert [section.text for section in document.sections] == [WORDS, "The ferry was sold in 1902."]
    assert [section.pages[0].index for section in document.sections] == [0, 1]
    first = document.sections[0]
    assert first.pages[0].size == (1240, 600)
    the = first.places[0]
    assert the.box is not None
    x, y, width, height = the.box
    assert abs(x - 100) < 10
    assert 200 <= y <= 225
    assert 60 < width < 110
    assert 25 < height < 50
    said = document.description
    assert said.text_origin == "ocr"
    assert said.text_quality is not None
    assert said.text_quality > 0.8


@needs_tesseract
def test_a_picture_without_words_is_passed_over() -> None:
    with pytest.raises(SkippedError, match="picture: no words are found on it"):
        read(tiff(""))


@needs_tesseract
def test_scanned_pages_of_a_pdf() -> None:
    document = read(pdf(OWN, scan(WORDS), OWN), "a.pdf")
    assert [section.text for section in document.sections] == [OWN, WORDS, OWN]
    assert [section.pages[0].index for section in document.sections] == [0, 1, 2]
    assert (document.pages, document.pages_without_text) == (3, 0)
    assert document.notes == ("read from their pictures by tesseract: 1 of 3 pages",)
    assert document.description.text_origin is None, "most of it is its own"
    scanned = document.sections[1]
    assert scanned.pages[0].size == (2480, 1200)
    assert all(place.box and place.confidence for place in scanned.places)


@needs_tesseract
def test_what_the_time_does_not_reach_is_counted() -> None:
    data = pdf(OWN, *[scan(WORDS)] * 3)
    signal.setitimer(signal.ITIMER_PROF, 600.0)  # as a reading process has it: of the item's time
    try:
        assert read(data, "a.pdf").pages_without_text == 0
        signal.setitimer(signal.ITIMER_PROF, 0.3)
        document = _within(data)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    assert document.pages_without_text == 3
    assert document.notes == (
        "3 of 4 pages have no text",
        "not reached in the time that reading one file may take (indexing.seconds): 3 of 4 pages",
    )


def _within(data: bytes) -> Document:
    """Read it where the signal at the end of the time is no end of the process."""
    before = signal.signal(signal.SIGPROF, signal.SIG_IGN)
    try:
        return read(data, "a.pdf")
    finally:
        signal.signal(signal.SIGPROF, before)


@needs_tesseract
def test_an_empty_page_is_no_picture() -> None:
    document = read(pdf(OWN, ""), "a.pdf")
    assert document.notes == ("1 of 2 pages has no text",)


def test_pdfium_draws_what_tesseract_reads() -> None:
    from rag_assistant.readers.pdf_page import picture

    with pypdfium2.PdfDocument(pdf(scan(WORDS))) as document:
        drawn = picture(document[0])
        assert Image.open(io.BytesIO(drawn)).size == (2480, 1200)
