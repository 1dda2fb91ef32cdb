"""Every page with prose in the real archives is read.

What is prose is found here by other means than the readers': records by warcio, tags by the
standard library, PDF by pypdf.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import brotli
import pypdf
import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from rag_assistant.docstore.rows import page_id
from rag_assistant.ports import Leaf

pytestmark = pytest.mark.integration

DATA = Path(
    os.environ.get("RAG_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
ARCHIVES = DATA / "web-archives"
ENDINGS = (".warc", ".warc.gz", ".warc.gz.bad", ".arc", ".arc.gz", ".wacz")
NAMES = sorted(
    path.relative_to(ARCHIVES).as_posix()
    for path in ARCHIVES.rglob("*")
    if path.name.endswith(ENDINGS)
)
# The four archives of the nearest peer's figure: it kept 91 pages of them.
PEERS_FOUR = tuple(f"aut/example{part}.warc.gz" for part in ("", ".docs", ".pdf", ".txt"))
PEER_KEPT = 91

FEWEST_LETTERS = 40
SENTENCE = re.compile(
    r"(?:[^\W\d_][\w'’\-]*[,;:]?\s+){4,}[^\W\d_][\w'’\-]*[.!?]|[\u3040-\u9fff]{8,}[。！？]"
)
ROBOTS = re.compile(r"https?://[^/]+/robots\.txt", re.IGNORECASE)
FEED = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]")
PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
CODE = re.compile(r"[{};]\s*$|^\s*(?:/\*|//|<attach)", re.MULTILINE)


@dataclass(frozen=True)
class Prose:
    """A record with prose: its page's address and capture time, and what kind of payload it is."""

    uri: str
    timestamp: str
    kind: str


# Records with prose that are not read, each with the reason why that is right.
EXCEPTIONS = {
    Prose("http://example.com?example=2", "20140103030321", "html"): (
        "pywb/example-extra.warc",
        "the second of two records: its status line, made wrong for a test, opens with 'HTTPX/1.1'",
    ),
}


# ---------------------------------------------------------------- records, by warcio


def opened(path: Path) -> Iterator[bytes]:
    """The archives in a file: itself, or the members of a package."""
    if path.suffix != ".wacz":
        yield path.read_bytes()
        return
    with zipfile.ZipFile(path) as package:
        for member in package.namelist():
            if member.endswith((".warc", ".warc.gz")):
                yield package.read(member)


@cache
def prose_of(path: Path) -> tuple[Prose, ...]:
    """The records with prose, as far as warcio can read the archive."""
    found: list[Prose] = []
    for data in opened(path):
        with suppress(ArchiveLoadFailed, EOFError, zlib.error):
            plain = gzip.decompress(data) if path.name == "badexample.arc.gz" else data
            for record in ArchiveIterator(io.BytesIO(plain), arc2warc=True):
                found += one_prose(record)
    return tuple(found)


def one_prose(record: ArcWarcRecord) -> Iterator[Prose]:
    uri = record.rec_headers.get_header("WARC-Target-URI") or ""
    if record.rec_type not in ("response", "resource", "conversion") or not uri.startswith("http"):
        return
    http = record.http_headers
    if http is not None and http.get_statuscode() != "200":
        return
    payload = record.raw_stream.read()
    declared = record.rec_headers.get_header("Content-Type") or ""
    if http is not None:
        declared = http.get_header("Content-Type") or ""
        payload = decoded(payload, http.get_header("Transfer-Encoding") or "", "chunked")
        payload = decoded(payload, http.get_header("Content-Encoding") or "", "")
    kind, words = visible(payload, declared.lower(), uri)
    if sum(map(str.isalpha, " ".join(SENTENCE.findall(words)))) >= FEWEST_LETTERS:
        date = re.sub(r"\D", "", record.rec_headers.get_header("WARC-Date"))[:14]
        yield Prose(uri, date, kind)


def decoded(payload: bytes, claim: str, chunked: str) -> bytes:
    """Undo one coding; the stored bytes where they do not have it."""
    if chunked:
        return unchunked(payload) if chunked in claim.lower() else payload
    with suppress(OSError, EOFError, zlib.error, brotli.error):
        if "gzip" in claim:
            return zlib.decompressobj(31).decompress(payload)
        if "br" in claim:
            return bytes(brotli.decompress(payload))
        if "deflate" in claim:
            return zlib.decompress(payload)
    return payload


def unchunked(payload: bytes) -> bytes:
    whole, rest = b"", payload
    while match := re.match(rb"([0-9A-Fa-f]{1,8})[ \t]*\r\n", rest):
        size = int(match[1], 16)
        if size == 0:
            return whole
        whole += rest[match.end() : match.end() + size]
        rest = rest[match.end() + size :].removeprefix(b"\r\n")
    return whole or payload


