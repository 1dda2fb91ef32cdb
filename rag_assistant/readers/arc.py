"""ARC files, the web archives before WARC: every record has one outcome.

A record is one line, ``URL IP-address date content-type … length``, and a block of that length
(Internet Archive, "Arc File Format"; version 2 has more fields before the length). URLs with
spaces, content types with spaces and dates of any length occur, so that a line is read from its
IP address and date, which stand side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from rag_assistant.ports import Leaf
from rag_assistant.readers.captured import ARC_HEADER, leaves
from rag_assistant.readers.container import Inside
from rag_assistant.readers.records import Header, scan

_LONGEST_LINE = 12_000
_LINE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:[^\r\n]{8,%d}\r*\n" % _LONGEST_LINE)
_START = re.compile(rb"\n(?=[A-Za-z][A-Za-z0-9+.-]{0,30}:)")
_ADDRESS = re.compile(r"-|[0-9A-Fa-f:.]{1,45}")
_DATE = re.compile(r"\d{8,20}|null")
_LENGTH = re.compile(r"[0-9]{1,20}")
_FEWEST_WORDS = 5


def read(stream: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read the records of an ARC file, whether plain, gzip or Zstandard.

    Args:
        stream: The open file itself.
        inside: Reads the payload of one record, whatever its format.
    """
    return leaves(scan(stream, _Framing()), inside)


class _Framing:
    """ARC 1.0, 1.1 and 2.0, told in the words of WARC."""

    def opens(self, data: bytes) -> bool:
        return _header(data, 0) is not None

    def header(self, data: bytes) -> Header | None:
        return _header(data, 0)

    def find(self, data: bytes | bytearray, start: int) -> int:
        for match in _START.finditer(data, start):
            header = _header(data, match.end())
            if header and (header.length is not None or header.fields["arc-length"] == "-1"):
                return match.end()
        return -1


def _header(data: bytes | bytearray, start: int) -> Header | None:
    line = _LINE.match(data, start)
    words = line[0].decode("utf-8", errors="replace").strip().split(" ") if line else []
    place = _address(words)
    if not line or not place:
        return None
    uri = " ".join(words[:place])
    fields = {
        "warc-type": ARC_HEADER if uri.startswith("filedesc:") else "response",
        "warc-target-uri": uri,
        "warc-date": words[place + 1],
        "content-type": words[place + 2].rstrip(";"),
        "arc-length": words[-1],
    }
    length = _LENGTH.fullmatch(words[-1])
    return Header(fields=fields, size=line.end() - start, length=int(length[0]) if length else None)


def _address(words: list[str]) -> int:
    """Which word is the IP address, 0 where none is: the last with a date beside it."""
    for place in range(len(words) - _FEWEST_WORDS + 1, 0, -1):
        if _ADDRESS.fullmatch(words[place]) and _DATE.fullmatch(words[place + 1]):
            return place
    return 0
