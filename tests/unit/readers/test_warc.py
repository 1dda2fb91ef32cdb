"""WARC: every record one outcome, captures as they were, and damage that costs what it hits."""

from __future__ import annotations

import base64
import gzip
import hashlib
import struct
import time
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag_assistant.ports import Leaf
from rag_assistant.readers import is_container, read_file
from tests.archives import ArchiveBuilder

Read = Callable[[Path], list[Leaf]]
Archive = Callable[..., ArchiveBuilder]

PAGE = (
    b"<html lang=en><head><title>Hours</title></head><body><h1>Hours</h1>"
    b"<p>The library in Priory Street is open from Tuesday to Saturday.</p></body></html>"
)
WORDS = "The library in Priory Street is open from Tuesday to Saturday."


def outcomes(leaves: list[Leaf]) -> list[str]:
    return [f"{leaf.outcome} {leaf.reason}".strip() for leaf in leaves]


def texts(leaves: list[Leaf]) -> list[str]:
    return [leaf.document.sections[0].text for leaf in leaves if leaf.document]


def test_a_capture_is_kept_as_it_was(archive: Archive, tmp_path: Path, leaves: Read) -> None:
    path = (
        archive()
        .response(b"gone", status="404 Not Found")
        .response(
            PAGE,
            uri="http://example.org/hours?a=1",
            WARC_Record_ID="<urn:uuid:12345678-1234-1234-1234-123456789abc>",
            WARC_Date="2014-01-02T03:04:05.678Z",
        )
        .save(tmp_path / "a.bin")
    )
    assert is_container(path)
    missing, leaf = leaves(path)
    assert (missing.outcome, missing.reason) == ("skipped", "error page")
    assert leaf.record == "urn:uuid:12345678-1234-1234-1234-123456789abc"
    capture, document = leaf.capture, leaf.document
    assert capture is not None
    assert document is not None
    assert capture.uri == "http://example.org/hours?a=1"
    assert capture.timestamp == "20140102030405"
    assert capture.record_id == leaf.record
    assert capture.refers_to is None
    assert path.read_bytes()[capture.offset :].startswith(b"\x1f\x8b\x08")
    assert gzip.decompress(path.read_bytes()[capture.offset :]).startswith(b"WARC/1.")
    description = document.description
    assert (description.uri, description.kind) == (capture.uri, "web page")
    assert (description.title, description.date) == ("Hours", None)


def test_a_digest_that_is_not_given_is_computed(tmp_path: Path, leaves: Read) -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE
    given = hand_made(2, response, extra=b"WARC-Payload-Digest: sha256:AS-GIVEN\r\n")
    (tmp_path / "a.warc").write_bytes(hand_made(1, response) + given)
    first, second = (leaf.capture for leaf in leaves(tmp_path / "a.warc"))
    assert first is not None
    assert second is not None
    expected = base64.b32encode(hashlib.sha1(PAGE).digest()).decode()  # noqa: S324
    assert (first.payload_digest, first.offset) == (f"sha1:{expected}", 0)
    assert (second.payload_digest, second.offset) == (
        "sha256:AS-GIVEN",
        len(hand_made(1, response)),
    )


@pytest.mark.parametrize("zipped", [True, False])
def test_record_types(archive: Archive, tmp_path: Path, leaves: Read, zipped: bool) -> None:
    path = (
        archive(gzip=zipped)
        .record("warcinfo", b"software: test", uri="", Content_Type="application/warc-fields")
        .record("request", b"GET / HTTP/1.1\r\n\r\n", uri="http://e.org/")
        .response(PAGE, uri="http://e.org/")
        .record("metadata", b"a: b", uri="http://e.org/")
        .record("resource", WORDS.encode(), uri="urn:text:http://e.org/", Content_Type="text/plain")
        .record("conversion", WORDS.encode(), uri="http://e.org/", Content_Type="text/plain")
        .record("resource", b"20260101 1.2.3.4", uri="dns:e.org", Content_Type="text/dns")
        .record("resource", b"log", uri="metadata://gnu.org/wget.log", Content_Type="text/plain")
        .save(tmp_path / "a.warc.gz")
    )
    found = leaves(path)
    assert outcomes(found) == [
        "skipped warcinfo record",
        "skipped request record",
        "read",
        "skipped metadata record",
        "read",
        "read",
        "skipped DNS record",
        "skipped crawler's own record",
    ]
    assert [leaf.document.format for leaf in found if leaf.document] == ["html", "text", "text"]
    assert texts(found) == [WORDS, WORDS, WORDS]


