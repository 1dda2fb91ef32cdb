"""Web archives as they are found: each record has one outcome, and each capture is found again.

`warcio`, which shares no code with the readers, says which records there are.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import zstandard
from warcio.archiveiterator import ArchiveIterator

from rag_assistant.ports import Blob, Leaf
from rag_assistant.readers import arc, read_blob, warc
from rag_assistant.readers.container import Inside
from rag_assistant.readers.sniff import HEAD, container
from rag_assistant.schema import Capture, Description, Document, Section

pytestmark = pytest.mark.integration

# Files that the census calls malformed: how many leaves they give, and why.
MALFORMED = {
    "aut/badexample.arc.gz": (6, "one gzip member; its last three lengths are wrong"),
    "pywb/bad.arc": (4, "as the census says, two without a length"),
    "warcio/bad.arc": (4, "as the census says, two without a length"),
    "pywb/example-bad.warc.gz.bad": (6, "one gzip member: the census stops behind the first"),
    "warcio/example-bad.warc.gz.bad": (6, "one gzip member: the census stops behind the first"),
    "warcio/example-bad-non-chunked.warc.gz": (6, "one gzip member: the census stops likewise"),
    "pywb/example-extra.warc": (6, "as the census says; one response has no HTTP header"),
    "pywb/example-url-agnostic-orig.warc.gz": (2, "as the census says"),
    "pywb/example-url-agnostic-revisit.warc.gz": (2, "as the census says"),
    "pywb/example.warc": (7, "seven bytes stand behind a request's declared length"),
    "pywb/missing-status-text.warc": (1, "as the census says; its lines end in CR CR LF"),
    "warcio/example-space-in-url.arc": (2, "as the census says; twelve bytes are missing"),
    "warcio/example-trunc.warc": (4, "as the census says; a length covers the separator"),
    "warcio/example-wrong-chunks.warc.gz": (2, "records run on from gzip member to member"),
    "py-wacz/invalid_example_1.wacz": (
        2,
        "it has no archive, and an index that it lists is missing",
    ),
    "pywb/invalid_example_1.wacz": (2, "it has no archive, and an index that it lists is missing"),
}
# Leaves that fail in them; what is not named here has none.
FAILED = {
    "aut/badexample.arc.gz": ["no capture date"],
    "pywb/bad.arc": ["damaged record"] * 2,
    "warcio/bad.arc": ["damaged record"] * 2,
    "pywb/example-extra.warc": ["no HTTP header"],
    "pywb/example.warc": ["damaged record"],
    "py-wacz/invalid_example_1.wacz": ["incomplete package", "no web archive"],
    "pywb/invalid_example_1.wacz": ["incomplete package", "no web archive"],
}


@dataclass(frozen=True)
class Archives:
    """The shared archives, each read once."""

    folder: Path
    census: dict[str, dict[str, Any]]
    leaves: dict[str, list[Leaf]]

    def well_formed(self) -> list[str]:
        return [name for name in self.leaves if not self.census[name]["malformed"]]


@pytest.fixture(scope="module")
def archives(archive_leaves: dict[str, list[Leaf]]) -> Archives:
    root = Path(__file__).resolve().parents[3]
    data = Path(os.environ.get("RAG_TEST_DATA", root / "shared" / "data"))
    assert (data / "README.md").is_file(), f"The test data is not in {data}: set RAG_TEST_DATA."
    folder = data / "web-archives"
    census = json.loads((folder / "CENSUS.json").read_text(encoding="utf-8"))["files"]
    assert len(census) == 53
    return Archives(folder, census, archive_leaves)


def contents(path: Path) -> dict[str, bytes]:
    """The archives in a file by their names inside it, "" where it is one itself."""
    if path.suffix != ".wacz":
        return {"": path.read_bytes()}
    with zipfile.ZipFile(path) as package:
        members = [name for name in package.namelist() if name.startswith("archive/")]
        return {name: package.read(name) for name in members}


def types_by_id(path: Path) -> dict[str, str]:
    """Record ids and types by `warcio`; what has no id, or that of an earlier one, by its place."""
    types: dict[str, str] = {}
    for content in contents(path).values():
        records = ArchiveIterator(io.BytesIO(content))
        for record in records:
            name = (record.rec_headers["WARC-Record-ID"] or "").strip("<>")
            if not name or name in types:
                name = f"offset:{records.get_record_offset()}"
            types[name] = record.rec_type
    return types


def by_type(facts: dict[str, Any]) -> Counter[str]:
    """Record types as the census counts them, those of a package over all its archives."""
    counts: Counter[str] = Counter()
    for archive in facts.get("inner", {"": facts}).values():
        counts.update(archive["records_by_type"])
    return counts


def test_every_record_has_one_outcome(archives: Archives) -> None:
    for name, leaves in archives.leaves.items():
        records = [leaf.record for leaf in leaves]
        assert len(set(records)) == len(records), name
        for leaf in leaves:
            assert (leaf.outcome in ("skipped", "failed")) == bool(leaf.reason), leaf
            assert leaf.reason != "reader failed", leaf


def test_well_formed_archives_agree_with_the_census(archives: Archives) -> None:
    for name in archives.well_formed():
        types = types_by_id(archives.folder / name)
        found = Counter(types.get(leaf.record or "", "unknown") for leaf in archives.leaves[name])
        assert found == by_type(archives.census[name]), name
        failed = {leaf.reason for leaf in archives.leaves[name] if leaf.outcome == "failed"}
        assert failed <= {"needs LibreOffice"}, name  # for RTF, where it is not installed


def test_records_are_taken_for_what_they_are(archives: Archives) -> None:
    pages = 0
    for name in archives.well_formed():
        if not name.endswith((".warc", ".warc.gz")):
            continue
        kinds = Counter(kind_of(leaf) for leaf in archives.leaves[name])
        expected = by_type(archives.census[name])
        for kind in ("revisit", "request", "warcinfo", "metadata"):
            assert kinds[kind] == expected[kind], name
        pages += kinds["html"]
    assert pages >= 125


def kind_of(leaf: Leaf) -> str:
    if leaf.document:
        return leaf.document.format
    if leaf.capture and leaf.capture.refers_to is not None:
        return "revisit"
    return leaf.reason.removesuffix(" record")


def test_malformed_archives_give_the_census_at_least(archives: Archives) -> None:
    malformed = archives.leaves.keys() - set(archives.well_formed())
    assert malformed == MALFORMED.keys()
    for name in malformed:
        expected, why = MALFORMED[name]
        leaves = archives.leaves[name]
        assert len(leaves) == expected >= archives.census[name].get("records", 0), (name, why)
        failed = [leaf.reason for leaf in leaves if leaf.outcome == "failed"]
        assert failed == FAILED.get(name, []), name


def test_revisits_are_all_there(archives: Archives) -> None:
    captures = [
        leaf.capture for leaf in archives.leaves["pywb/iana.warc.gz"] if leaf.outcome == "revisit"
    ]
    assert len(captures) == 123
    assert all(capture and capture.payload_digest for capture in captures)


def test_errors_and_redirects_keep_their_captures(archives: Archives) -> None:
    leaves = archives.leaves["aut/example.arc.gz"]
    said = Counter(
        (leaf.reason, leaf.capture.status)
        for leaf in leaves
        if leaf.outcome == "skipped" and leaf.capture and leaf.capture.status != 200
    )
    assert said == {("redirect", 301): 2, ("redirect", 302): 5, ("error page", 404): 40}


# ---------------------------------------------------------------- found again


def unpacked_from(content: bytes, offset: int) -> bytes:
    """What stands at a capture's offset, by the rule in `schema.Capture`."""
    if content.startswith(b"\x1f\x8b"):
        whole = zlib.decompressobj(wbits=31)
        text = whole.decompress(content)
        if not whole.unused_data:
            return text[offset:]
        return zlib.decompressobj(wbits=31).decompress(content[offset:])
    dictionary = None
    if content.startswith(b"\x5d\x2a\x4d\x18"):
        size = int.from_bytes(content[4:8], "little")
        words = content[8 : 8 + size]
        if words.startswith(b"\x28\xb5\x2f\xfd"):
            words = zstandard.ZstdDecompressor().decompress(words)
        dictionary = zstandard.ZstdCompressionDict(words)
    elif not content.startswith(b"\x28\xb5\x2f\xfd"):
        return content[offset:]
    unpacker = zstandard.ZstdDecompressor(dict_data=dictionary)
    frame = unpacker.decompressobj()
    text = frame.decompress(content)
    if frame.eof and not frame.unused_data and not dictionary:
        return text[offset:]
    return unpacker.decompressobj().decompress(content[offset:])


