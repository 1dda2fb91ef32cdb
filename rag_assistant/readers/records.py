"""The records of a web archive, and the places where it is damaged.

Damage costs what it hits: reading goes on at the next place that opens like a record. What a
record says of its length is believed only where the next record, or nothing, follows there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol

from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.http_payload import MAX_PAYLOAD
from rag_assistant.readers.packing import Part, parts
from rag_assistant.readers.window import PADDING, Window

WITH_BLOCK = frozenset({"response", "resource", "conversion", "revisit"})
"""The types whose block is read."""

_LONGEST_HEADER = 32 * 1024
_AFTER = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A record's header; ``size`` is its bytes, ``length`` those of the block (None: not said).

    ``fields`` are named as in WARC, in lower case, whatever the format.
    """

    fields: dict[str, str]
    size: int
    length: int | None


class Framing(Protocol):
    """How the records of a format are told apart."""

    def opens(self, data: bytes) -> bool:
        """Whether bytes open like a record, however it goes on."""

    def header(self, data: bytes) -> Header | None:
        """The header that bytes open with, None where they do not open like a record."""

    def find(self, data: bytes | bytearray, start: int) -> int:
        """The next place, behind a line end, that opens like a record; -1 where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it stands in the file.

    Attributes:
        fields: Named as in WARC, in lower case.
        offset: Where it is to be found again, as `Capture.offset`.
        length: What it says of its block, in bytes.
        block: Kept where its type is one of `WITH_BLOCK` and it is no larger than `MAX_PAYLOAD`.
        fault: Why the block is not whole, "" where it is.
        short: Whether the fault is only that the block ends before its length, which may be wrong.
    """

    fields: dict[str, str]
    offset: int
    length: int
    block: bytes = b""
    fault: str = ""
    short: bool = False

    @property
    def type(self) -> str:
        return self.fields.get("warc-type", "").lower()

    @property
    def uri(self) -> str:
        return bare(self.fields.get("warc-target-uri", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A stretch of the file in which no record can be read; ``end`` None means the rest of it.

    Its bytes are those of the file; inside one compressed stream, those that it unpacks to.
    """

    start: int
    end: int | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    position: int
    detail: str


def scan(stream: BinaryIO, framing: Framing) -> Iterator[Record | Damage]:
    """The records in file order, and the stretches between them that are none.

    A record that is cut short tells of the damage itself, so that what follows it is not told
    again. Behind damage anything that opens like a record counts as one.

    Args:
        stream: The open file, which can be sought; it is read in steps.
        framing: How its records are told apart.
    """
    pending: tuple[Part, _Gap] | None = None
    told = False
    for part in parts(stream, framing.opens):
        for item in _PartReader(part, stream, framing).items():
            if isinstance(item, _Gap):
                pending = pending or (None if told else (part, item))
                continue
            if pending:
                yield _damage(*pending, part, item)
            pending, told = None, bool(item.fault)
            yield item
    if pending:
        part, gap = pending
        start = gap.position if part.start == 0 else part.in_file(gap.position)
        yield Damage(start=start, end=None, detail=gap.detail)


def bare(value: str) -> str:
    """A URI or id without the angle brackets that some crawlers write."""
    return clean_text(value.strip().removeprefix("<").removesuffix(">"))


def _damage(part: Part, gap: _Gap, next_part: Part, record: Record) -> Damage:
    start = gap.position if part is next_part else part.in_file(gap.position)
    return Damage(start=start, end=record.offset, detail=gap.detail)


class _PartReader:
    """Reads the records of one part."""

    def __init__(self, part: Part, stream: BinaryIO, framing: Framing) -> None:
        self._part = part
        self._window: Window = part.window
        self._stream = stream
        self._framing = framing

    def items(self) -> Iterator[Record | _Gap]:
        while self._window.skip_padding():
            start = self._window.position
            header = self._framing.header(self._window.peek(_LONGEST_HEADER))
            if header:
                yield from self._record(header)
            else:
                self._window.skip(1)
                self._window.find(self._framing.find)
                yield _Gap(position=start, detail="it opens like no record")
        if self._part.fault:
            yield _Gap(position=self._window.position, detail=self._part.fault)

    def _record(self, header: Header) -> Iterator[Record | _Gap]:
        record = Record(
            fields=header.fields,
            offset=self._part.place(self._window.position),
            length=header.length or 0,
        )
        record = self._with_block(record, header)
        if record.fault and record.type and record.type not in WITH_BLOCK:
            # Nobody misses its block, but where the file ends too early, that is told.
            yield replace(record, fault="")
            if not self._window.fill(1):
                yield _Gap(position=self._window.position, detail=record.fault)
        else:
            yield record

    def _with_block(self, record: Record, header: Header) -> Record:
        """The record with what there is of its block; the window then stands behind that."""
        if header.length is None:
            self._search_behind(header)
            return replace(record, fault="it does not say how long it is")
        end = header.size + header.length
        reach = header.size + min(header.length, MAX_PAYLOAD) + _AFTER
        if self._window.fill(reach) >= reach and header.length > MAX_PAYLOAD:
            return self._without_block(record, header, end)
        held = self._window.fill(0)
        cut = -1
        if held < end or not self._ends_well(self._window.peek(end + _AFTER, end)):
            cut = self._window.find_held(self._framing.find, header.size - 1, min(end, held))
        stop = cut if cut >= 0 else min(end, held)
        if record.type in WITH_BLOCK:
            record = replace(record, block=self._window.peek(stop, header.size))
        self._window.skip(stop)
        fault = self._fault(end - stop, header.length)
        return replace(record, fault=fault, short=stop < end and not self._part.fault)

    def _without_block(self, record: Record, header: Header, end: int) -> Record:
        """Go over a block that is too large to be held."""
        if not self._part.plain:
            missing = self._window.skip(end)
            return replace(record, fault=self._fault(missing, record.length))
        here = self._stream.tell()
        self._stream.seek(self._window.position + end)
        after = self._stream.read(_AFTER)
        size = self._stream.seek(0, 2)
        self._stream.seek(here)
        if self._window.position + end <= size and self._ends_well(after):
            self._window.skip(end)
            return record
        self._search_behind(header)
        return replace(record, fault=f"its {record.length} bytes are not there")

    def _fault(self, missing: int, length: int) -> str:
        if missing:
            return f"{missing} of its {length} bytes are missing"
        broken = self._part.fault and not self._window.skip_padding()
        return self._part.fault if broken else ""

    def _ends_well(self, after: bytes) -> bool:
        """Whether what follows a block is the next record, or nothing."""
        rest = after.lstrip(PADDING)
        return self._framing.opens(rest) if rest else len(after) < _AFTER

    def _search_behind(self, header: Header) -> None:
        self._window.skip(header.size - 1)  # where no block follows, the line end is needed
        self._window.find(self._framing.find)