def test_a_revisit_says_what_it_repeats(archive: Archive, tmp_path: Path, leaves: Read) -> None:
    path = (
        archive()
        .record(
            "revisit",
            b"",
            uri="http://e.org/",
            WARC_Payload_Digest="sha1:ABC",
            WARC_Refers_To_Target_URI="http://e.org/old",
            WARC_Refers_To_Date="2013-01-01T00:00:00Z",
        )
        .record("revisit", b"", uri="http://e.org/", WARC_Payload_Digest="sha1:ABC")
        .save(tmp_path / "a.warc.gz")
    )
    first, second = leaves(path)
    assert (first.outcome, first.document) == ("revisit", None)
    assert first.capture is not None
    assert second.capture is not None
    assert first.capture.refers_to == ("http://e.org/old", "20130101000000")
    assert first.capture.payload_digest == "sha1:ABC"
    assert second.capture.refers_to == ("", "")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(PAGE), [("Content-Encoding", "gzip")]),
        (brotli.compress(PAGE), [("Content-Encoding", "br")]),
        (PAGE, [("Content-Encoding", "br")]),
        (PAGE, [("Transfer-Encoding", "chunked")]),
        (b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE), [("Transfer-Encoding", "chunked")]),
        (PAGE, [("Content-Type", "IMAGE/PNG")]),
        (PAGE, []),
    ],
)
def test_payloads_are_decoded_and_claims_not_believed(
    archive: Archive, tmp_path: Path, leaves: Read, body: bytes, headers: list[tuple[str, str]]
) -> None:
    path = archive().response(body, headers=headers).save(tmp_path / "a.warc.gz")
    assert texts(leaves(path)) == [WORDS]


def test_a_latin1_page_by_its_header(archive: Archive, tmp_path: Path, leaves: Read) -> None:
    page = "<p>Die Bücherei öffnet am Überweg für alle Bürger der Stadt.</p>".encode("latin-1")
    headers = [("Content-Type", 'Text/HTML; Charset="ISO-8859-1"')]
    path = archive().response(page, headers=headers).save(tmp_path / "a.warc.gz")
    assert texts(leaves(path)) == ["Die Bücherei öffnet am Überweg für alle Bürger der Stadt."]


def test_a_bomb_costs_its_record(archive: Archive, tmp_path: Path, leaves: Read) -> None:
    bomb = gzip.compress(bytes(80_000_000))
    path = (
        archive()
        .response(bomb, headers=[("Content-Encoding", "gzip")])
        .response(PAGE)
        .save(tmp_path / "a.warc.gz")
    )
    assert outcomes(leaves(path)) == ["failed payload too large", "read"]


def test_a_cut_capture_says_so(archive: Archive, tmp_path: Path, leaves: Read) -> None:
    path = archive().response(PAGE, WARC_Truncated="length").save(tmp_path / "a.warc.gz")
    (leaf,) = leaves(path)
    assert leaf.document is not None
    assert leaf.document.notes == ("the crawler cut this capture short: length",)


@pytest.mark.parametrize(
    ("status", "reason", "kept"),
    [
        ("301 Moved Permanently", "redirect", 301),
        ("404 Not Found", "error page", 404),
        ("503", "error page", 503),
        ("206 Partial Content", "HTTP status 206", None),
        ("304 Not Modified", "HTTP status 304", None),
        ("999 Request denied", "HTTP status 999", None),
    ],
)
def test_other_than_a_page_is_skipped_with_its_capture(
    archive: Archive, tmp_path: Path, leaves: Read, status: str, reason: str, kept: int | None
) -> None:
    path = archive().response(PAGE, status=status).save(tmp_path / "a.warc.gz")
    (leaf,) = leaves(path)
    assert (leaf.outcome, leaf.reason) == ("skipped", reason)
    assert leaf.document is None
    assert (leaf.capture.status if leaf.capture else None) == kept
    if leaf.capture:
        assert (leaf.capture.uri, leaf.capture.timestamp) == (
            "http://example.org/",
            "20200304050607",
        )
        assert leaf.detail == f"http://example.org/ HTTP status {kept}"


