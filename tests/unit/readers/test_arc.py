"""ARC: lines of all sorts, the same outcomes as WARC, and damage that costs what it hits."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from rag_assistant.ports import Leaf
from rag_assistant.readers import is_container

Read = Callable[[Path], list[Leaf]]
Save = Callable[[str, bytes], Path]

PAGE = b"<html><p>The library in Priory Street is open from Tuesday to Saturday.</p></html>"
WORDS = "The library in Priory Street is open from Tuesday to Saturday."
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
VERSION = b"1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n"


def record(
    number: int = 0,
    block: bytes = OK + PAGE,
    *,
    uri: bytes = b"",
    line: bytes = b"192.0.2.1 20040102030405 text/html",
    length: object = None,
) -> bytes:
    uri = uri or b"http://example.org/%d" % number
    size = str(len(block) if length is None else length).encode()
    return b"%b %b %b\n%b\n" % (uri, line, size, block)


HEADER = record(
    block=VERSION, uri=b"filedesc://test.arc", line=b"0.0.0.0 20040102030405 text/plain"
)
GOOD = [HEADER, *(record(number) for number in range(1, 4))]


def outcomes(leaves: list[Leaf]) -> list[str]:
    return [f"{leaf.outcome} {leaf.reason}".strip() for leaf in leaves]


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
def test_records_and_captures(saved: Save, leaves: Read, zipped: bool) -> None:
    packed = [gzip.compress(data) if zipped else data for data in GOOD]
    path = saved("a.bin", b"".join(packed))
    assert is_container(path)
    found = leaves(path)
    assert outcomes(found) == ["skipped ARC header", "read", "read", "read"]
    place = len(packed[0])
    leaf = found[1]
    assert leaf.record == f"offset:{place}"
    assert leaf.document is not None
    assert leaf.document.sections[0].text == WORDS
    assert leaf.document.description.uri == "http://example.org/1"
    assert leaf.capture is not None
    assert (leaf.capture.uri, leaf.capture.timestamp) == ("http://example.org/1", "20040102030405")
    assert (leaf.capture.offset, leaf.capture.record_id) == (place, leaf.record)
    assert leaf.capture.payload_digest.startswith("sha1:")
    assert leaf.capture.status == 200


@pytest.mark.parametrize(
    ("uri", "line", "timestamp"),
    [
        (b"http://e.org/a b c?d=e f", b"192.0.2.1 20040102030405 text/html", "20040102030405"),
        (b"http://e.org/1.2.3.4 20010101000000 x", b"2001:db8::1 20040102030405 text/html",
         "20040102030405"),
        (b"http://e.org/", b"- 200401020304 text/html", "20040102030400"),
        (b"http://e.org/", b"0.0.0.0 200401020304050000 no-type", "20040102030405"),
        (b"http://e.org/", b"0.0.0.0 20040102030405 text/html; charset=utf-8", "20040102030405"),
        (b"http://e.org/", b"0.0.0.0 20040102030405 text/html 200 - - 1234 a.arc.gz",
         "20040102030405"),
        (b"http://e.org/\xfc", b"0.0.0.0 20040102030405 text/html", "20040102030405"),
    ],
    ids=[
        "spaces", "misleading URL", "12 digits", "18 digits", "spaces in type", "ARC 2", "latin-1",
    ],
)  # fmt: skip
def test_lines_of_all_sorts(
    saved: Save, leaves: Read, uri: bytes, line: bytes, timestamp: str
) -> None:
    found = leaves(saved("a.arc", HEADER + record(uri=uri, line=line) + GOOD[2]))
    assert outcomes(found) == ["skipped ARC header", "read", "read"]
    capture = found[1].capture
    assert capture is not None
    assert (capture.uri, capture.timestamp) == (uri.decode(errors="replace"), timestamp)


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (record(uri=b"dns:e.org", block=b"20040102 e.org"), "skipped DNS record"),
        (record(uri=b"http://e.org/robots.txt"), "skipped robots.txt"),
        (record(block=b"HTTP/1.1 404 Not Found\r\n\r\n" + PAGE), "skipped error page"),
        (record(block=b"HTTP/1.0 302\nLocation: /\n\n"), "skipped redirect"),
        (record(block=OK), "skipped empty"),
        (record(block=PAGE), "read"),  # HTTP 0.9 has no header
        (record(uri=b"ftp://e.org/a.txt", block=PAGE), "read"),
        (record(line=b"0.0.0.0 null text/html"), "failed no capture date"),
        (record(block=OK.replace(b"OK", b"OK\r\nContent-Encoding: gzip") + gzip.compress(PAGE)),
         "read"),
        (record(length=999_999), "failed damaged record"),
        (record(length="abc"), "failed damaged record"),
        (record(length=-1), "failed damaged record"),
        (b"http:// no line of a record\nnor a block\n", "failed damaged record"),
        (bytes(range(256)) * 99 + b"\n", "failed damaged record"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
def test_one_outcome_between_good_ones(
    saved: Save, leaves: Read, data: bytes, outcome: str, zipped: bool
) -> None:
    parts = [HEADER, GOOD[1], data, GOOD[2], GOOD[3]]
    content = b"".join(gzip.compress(part) if zipped else part for part in parts)
    found = outcomes(leaves(saved("a.arc", content)))
    assert found == ["skipped ARC header", "read", outcome, "read", "read"]


def test_a_wrong_length_costs_no_page_that_is_whole_by_its_own_header(
    saved: Save, leaves: Read
) -> None:
    response = OK.replace(b"OK", b"OK\r\nContent-Length: %d" % len(PAGE)) + PAGE
    whole, cut = record(0, response, length=9000), record(1, response[:-9], length=9000)
    found = leaves(saved("a.arc", HEADER + whole + cut + GOOD[2]))
    assert outcomes(found)[1:] == ["read", "failed damaged record", "read"]
    assert found[1].document is not None
    assert "its page is whole" in found[1].document.notes[0]


def test_damage_names_its_bytes(saved: Save, leaves: Read) -> None:
    junk = b"\x01no record\x02" * 50
    content = HEADER + GOOD[1] + junk + b"\n" + GOOD[2]
    failed = leaves(saved("a.arc", content))[2]
    start = len(HEADER + GOOD[1])
    assert f"from byte {start} to {start + len(junk) + 1}" in failed.detail
    cut = leaves(saved("b.arc", content[: -len(GOOD[2])]))[-1]
    assert (cut.record, cut.reason) == (None, "damaged file")
    assert f"after byte {start}" in cut.detail
