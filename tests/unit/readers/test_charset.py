"""Bytes to text as browsers do it."""

from __future__ import annotations

import pytest

from rag_assistant.readers.charset import clean_text, decode

GERMAN = "Die Bücherei öffnet am Überweg: schöne Größe, süße Früchte."
JAPANESE = "図書館は火曜日から土曜日まで開いています。"


@pytest.mark.parametrize(
    ("data", "declared", "text", "encoding"),
    [
        (GERMAN.encode(), "", GERMAN, "utf-8"),
        (GERMAN.encode("latin-1"), "iso-8859-1", GERMAN, "cp1252"),
        (GERMAN.encode("latin-1"), "", GERMAN, "cp1252"),
        ("“Quoted” – dash".encode("cp1252"), "", "“Quoted” – dash", "cp1252"),
        ("“Quoted” – dash".encode("cp1252"), "ISO-8859-1", "“Quoted” – dash", "cp1252"),
        (JAPANESE.encode("shift_jis"), "Shift_JIS", JAPANESE, "cp932"),
        ("①".encode("cp932"), "shift_jis", "①", "cp932"),
        (b"\xff\xfe" + GERMAN.encode("utf-16-le"), "utf-8", GERMAN, "utf-16-le"),
        (b"\xfe\xff" + GERMAN.encode("utf-16-be"), "", GERMAN, "utf-16-be"),
        (b"\xef\xbb\xbf" + GERMAN.encode(), "latin-1", GERMAN, "utf-8"),
        (("Open. " * 9).encode("utf-16-le"), "", "Open. " * 9, "utf-16-le"),
        (GERMAN.encode("latin-1"), "utf-8", GERMAN, "cp1252"),
        (GERMAN.encode(), "iso-8859-1", GERMAN, "utf-8"),
        (GERMAN.encode(), "no-such-charset", GERMAN, "utf-8"),
        (b"", "", "", "utf-8"),
    ],
    ids=[
        "utf-8", "latin-1", "latin-1 undeclared", "windows-1252", "iso-8859-1 is windows-1252",
        "shift_jis", "windows-31j", "utf-16 bom", "utf-16-be bom", "utf-8 bom beats the header",
        "utf-16 without bom", "header lies utf-8", "header lies latin-1", "unknown label", "empty",
    ],
)  # fmt: skip
def test_decoding(data: bytes, declared: str, text: str, encoding: str) -> None:
    assert decode(data, declared) == (text, encoding)


@pytest.mark.parametrize(
    "meta",
    [
        '<meta charset="shift_jis">',
        '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=Shift_JIS">',
        "<meta charset=sjis>",
    ],
)
def test_a_page_may_name_its_charset_in_a_meta_element(meta: str) -> None:
    page = f"<html><head>{meta}</head><body>{JAPANESE}</body></html>"
    assert decode(page.encode("shift_jis"), markup=True) == (page, "cp932")


def test_the_header_comes_before_the_meta_element() -> None:
    page = f"<meta charset=euc-jp>{JAPANESE}"
    assert decode(page.encode("shift_jis"), "shift_jis", markup=True)[0] == page


def test_one_broken_byte_does_not_spoil_a_page_of_utf8() -> None:
    text, encoding = decode((GERMAN * 3).encode() + b"\xc3")
    assert (text, encoding) == (GERMAN * 3 + "\ufffd", "utf-8")


def test_any_bytes_give_text() -> None:
    text, _ = decode(bytes(range(256)) * 3, "euc-jp", markup=True)
    assert text == clean_text(text)


def test_stored_text_is_normalised_and_no_further() -> None:
    assert clean_text("a\r\nb\rc\n\x00\ud800 \udfff") == "a\nb\nc\n\ufffd\ufffd \ufffd"
    kept = "Cafe\u0301 \u00a0 soft\u00adhyphen ﬁ 😀 \x07 \ufeff\u200b  two"
    assert clean_text(kept) == kept
