"""WACZ: the records of all archives, what the package says of them, and damage that is told."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import time
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Leaf
from rag_assistant.readers import arc, read_blob, wacz, wacz_lists, warc
from rag_assistant.readers.container import Inside
from rag_assistant.readers.sniff import HEAD, container
from rag_assistant.schema import Capture
from tests.archives import ArchiveBuilder

Archive = Callable[..., ArchiveBuilder]
Members = dict[str, bytes]

WORDS = "The library in Priory Street is open from Tuesday to Saturday."
PAGE = f"<html lang=en><head></head><body><p>{WORDS}</p></body></html>".encode()
TITLED = PAGE.replace(b"<head>", b"<head><title>Its own</title>")
TIME = "2020-03-04T05:06:07Z"


def records(stream: BinaryIO) -> Iterator[Leaf]:
    """The records of an archive by its content, as the registry reads them."""
    kind = container(stream.read(HEAD))
    if kind not in ("warc", "arc"):
        raise FailedError("no web archive", "it opens like none")
    stream.seek(0)
    yield from {"warc": warc.read, "arc": arc.read}[kind](stream, INSIDE)


INSIDE = Inside(blob=read_blob, archive=records)


def package(members: Members, *, packed: tuple[str, ...] = ()) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, data in members.items():
            method = zipfile.ZIP_DEFLATED if name in packed else zipfile.ZIP_STORED
            target.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return buffer.getvalue()


def read(data: bytes, inside: Inside = INSIDE) -> list[Leaf]:
    return list(wacz.read(io.BytesIO(data), inside))


def read_file(path: Path) -> list[Leaf]:
    with path.open("rb") as stream:
        return list(wacz.read(stream, INSIDE))


def warc_of(*pages: tuple[str, bytes], time_of: str = TIME) -> bytes:
    builder = ArchiveBuilder()
    for number, (uri, body) in enumerate(pages):
        identifier = f"<urn:x:{hashlib.sha256(uri.encode()).hexdigest()[:8]}-{number}>"
        builder.response(body, uri=uri, WARC_Record_ID=identifier, WARC_Date=time_of)
    return b"".join(builder.records)


def jsonl(*lines: dict[str, Any] | str) -> bytes:
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    rows = (row if isinstance(row, str) else json.dumps(row) for row in (head, *lines))
    return "\n".join(rows).encode() + b"\n"


def cdxj(*lines: tuple[str, str, int]) -> bytes:
    rows = (
        f"key 20200304050607 {json.dumps({'url': url, 'filename': name, 'offset': str(offset)})}\n"
        for url, name, offset in lines
    )
    return "".join(rows).encode()


def manifest(members: Members, **changed: str) -> bytes:
    resources = [
        {
            "path": name,
            "hash": f"sha256:{changed.get(name) or hashlib.sha256(data).hexdigest()}",
            "bytes": len(data),
        }
        for name, data in members.items()
    ]
    return json.dumps({"profile": "data-package", "resources": resources}).encode()


def outcomes(leaves: list[Leaf]) -> list[str]:
    return [f"{leaf.outcome} {leaf.reason}".strip() for leaf in leaves]


def failures(leaves: list[Leaf]) -> list[tuple[str | None, str, str]]:
    return [(leaf.record, leaf.reason, leaf.detail) for leaf in leaves if leaf.outcome == "failed"]


def titles(leaves: list[Leaf]) -> list[str]:
    return [leaf.document.description.title for leaf in leaves if leaf.document]


ONE = {"archive/a.warc.gz": warc_of(("http://e.org/", PAGE))}


# ---------------------------------------------------------------- archives


@pytest.mark.parametrize("packed", [(), ("archive/a.warc.gz", "archive/b.warc")])
def test_records_of_all_archives(packed: tuple[str, ...]) -> None:
    plain = ArchiveBuilder(gzip=False).response(TITLED, uri="http://e.org/b").records[0]
    members = {
        "archive/a.warc.gz": warc_of(("http://e.org/", PAGE), ("http://e.org/a", PAGE)),
        "archive/b.warc": plain,
    }
    found = read(package(members, packed=packed))
    assert outcomes(found) == ["read"] * 3
    captures = [leaf.capture for leaf in found if leaf.capture]
    assert [capture.uri for capture in captures] == [
        "http://e.org/", "http://e.org/a", "http://e.org/b",
    ]  # fmt: skip
    for leaf, capture in zip(found, captures, strict=True):
        data = members[capture.member][capture.offset :]
        opened = gzip.decompress(data) if data.startswith(b"\x1f") else data
        assert opened.startswith(b"WARC/1")
        assert capture.record_id == leaf.record


def test_archives_are_known_by_their_place_or_their_content() -> None:
    data = warc_of(("http://e.org/", PAGE))
    found = read(
        package({"crawl/archive/x.bin": data, "elsewhere.dat": data, "archive/.hidden": b"x"})
    )
    assert outcomes(found) == ["read", "read"]
    assert [leaf.capture.member for leaf in found if leaf.capture] == [
        "crawl/archive/x.bin", "elsewhere.dat",
    ]  # fmt: skip


def test_the_older_archives_too(data: Path) -> None:
    content = (data / "web-archives" / "pywb" / "example.arc.gz").read_bytes()
    found = read(package({"archive/example.arc.gz": content}))
    assert Counter(leaf.outcome for leaf in found)["read"] == 1


def test_records_are_told_apart_across_archives() -> None:
    twice = warc_of(("http://e.org/", PAGE))
    nameless = (
        b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: http://e.org/n\r\n"
        b"WARC-Date: 2020-01-01T00:00:00Z\r\nContent-Type: text/html\r\n"
        b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (len(PAGE), PAGE)
    )
    members = {
        "archive/a.warc.gz": twice,
        "archive/b.warc.gz": twice,
        "archive/c.warc": nameless,
        "archive/d.warc": nameless,
    }
    found = read(package(members))
    assert outcomes(found) == ["read"] * 4
    first, *others = [leaf.record for leaf in found]
    assert first is not None
    assert others == [
        f"archive/b.warc.gz#{first}", "archive/c.warc#offset:0", "archive/d.warc#offset:0",
    ]  # fmt: skip
    assert [leaf.capture.record_id for leaf in found if leaf.capture] == [first, *others]


# ---------------------------------------------------------------- page lists


def test_a_page_without_a_title_takes_the_listed_one() -> None:
    pages = jsonl(
        {"url": "https://www.e.org", "ts": TIME, "title": "Opening\n hours", "seed": True},
        {"url": "http://e.org/own", "ts": TIME, "title": "Not this"},
        {"url": "http://e.org/other", "ts": "2021-03-04T05:06:07Z", "title": "Another year"},
        {"url": "http://e.org/any", "title": "Any time"},
        {"url": "http://e.org/url", "title": "http://e.org/url"},
    )
    uris = ["http://e.org/", "http://e.org/other", "http://e.org/any", "http://e.org/url"]
    content = warc_of(*((uri, PAGE) for uri in uris), ("http://e.org/own", TITLED))
    found = read(package({"pages/pages.jsonl": pages, "archive/a.warc.gz": content}))
    assert titles(found) == ["Opening hours", "", "Any time", "", "Its own"]
    notes = [leaf.document.notes for leaf in found if leaf.document]
    assert notes == [("a seed of the crawl",), (), (), (), ()]


def test_the_listed_page_nearest_in_time() -> None:
    pages = jsonl(
        {"url": "http://e.org/", "ts": "2020-03-04T04:59:59.5Z", "title": "Before"},
        {"url": "http://e.org/", "ts": "2020-03-04T05:06:00Z", "title": "Then"},
        {"url": "http://e.org/", "title": "Undated"},
    )
    near = read(package({"pages/extraPages.jsonl": pages, **ONE}))
    far = warc_of(("http://e.org/", PAGE), time_of="2020-03-05T05:06:00Z")
    later = read(package({"pages/extraPages.jsonl": pages, "archive/a.warc.gz": far}))
    assert (titles(near), titles(later)) == (["Then"], ["Undated"])


def wordless(stream: BinaryIO) -> Iterator[Leaf]:
    """The records of an archive, each a capture of a page without words."""
    for leaf, path in zip(records(stream), ("", "blank"), strict=True):
        assert (leaf.outcome, leaf.reason) == ("skipped", "no text")
        uri, record = f"http://e.org/{path}", leaf.record or ""
        capture = Capture(uri=uri, timestamp="20200304050607", record_id=record, offset=0)
        yield replace(leaf, capture=capture)


def test_words_that_only_a_list_has() -> None:
    pages = jsonl(
        {"url": "http://e.org/", "ts": TIME, "title": "Hours", "text": WORDS, "seed": True},
        {"url": "http://e.org/blank", "ts": TIME, "title": "Blank", "text": "  "},
    )

    content = warc_of(("http://e.org/", b"<i>"), ("http://e.org/blank", b"<i>"))
    both = {"pages/pages.jsonl": pages, "archive/a.warc.gz": content}
    found = read(
        package(both, packed=("pages/pages.jsonl",)), Inside(blob=read_blob, archive=wordless)
    )
    assert sorted(outcomes(found)) == ["read", "skipped no text"]
    (leaf,) = (leaf for leaf in found if leaf.document)
    assert leaf.document is not None
    assert leaf.capture is not None
    assert leaf.record == leaf.capture.record_id
    assert (leaf.reason, leaf.detail) == ("", "")
    description = leaf.document.description
    assert leaf.document.sections[0].text == WORDS
    assert (description.title, description.uri, description.language, description.kind) == (
        "Hours", "http://e.org/", "en", "web page",
    )  # fmt: skip
    assert leaf.document.notes == (
        "the record has no text: the words are those of the crawler's list pages/pages.jsonl",
        "a seed of the crawl",
    )


def test_lines_that_cannot_be_read_are_counted() -> None:
    pages = jsonl(
        "no JSON", '["a list"]', '{"title": "no url"}', '{"url": 7}', "", "[" * 100_000,
        {"url": "http://e.org/", "title": "Hours", "ts": 7, "text": ["x"]},
    )  # fmt: skip
    found = read(package({"pages/pages.jsonl": pages, **ONE}))
    assert titles(found) == ["Hours"]
    assert failures(found) == [("pages/pages.jsonl", "damaged list", "5 of 7 lines cannot be read")]


def test_a_list_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wacz_lists, "MAX_PAGES", 2)
    pages = jsonl(*({"url": f"http://e.org/{n}", "title": f"Page {n}"} for n in range(9)))
    content = warc_of(*((f"http://e.org/{n}", PAGE) for n in range(4)))
    found = read(package({"pages/pages.jsonl": pages, "archive/a.warc.gz": content}))
    assert titles(found) == ["Page 0", "Page 1", "", ""]
    assert failures(found) == [
        ("pages/pages.jsonl", "list too long", "nothing is used from line 4 on")
    ]


def test_page_lists_are_streamed() -> None:
    text = "words " * 1000
    pages = jsonl(*({"url": f"http://e.org/{n}", "title": "T", "text": text} for n in range(3000)))
    data = package({"pages/pages.jsonl": pages, **ONE}, packed=("pages/pages.jsonl",))
    assert len(pages) > 18_000_000
    del pages
    read(package(ONE))  # what is imported on the way does not count
    tracemalloc.start()
    assert outcomes(read(data)) == ["read"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


# ---------------------------------------------------------------- indexes and checksums


@pytest.mark.parametrize("name", ["indexes/index.cdx.gz", "indexes/index.cdxj"])
def test_listed_captures_that_are_not_there(name: str) -> None:
    content = warc_of(("http://e.org/", PAGE), ("http://e.org/2", PAGE))
    second = content.index(b"\x1f\x8b\x08", 1)
    index = cdxj(
        ("http://e.org/", "a.warc.gz", 0),
        ("http://e.org/2", "a.warc.gz", second),
        ("http://e.org/3", "a.warc.gz", second + 1),
        ("http://e.org/4", "a.warc.gz", 10**9),
        ("http://e.org/5", "b.warc.gz", 0),
        ("http://e.org/6", "b.warc.gz", 70),
    )
    members = {
        "archive/a.warc.gz": content,
        name: gzip.compress(index) if name.endswith(".gz") else index,
        "indexes/index.idx": b'!meta 0 {"format": "cdxj-gzip-1.0"}\n',
    }
    found = read(package(members))
    assert outcomes(found)[:2] == ["read", "read"]
    assert failures(found) == [
        (
            "indexes",
            "listed captures missing",
            "4 that the index lists are not in the archives, "
            "first http://e.org/3, http://e.org/4, http://e.org/5",
        )
    ]


def test_an_older_index_and_one_with_broken_lines() -> None:
    older = (
        b" CDX N b a m s k r M S V g\n"
        b"org,e)/ 20200304050607 http://e.org/ text/html 200 X - - 99 0 a.warc.gz\n"
        b"org,e)/9 20200304050607 http://e.org/9 text/html 200 X - - 99 9 a.warc.gz\n"
    )
    broken = b'key 2020 {"url": "x"\nkey 2020\nkey 2020 {"filename": "a", "offset": -1}\n'
    found = read(package({"indexes/a.cdx": older, "indexes/b.cdxj": broken, **ONE}))
    assert failures(found) == [
        ("indexes/b.cdxj", "damaged list", "3 of 3 lines cannot be read"),
        (
            "indexes",
            "listed captures missing",
            "1 that the index lists are not in the archives, first http://e.org/9",
        ),
    ]


def test_checksums_that_differ_are_told_and_the_records_read() -> None:
    members = {**ONE, "pages/pages.jsonl": jsonl()}
    said = manifest(members, **dict.fromkeys(members, "0" * 64))
    digest = json.dumps({"path": "datapackage.json", "hash": f"sha256:{'1' * 64}"}).encode()
    whole = {**members, "datapackage.json": said, "datapackage-digest.json": digest}
    for packed in ((), tuple(whole)):
        found = read(package(whole, packed=packed))
        assert Counter(outcomes(found)) == {"read": 1, "failed checksum differs": 3}
        assert {leaf.record for leaf in found if leaf.outcome == "failed"} == {
            "archive/a.warc.gz", "pages/pages.jsonl", "datapackage.json",
        }  # fmt: skip


def test_checksums_that_agree_say_nothing() -> None:
    said = manifest(ONE)
    good = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(said).hexdigest()}"}
    older = {
        "resources": [
            {
                "path": "./archive/a.warc.gz",
                "stats": {"hash": hashlib.md5(ONE["archive/a.warc.gz"]).hexdigest()},  # noqa: S324
                "hashing": "md5",
            },
            {"path": "archive/a.warc.gz", "hash": "blake9:00"},
            {"no": "path"},
            7,
        ]
    }
    digest = {"datapackage-digest.json": json.dumps(good).encode()}
    assert outcomes(read(package({**ONE, "datapackage.json": said, **digest}))) == ["read"]
    older_said = {"datapackage.json": json.dumps(older).encode()}
    assert outcomes(read(package({**ONE, **older_said}))) == ["read"]


@pytest.mark.parametrize("broken", [b"", b"[]", b"{", b'{"resources": 7}', b"\xff", b"[" * 10**5])
def test_a_broken_manifest_is_told(broken: bytes) -> None:
    found = read(package({**ONE, "datapackage.json": broken}))
    assert outcomes(found) == ["failed damaged list", "read"]


def test_listed_files_that_are_not_there() -> None:
    gone = {f"archive/{n}.warc.gz": b"x" for n in range(5)}
    found = read(package({**ONE, "datapackage.json": manifest({**ONE, **gone})}))
    assert failures(found) == [
        (
            None,
            "incomplete package",
            "there is no archive/0.warc.gz, archive/1.warc.gz, archive/2.warc.gz and 2 more",
        )
    ]


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"no zip", package(ONE)[:-30], package(ONE)[:99]])
def test_no_package_at_all(data: bytes) -> None:
    assert [(leaf.record, leaf.reason) for leaf in read(data)] == [(None, "damaged package")]


def test_a_package_without_archives() -> None:
    assert failures(read(package({"pages/pages.jsonl": jsonl()}))) == [
        (None, "no web archive", "there is none in the package")
    ]
    assert [leaf.reason for leaf in read(package({}))] == ["no web archive"]


def test_what_is_no_archive_costs_itself() -> None:
    inner = package(ONE)
    found = read(package({"archive/a.txt": b"words", "inner.wacz": inner, "log.txt": b"x", **ONE}))
    assert Counter(outcomes(found))["read"] == 1
    assert ("archive/a.txt", "no web archive", "it opens like none") in failures(found)


def flagged(data: bytes, name: bytes, *, at: int, value: bytes) -> bytes:
    """The package with bytes of a member's entry in the directory changed."""
    start = data.rindex(name) - 46
    assert data[start:].startswith(b"PK\x01\x02")
    return data[: start + at] + value + data[start + at + len(value) :]


