"""The members of a zip file that nobody vouches for, whole or in part.

Only the directory is left to `zipfile`: what it opens cannot be sought at a fair price, and gives
nothing of a member whose checksum differs.
(Format: PKWARE, APPNOTE.TXT - .ZIP File Format Specification, 4.3 and 4.4.)
"""

from __future__ import annotations

import errno
import io
import struct
import tempfile
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from rag_assistant.errors import FailedError
from rag_assistant.readers.charset import clean_text

MAX_UNPACKED = 8 << 30
"""Bytes of one packed member; those that are stored as they are may have any size."""

_ALWAYS_FAIR = 64 << 20
_MAX_RATIO = 200
_STEP = 1 << 16
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL_MAGIC = b"PK\x03\x04"
_ENCRYPTED = 0x1
_NAMELESS = "member without a name"
_RAW_DEFLATE = -15


class Package:
    """An open zip file.

    Args:
        stream: The file itself; it must stay open and is not closed.

    Raises:
        FailedError: It has no directory that can be read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        directory = _directory(stream)
        entries = directory.infolist()
        for entry in entries:
            entry.filename = clean_text(entry.filename) or _NAMELESS
        self.members = [entry for entry in entries if not entry.filename.endswith("/")]
        self._starts = [*sorted(entry.header_offset for entry in entries), directory.start_dir]

    def pieces(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """A member's bytes, unpacked.

        Raises:
            FailedError: It is encrypted, too large or damaged; what is behind the damage is lost.
        """
        raw = self._raw(member)
        stored = member.compress_type == zipfile.ZIP_STORED
        size = crc = 0
        try:
            for piece in iter(lambda: raw.read(_STEP), b"") if stored else _inflated(raw):
                size += len(piece)
                if size > member.file_size:
                    raise FailedError("damaged member", "it is longer than it says")
                crc = zlib.crc32(piece, crc)
                yield piece
        except zlib.error as error:
            raise FailedError("damaged member", str(error)) from error
        if size < member.file_size:
            missing = member.file_size - size
            raise FailedError(
                "damaged member", f"{missing} of {member.file_size} bytes are missing"
            )
        if crc != member.CRC:
            raise FailedError("damaged member", "its checksum (CRC-32) differs")

    @contextmanager
    def opened(
        self, member: zipfile.ZipInfo, tee: Callable[[bytes], object]
    ) -> Iterator[tuple[BinaryIO, FailedError | None]]:
        """A member as a stream that can be sought, and the damage that was met on the way.

        What is stored is read in place, what is packed from a temporary copy of the part before
        any damage.

        Args:
            member: One of `members`.
            tee: Is given all bytes once, before the stream is handed over.

        Raises:
            FailedError: Nothing of it can be read.
        """
        raw = self._raw(member)
        if member.compress_type == zipfile.ZIP_STORED:
            yield raw, self._poured(member, tee)
            return
        with tempfile.TemporaryFile() as copy:

            def both(piece: bytes) -> None:
                tee(piece)
                copy.write(piece)

            fault = self._poured(member, both)
            copy.seek(0)
            yield copy, fault

    def _poured(
        self, member: zipfile.ZipInfo, tee: Callable[[bytes], object]
    ) -> FailedError | None:
        try:
            for piece in self.pieces(member):
                tee(piece)
        except FailedError as error:
            return error
        return None

    def _raw(self, member: zipfile.ZipInfo) -> BinaryIO:
        """The member's bytes as they stand in the file."""
        _check_claims(member)
        self._stream.seek(max(0, member.header_offset))
        header = self._stream.read(_LOCAL_HEADER.size)
        is_there = member.header_offset >= 0 and len(header) == _LOCAL_HEADER.size
        if not is_there or not header.startswith(_LOCAL_MAGIC):
            raise FailedError("damaged member", "it does not stand where the directory says")
        _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        start = member.header_offset + len(header) + name_length + extra_length
        behind = bisect_right(self._starts, member.header_offset)
        shared = self._starts[behind - 2 : behind] == [member.header_offset] * 2
        if shared or start + member.compress_size > self._starts[behind]:
            raise FailedError("damaged member", "it overlaps another")
        return io.BufferedReader(_Stretch(self._stream, start, member.compress_size), _STEP)


class _Stretch(io.RawIOBase):
    """A stretch of a file as a file of its own."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        self._stream = stream
        self._start = start
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise OSError(errno.EINVAL, "seek before the beginning")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        wanted = max(0, min(len(buffer), self._size - self._position))
        self._stream.seek(self._start + self._position)
        data = self._stream.read(wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def _directory(stream: BinaryIO) -> zipfile.ZipFile:
    """The directory; at a damaged one `zipfile` raises not only its own error."""
    try:
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, struct.error, EOFError, NotImplementedError) as error:
        raise FailedError("damaged package", str(error)) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # the directory points before the beginning
            raise
        raise FailedError("damaged package", "its directory points nowhere") from error


def _check_claims(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & _ENCRYPTED:
        raise FailedError("encrypted member")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FailedError("unknown compression", f"method {member.compress_type}")
    if member.compress_type == zipfile.ZIP_DEFLATED and (
        member.file_size > MAX_UNPACKED or unfair(member.file_size, member.compress_size)
    ):
        raise FailedError("member too large", f"{member.file_size} bytes")


def unfair(unpacked: int, packed: int) -> bool:
    """Whether so many bytes out of so few are meant to harm."""
    return unpacked > _ALWAYS_FAIR + _MAX_RATIO * packed


def _inflated(raw: BinaryIO) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_RAW_DEFLATE)
    while data := raw.read(_STEP):
        output = b""
        while not inflater.eof and (data or len(output) == _STEP):
            output = inflater.decompress(data, _STEP)
            data = inflater.unconsumed_tail
            yield output
        if inflater.eof:
            return