def test_an_undated_error_page_has_no_capture(
    saved: Callable[[str, bytes], Path], leaves: Read
) -> None:
    undated = hand_made(1, b"HTTP/1.1 404 Not Found\r\n\r\n").replace(b"WARC-Date: 2020", b"X: ")
    (leaf,) = leaves(saved("a.warc", undated))
    assert (leaf.outcome, leaf.reason, leaf.capture) == ("skipped", "error page", None)


def test_a_revisit_of_a_redirect_is_a_redirect(
    archive: Archive, tmp_path: Path, leaves: Read
) -> None:
    block = b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"
    path = archive().record("revisit", block, uri="http://e.org/").save(tmp_path / "a.warc.gz")
    (leaf,) = leaves(path)
    assert leaf.capture is not None
    assert (leaf.outcome, leaf.reason, leaf.capture.status) == ("skipped", "redirect", 302)


@pytest.mark.parametrize(
    ("uri", "outcome"),
    [
        ("http://e.org/robots.txt", "skipped robots.txt"),
        ("https://e.org/a/robots.txt?v=1", "skipped robots.txt"),
        ("http://e.org/robots.txt.html", "read"),
        ("urn:text:http://e.org/robots.txt", "read"),
    ],
)
def test_rules_for_crawlers_are_no_page(
    archive: Archive, tmp_path: Path, leaves: Read, uri: str, outcome: str
) -> None:
    rules = b"User-agent: *\nDisallow: /the reading room of the library in Priory Street\n"
    path = archive().response(rules, uri=uri).save(tmp_path / "a.warc.gz")
    assert outcomes(leaves(path)) == [outcome]


def test_an_archive_in_a_record_is_not_entered(
    archive: Archive, tmp_path: Path, leaves: Read
) -> None:
    inner = archive().response(PAGE).records[0]
    path = archive().response(inner).save(tmp_path / "a.warc.gz")
    assert outcomes(leaves(path)) == ["skipped records inside a record"]


# ---------------------------------------------------------------- damage


def hand_made(
    number: int, body: bytes = PAGE, *, length: object = None, extra: bytes = b"", kind: bytes = b""
) -> bytes:
    kind = kind or (b"response" if body.startswith(b"HTTP/") else b"resource")
    content_type = b"application/http" if kind == b"response" else b"text/html"
    return (
        b"WARC/1.0\r\nWARC-Type: %b\r\nWARC-Record-ID: <urn:x:%d>\r\n"
        b"WARC-Target-URI: http://e.org/%d\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n"
        b"Content-Type: %b\r\n%bContent-Length: %b\r\n\r\n%b\r\n\r\n"
        % (
            kind,
            number,
            number,
            content_type,
            extra,
            str(len(body) if length is None else length).encode(),
            body,
        )
    )


GOOD = [hand_made(number) for number in range(4)]


def damaged(second: bytes, *, zipped: bool) -> bytes:
    records = [GOOD[0], second, GOOD[2], GOOD[3]]
    return b"".join(gzip.compress(record, mtime=0) if zipped else record for record in records)