TWO = {"archive/a.warc.gz": warc_of(("http://e.org/a", PAGE)), **{"archive/b.warc.gz": b""}}
TWO["archive/b.warc.gz"] = warc_of(("http://e.org/b", PAGE), ("http://e.org/c", PAGE))


@pytest.mark.parametrize(
    ("at", "value", "reason", "read_too"),
    [
        (8, b"\x01\x00", "encrypted member", 0),
        (10, struct.pack("<H", 14), "unknown compression", 0),
        (16, b"\x00\x00\x00\x00", "damaged member", 1),
        (42, struct.pack("<L", 7), "damaged member", 0),
        (42, struct.pack("<L", 10**9), "damaged member", 0),
        (20, struct.pack("<L", 10**6), "damaged member", 0),
        (24, struct.pack("<L", 10**6), "damaged member", 1),
    ],
    ids=["encrypted", "compression", "crc", "place", "far away", "packed size", "size"],
)
def test_damage_in_one_member_does_not_cost_the_others(
    at: int, value: bytes, reason: str, read_too: int
) -> None:
    data = flagged(package(TWO), b"archive/a.warc.gz", at=at, value=value)
    found = read(data)
    assert [(leaf.record, leaf.reason) for leaf in found if leaf.outcome == "failed"] == [
        ("archive/a.warc.gz", reason)
    ]
    assert Counter(leaf.outcome for leaf in found)["read"] == 2 + read_too


