"""The sample corpora and gold questions hold together, seen without the product's readers."""

from __future__ import annotations

import difflib
import functools
import hashlib
import html
import io
import json
import re
import subprocess
import sys
import tomllib
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path
from typing import Any

import brotli
import pypdfium2
import pytest
import yaml
from warcio.archiveiterator import ArchiveIterator

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT / "corpora"
CRAWL = CORPORA / "web-archive" / "crawl.warc.gz"
PACKAGE = CORPORA / "web-archive" / "ferry-and-museum.wacz"
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


def packed(name: str) -> bytes:
    """Return one part of the package."""
    with zipfile.ZipFile(PACKAGE) as package:
        return package.read(name)


@functools.cache
def web_records() -> dict[str, Row]:
    """Return the records of both archives by their identifier."""
    inner = packed("archive/data.warc.gz")
    return {
        row["id"]: row
        for path, data in ((CRAWL, CRAWL.read_bytes()), (PACKAGE, inner))
        for row in records_of(path.name, data)
    }


def records_of(path: str, data: bytes) -> list[Row]:
    """Return the records of a WARC file."""
    found = []
    for record in ArchiveIterator(io.BytesIO(data)):
        head = record.rec_headers
        http = record.http_headers
        raw = record.raw_stream
        if http and http.get_header("Transfer-Encoding") == "chunked":
            raw = record.content_stream()
        row = {
            "id": head.get_header("WARC-Record-ID"),
            "path": path,
            "type": record.rec_type,
            "uri": head.get_header("WARC-Target-URI"),
            "timestamp": re.sub(r"\D", "", head.get_header("WARC-Date")),
            "profile": (head.get_header("WARC-Profile") or "").rpartition("/")[2],
            "refers_to": (
                head.get_header("WARC-Refers-To-Target-URI"),
                re.sub(r"\D", "", head.get_header("WARC-Refers-To-Date") or ""),
            ),
            "status": http.get_statuscode() if http else None,
            "location": http.get_header("Location") if http else None,
            "coding": (http.get_header("Content-Encoding") if http else None) or "",
        }
        found.append(row | {"body": raw.read()})
    return found


def visits(path: str) -> list[Row]:
    """Return the captures of the pages with a path, on whatever host, by time."""
    kinds = ("response", "revisit")
    found = [
        row
        for row in web_records().values()
        if row["type"] in kinds and row["uri"].partition("://")[2].partition("/")[2] == path
    ]
    return sorted(found, key=lambda row: row["timestamp"])


def words(record: Row) -> str:
    """Return the text of a page that is stored in UTF-8."""
    return body_texts(decode_body(record["body"], record["coding"]))[0]


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
    ("script", "folder", "suffixes"),
    [
        ("make_pdfs.py", "local-history", {".pdf"}),
        ("make_web_archive.py", "web-archive", {".gz", ".wacz"}),
    ],
)
def test_scripts_reproduce_the_files(
    script: str, folder: str, suffixes: set[str], tmp_path: Path
) -> None:
    """Running a script again gives the committed bytes."""
    command = [sys.executable, str(CORPORA / script), "--output", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    kept = sorted(path for path in (CORPORA / folder).iterdir() if path.suffix in suffixes)
    assert {path.suffix for path in kept} == suffixes
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
    """There is enough to read and enough to ask, and it stays small."""
    pages = {r["uri"] for r in web_records().values() if r["type"] in ("response", "resource")}
    assert len(documents()) + len(pages) >= 60
    answerable = [row["answerable"] for row in all_questions()]
    assert answerable.count(True) >= 80
    assert answerable.count(False) >= 30
    assert sum(path.stat().st_size for path in (CRAWL, PACKAGE)) < 400_000


def test_questions_are_well_formed() -> None:
    """Identifiers are unique; evidence is there exactly when there is an answer."""
    rows = all_questions()
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["collection"] in COLLECTIONS
        assert row["question"].strip()
        assert bool(row["answer"]) == row["answerable"] == bool(row["evidence"])
        assert row["answerable"] or row["why"].startswith(("near miss: ", "off topic: "))
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row.get("as_of", "2020-01-01"))


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
        assert all(record[key] == item[key] for key in ("path", "uri", "timestamp")), item
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
    profiles = {record["profile"] for record in records if record["type"] == "revisit"}
    assert profiles == {"identical-payload-digest", "server-not-modified"}


