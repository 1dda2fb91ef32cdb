"""Tables of separated values, streamed: each row by the names of its columns."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from rag_assistant.errors import FailedError
from rag_assistant.readers.charset import clean_text, decode, utf16_without_bom

WRONG = "damaged table"
TOO_MANY = "more cells than columns"
_CHUNK = 1 << 20
_LONGEST_CELL = 1 << 26
_SEPARATORS = (",", ";", "\t")
_WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: ``number`` counts from 1 below the header; ``cells`` holds what is not empty."""

    number: int
    cells: dict[str, str]
    surplus: bool = False

    def whole(self) -> dict[str, str]:
        """The cells.

        Raises:
            FailedError: There are more of them than columns, so that none is sure of its column.
        """
        if self.surplus:
            raise FailedError(TOO_MANY)
        return self.cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The names of the columns, in order, and the rows below them, blank ones left out."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


class Ids:
    """Gives each record of a file an id that no other has.

    Args:
        word: What a record without an id is called, before its number.
    """

    def __init__(self, word: str = "row") -> None:
        self._word = word
        self._given: set[str] = set()

    def of(self, said: str, number: int) -> str:
        """The id that a record says, with its number where it says none or one that is taken."""
        numbered = f"{self._word} {number}"
        record = said or numbered
        while record in self._given:
            record = f"{record} ({numbered})"
        self._given.add(record)
        return record


@contextmanager
def opened(stream: BinaryIO) -> Iterator[TextIO]:
    """A file as text, whatever its encoding; it is read once before to tell which.

    Lines keep their ends. What does not fit the encoding becomes U+FFFD.
    """
    stream.seek(0)
    encoding = _encoding(stream)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    try:
        yield text
    finally:
        text.detach()  # or the file would be closed with it


@contextmanager
def table(stream: BinaryIO) -> Iterator[Table]:
    """A file's table; the separator is the one that its first line has most of.

    Raises:
        FailedError: It cannot be taken apart, at once or from some row on.
    """
    with opened(stream) as text:
        lines = _Lines(text)
        first = next(lines, "").removeprefix("\ufeff")
        separator = max(_SEPARATORS, key=first.count)
        csv.field_size_limit(_LONGEST_CELL)
        found = _taken_apart(csv.reader(lines.after(first), delimiter=separator), lines)
        columns = tuple(name.strip() for name in next(found, []))
        if not any(columns):
            raise FailedError(WRONG, "it has no header")
        yield Table(columns=columns, rows=_rows(columns, found))


class _Lines(Iterator[str]):
    """The lines of a file without what `csv` stumbles over, and what the last row took of them."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._kept: list[str] = []
        self.taken = 0
        self.quotes = 0

    def __next__(self) -> str:
        line = self._kept.pop() if self._kept else next(self._text)
        self.taken += 1
        self.quotes += line.count('"')
        return line.replace("\x00", "\ufffd")

    def after(self, line: str) -> _Lines:
        """The same, with this line before all others."""
        if line:
            self._kept.append(line)
        self.begin()
        return self

    def begin(self) -> None:
        """A new row begins."""
        self.taken = self.quotes = 0


def _taken_apart(found: Iterator[list[str]], lines: _Lines) -> Iterator[list[str]]:
    unclosed = False
    try:
        for cells in found:
            if unclosed:  # another row follows: the mark was only a stray one
                unclosed = False
            yield cells
            unclosed = lines.taken > 1 and lines.quotes % 2 == 1
            lines.begin()
    except csv.Error as error:
        raise FailedError(WRONG, str(error)) from error
    if unclosed:
        raise FailedError(WRONG, "a quotation mark in its last row is not closed")


def _rows(columns: Sequence[str], found: Iterator[list[str]]) -> Iterator[Row]:
    number = 0
    for cells in found:
        if not any(map(str.strip, cells)):
            continue
        number += 1
        said: dict[str, str] = {}
        for name, cell in zip(columns, cells, strict=False):
            if value := clean_text(cell).strip():
                said[name] = f"{said[name]}; {value}" if name in said else value
        surplus = any(map(str.strip, cells[len(columns) :]))
        yield Row(number=number, cells=said, surplus=surplus)


def _encoding(stream: BinaryIO) -> str:
    head = chunk = stream.read(_CHUNK)
    if head.startswith(_WIDE_BOMS) or utf16_without_bom(head[: 1 << 12]):
        return decode(head)[1]
    utf8 = codecs.getincrementaldecoder("utf-8")()
    while chunk:
        try:
            utf8.decode(chunk)
        except UnicodeDecodeError:
            return decode(head if chunk is head else head + chunk)[1]
        chunk = stream.read(_CHUNK)
    return "utf-8"