@pytest.mark.parametrize("packed", [(), ("archive/b.warc.gz",)])
def test_damaged_bytes_cost_what_they_hit(packed: tuple[str, ...]) -> None:
    data = bytearray(package(TWO, packed=packed))
    place = data.rindex(b"PK\x01\x02", 0, data.rindex(b"PK\x01\x02")) - 40
    data[place : place + 8] = b"\xff" * 8
    found = read(bytes(data))
    read_too = [leaf.capture.uri for leaf in found if leaf.outcome == "read" and leaf.capture]
    assert read_too == ["http://e.org/a", "http://e.org/b"]
    assert ("archive/b.warc.gz", "damaged member") in [
        (leaf.record, leaf.reason) for leaf in found if leaf.outcome == "failed"
    ]
    assert len({leaf.record for leaf in found}) == len(found)


def test_two_members_cannot_be_one() -> None:
    data = package(TWO)
    first = data[data.rindex(b"archive/a.warc.gz") - 4 :][:4]
    found = read(flagged(data, b"archive/b.warc.gz", at=42, value=first))
    assert outcomes(found) == ["failed damaged member"] * 2


def test_a_bomb_is_not_unpacked() -> None:
    members = {"archive/a.warc": bytes(300 << 20), "indexes/i.cdx.gz": b"", **ONE}
    members["indexes/i.cdx.gz"] = gzip.compress(bytes(100 << 20))
    data = package(members, packed=("archive/a.warc",))
    del members
    started = time.monotonic()
    tracemalloc.start()
    found = read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.monotonic() - started < 10
    assert peak < 100_000_000
    assert [(leaf.record, leaf.reason) for leaf in found if leaf.outcome == "failed"] == [
        ("indexes/i.cdx.gz", "member too large"),
        ("archive/a.warc", "member too large"),
    ]
    assert Counter(outcomes(found))["read"] == 1


