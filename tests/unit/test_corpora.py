"""The sample corpora and gold questions hold together, seen without the product's readers."""

from __future__ import annotations

import functools
import html
import json
import re
import subprocess
import sys
import tomllib
import zlib
from pathlib import Path
from typing import Any

import brotli
import pypdfium2
import pytest
import yaml
from warcio.archiveiterator import ArchiveIterator

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT / "corpora"
QUESTIONS = ROOT / "evals" / "questions"
COLLECTIONS = ("local-history", "web-archive")
SUFFIXES = {".md", ".txt", ".html", ".pdf"}
COLLECTION_KEYS = {
    "id",
    "title",
    "description",
    "language",
    "access",
    "use",
    "rights",
    "notices",
    "contact",
    "include",
    "exclude",
    "catalogue_url",
    "replay_url",
    "date_range",
}
DOCUMENT_KEYS = {
    "title",
    "creator",
    "date",
    "language",
    "kind",
    "identifiers",
    "access",
    "use",
    "closed_until",
    "access_note",
    "rights",
    "notices",
    "text_origin",
    "uri",
}
NOTICE_KEYS = {"type", "text", "language", "community", "uri"}
ORIGINS = {"born_digital", "ocr", "htr", "transcript", "translation", "unknown"}
CHARSETS = ("utf-8", "shift_jis", "windows-1252")
Row = dict[str, Any]


def fold(text: str) -> str:
    """Return the text with every run of white space made one space."""
    return re.sub(r"\s+", " ", text).strip()


def documents() -> list[Path]:
    """Return the files of the local history collection that count as documents."""
    return sorted(p for p in (CORPORA / "local-history").iterdir() if p.suffix in SUFFIXES)


def metadata(path: Path) -> Row:
    """Return the front matter of a Markdown file or the sidecar of any other."""
    if path.suffix == ".md":
        _, front, _ = path.read_text(encoding="utf-8").split("---\n", 2)
        return yaml.safe_load(front)
    return tomllib.loads(Path(f"{path}.toml").read_text(encoding="utf-8"))


