"""MARC-in-JSON: one object, a list of them, or one after the other; each a leaf."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

from rag_assistant.errors import FailedError
from rag_assistant.ports import Leaf
from rag_assistant.readers.catalogued import marc_document
from rag_assistant.readers.container import Inside, Make, records
from rag_assistant.readers.marc_fields import from_json
from rag_assistant.readers.record_names import RecordNames
from rag_assistant.schema import Document

_PIECE = 1 << 16
_LONGEST_RECORD = 8 << 20
_BETWEEN = re.compile(r"[\s,\[\]]*")
_LOOSE = "not strict JSON: a record holds raw control characters"


def read(source: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read the records one after the other.

    Raises:
        FailedError: It is no JSON from some place on; what stands before it was yielded.
    """
    yield from records(_found(source), inside)


def _found(source: BinaryIO) -> Iterator[tuple[str, Make]]:
    names = RecordNames()
    for record, notes in _objects(source):
        yield names.next(_number(record)), partial(_document, record, notes)


def _document(record: Any, notes: tuple[str, ...]) -> Document:
    return marc_document(from_json(record), "marcjson", notes)


def _number(record: Any) -> str:
    """001, "" where there is none, or where this is no record."""
    fields = record.get("fields") if isinstance(record, dict) else None
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, dict) and isinstance(number := field.get("001"), str):
            return number
    return ""


def _objects(source: BinaryIO) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The objects of the outermost list, or of the file, with notes on how they were read.

    Only as much of the file is held as the longest of them takes.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    text, ends, size = "", False, _PIECE
    while True:
        text = text[_end_of_gap(text) :]
        try:
            found, end, notes = _first_object(text)
        except (ValueError, RecursionError) as error:
            if ends and not text:
                return
            if ends or len(text) > _LONGEST_RECORD:
                raise FailedError("damaged JSON", str(error)) from error
            piece = source.read(size)  # twice as much each time, so that few tries are made
            size, ends = 2 * size, not piece
            text += decoder.decode(piece, final=ends)
            continue
        text, size = text[end:], _PIECE
        yield found, notes


def _end_of_gap(text: str) -> int:
    gap = _BETWEEN.match(text)
    return gap.end() if gap else 0


def _first_object(text: str) -> tuple[Any, int, tuple[str, ...]]:
    try:
        found, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        found, end = json.JSONDecoder(strict=False).raw_decode(text)
        return found, end, (_LOOSE,)
    return found, end, ()
