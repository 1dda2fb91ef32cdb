"""Formats by content, whatever suffix or Content-Type say."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
from pathlib import Path

import pytest
import zstandard

from rag_assistant.ports import Blob
from rag_assistant.readers.sniff import HEAD, container, sniff

PAGE = b"<!DOCTYPE html>\n<html><head><title>Hours</title></head><body><p>Open.</p></body></html>"
CSS = b"body{margin:0;padding:0}.menu{display:block;color:#333}a:hover{color:red}"
SCRIPT = b"(function(){var a=window.b||[];a.push({c:1});for(var i=0;i<9;i++){a[i]=i*2;}})();"
PROSE = b"The library is open from nine to five, and on Saturday (mornings only) to noon."


def packed(data: bytes) -> bytes:
    """Compressed the same each time: workers compare the names of the tests that they collect."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("data", "name", "declared", "format_name"),
    [
        (PAGE, "page.pdf", "", "html"),
        (PAGE, "page.txt", "", "html"),
        (PAGE, "http://x.org/a.css", "text/css", "html"),
        (b"\xef\xbb\xbf \n<!-- saved --><HTML lang=en>Hi", "a", "", "html"),
        (
            b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">',
            "a.xhtml",
            "",
            "html",
        ),
        (PAGE.decode().encode("utf-16"), "a.bin", "", "html"),
        (b"Banner <br>\n<body bgcolor=white><p>Old page", "http://x.org/", "text/html", "html"),
        (b"<p>No html tag, no body tag, still a page", "http://x.org/", "text/html", "html"),
        (b"<article>A fragment</article>", "http://x.org/", "text/html", "html"),
        (b"A line <br> and another", "http://x.org/", "text/html", "html"),
        (b"5 < 6 and 7 > 2", "http://x.org/", "text/html", "text"),
        (b"\n\n%PDF-1.4\n\x00\x01\x02\x03", "a.html", "text/html", "pdf"),
        (b"junk before" + b" " * 900 + b"%PDF-1.7\n\xff\xfe", "a", "", "pdf"),
        (b"WARC/1.0\r\nWARC-Type: warcinfo\r\n", "a.txt", "", "warc"),
        (packed(b"WARC/1.1\r\nWARC-Type: warcinfo\r\n"), "a.html", "", "warc"),
        (packed(PROSE), "a.warc.gz", "", "compressed data"),
        (b"\x89PNG\r\n\x1a\n\x00", "a.html", "text/html", "picture"),
        (b"GIF89a\x00\x00", "a.txt", "", "picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><text>Hi</text></svg>', "a.svg", "", "picture"),
        (b"wOF2\x00\x01", "http://x.org/f", "text/plain", "font"),
        (b"ID3\x03\x00", "a.txt", "", "audio or video"),
        (b"\x00\x00\x00\x18ftypmp42", "a", "", "audio or video"),
        (b"PK\x03\x04\x14\x00rest", "a.txt", "", "zip archive"),
        (b"PK\x03\x04" + b"\x00" * 26 + b"[Content_Types].xml", "a.docx", "", "office document"),
        (bytes(range(256)) * 4, "a.txt", "text/plain", "binary data"),
        (b" \n\t\r\n", "a.txt", "", "empty"),
        (b"", "a.html", "text/html", "empty"),
        (CSS, "http://x.org/a.css?v=1", "", "style sheet"),
        (CSS, "http://x.org/a", "text/css", "style sheet"),
        (SCRIPT, "http://x.org/a.js", "text/html", "script"),
        (SCRIPT, "http://x.org/a", "application/x-javascript", "script"),
        (PROSE, "http://x.org/a.js", "text/plain", "text"),
        (SCRIPT, "code.js", "", "text"),
        (CSS, "listing.txt", "", "text"),
        (b'{"a": [1, 2]}', "http://x.org/a", "text/html", "JSON data"),
        (b'{"a": "<b>bold</b>"}', "http://x.org/a", "Text/HTML", "JSON data"),
        (b"[" * 100_000, "http://x.org/a", "text/html", "JSON data"),
        (b'{"a": 1}', "a.json", "", "JSON data"),
        (b"[sic] so it stands in the minutes", "http://x.org/a", "text/plain", "text"),
        (b'<?xml version="1.0"?><rss><item>x</item></rss>', "http://x.org/f", "", "feed"),
        (b'\n<!-- made --><feed xmlns="http://www.w3.org/2005/Atom"/>', "f", "text/html", "feed"),
        (b'<a:feed xmlns:a="http://www.w3.org/2005/Atom"/>', "http://x.org/f", "", "feed"),
        (b'<rdf:RDF xmlns="http://purl.org/rss/1.0/">', "http://x.org/f", "", "feed"),
        (b'<rdf:RDF xmlns:dc="http://purl.org/dc/elements/1.1/">', "a.rdf", "", "XML data"),
        (b'<?xml version="1.0"?><urlset><url/></urlset>', "sitemap.xml", "", "XML data"),
        (b"<opml><body/></opml>", "http://x.org/o", "", "XML data"),
        (b'{"@context": "x"}', "http://x.org/a", "application/ld+json", "JSON data"),
        (b" CDX N b a m s k r M S V g\n", "a.cdx", "", "web archive index"),
        (b'org,e)/ 20200101000000 {"url": "http://e.org/"}\n', "i.cdxj", "", "web archive index"),
        (b"org,e)/ 20200101000000 http://e.org/ text/html 200\n", "a", "", "web archive index"),
        (b'!meta {"format": "cdxj-gzip-1.0"}\n', "index.idx", "", "web archive index"),
        (packed(b'org,e)/ 20200101000000 {"a": 1}\n'), "i.gz", "", "web archive index"),
        (b'org,e)/ - {"access": "exclude"}\n', "rules.aclj", "", "access rules"),
        (b'{"format": "json-pages-1.0", "id": "pages"}\n{"url": 1}\n', "pages.jsonl", "",
         "web archive page list"),
        (b"Tea - {two cups} and a book", "notes.txt", "", "text"),
        (b"On 20200101000000 {as it were}", "http://x.org/a", "text/plain", "text"),
        (b"# Heading\n\nWords", "notes.md", "", "markdown"),
        (b"# Heading\n\nWords", "NOTES.MARKDOWN", "", "markdown"),
        (b"# Heading\n\nWords", "notes.txt", "", "text"),
        (b'<div align="center">\n\n# Title\n</div>', "README.md", "", "markdown"),
        (b"In HTML the <body> tag may be left out.", "notes.txt", "", "text"),
        ("Grüße aus der Bücherei".encode("latin-1"), "a", "", "text"),
        ("Words in wide letters.".encode("utf-16-le"), "a", "", "text"),
    ],
)  # fmt: skip
def test_content_decides(data: bytes, name: str, declared: str, format_name: str) -> None:
    assert sniff(Blob(data=data, name=name, declared_type=declared)) == format_name


