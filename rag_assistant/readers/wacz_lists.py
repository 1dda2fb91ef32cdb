"""What a WACZ package says of its records beside them: page lists, indexes, checksums.

(Format: Webrecorder, Web Archive Collection Zipped, 1.1.1, with 1.0.0's way of giving checksums.)
"""

from __future__ import annotations

import json
import re
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from rag_assistant.addresses import address_key
from rag_assistant.dates import capture_timestamp
from rag_assistant.errors import FailedError
from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.zip_members import unfair

MAX_PAGES = 500_000
"""Pages of a package's lists that are held (about 450 bytes each); the rest is told and ignored."""

MAX_LISTED = 2_000_000
"""Captures of a package's indexes that are looked for (8 bytes each, 100 where it is missing)."""

_LONGEST_LINE = 16 << 20
_LONGEST_TITLE = 500
_STEP = 1 << 16
_GZIP = 31
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTANDARD_MAGIC = b"\x28\xb5\x2f\xfd"
_LONGEST_OPENING = 64
_OPENING = re.compile(rb"WARC/\d|[a-z][a-z0-9+.-]*:\S", re.IGNORECASE)
_LEAST_CDX_FIELDS = 9
_ALGORITHMS = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_NEAR = timedelta(hours=1)

T = TypeVar("T")


class ListedPage(NamedTuple):
    """A line of a page list; ``timestamp`` has 14 digits, "" where the line does not say."""

    timestamp: str
    title: str
    seed: bool
    has_text: bool


class PageLine(NamedTuple):
    """A line of a page list with its text."""

    key: str
    page: ListedPage
    text: str


class ListedCapture(NamedTuple):
    """A line of an index: where in which archive the record should stand."""

    url: str
    filename: str
    offset: int


@dataclass(slots=True)
class PageIndex:
    """The listed pages by address."""

    pages: dict[str, list[ListedPage]] = field(default_factory=dict)
    count: int = 0

    def add(self, line: PageLine) -> bool:
        """Take a line in; False where there are too many."""
        if self.count >= MAX_PAGES:
            return False
        self.count += 1
        self.pages.setdefault(line.key, []).append(line.page)
        return True

    def find(self, uri: str, timestamp: str) -> ListedPage | None:
        """The page that a capture belongs to.

        That is the one listed for the nearest time, an hour away at most (a page's time is the
        one of its visit, its records follow within seconds), else one listed without a time.
        """
        pages = self.pages.get(address_key(uri), [])
        timed = [(_distance(page.timestamp, timestamp), page) for page in pages if page.timestamp]
        distance, nearest = min(timed, key=lambda pair: pair[0], default=(timedelta.max, None))
        if distance <= _NEAR:
            return nearest
        return next((page for page in pages if not page.timestamp), None)


@dataclass(slots=True)
class CaptureIndex:
    """The places of the listed captures, by the name of their archive."""

    offsets: dict[str, array[int]] = field(default_factory=dict)
    count: int = 0

    def add(self, line: ListedCapture) -> bool:
        """Take a line in; False where there are too many."""
        if self.count >= MAX_LISTED:
            return False
        self.count += 1
        self.offsets.setdefault(line.filename, array("Q")).append(line.offset)
        return True


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their end; of one that is too long only the beginning."""
    rest = b""
    for piece in pieces:
        first, *more = piece.split(b"\n")
        if len(rest) < _LONGEST_LINE:
            rest += first
        if more:
            yield rest
            *whole, rest = more
            yield from whole
    if rest:
        yield rest


def gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip members one after another hold.

    Raises:
        FailedError: They are damaged or meant to harm.
    """
    member = zlib.decompressobj(_GZIP)
    packed = unpacked = 0
    try:
        for piece in pieces:
            packed += len(piece)
            data, output = piece, b""
            while data or len(output) == _STEP:
                output = member.decompress(data, _STEP)
                data = member.unconsumed_tail
                if member.eof:
                    data = member.unused_data.lstrip(b"\0")
                    member = zlib.decompressobj(_GZIP)
                unpacked += len(output)
                if unfair(unpacked, packed):
                    raise FailedError("member too large", f"over {unpacked} bytes")
                yield output
    except zlib.error as error:
        raise FailedError("damaged member", str(error)) from error


