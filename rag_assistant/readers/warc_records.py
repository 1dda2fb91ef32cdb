"""The records of a WARC file, and the places where it is damaged.

Damage costs what it hits: reading goes on at the next place that opens like a record.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.http_payload import MAX_PAYLOAD
from rag_assistant.readers.sniff import GZIP, gunzipped_head

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

WITH_PAYLOAD = frozenset({"response", "resource", "conversion"})
"""The types whose block is read."""

_VERSION_LINE = re.compile(rb"WARC/\d\.\d+\r\n")
_RECORD_START = re.compile(rb"(?:(?<=\n)|\A)WARC/[01]\.\d\r?\n")
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_SEPARATOR = b"\r\n\r\n"
_PADDING = b"\x00\r\n"
_LONGEST_HEADERS = 32 * 1024
_MOST_DAMAGES = 1000
_STEP = 1 << 16
_OVERLAP = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it stands in the file; ``fault`` says why its block is not whole."""

    headers: dict[str, str]
    offset: int
    length: int
    block: bytes = b""
    fault: str = ""

    @property
    def type(self) -> str:
        return self.headers.get("warc-type", "").lower()

    @property
    def uri(self) -> str:
        return bare(self.headers.get("warc-target-uri", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A stretch of the file in which no record can be read; ``end`` None means the rest of it."""

    start: int
    end: int | None
    detail: str


def scan(stream: BinaryIO) -> Iterator[Record | Damage]:
    """The records in file order, and the stretches between them that are none.

    A record that is cut short tells of the damage itself, so that what follows it is not told
    again. Behind damage anything that opens like a record counts as one.
    """
    start: int | None = 0
    pending: Damage | None = None
    told = False
    damages = 0
    while start is not None:
        last: Record | None = None
        fault = ""
        for item in _records_from(stream, start):
            if isinstance(item, str):
                fault = item
                continue
            if pending:
                yield replace(pending, end=item.offset)
            pending, last, told = None, item, bool(item.fault)
            yield item
        end = _end_of(stream, last) if last else start
        start = _next_start(stream, end if last else end + 1)
        if not fault and (not last or (start is None and _is_cut(stream, last, end))):
            fault = "the file is cut short"
        damages += bool(fault)
        if fault and not pending and not told:
            pending = Damage(start=end, end=None, detail=fault)
        if damages >= _MOST_DAMAGES and start is not None:
            pending = pending or Damage(start=end, end=None, detail="too much damage")
            start = None
    if pending:
        yield pending


def _records_from(stream: BinaryIO, start: int) -> Iterator[Record | str]:
    """Records from a byte on, and last the fault that ended them, if one did."""
    from fastwarc.warc import ArchiveIterator

    opening = _bytes_at(stream, start)
    stream.seek(start)
    try:
        for record in ArchiveIterator(
            stream,
            parse_http=False,
            quirks_mode=not _VERSION_LINE.match(gunzipped_head(opening) or opening),
            max_header_len=_LONGEST_HEADERS,
        ):
            yield _whole_record(record)
    except OSError as error:
        yield str(error)


def _whole_record(record: WarcRecord) -> Record:
    """Copy a record, with its block where that can become a document."""
    headers = {name.lower(): value for name, value in reversed(record.headers.items())}
    head = Record(headers=headers, offset=record.stream_pos, length=record.content_length)
    if head.type not in WITH_PAYLOAD and head.type != "revisit":
        return head
    if head.length > MAX_PAYLOAD:
        return replace(head, fault=f"its {head.length} bytes are too many")
    try:
        block = _read_block(record, head.length)
    except OSError as error:
        return replace(head, fault=str(error))
    fault = ""
    if not headers.get("content-length", "").strip().isdecimal():
        fault = "it does not say how long it is"
    elif missing := head.length - len(block):
        fault = f"{missing} of its {head.length} bytes are missing"
    return replace(head, block=block, fault=fault)


def _read_block(record: WarcRecord, length: int) -> bytes:
    block = bytearray()
    while len(block) < length and (piece := record.reader.read(length - len(block))):
        block += piece
    return bytes(block)


def _end_of(stream: BinaryIO, record: Record) -> int:
    """The byte behind a record, as far as it can be told."""
    head = _bytes_at(stream, record.offset)
    if head.startswith(GZIP):
        return _member_end(stream, record.offset)
    headers_end = _HEADERS_END.search(head)
    if not headers_end:
        return record.offset + 1
    end = record.offset + headers_end.end()
    if not record.fault and end + record.length <= stream.seek(0, os.SEEK_END):
        end += record.length
    return end + len(_SEPARATOR) * _bytes_at(stream, end).startswith(_SEPARATOR)


def _is_cut(stream: BinaryIO, last: Record, end: int) -> bool:
    """Whether a member that says nothing stands behind the last record: its end is missing."""
    if not _bytes_at(stream, last.offset).startswith(GZIP):
        return False
    while rest := _bytes_at(stream, end):
        member = end + len(rest) - len(rest.lstrip(_PADDING))
        end = _member_end(stream, member)
        if end == member + 1:
            return bool(rest.strip(_PADDING))
    return False


def _member_end(stream: BinaryIO, start: int) -> int:
    """The byte behind a gzip member; where that is damaged, the one behind its first."""
    member = zlib.decompressobj(wbits=31)
    stream.seek(start)
    try:
        while data := stream.read(_STEP):
            output = b""
            while not member.eof and (data or len(output) == _STEP):
                output = member.decompress(data, _STEP)
                data = member.unconsumed_tail
            if member.eof:
                return stream.tell() - len(member.unused_data)
    except zlib.error:
        pass  # the caller looks further on
    return start + 1


def _next_start(stream: BinaryIO, after: int) -> int | None:
    """The next byte that opens like a record, None where there is none."""
    if not _bytes_at(stream, 0).startswith(GZIP):
        return next(_places(stream, _RECORD_START, after), None)
    for place in _places(stream, re.compile(re.escape(GZIP)), after):
        if gunzipped_head(_bytes_at(stream, place)).startswith(b"WARC/"):
            return place
    return None


def _places(stream: BinaryIO, pattern: re.Pattern[bytes], start: int) -> Iterator[int]:
    """Where a pattern of a few bytes matches from a byte on; steps overlap by its length."""
    while len(data := _bytes_at(stream, start)) >= len(GZIP):
        final = len(data) < _STEP
        limit = len(data) if final else len(data) - _OVERLAP
        for match in pattern.finditer(data):
            if match.start() < limit:
                yield start + match.start()
        if final:
            return
        start += limit


def _bytes_at(stream: BinaryIO, offset: int) -> bytes:
    stream.seek(offset)
    return stream.read(_STEP)


def bare(value: str) -> str:
    """A URI or id without the angle brackets that some crawlers write."""
    return clean_text(value.strip().removeprefix("<").removesuffix(">"))
