"""How original files are given: ranges, names, types, and the links that lead to them."""

from __future__ import annotations

import io
from email.message import Message
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_assistant.answer import Link
from rag_assistant.citing import own_file
from rag_assistant.web.api.originals import byte_range, disposition, shown
from rag_assistant.web.components.files import file_link, page_picture
from rag_assistant.web.components.markup import tag
from rag_assistant.web.originals import Original
from tests.answers import make_citation


def original(format_: str, data: bytes) -> Original:
    return Original(
        file=io.BytesIO(data), name="x", format=format_, size=len(data), sha256="0" * 64
    )


@given(st.integers(1, 100), st.integers(0, 120), st.integers(0, 120))
def test_a_range_gives_what_slicing_gives(size: int, first: int, last: int) -> None:
    data = range(size)
    part = byte_range(f"bytes={first}-{last}", size)
    if last < first:
        assert part is None
    else:
        assert part is not None
        assert list(part) == list(data[first : last + 1])
    rest = byte_range(f"bytes={first}-", size)
    assert rest is not None
    assert list(rest) == list(data[first:])
    suffix = byte_range(f"bytes=-{last}", size)
    assert suffix is not None
    assert list(suffix) == list(data[-last:] if last else [])


@pytest.mark.parametrize(
    "header",
    ["", "bytes", "bytes=", "bytes=-", "bytes=1", "bytes=1-2,5-6", "bytes=a-b", "bytes=-1-2",
     "items=0-1", "bytes=٣-٤", f"bytes={'9' * 5000}-"],
)  # fmt: skip
def test_what_is_no_range_means_all(header: str) -> None:
    assert byte_range(header, 10) is None


@pytest.mark.parametrize(
    "name",
    ["report.pdf", "Sitzung Mühle 1902.pdf", 'a "b"; filename=evil.exe', "x\r\nSet-Cookie: a=b",
     "年報.pdf", "a%20b.txt", "\\..\\x"],
)  # fmt: skip
def test_a_name_stays_one_name(name: str) -> None:
    header = disposition("attachment", name)
    assert header.isascii()
    assert "\n" not in header
    assert "\r" not in header
    parsed = Message()
    parsed["Content-Disposition"] = header.partition("; filename*")[0]
    assert parsed.get_content_disposition() == "attachment"
    assert len(parsed.get_params(header="Content-Disposition") or ()) == 2
    whole = Message()
    whole["Content-Disposition"] = "attachment; filename*" + header.partition("filename*")[2]
    assert whole.get_filename() == name


@pytest.mark.parametrize(
    ("format_", "data", "media", "inline"),
    [
        ("pdf", b"%PDF-1.4", "application/pdf", True),
        ("text", "ä".encode(), "text/plain; charset=utf-8", True),
        ("text", b"\xe4", "application/octet-stream", False),
        ("text", "x".encode("utf-16"), "application/octet-stream", False),
        ("text", b"cut off \xc3", "application/octet-stream", False),
        ("html", b"<html>", "application/octet-stream", False),
        ("image", b"II*\0", "image/tiff", False),
        ("picture", b"\xff\xd8\xff\xe0", "image/jpeg", True),
        ("picture", b"\x89PNG\r\n\x1a\n....", "image/png", True),
        ("picture", b"GIF89a", "image/gif", True),
        ("picture", b"RIFF\n\0\0\0WEBP", "image/webp", True),
        ("picture", b"<svg xmlns='http://www.w3.org/2000/svg'>", "application/octet-stream", False),
        ("picture", b"II*\0", "application/octet-stream", False),
    ],
)
def test_types(format_: str, data: bytes, media: str, inline: bool) -> None:
    found = shown(original(format_, data))
    assert (found.media, found.inline) == (media, inline)


def row(**facts: Any) -> dict[str, Any]:
    return {"record": None, "captured": 0, "format": "pdf"} | facts


def test_only_a_file_that_is_one_document_is_its_own() -> None:
    assert own_file(row()) == "pdf"
    assert own_file(row(format="alto")) == "alto"
    assert own_file(row(record="7")) == ""
    assert own_file(row(captured=1)) == ""
    for container in ("mets", "ead", "marcxml", "warc"):
        assert own_file(row(format=container)) == ""


def test_a_link_opens_a_pdf_at_its_page() -> None:
    place = {"page": "iv", "page_index": 5}
    pdf = make_citation(1, "words", document_id="d", file_format="pdf", place=place)
    assert file_link(pdf) == Link(
        kind="file", label="Open the file at page iv", url="/api/documents/d/file#page=6"
    )
    text = make_citation(1, "words", document_id="d", file_format="text")
    assert file_link(text) == Link(kind="file", label="Open the file", url="/api/documents/d/file")
    other = make_citation(1, "words", document_id="d", file_format="docx")
    assert file_link(other) == Link(
        kind="file", label="Download the file", url="/api/documents/d/file"
    )
    assert file_link(make_citation(1, "words")) is None


def test_a_picture_is_ours_and_says_what_it_is() -> None:
    title = 'Toll "books" <img src=x>'
    cited = make_citation(1, "words", document_id="d", title=title, text_origin="ocr")
    html = page_picture(cited)
    assert html.count("<img ") == 1
    assert 'src="/api/documents/d/image?page=1"' in html
    assert "&lt;img src=x&gt;, an image; its text stands below" in html
    assert "Machine-read text, may contain errors: check the image" in html
    assert 'href="#text"' in html


@pytest.mark.parametrize(
    "src",
    ["", "https://trap.example/x.png", "//trap.example/x.png", "/\\trap.example/x", "x.png",
     "data:image/png;base64,AA", "javascript:alert(1)", "#x", "/x y.png"],
)  # fmt: skip
def test_a_picture_from_elsewhere_is_refused(src: str) -> None:
    with pytest.raises(ValueError, match="picture"):
        tag("img", src=src, alt="x")


def test_a_picture_runs_nothing() -> None:
    with pytest.raises(ValueError, match="onerror"):
        tag("img", src="/x.png", onerror="alert(1)")