def assert_found_again(content: bytes, capture: Capture) -> None:
    stream = io.BytesIO(unpacked_from(content, capture.offset))
    headers = next(iter(ArchiveIterator(stream, no_record_parse=True))).rec_headers
    uri = (headers["WARC-Target-URI"] or headers["uri"]).strip("<>")
    assert uri.replace("%20", " ") == capture.uri.replace("%20", " ")  # warcio escapes some
    record_id = (headers["WARC-Record-ID"] or "").strip("<>")
    assert capture.record_id in (record_id, f"offset:{capture.offset}")


def test_every_capture_is_found_again(archives: Archives) -> None:
    found = 0
    for name, leaves in archives.leaves.items():
        members = contents(archives.folder / name)
        if name == "warcio/example-wrong-chunks.warc.gz":  # its record is in three gzip members
            members = {"": gzip.decompress(members[""])}
        for capture in [leaf.capture for leaf in leaves if leaf.capture]:
            assert_found_again(members[capture.member], capture)
            found += 1
    assert found > 550


# ---------------------------------------------------------------- packed otherwise, and damaged


def quick(blob: Blob) -> Document:
    """A reader that costs little and gives every payload back."""
    text = f"{blob.declared_type} {zlib.crc32(blob.data)}"
    return Document(description=Description(), sections=(Section(text=text),), format="quick")