@dataclass(slots=True)
class Tally:
    """How many lines of a list there were, and how many of them could not be read."""

    lines: int = 0
    unread: int = 0


def parsed(
    pieces: Iterable[bytes],
    parse: Callable[[bytes], T | None],
    tally: Tally,
    before_line: Callable[[], object] = lambda: None,
) -> Iterator[T]:
    """What the lines of a list say; ``parse`` raises `ValueError` at one that it cannot read."""
    for line in lines(pieces):
        before_line()
        if not line.strip():
            continue
        tally.lines += 1
        try:
            item = parse(line)
        except (ValueError, RecursionError):
            tally.unread += 1
            continue
        if item is not None:
            yield item


def page_line(line: bytes) -> PageLine | None:
    """Read a line of a page list; None for its head.

    Raises:
        ValueError: It names no page.
    """
    said = _json_object(line)
    url = said.get("url")
    if "format" in said and url is None:
        return None
    if not isinstance(url, str) or not url:
        raise ValueError("no url")
    title, text = _string(said, "title"), _string(said, "text")
    title = clean_text(" ".join(title.split()))[:_LONGEST_TITLE]
    page = ListedPage(
        timestamp=capture_timestamp(_string(said, "ts")) or "",
        title="" if title == url else title,
        seed=said.get("seed") is True,
        has_text=bool(text.strip()),
    )
    return PageLine(address_key(url), page, clean_text(text))


def capture_line(line: bytes) -> ListedCapture | None:
    """Read a line of a CDXJ index (or of an older CDX one); None for a head.

    Raises:
        ValueError: It says of no record where it stands.
    """
    if line.startswith((b" ", b"!")):
        return None
    parts = line.split()
    brace = line.find(b"{")
    if brace >= 0:
        said = _json_object(line[brace:])
        place = (_string(said, "url"), _string(said, "filename"), str(said.get("offset")))
    elif len(parts) >= _LEAST_CDX_FIELDS:
        place = (parts[2].decode("utf-8", "replace"), parts[-1].decode(), parts[-2].decode())
    else:
        raise ValueError("no fields")
    url, filename, offset = place
    if not filename or not offset.isdecimal() or len(offset) > 18:  # noqa: PLR2004 - 8 bytes
        raise ValueError("no place")
    return ListedCapture(clean_text(url), filename.rpartition("/")[2], int(offset))


def opens_record(head: bytes) -> bool:
    """Whether bytes open like a record of an archive, whichever its kind and compression."""
    if head.startswith(_GZIP_MAGIC):
        try:
            head = zlib.decompressobj(_GZIP).decompress(head, _LONGEST_OPENING)
        except zlib.error:
            return False
    return bool(head.startswith(_ZSTANDARD_MAGIC) or _OPENING.match(head))


def checksums(manifest: bytes) -> dict[str, tuple[str, str]]:
    """What ``datapackage.json`` or its digest file says: member to algorithm and hexadecimal sum.

    A sum that nobody can compute is "" for both.

    Raises:
        ValueError: It is no such file.
    """
    said = _json_object(manifest)
    resources = said.get("resources", [said])
    if not isinstance(resources, list):
        raise ValueError("its resources are no list")  # noqa: TRY004 - as for all of its faults
    return {
        _string(resource, "path").removeprefix("./"): _checksum(resource)
        for resource in resources
        if isinstance(resource, dict) and _string(resource, "path")
    }


def _checksum(resource: dict[str, Any]) -> tuple[str, str]:
    stats = resource.get("stats")
    stated = _string(resource, "hash") or (
        _string(stats, "hash") if isinstance(stats, dict) else ""
    )
    algorithm, _, value = stated.lower().rpartition(":")
    expected = _ALGORITHMS.get(len(value), "")
    return (expected, value) if expected and algorithm in ("", expected) else ("", "")


def _json_object(data: bytes) -> dict[str, Any]:
    said = json.loads(data)
    if not isinstance(said, dict):
        raise ValueError("no object")  # noqa: TRY004 - the one error of lines that cannot be read
    return said


def _string(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _distance(one: str, other: str) -> timedelta:
    pattern = "%Y%m%d%H%M%S"
    return abs(datetime.strptime(one, pattern) - datetime.strptime(other, pattern))
