"""What a file unpacks to, read once and forward, and the places where it cannot be unpacked.

Archives are plain, or a row of gzip members or Zstandard frames. Mostly each of these holds one
record, but a writer may also have packed a whole file into one, or cut records across several.
Zstandard dictionaries stand as IIPC's "Zstandard Compression for WARC Files" has it.
"""

from __future__ import annotations

import bisect
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol

from rag_assistant.readers.window import STEP, Window

if TYPE_CHECKING:
    from zstandard import ZstdDecompressor

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
DICTIONARY_FRAME = b"\x5d\x2a\x4d\x18"
HEAD = 16 * 1024
"""As much of a member is unpacked to tell what it opens with; the line of a record fits in."""

_INPUT = 1 << 14
_SMALL_INPUT = 1 << 6
_FIRST_REACH = 1 << 10
_CUT_SHORT = "the file is cut short"
_GZIP_MEMBER = 16 + zlib.MAX_WBITS
_SKIPPABLE = b"\x2a\x4d\x18"
_SKIPPABLE_FIRST = range(0x50, 0x60)
_FRAME_HEADER = 8
_LARGEST_DICTIONARY = 64 * 1024 * 1024
_LARGEST_WINDOW = 128 * 1024 * 1024
# A Zstandard block of four bytes can stand for 128 KiB: a step must not become gigabytes.
_ZSTD_STEP = 1024
_LARGEST_BLOCK = 144 * 1024
_HIGHEST_RATIO = 1000  # about that of deflate; Zstandard itself knows no bound
_LARGEST_MEMBER = 1 << 30
_HIGHEST_LONG_RATIO = 50  # of what is larger than that
_UNFAIR = "it unpacks to more than any record holds"
_MOST_READ_AGAIN = 1 << 29


class UnpackingError(Exception):
    """Packed bytes are damaged or cut short."""


@dataclass(slots=True, kw_only=True)
class Part:
    """A run of unpacked bytes between two places where a record opens for certain.

    Attributes:
        offset: Its first byte in the file.
        start: Its first byte in what the whole file unpacks to.
        window: Its bytes; positions count in what the whole file unpacks to.
        fault: Why it breaks off, known once it is read to its end.
        plain: Whether nothing is packed, so that one can look far ahead.
    """

    offset: int
    start: int
    window: Window
    fault: str = ""
    plain: bool = False
    _starts: list[int] = field(default_factory=list)
    _offsets: list[int] = field(default_factory=list)

    def opened(self, start: int, offset: int) -> None:
        """Note that a member, at a byte of the file, goes on with this part."""
        self._starts.append(start)
        self._offsets.append(offset)

    def place(self, position: int) -> int:
        """Where a record is to be found again: in the file if it opens a member, else unpacked."""
        return self.offset if position == self.start else position

    def in_file(self, position: int) -> int:
        """The first byte, in the file, of the member that holds a position."""
        if self.plain:
            return position
        return self._offsets[max(0, bisect.bisect_right(self._starts, position) - 1)]


def parts(stream: BinaryIO, opens: Callable[[bytes], bool]) -> Iterator[Part]:
    """Unpack a file, part by part; each is read to its end before the next is given.

    Args:
        stream: The open file, which can be sought.
        opens: Whether bytes begin like a record.
    """
    stream.seek(0)
    packing = _packing(Window(_chunks(stream, 0)))
    if packing is None:
        yield Part(offset=0, start=0, window=Window(_chunks(stream, 0)), plain=True)
    else:
        yield from _Joining(_members(stream, packing, opens), opens).parts()


def unpacked_head(head: bytes) -> bytes:
    """What the first bytes of a file unpack to, as far as they do; plain ones stay as they are."""
    raw = Window(iter([head]))
    packing = _packing(raw)
    if packing is None:
        return head
    while raw.fill(1):
        member = _Member(raw.position, packing.unpacked(raw))
        if member.head or member.fault:
            return member.head
        member.drain()
    return b""