# ---------------------------------------------------------------- words, by the standard library


def visible(payload: bytes, declared: str, uri: str) -> tuple[str, str]:
    """What kind of payload it is, and the words that a reader would see."""
    if b"%PDF-" in payload[:1024]:
        pages = pypdf.PdfReader(io.BytesIO(payload)).pages
        return "pdf", "\n".join(page.extract_text() for page in pages)
    text = payload.decode("utf-8", errors="replace")
    if PAGE.search(text[:2048]):
        return "html", stripped(text)
    if FEED.search(text[:2048]):
        return "feed", feed_words(text)
    if "text/plain" in declared and not ROBOTS.fullmatch(uri) and not is_for_machines(text):
        return "text", text
    return "", ""


def is_for_machines(text: str) -> bool:
    code_lines = len(CODE.findall(text))
    return text.lstrip("\ufeff \r\n\t").startswith(("<", "{", "[")) or code_lines > 5


def stripped(markup: str) -> str:
    parser = Stripper()
    parser.feed(markup)
    parser.close()
    return "".join(parser.words)


def feed_words(text: str) -> str:
    root = ElementTree.fromstring(text.encode())  # noqa: S314 - known files
    texts = (element.text or "" for element in root.iter())
    return "\n".join(stripped(words) for words in texts)


class Stripper(HTMLParser):
    """Keeps the text of a page, but for scripts and what a ``style`` or ``hidden`` hides."""

    UNSEEN = frozenset({"script", "style", "noscript", "template", "title", "iframe", "noframes"})
    VOID = frozenset({"br", "img", "hr", "input", "meta", "link", "area", "base", "col", "param"})
    INLINE = frozenset({"a", "b", "i", "em", "strong", "span", "font", "u", "tt", "code", "abbr"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        hides = "hidden" in said or "display:none" in (said.get("style") or "").replace(" ", "")
        if tag not in self.VOID and (self.unseen or hides or tag in self.UNSEEN):
            self.unseen.append(tag)
        if tag not in self.INLINE:
            self.words.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.unseen:
            del self.unseen[self.unseen.index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.words.append(data)


# ---------------------------------------------------------------- the tests


def place(uri: str, timestamp: str) -> tuple[str, str]:
    """Where and when; warcio writes the spaces of an address as escapes."""
    return uri.replace(" ", "%20"), timestamp


def test_the_archives_are_there() -> None:
    assert len(NAMES) == 53, f"The test data is not in {DATA}: set RAG_TEST_DATA."


@pytest.mark.parametrize("name", NAMES)
def test_every_record_with_prose_is_read(name: str, archive_leaves: dict[str, list[Leaf]]) -> None:
    read = Counter(
        place(leaf.capture.uri, leaf.capture.timestamp)
        for leaf in archive_leaves[name]
        if leaf.outcome == "read" and leaf.capture
    )
    wanted = Counter(place(prose.uri, prose.timestamp) for prose in prose_of(ARCHIVES / name))
    excepted = Counter(
        place(prose.uri, prose.timestamp)
        for prose, (where, _) in EXCEPTIONS.items()
        if where == name
    )
    assert wanted - read == excepted


def test_there_is_prose_of_every_kind() -> None:
    """The other test would hold if nothing were found; these are counts of what warcio reads."""
    kinds = Counter(prose.kind for name in NAMES for prose in prose_of(ARCHIVES / name))
    assert kinds["html"] >= 228
    assert kinds["feed"] >= 18
    assert kinds["pdf"] >= 2


def test_more_pages_are_kept_than_the_nearest_peer_keeps(
    archive_leaves: dict[str, list[Leaf]],
) -> None:
    kept = [
        leaf
        for name in PEERS_FOUR
        for leaf in archive_leaves[name]
        if leaf.document and leaf.capture and not ROBOTS.fullmatch(leaf.capture.uri)
    ]
    captures: Counter[str] = Counter()
    by_text: dict[str, str] = {}
    for leaf in kept:
        assert leaf.document
        captures[leaf.document.format] += 1
        by_text[page_id("c", "staff", leaf.document.sections)] = leaf.document.format
    documents = Counter(by_text.values())
    # Measured: 112 captures (95 HTML, 9 feeds, 6 texts, 2 PDF), 98 by text (81, 9, 6, 2).
    # The peer reads HTML and PDF, and counts each capture.
    assert captures["html"] + captures["pdf"] > PEER_KEPT
    assert captures.total() > PEER_KEPT
    assert documents.total() > PEER_KEPT