INSIDE = Inside(blob=quick, archive=lambda stream: iter(()))
READERS = {"warc": warc.read, "arc": arc.read}


def read(content: bytes) -> list[Leaf]:
    return list(READERS[container(content[:HEAD])](io.BytesIO(content), INSIDE))


def regardless_of_place(leaves: list[Leaf]) -> list[Leaf]:
    """Leaves without what says where they stand."""
    return [
        replace(
            leaf,
            record=None,
            capture=leaf.capture and replace(leaf.capture, offset=0, record_id=""),
        )
        for leaf in leaves
    ]


def frame(data: bytes, dictionary: zstandard.ZstdCompressionDict | None = None) -> bytes:
    return zstandard.ZstdCompressor(dict_data=dictionary).compress(data)


def with_dictionary(records: list[bytes], *, packed: bool) -> bytes:
    dictionary = zstandard.train_dictionary(16_000, [record[:2000] for record in records])
    words = frame(dictionary.as_bytes()) if packed else dictionary.as_bytes()
    opening = struct.pack("<II", 0x184D2A5D, len(words)) + words
    return opening + b"".join(frame(record, dictionary) for record in records)


def in_blocks(records: list[bytes]) -> bytes:
    """Gzip members of one size, as parallel packers write them: records run on across them."""
    whole = b"".join(records)
    return b"".join(gzip.compress(whole[n : n + 50_000]) for n in range(0, len(whole), 50_000))


PACKINGS: dict[str, Callable[[list[bytes]], bytes]] = {
    "plain": b"".join,
    "gzip": lambda records: b"".join(map(gzip.compress, records)),
    "whole gzip": lambda records: gzip.compress(b"".join(records)),
    "gzip blocks": in_blocks,
    "zstd": lambda records: b"".join(map(frame, records)),
    "whole zstd": lambda records: frame(b"".join(records)),
    "zstd with a dictionary": partial(with_dictionary, packed=False),
    "zstd with a packed dictionary": partial(with_dictionary, packed=True),
}


