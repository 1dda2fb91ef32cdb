"""WARC files, plain or compressed: every record has one outcome."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from rag_assistant.ports import Leaf
from rag_assistant.readers.captured import leaves
from rag_assistant.readers.container import Inside
from rag_assistant.readers.records import Header, scan

_VERSION = re.compile(rb"WARC/\d\.\d{1,2}\r*\n")
_START = re.compile(rb"\n(?=WARC/\d\.\d{1,2}\r*\n)")
_HEADER_END = re.compile(rb"\n(?:(\r*\n)|(?=WARC/\d\.\d{1,2}\r*\n))")
_LINE_END = re.compile(r"\r*\n")
_LENGTH = re.compile(r"[0-9]{1,30}")


def read(stream: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read the records of a WARC file, whether plain, gzip or Zstandard.

    Args:
        stream: The open file itself.
        inside: Reads the payload of one record, whatever its format.
    """
    return leaves(scan(stream, _Framing()), inside)


class _Framing:
    """WARC 0.17 to 1.1, with any line ends."""

    def opens(self, data: bytes) -> bool:
        return _VERSION.match(data) is not None

    def header(self, data: bytes) -> Header | None:
        version = _VERSION.match(data)
        end = _HEADER_END.search(data, version.end() - 1) if version else None
        if not version or not end or not end[1]:  # or the next record opens before it ends
            return None
        fields = _fields(data[version.end() : end.start() + 1])
        length = _LENGTH.fullmatch(fields.get("content-length", ""))
        return Header(fields=fields, size=end.end(), length=int(length[0]) if length else None)

    def find(self, data: bytes | bytearray, start: int) -> int:
        match = _START.search(data, start)
        return match.end() if match else -1


def _fields(block: bytes) -> dict[str, str]:
    """Header fields by their lower-case names; of repeated ones the first."""
    try:
        text = block.decode()
    except UnicodeDecodeError:
        text = block.decode("latin-1")
    fields: dict[str, str] = {}
    name = ""
    for line in _LINE_END.split(text):
        if line.startswith((" ", "\t")) and name in fields:
            fields[name] = f"{fields[name]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if colon and name:
            fields.setdefault(name, value.strip())
    return fields