@pytest.mark.parametrize("zipped", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize(
    "broken",
    [
        b"no record at all\r\n\r\n",
        hand_made(1, length="x5"),
        hand_made(1, length=-5),
        hand_made(1, length=7),
        hand_made(1, extra=b"X-Long: " + b"a" * 40_000 + b"\r\n"),
        GOOD[1].replace(b"WARC/1.0", b"WARP/1.0"),
        hand_made(1, length=10**15),
        GOOD[1].replace(b"WARC-Date: 2020", b"WARC-Date: some"),
        GOOD[1].replace(b"WARC-Target-URI: http://e.org/1\r\n", b""),
        hand_made(1, b"\x00\xffno HTTP", kind=b"response"),
    ],
    ids=[
        "garbage", "length no number", "length negative", "length short", "endless header",
        "wrong magic", "length huge", "no date", "no uri", "no http",
    ],
)  # fmt: skip
def test_a_broken_record_between_good_ones(
    saved: Callable[[str, bytes], Path], leaves: Read, broken: bytes, zipped: bool
) -> None:
    found = leaves(saved("a.warc", damaged(broken, zipped=zipped)))
    read = [leaf.record for leaf in found if leaf.outcome == "read"]
    assert [record for record in read if record != "urn:x:1"] == ["urn:x:0", "urn:x:2", "urn:x:3"]
    failed = [leaf for leaf in found if leaf.outcome == "failed"]
    assert len(failed) in (1, 2), "the record itself, and what is left of it"
    assert all(leaf.reason for leaf in failed)
    records = [leaf.record for leaf in found]
    assert len(records) == len(set(records))


@pytest.mark.parametrize("zipped", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("length", [5000, 10**15, 2**63 - 1, 2**64 - 1, 10**30])
def test_a_request_that_claims_the_rest_of_the_file(
    saved: Callable[[str, bytes], Path], leaves: Read, length: int, zipped: bool
) -> None:
    greedy = hand_made(1, b"GET / HTTP/1.1\r\n\r\n", kind=b"request", length=length)
    found = leaves(saved("a.warc", damaged(greedy, zipped=zipped)))
    read = [leaf.record for leaf in found if leaf.outcome == "read"]
    assert read == ["urn:x:0", "urn:x:2", "urn:x:3"]


def test_a_damaged_gzip_member_between_good_ones(
    saved: Callable[[str, bytes], Path], leaves: Read
) -> None:
    members = [gzip.compress(record, mtime=0) for record in GOOD]
    members[1] = members[1][:90] + b"\xff" * 20 + members[1][110:]
    found = leaves(saved("a.warc.gz", b"".join(members)))
    read = [leaf.record for leaf in found if leaf.outcome == "read"]
    assert read == ["urn:x:0", "urn:x:2", "urn:x:3"]
    (failed,) = (leaf for leaf in found if leaf.outcome == "failed")
    assert failed.reason == "damaged record"


@pytest.mark.parametrize("zipped", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("cut", [30, 90, 200])
def test_a_truncated_file_keeps_what_stands_before(
    saved: Callable[[str, bytes], Path], leaves: Read, cut: int, zipped: bool
) -> None:
    content = damaged(GOOD[1], zipped=zipped)
    found = leaves(saved("a.warc", content[:-cut]))
    assert outcomes(found)[:3] == ["read"] * 3
    (last,) = found[3:]
    assert last.outcome == "failed"
    assert last.reason in ("damaged record", "damaged file")
    assert last.detail


@pytest.mark.parametrize("length", [5, 10, 40])
def test_a_file_without_one_whole_record_fails(
    saved: Callable[[str, bytes], Path], leaves: Read, length: int
) -> None:
    for content in (GOOD[0][:length], gzip.compress(GOOD[0][:length])):
        found = leaves(saved("a.warc", content))
        assert [leaf.outcome for leaf in found] == ["failed"]


def test_junk_at_the_end_is_one_failure_of_the_file(
    saved: Callable[[str, bytes], Path], leaves: Read
) -> None:
    found = leaves(saved("a.warc", b"".join(GOOD) + b"junk that is no record\r\n" * 9))
    assert outcomes(found) == ["read"] * 4 + ["failed damaged file"]
    assert found[-1].record is None
    assert f"after byte {len(b''.join(GOOD))}" in found[-1].detail


def test_empty_members_and_padding_are_no_damage(
    saved: Callable[[str, bytes], Path], leaves: Read
) -> None:
    members = [gzip.compress(record, mtime=0) for record in GOOD]
    empty = gzip.compress(b"")
    content = members[0] + empty + b"".join(members[1:]) + empty + b"\x00" * 99 + empty
    assert outcomes(leaves(saved("a.warc.gz", content))) == ["read"] * 4


@pytest.mark.parametrize("lines", [b"\n", b"\r\n"])
def test_one_gzip_member_and_unix_line_ends(
    saved: Callable[[str, bytes], Path], leaves: Read, lines: bytes
) -> None:
    content = b"".join(GOOD).replace(b"\r\n", lines)
    assert outcomes(leaves(saved("a.warc.gz", gzip.compress(content)))) == ["read"] * 4


def test_records_of_one_gzip_member_stand_where_it_unpacks(
    saved: Callable[[str, bytes], Path], leaves: Read
) -> None:
    whole = b"".join(GOOD)
    found = leaves(saved("a.warc.gz", gzip.compress(whole)))
    places = [leaf.capture.offset for leaf in found if leaf.capture]
    assert places == [whole.index(record) for record in GOOD]


@pytest.mark.parametrize("length", [400, 600, 900])
def test_a_length_that_covers_later_records_is_not_believed(
    saved: Callable[[str, bytes], Path], leaves: Read, length: int
) -> None:
    greedy = hand_made(1, b"GET / HTTP/1.1\r\n\r\n", kind=b"request", length=length)
    content = GOOD[0] + greedy + b"".join(GOOD[2:]) * 9
    for packed in (content, gzip.compress(content)):
        found = leaves(saved("a.warc", packed))
        assert outcomes(found) == ["read", "skipped request record", *["read"] * 18]


@pytest.mark.parametrize("packed", ["plain", "gzip", "whole"])
def test_a_block_that_is_too_large_is_passed_over(
    saved: Callable[[str, bytes], Path], leaves: Read, packed: str
) -> None:
    body = b"HTTP/1.1 200 OK\r\n\r\n" + GOOD[3] + bytes(65 * 1024 * 1024)
    records = [GOOD[0], hand_made(1, body), GOOD[2]]
    packs: dict[str, Callable[[list[bytes]], bytes]] = {
        "plain": b"".join,
        "gzip": lambda parts: b"".join(gzip.compress(part, 1) for part in parts),
        "whole": lambda parts: gzip.compress(b"".join(parts), 1),
    }
    found = leaves(saved("a.warc", packs[packed](records)))
    assert outcomes(found) == ["read", "failed payload too large", "read"]


def test_a_false_claim_of_more_than_is_held_costs_its_record(
    saved: Callable[[str, bytes], Path], leaves: Read
) -> None:
    claims = hand_made(1, b"HTTP/1.1 200 OK\r\n\r\n", length=66 * 1024 * 1024)
    rest = hand_made(4, bytes(60 * 1024 * 1024)) + b"".join(GOOD[2:]) * 2
    found = leaves(saved("a.warc", GOOD[0] + claims + rest + bytes(9 * 1024 * 1024) + GOOD[3]))
    assert outcomes(found)[:2] == ["read", "failed damaged record"]
    assert [leaf.outcome for leaf in found].count("read") == 6
    assert sum(leaf.reason == "damaged record" for leaf in found) == 1


def test_a_wrong_checksum_is_a_damaged_record(
    saved: Callable[[str, bytes], Path], leaves: Read
) -> None:
    members = [bytearray(gzip.compress(record, mtime=0)) for record in GOOD]
    members[1][-6] ^= 1
    found = leaves(saved("a.warc.gz", b"".join(members)))
    assert outcomes(found) == ["read", "failed damaged record", "read", "read"]
    assert found[1].record == "urn:x:1"


def test_a_damaged_dictionary_fails_with_its_bytes(
    saved: Callable[[str, bytes], Path], leaves: Read
) -> None:
    words = zstandard.ZstdCompressionDict(b"".join(GOOD))
    packed = zstandard.ZstdCompressor(dict_data=words)
    frames = b"".join(packed.compress(record) for record in GOOD)
    broken = struct.pack("<II", 0x184D2A5D, 99) + b"\x37\xa4\x30\xec" + b"\xff" * 95
    (leaf,) = leaves(saved("a.warc.zst", broken + frames))
    assert (leaf.outcome, leaf.reason) == ("failed", "damaged file")
    assert "nothing could be read after byte 0" in leaf.detail


def test_a_zstandard_bomb_ends_soon(saved: Callable[[str, bytes], Path], leaves: Read) -> None:
    packer = zstandard.ZstdCompressor()
    bomb = packer.compress(GOOD[1] + bytes(2_000_000_000))
    started = time.monotonic()
    found = leaves(saved("a.warc.zst", packer.compress(GOOD[0]) + bomb + packer.compress(GOOD[2])))
    assert time.monotonic() - started < 20
    assert [leaf.record for leaf in found if leaf.outcome == "read"] == [
        "urn:x:0",
        "urn:x:1",
        "urn:x:2",
    ]
    assert "unpacks to more" in " ".join(leaf.detail for leaf in found)


def test_ids_are_unique_in_a_file(saved: Callable[[str, bytes], Path], leaves: Read) -> None:
    nameless = GOOD[1].replace(b"WARC-Record-ID: <urn:x:1>\r\n", b"")
    content = GOOD[0] + GOOD[0] + nameless
    found = leaves(saved("a.warc", content))
    size = len(GOOD[0])
    assert [leaf.record for leaf in found] == ["urn:x:0", f"offset:{size}", f"offset:{2 * size}"]
    assert [leaf.capture.record_id for leaf in found if leaf.capture] == [
        leaf.record for leaf in found
    ]


def test_hostile_repetition_ends_soon(saved: Callable[[str, bytes], Path], leaves: Read) -> None:
    started = time.monotonic()
    plain = leaves(saved("a.warc", GOOD[0] + b"WARC/1.0\r\nbad\r\n" * 20_000))
    member = gzip.compress(b"WARC/1.0\r\nno end of header", mtime=0)
    zipped = leaves(saved("b.warc.gz", gzip.compress(GOOD[0]) + member * 20_000))
    assert time.monotonic() - started < 20
    assert len(plain) < 3000
    assert len(zipped) < 3000


SEED = [
    b"".join(gzip.compress(record, mtime=0) for record in GOOD),
    b"".join(GOOD),
    b"".join(
        gzip.compress(hand_made(n, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + body))
        for n, body in enumerate((gzip.compress(PAGE), b"%PDF-1.4\nno", WORDS.encode()))
    ),
    b"".join(zstandard.ZstdCompressor().compress(record) for record in GOOD),
    zstandard.ZstdCompressor().compress(b"".join(GOOD)),
    gzip.compress(b"".join(GOOD)),
    b"filedesc://a.arc 0.0.0.0 20040102030405 text/plain 4\nabc\n\n"
    + b"".join(
        b"http://e.org/%d 192.0.2.1 20040102030405 text/html 40\n%b\n" % (n, PAGE[-40:])
        for n in range(4)
    ),
]
EDIT = st.tuples(st.integers(0, 2000), st.integers(0, 40), st.binary(max_size=12))


@settings(
    max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(SEED), st.lists(EDIT, max_size=6))
def test_mutated_archives_never_raise(
    tmp_path: Path, seed: bytes, edits: list[tuple[int, int, bytes]]
) -> None:
    content = seed
    for position, removed, added in edits:
        start = position % (len(content) + 1)
        content = content[:start] + added + content[start + removed :]
    path = tmp_path / "mutated.warc.gz"
    path.write_bytes(content)
    found = list(read_file(path, path.name))
    assert found
    records = [leaf.record for leaf in found]
    assert len(records) == len(set(records))
    for leaf in found:
        assert (leaf.outcome == "read") == (leaf.document is not None)
        assert (leaf.outcome in ("skipped", "failed")) == bool(leaf.reason)
        assert leaf.reason != "reader failed", leaf


# ---------------------------------------------------------------- real archives


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("pywb/example.warc", {"damaged record"}),
        ("pywb/example-extra.warc", {"no HTTP header"}),
        ("pywb/missing-status-text.warc", set()),
        ("warcio/example-trunc.warc", set()),
        ("warcio/example-wrong-chunks.warc.gz", set()),
        ("warcio/example-bad-non-chunked.warc.gz", set()),
        ("pywb/example-bad.warc.gz.bad", set()),
    ],
)
def test_malformed_archives_in_the_wild(
    data: Path, leaves: Read, name: str, reasons: set[str]
) -> None:
    found = leaves(data / "web-archives" / name)
    assert {leaf.reason for leaf in found if leaf.outcome == "failed"} == reasons