def inflated(raw: Window, wbits: int = _GZIP_MEMBER) -> Iterator[bytes]:
    """Unpack the gzip member where ``raw`` stands; afterwards it stands behind it.

    Args:
        raw: The packed bytes.
        wbits: As in `zlib`, for what is no gzip member but the same inside.

    Raises:
        UnpackingError: It is damaged or cut short.
    """
    member = zlib.decompressobj(wbits)
    start, unpacked = raw.position, 0
    while not member.eof:
        data = raw.peek(_INPUT)
        before = member.copy()
        try:
            piece = member.decompress(data, STEP)
        except zlib.error as error:
            yield from _up_to_the_fault(before, data)
            raise UnpackingError(str(error)) from error
        if not data and not piece and not member.eof:
            raise UnpackingError(_CUT_SHORT)
        yield piece
        unpacked += len(piece)
        if unpacked > max(_LARGEST_MEMBER, _HIGHEST_LONG_RATIO * (raw.position - start)):
            raise UnpackingError(_UNFAIR)
        # At the end `zlib` may name the rest twice.
        rest = member.unused_data if member.eof else member.unconsumed_tail
        raw.skip(len(data) - len(rest))


def _up_to_the_fault(member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What damaged bytes give before they fail, so that a lost record still has its name."""
    for start in range(0, len(data), _SMALL_INPUT):
        left = data[start : start + _SMALL_INPUT]
        while left:
            try:
                piece = member.decompress(left, STEP)
            except zlib.error:
                return
            yield piece
            left = member.unconsumed_tail


def unzstd(raw: Window, decompressor: ZstdDecompressor | None = None) -> Iterator[bytes]:
    """Unpack the Zstandard frame where ``raw`` stands; afterwards it stands behind it.

    Raises:
        UnpackingError: It is damaged or cut short.
    """
    import zstandard

    if _is_skippable(raw.peek(len(ZSTD))):
        if raw.skip(_FRAME_HEADER + _frame_size(raw)):
            raise UnpackingError(_CUT_SHORT)
        return
    start, unpacked = raw.position, 0
    try:
        frame = (decompressor or _decompressor()).decompressobj()
        while not frame.eof:
            data = raw.peek(_ZSTD_STEP)
            if not data:
                raise UnpackingError(_CUT_SHORT)
            piece = frame.decompress(data)
            yield piece
            raw.skip(len(data) - len(frame.unused_data))
            unpacked += len(piece)
            if unpacked > max(_LARGEST_WINDOW, _HIGHEST_RATIO * (raw.position - start)):
                raise UnpackingError(_UNFAIR)
    except zstandard.ZstdError as error:
        raise UnpackingError(str(error)) from error


class _Packing(Protocol):
    """How the members of a file are packed; ``reach`` bytes tell what one opens with."""

    magic: bytes
    reach: int

    def unpacked(self, raw: Window) -> Iterator[bytes]: ...


class _Gzip:
    magic = GZIP
    reach = HEAD

    def unpacked(self, raw: Window) -> Iterator[bytes]:
        return inflated(raw)


class _Zstd:
    magic = ZSTD
    reach = _LARGEST_BLOCK

    def __init__(self, raw: Window) -> None:
        self._decompressor = _decompressor(_dictionary(raw))

    def unpacked(self, raw: Window) -> Iterator[bytes]:
        return unzstd(raw, self._decompressor)


def _packing(raw: Window) -> _Packing | None:
    magic = raw.peek(len(ZSTD))
    if magic.startswith(GZIP):
        return _Gzip()
    return _Zstd(raw) if magic == ZSTD or _is_skippable(magic) else None


def _is_skippable(magic: bytes) -> bool:
    return magic[1:] == _SKIPPABLE and magic[0] in _SKIPPABLE_FIRST


def _frame_size(raw: Window) -> int:
    return int.from_bytes(raw.peek(_FRAME_HEADER)[4:], "little")


def _dictionary(raw: Window) -> bytes:
    """The dictionary that the file opens with, b"" where there is none that can be read."""
    size = _frame_size(raw)
    if not raw.peek(len(ZSTD)).startswith(DICTIONARY_FRAME) or size > _LARGEST_DICTIONARY:
        return b""
    content = raw.peek(_FRAME_HEADER + size)[_FRAME_HEADER:]
    if not content.startswith(ZSTD):
        return content
    try:
        return Window(unzstd(Window(iter([content])))).peek(_LARGEST_DICTIONARY)
    except UnpackingError:
        return b""


def _decompressor(dictionary: bytes = b"") -> ZstdDecompressor:
    """A decompressor; with a damaged dictionary, one for the frames that need none."""
    import zstandard

    try:
        words = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        return zstandard.ZstdDecompressor(dict_data=words, max_window_size=_LARGEST_WINDOW)
    except zstandard.ZstdError:
        return zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)


def _chunks(stream: BinaryIO, offset: int) -> Iterator[bytes]:
    stream.seek(offset)
    while data := stream.read(STEP):
        yield data


class _Member:
    """A gzip member or a Zstandard frame, its first bytes unpacked."""

    def __init__(self, offset: int, pieces: Iterator[bytes], fault: str = "") -> None:
        self.offset = offset
        self.fault = fault
        self._window = Window(self._up_to_a_fault(pieces))
        self.head = self._window.peek(HEAD)

    def pieces(self) -> Iterator[bytes]:
        """All its bytes; ``fault`` is known behind the last."""
        while piece := self._window.peek(STEP):
            yield piece
            self._window.skip(len(piece))

    def drain(self) -> None:
        for _ in self.pieces():
            pass

    def _up_to_a_fault(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from pieces
        except UnpackingError as error:
            self.fault = str(error)


def _members(
    stream: BinaryIO, packing: _Packing, opens: Callable[[bytes], bool]
) -> Iterator[_Member]:
    """The members in file order; behind a damaged one, the next that opens like a record."""
    raw = Window(_chunks(stream, 0))
    read_again = 0
    while raw.skip_padding():
        offset = raw.position
        member = _Member(offset, packing.unpacked(raw))
        yield member
        member.drain()
        if not member.fault:
            continue
        read_again += raw.position - offset
        raw = Window(_chunks(stream, offset + 1), position=offset + 1)
        for looked_at in _to_a_record(raw, packing, opens):
            read_again += looked_at
            if read_again > _MOST_READ_AGAIN + 2 * offset:
                yield _Member(raw.position, iter(()), "too much damage")
                return


def _to_a_record(raw: Window, packing: _Packing, opens: Callable[[bytes], bool]) -> Iterator[int]:
    """Go to the next member that opens like a record, or to the end; gives what each try costs."""
    while raw.find(lambda data, start: data.find(packing.magic, start)):
        for reach in (_FIRST_REACH, packing.reach):  # most are none, which a few bytes tell
            ahead = raw.peek(reach)
            member = _Member(0, packing.unpacked(Window(iter([ahead]))))
            if opens(member.head):
                return
            yield max(HEAD, len(ahead))
            if member.fault != _CUT_SHORT:
                break
        raw.skip(1)


class _Joining:
    """Joins members where a record runs on from one into the next."""

    def __init__(self, members: Iterator[_Member], opens: Callable[[bytes], bool]) -> None:
        self._members = members
        self._opens = opens
        self._next = next(members, None)
        self._unpacked = 0

    def parts(self) -> Iterator[Part]:
        while self._next:
            first, start = self._next, self._unpacked
            part = Part(offset=first.offset, start=start, window=Window(iter(())))
            part.window = Window(self._through(part, first), position=start)
            yield part
            part.window.skip_all()

    def _through(self, part: Part, member: _Member) -> Iterator[bytes]:
        goes_on = True
        while goes_on:
            part.opened(self._unpacked, member.offset)
            for piece in member.pieces():
                self._unpacked += len(piece)
                yield piece
            part.fault = member.fault
            self._next = next(self._members, None)
            goes_on = bool(
                self._next
                and not part.fault
                and not (self._next.fault and not self._next.head)
                and not self._opens(self._next.head)
            )
            member = self._next or member