def records_of(path: Path) -> list[bytes]:
    """The records of an archive with one gzip member for each, unpacked."""
    with path.open("rb") as stream:
        records = ArchiveIterator(stream)
        starts = [records.get_record_offset() for _ in records]
    content = path.read_bytes()
    ends = [*starts[1:], len(content)]
    return [gzip.decompress(content[a:b]) for a, b in zip(starts, ends, strict=True)]


@pytest.fixture(scope="module", params=["pywb/iana.warc.gz", "aut/example.arc.gz"])
def records(request: pytest.FixtureRequest, archives: Archives) -> list[bytes]:
    return records_of(archives.folder / request.param)


@pytest.mark.parametrize("packing", PACKINGS)
def test_packings_give_the_same_leaves(records: list[bytes], packing: str) -> None:
    content = PACKINGS[packing](records)
    leaves = read(content)
    assert regardless_of_place(leaves) == regardless_of_place(read(b"".join(records)))
    assert len({leaf.record for leaf in leaves}) == len(leaves) == len(records)
    captures = [leaf.capture for leaf in leaves if leaf.capture]
    assert len({capture.offset for capture in captures}) == len(captures)
    if packing == "gzip blocks":
        content = gzip.decompress(content)
    for capture in captures:
        assert_found_again(content, capture)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_cut_archive_keeps_what_stands_before(records: list[bytes], packing: str) -> None:
    whole = regardless_of_place(read(b"".join(records)))
    content = PACKINGS[packing](records)
    leaves = regardless_of_place(read(content[: len(content) * 2 // 3]))
    assert len(leaves) > 20
    assert leaves[:-2] == whole[: len(leaves) - 2]
    assert leaves[-1].outcome == "failed"


@pytest.mark.parametrize("packing", ["plain", "gzip", "whole gzip", "zstd", "whole zstd"])
def test_garbage_between_records_costs_no_record(records: list[bytes], packing: str) -> None:
    garbage = bytes(range(1, 256)) * 9 + b"\r\n\r\n"
    packed = [PACKINGS[packing]([record]) for record in records]
    if packing.startswith("whole"):
        littered = [*records[:20], garbage, *records[20:200], garbage, *records[200:]]
        content = PACKINGS[packing](littered)
    else:
        content = b"".join([*packed[:20], garbage, *packed[20:200], garbage, *packed[200:]])
    leaves = read(content)
    broken = [leaf for leaf in leaves if leaf.outcome == "failed"]
    assert [leaf.reason for leaf in broken] == ["damaged record"] * 2
    kept = [leaf for leaf in leaves if leaf.outcome != "failed"]
    assert regardless_of_place(kept) == regardless_of_place(read(b"".join(records)))


@pytest.mark.parametrize("packing", PACKINGS)
def test_flipped_bits_lose_no_more_than_they_hit(records: list[bytes], packing: str) -> None:
    content = bytearray(PACKINGS[packing](records))
    for place in range(len(content) // 2, len(content), len(content) // 7):
        content[place] ^= 0x55
    leaves = read(bytes(content))
    assert len({leaf.record for leaf in leaves}) == len(leaves)
    assert all(leaf.reason != "reader failed" for leaf in leaves)
    if packing in ("gzip", "zstd", "zstd with a dictionary"):
        assert len(leaves) >= len(records) - 4


def test_the_payload_reader_is_the_registry(archives: Archives) -> None:
    """The quick reader above stands for `read_blob`: both see the same records."""
    path = archives.folder / "pywb/example.warc.gz"
    with path.open("rb") as stream:
        leaves = list(warc.read(stream, Inside(blob=read_blob, archive=INSIDE.archive)))
    assert leaves == archives.leaves["pywb/example.warc.gz"]