@functools.cache
def questions(collection: str) -> tuple[Row, ...]:
    """Return the gold questions of one collection."""
    lines = (QUESTIONS / f"{collection}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def all_questions() -> list[Row]:
    """Return the gold questions of both collections."""
    return [row for name in COLLECTIONS for row in questions(name)]


def evidence(collection: str) -> list[Row]:
    """Return every piece of evidence of one collection."""
    return [item for row in questions(collection) for item in row["evidence"]]


def decode_body(body: bytes, coding: str) -> bytes:
    """Undo a Content-Encoding, or return the body where it was never applied."""
    if coding == "br":
        return brotli.decompress(body)
    if coding == "gzip":
        try:
            return zlib.decompress(body, zlib.MAX_WBITS | 16)
        except zlib.error:
            return body
    return body


def body_texts(body: bytes) -> list[str]:
    """Return the readings of a body in each likely encoding, tags removed."""
    if body.startswith(b"%PDF"):
        return [pdf_text(body)]
    texts = []
    for charset in CHARSETS:
        text = body.decode(charset, errors="replace")
        texts.append(fold(html.unescape(re.sub(r"<[^>]*>", " ", text))))
    return texts


def pdf_text(source: Path | bytes) -> str:
    """Return the text of a PDF with white space folded."""
    pdf = pypdfium2.PdfDocument(source)
    return fold(" ".join(page.get_textpage().get_text_range() for page in pdf))


@functools.cache
def web_records() -> dict[str, Row]:
    """Return the records of the web archive by their identifier."""
    found: dict[str, Row] = {}
    with (CORPORA / "web-archive" / "crawl.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream):
            head = record.rec_headers
            http = record.http_headers
            raw = record.raw_stream
            if http and http.get_header("Transfer-Encoding") == "chunked":
                raw = record.content_stream()
            coding = (http.get_header("Content-Encoding") if http else None) or ""
            found[head.get_header("WARC-Record-ID")] = {
                "type": record.rec_type,
                "uri": head.get_header("WARC-Target-URI"),
                "timestamp": re.sub(r"\D", "", head.get_header("WARC-Date")),
                "coding": coding,
                "body": raw.read(),
            }
    return found


@pytest.mark.parametrize("name", COLLECTIONS)
def test_collection_file_uses_known_keys(name: str) -> None:
    """collection.toml holds allowed keys and no surprises."""
    data = tomllib.loads((CORPORA / name / "collection.toml").read_text(encoding="utf-8"))
    assert set(data) <= COLLECTION_KEYS
    assert data["id"] == name
    assert set(data["rights"]) == {"uri", "label"}
    assert "example.org" in data["contact"]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_document_metadata(path: Path) -> None:
    """Each document has a title and a date as text, and allowed keys only."""
    data = metadata(path)
    assert set(data) <= DOCUMENT_KEYS
    assert all(isinstance(data[key], str) for key in ("title", "date", "language", "kind"))
    assert data["text_origin"] in ORIGINS
    assert isinstance(data.get("closed_until", ""), str)
    for notice in data.get("notices", []):
        assert set(notice) <= NOTICE_KEYS


def test_sidecars_belong_to_a_document() -> None:
    """No sidecar is left without its file."""
    for sidecar in (CORPORA / "local-history").glob("*.*.toml"):
        assert sidecar.with_suffix("").exists()


def test_special_conditions_are_present() -> None:
    """One staff document, one that may only be quoted, and three languages."""
    data = [metadata(path) for path in documents()]
    assert sum(item.get("access") == "staff" for item in data) == 1
    assert sum(item.get("use") == "quote" for item in data) == 1
    assert {"en", "de", "fr"} <= {item["language"] for item in data}


@pytest.mark.parametrize(
    ("script", "folder", "pattern"),
    [("make_pdfs.py", "local-history", "*.pdf"), ("make_web_archive.py", "web-archive", "*.gz")],
)
def test_scripts_reproduce_the_files(
    script: str, folder: str, pattern: str, tmp_path: Path
) -> None:
    """Running a script again gives the committed bytes."""
    command = [sys.executable, str(CORPORA / script), "--output", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    kept = sorted((CORPORA / folder).glob(pattern))
    assert kept
    assert sorted(p.name for p in tmp_path.iterdir()) == [p.name for p in kept]
    for path in kept:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_pdf_page_labels() -> None:
    """The PDFs begin with roman numerals and go on with arabic ones."""
    for path in (CORPORA / "local-history").glob("*.pdf"):
        pdf = pypdfium2.PdfDocument(path)
        labels = [pdf.get_page_label(i) for i in range(len(pdf))]
        body = [str(i) for i in range(1, len(pdf) - 2)]
        assert labels == ["i", "ii", "iii", *body]
        assert len(body) >= 5


def test_counts() -> None:
    """There is enough to read and enough to ask."""
    pages = {r["uri"] for r in web_records().values() if r["type"] in ("response", "resource")}
    assert len(documents()) + len(pages) >= 20
    answerable = [row["answerable"] for row in all_questions()]
    assert answerable.count(True) >= 25
    assert answerable.count(False) >= 15


def test_questions_are_well_formed() -> None:
    """Identifiers are unique; evidence is there exactly when there is an answer."""
    rows = all_questions()
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["collection"] in COLLECTIONS
        assert row["question"].strip()
        assert bool(row["answer"]) == row["answerable"] == bool(row["evidence"])
        assert row["answerable"] or row["why"].startswith(("near miss: ", "off topic: "))


def test_local_evidence_is_quoted_exactly() -> None:
    """A quote occurs once in a text file, and can be found in a PDF."""
    for item in evidence("local-history"):
        path = CORPORA / "local-history" / item["path"]
        if path.suffix == ".pdf":
            assert pdf_text(path).count(fold(item["quote"])) == 1, item
        else:
            assert path.read_text(encoding="utf-8").count(item["quote"]) == 1, item


def test_web_evidence_is_quoted_exactly() -> None:
    """A quote from the web archive stands in the record that it names."""
    for item in evidence("web-archive"):
        record = web_records()[item["record"]]
        assert (record["uri"], record["timestamp"]) == (item["uri"], item["timestamp"])
        texts = body_texts(decode_body(record["body"], record["coding"]))
        assert any(text.count(fold(item["quote"])) == 1 for text in texts), item


def test_archive_holds_the_awkward_cases() -> None:
    """The record types and codings that a reader must cope with are present."""
    records = list(web_records().values())
    kinds = {record["type"] for record in records}
    expected = "warcinfo request metadata response revisit resource conversion"
    assert kinds == set(expected.split())
    assert {"gzip", "br"} <= {record["coding"] for record in records}
    assert sum(b"CANARY-7F3A" in record["body"] for record in records) == 1
