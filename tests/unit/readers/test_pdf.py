"""PDF: pages as ranges, printed labels, and honest failures."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rag_assistant.errors import FailedError
from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob, unseen
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
    assert (document.pages, document.pages_without_text) == (2, 0)
    assert document.notes == (f"{unseen.UNTOLD}title, creator",)


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
    assert document.notes == ("2 of 4 pages have no text",)
    (section,) = document.sections
    assert [page.end - page.start for page in section.pages] == [len(WORDS), 0, 6, 0]


def test_no_text_at_all_fails() -> None:
    with pytest.raises(FailedError) as failure:
        read(made("", "", ""))
    assert (failure.value.reason, failure.value.detail) == (
        "no readable text", "3 of 3 pages have no text",
    )  # fmt: skip


def drawn(draw: Callable[[Canvas], None], title: str = "") -> Document:
    """A page with ordinary words and what ``draw`` adds at the height of 600."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842))
    canvas.setTitle(title)
    canvas.drawString(72, 700, WORDS)
    draw(canvas)
    canvas.save()
    return read(buffer.getvalue())


def white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 0.98)
    canvas.drawString(72, 600, "SECRET words")


def white_under_a_line(canvas: Canvas) -> None:
    canvas.line(72, 604, 300, 604)
    white(canvas)


def clear(canvas: Canvas) -> None:
    canvas.setFillAlpha(0.01)
    canvas.drawString(72, 600, "SECRET words")


def tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.8)
    canvas.drawString(72, 600, "SECRET words")


def outside(canvas: Canvas) -> None:
    canvas.drawString(72, -300, "SECRET words")


def undrawn(canvas: Canvas) -> None:
    canvas.drawString(72, 600, "SECRET words", mode=3)


@pytest.mark.parametrize("draw", [white, white_under_a_line, clear, tiny, outside, undrawn])
def test_text_that_the_page_does_not_show_is_left_out(draw: Callable[[Canvas], None]) -> None:
    document = drawn(draw)
    assert document.sections[0].text.strip() == WORDS
    assert document.notes == (f"{unseen.LEFT_OUT}1 of 1 pages",)
    assert document.description.text_origin is None


def white_on_blue(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0, 0, 0.4)
    canvas.rect(60, 590, 300, 30, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(72, 600, "SHOWN words")


def outlined(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.setFont("Helvetica", 30)
    canvas.drawString(72, 600, "SHOWN words", mode=2)


def turned(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 4)
    canvas.rotate(90)
    canvas.drawString(300, -200, "SHOWN words, little ones: i l .")


def scaled(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 1)
    canvas.scale(12, 12)
    canvas.drawString(6, 50, "SHOWN words")


@pytest.mark.parametrize("draw", [white_on_blue, outlined, turned, scaled])
def test_text_that_the_page_shows_stays(draw: Callable[[Canvas], None]) -> None:
    document = drawn(draw)
    assert "SHOWN words" in document.sections[0].text
    assert document.notes == ()


def test_text_unseen_over_a_picture_is_told_apart() -> None:
    def scan(canvas: Canvas) -> None:
        picture = ImageReader(Image.new("L", (20, 20), 200))
        canvas.drawImage(picture, 50, 500, 400, 150)
        canvas.drawString(72, 600, "Words read by machine.", mode=3)
        canvas.drawString(72, 300, "SECRET words", mode=3)

    document = drawn(scan)
    assert "Words read by machine." in document.sections[0].text
    assert "SECRET" not in document.sections[0].text
    assert document.description.text_origin == "ocr"
    assert document.notes == (
        f"{unseen.OCR_LAYER}1 of 1 pages", f"{unseen.LEFT_OUT}1 of 1 pages",
    )  # fmt: skip


def scanned(*are_scans: bool) -> Document:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    picture = ImageReader(Image.new("L", (20, 20), 200))
    for is_scan in are_scans:
        if is_scan:
            canvas.drawImage(picture, 50, 500, 400, 300)
        canvas.drawString(72, 700, WORDS, mode=3 if is_scan else 0)
        canvas.showPage()
    canvas.showPage()  # one without text counts for neither
    canvas.save()
    return read(buffer.getvalue())


@pytest.mark.parametrize(
    ("are_scans", "origin", "note"),
    [
        ((False, True, False), None, "1 of 4 pages: 2"),
        ((True, False), None, "1 of 3 pages: 1"),
        ((True, False, True), "ocr", "2 of 4 pages"),
    ],
)
def test_most_pages_tell_the_origin_of_the_text(
    are_scans: tuple[bool, ...], origin: str | None, note: str
) -> None:
    document = scanned(*are_scans)
    assert document.description.text_origin == origin
    assert f"{unseen.OCR_LAYER}{note}" in document.notes


def test_a_page_that_cannot_be_drawn_keeps_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise pypdfium2.PdfiumError("no bitmap")

    monkeypatch.setattr(pypdfium2.PdfPage, "render", fails)
    document = drawn(white)
    assert "SECRET words" in document.sections[0].text
    assert document.notes == (f"{unseen.UNJUDGED}1 of 1 pages",)


def test_a_title_that_stands_on_the_page_needs_no_note() -> None:
    assert drawn(lambda canvas: None, title="Local  STUDIES room").notes == ()


def test_annotations_and_other_metadata_are_not_read() -> None:
    def annotate(canvas: Canvas) -> None:
        canvas.textAnnotation("SECRET", Rect=[72, 600, 90, 620])
        canvas.setSubject("SECRET")
        canvas.setKeywords("SECRET")

    assert "SECRET" not in repr(drawn(annotate))


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
        ("007", "imagemagick-images"): "no readable text",  # it has words, above the page's edge
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