def test_a_member_that_lies_about_its_size_is_cut() -> None:
    data = package({"archive/big.warc": bytes(1 << 20), **ONE}, packed=("archive/big.warc",))
    found = read(flagged(data, b"archive/big.warc", at=24, value=struct.pack("<L", 70_000)))
    assert ("archive/big.warc", "damaged member", "it is longer than it says") in failures(found)


def test_a_disk_that_fails_is_not_taken_for_damage() -> None:
    def broken(stream: BinaryIO) -> Iterator[Leaf]:
        yield from records(stream)
        raise OSError(5, "Input/output error")

    def parser(stream: BinaryIO) -> Iterator[Leaf]:
        raise OSError("not a gzip file")
        yield

    with pytest.raises(FailedError) as caught:
        read(package(ONE), Inside(blob=read_blob, archive=broken))
    assert isinstance(caught.value.__cause__, OSError)
    assert outcomes(read(package(ONE), Inside(blob=read_blob, archive=parser))) == [
        "failed reader failed"
    ]


def test_what_is_skipped_as_a_whole_is_told() -> None:
    def refused(stream: BinaryIO) -> Iterator[Leaf]:
        raise SkippedError("of no use", "at all")
        yield

    (leaf,) = read(package(ONE), Inside(blob=read_blob, archive=refused))
    assert (leaf.record, leaf.outcome, leaf.reason) == ("archive/a.warc.gz", "skipped", "of no use")