def test_revisits_refer_to_a_capture_that_is_there() -> None:
    """Also where the address has since changed to https or lost its www."""
    rows = web_records().values()
    full = {(row["uri"], row["timestamp"]) for row in rows if row["type"] == "response"}
    revisits = [row for row in rows if row["type"] == "revisit"]
    assert {row["refers_to"] for row in revisits} <= full
    assert any(row["uri"] != row["refers_to"][0] for row in revisits)


def test_the_ferry_timetable_changed_once_and_no_page_says_so() -> None:
    """Two versions over nine captures in both archives, three sentences apart."""
    captures = visits("ferry/timetable.html")
    assert {row["path"] for row in captures} == {CRAWL.name, PACKAGE.name}
    pages = [(row["timestamp"], words(row)) for row in captures if row["type"] == "response"]
    old, new = pages[0][1], pages[-1][1]
    assert [text for _, text in pages] == [old, old, old, new, new, new]
    assert (pages[2][0], pages[3][0]) == ("20180922140500", "20190413081509")
    before, after = (re.split(r"(?<=\.) ", text) for text in (old, new))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    edits = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    assert [(tag, i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in edits] == [("replace", 1, 1)] * 3
    assert not re.search(r"20\d\d|\bnew\b|chang", old + new)


def test_a_page_returns_to_its_old_words() -> None:
    """The market's page reads the same in 2016 and in 2019, not in 2018."""
    first, second, third, _ = visits("markets.html")
    assert words(first) == words(third) != words(second)


def test_a_page_disappears_and_another_moves() -> None:
    """200 and then 404; 200 and then 301 to an address that answers."""
    assert [row["status"] for row in visits("toilets.html")] == ["200", "404", "404"]
    old, asked_again, moved = visits("service27.html")
    assert [row["status"] for row in (old, asked_again, moved)] == ["200", "304", "301"]
    assert moved["location"] == visits("routes/27")[0]["uri"]


def test_furniture_is_known_by_its_repetition_alone() -> None:
    """Notice, opening line and footer stand in plain paragraphs on many pages of one site."""
    uses = defaultdict(set)
    for row in web_records().values():
        if row["type"] == "response" and "council" in row["uri"] and row["status"] == "200":
            body = decode_body(row["body"], row["coding"])
            for paragraph in re.findall(rb"<p>[^<]*</p>", body):
                uses[paragraph].add(row["uri"].partition("council.example")[2])
    shared = [paragraph for paragraph, paths in uses.items() if len(paths) >= 6]
    assert [paragraph[:12] for paragraph in shared] == [
        b"<p>This site",
        b"<p>You are r",
        b"<p>Ollerbrid",
    ]


def test_the_package_describes_itself_truly() -> None:
    """Digests, index and list of pages agree with the archive inside."""
    manifest = packed("datapackage.json")
    digest = json.loads(packed("datapackage-digest.json"))
    assert digest["hash"] == f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    for part in json.loads(manifest)["resources"]:
        data = packed(part["path"])
        assert (part["bytes"], part["hash"]) == (
            len(data),
            f"sha256:{hashlib.sha256(data).hexdigest()}",
        )
    archive = packed("archive/data.warc.gz")
    indexed = set()
    for line in packed("indexes/index.cdxj").decode().splitlines():
        _, stamp, fields = line.split(" ", 2)
        said = json.loads(fields)
        start = int(said["offset"])
        (record,) = records_of("", archive[start : start + int(said["length"])])
        assert (record["uri"], record["timestamp"]) == (said["url"], stamp)
        indexed.add((said["url"], stamp))
    head, *pages = map(json.loads, packed("pages/pages.jsonl").decode().splitlines())
    assert head["format"] == "json-pages-1.0"
    assert {(page["url"], re.sub(r"\D", "", page["ts"])) for page in pages} <= indexed
    assert any(page.get("seed") for page in pages)
    assert all(page["title"] for page in pages)