def zstd(data: bytes, dictionary: zstandard.ZstdCompressionDict | None = None) -> bytes:
    return zstandard.ZstdCompressor(dict_data=dictionary).compress(data)


def dictionary_frame(data: bytes) -> bytes:
    return struct.pack("<II", 0x184D2A5D, len(data)) + data


WARC = b"WARC/1.0\r\nWARC-Type: warcinfo\r\n\r\n"
ARC = b"filedesc://a.arc 0.0.0.0 20040102030405 text/plain 0\n\n"
WORDS = zstandard.ZstdCompressionDict(WARC * 9)
SKIPPED = struct.pack("<II", 0x184D2A50, 3) + b"abc"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (WARC, "warc"),
        (ARC, "arc"),
        (packed(ARC), "arc"),
        (zstd(WARC), "warc"),
        (SKIPPED + zstd(WARC), "warc"),
        (zstd(WARC + os.urandom(200_000))[:HEAD], "warc"),
        (dictionary_frame(WORDS.as_bytes()) + zstd(WARC, WORDS), "warc"),
        (dictionary_frame(zstd(WORDS.as_bytes())) + zstd(ARC, WORDS), "arc"),
        (dictionary_frame(bytes(500_000))[:HEAD], "warc"),
        (zstd(PROSE), ""),
        (packed(b""), ""),
        (b"", ""),
        (PAGE, ""),
    ],
)
def test_archives_by_their_heads(head: bytes, kind: str) -> None:
    assert container(head) == kind


def zipped(*names: str, compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as package:
        for name in names:
            package.writestr(name, b"PK\x03\x04" * 9)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["datapackage.json"], "wacz"),
        (["fuzzy.json", "archive/data.warc.gz"], "wacz"),
        (["pages/pages.jsonl"], "wacz"),
        (["indexes/index.cdx.gz"], "wacz"),
        (["photos/a.jpg", "archive/b.jpg"], ""),
        (["mimetype", "EPUB/pages/1.xhtml"], ""),
    ],
)
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_packages_by_their_first_members(names: list[str], kind: str, compression: int) -> None:
    head = zipped(*names, compression=compression)[:4096]
    assert container(head) == kind


def test_the_shared_packages(data: Path) -> None:
    packages = list((data / "web-archives").rglob("*.wacz"))
    assert len(packages) == 7
    assert {container(path.read_bytes()[:4096]) for path in packages} == {"wacz"}


@pytest.mark.parametrize("name", ["http://[broken", "", "a/b.c/d", "?", "http://x/?a=.css#.js"])
def test_odd_names_do_no_harm(name: str) -> None:
    assert sniff(Blob(data=PROSE, name=name)) == "text"