WHOLE = {
    **TWO,
    "pages/pages.jsonl": jsonl({"url": "http://e.org/a", "title": "A", "text": WORDS}),
    "indexes/index.cdx.gz": gzip.compress(cdxj(("http://e.org/a", "a.warc.gz", 0))),
}
SEEDS = [
    package({**WHOLE, "datapackage.json": manifest(WHOLE)}),
    package({**WHOLE, "datapackage.json": manifest(WHOLE)}, packed=tuple(WHOLE)),
]
EDIT = st.tuples(st.integers(0, 5000), st.integers(0, 30), st.binary(max_size=12))


@settings(max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), st.lists(EDIT, max_size=6))
def test_mutated_packages_never_raise(seed: bytes, edits: list[tuple[int, int, bytes]]) -> None:
    content = seed
    for position, removed, added in edits:
        start = position % (len(content) + 1)
        content = content[:start] + added + content[start + removed :]
    found = read(content)
    assert found
    names = [leaf.record for leaf in found if leaf.record]
    assert len(names) == len(set(names))
    for leaf in found:
        assert (leaf.outcome == "read") == (leaf.document is not None)
        assert (leaf.outcome in ("skipped", "failed")) == bool(leaf.reason)
        assert leaf.reason != "reader failed", leaf


# ---------------------------------------------------------------- real packages


def test_real_packages_agree_with_the_census(data: Path, leaves: Callable[..., Any]) -> None:
    folder = data / "web-archives"
    census = json.loads((folder / "CENSUS.json").read_text(encoding="utf-8"))["files"]
    names = [name for name in census if name.endswith(".wacz")]
    assert len(names) == 7
    for name in names:
        found = leaves(folder / name)
        assert found == read_file(folder / name), "the registry hands packages to their reader"
        if census[name]["malformed"]:
            assert outcomes(found) == ["failed incomplete package", "failed no web archive"]
            continue
        inner = census[name]["inner"]
        assert len(found) == sum(facts["records"] for facts in inner.values()), name
        assert not failures(found), name
        pages = sum(facts["http200_sniffed"]["html"] for facts in inner.values())
        assert titles(found) == ["Example Domain"] * pages
        assert {leaf.capture.member for leaf in found if leaf.capture} == set(inner)


@pytest.mark.parametrize("name", ["pywb/iana.warc.gz", "aut/issue-493.warc"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_real_archive_gives_the_same_inside_a_package(
    data: Path, name: str, packed: bool
) -> None:
    content = (data / "web-archives" / name).read_bytes()
    member = f"archive/{Path(name).name}"
    found = read(package({member: content}, packed=(member,) if packed else ()))
    alone = list(records(io.BytesIO(content)))
    assert len(found) == len(alone) > 30
    assert [(leaf.outcome, leaf.reason, leaf.document) for leaf in found] == [
        (leaf.outcome, leaf.reason, leaf.document) for leaf in alone
    ]
    for inside, outside in zip(found, alone, strict=True):
        assert inside.capture == (
            outside.capture
            and replace(outside.capture, member=member, record_id=inside.record or "")
        )
