"""MARC 21 as it is exchanged (ISO 2709), in MARC-8 or UTF-8: each record a leaf.

Records are told by the mark that ends them, not by the lengths that they declare, so that a
damaged one costs none of its neighbours.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, BinaryIO

from rag_assistant.errors import FailedError
from rag_assistant.ports import Leaf
from rag_assistant.readers.catalogued import marc_document
from rag_assistant.readers.charset import decode
from rag_assistant.readers.container import Inside, Make, records
from rag_assistant.readers.marc_fields import Field, checked
from rag_assistant.readers.record_names import RecordNames
from rag_assistant.schema import Document

if TYPE_CHECKING:
    import pymarc

_END = b"\x1d"
_FIELD_END = b"\x1e"
_ESCAPE = b"\x1b"  # opens another set of characters in MARC-8
_PADDING = b"\r\n\t \x00\x1a"
_PIECE = 1 << 16
_LONGEST_RECORD = 16 << 20
_TAG, _LENGTH, _LEADER = 3, 5, 24
_CODING = 9  # in the leader: "a" for UTF-8, a blank for MARC-8
_FEW = 0.05  # of the bytes beyond ASCII: so many may be slips in MARC-8
_DAMAGED = "damaged record"


def read(source: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read the records one after the other; damaged ones are failures of their own."""
    yield from records(_found(source), inside)


def _found(source: BinaryIO) -> Iterator[tuple[str, Make]]:
    names = RecordNames()
    for raw in _split(source):
        yield names.next(_control_number(raw)), partial(_document, raw)


def _split(source: BinaryIO) -> Iterator[bytes]:
    """The bytes of each record with the mark that ends it, which the last may lack."""
    held = b""
    while piece := source.read(_PIECE):
        *whole, held = (held + piece).split(_END)
        for raw in whole:
            if stripped := raw.lstrip(_PADDING):
                yield stripped + _END
        if len(held) > _LONGEST_RECORD:
            raise FailedError(_DAMAGED, f"no record ends within {_LONGEST_RECORD} bytes")
    if rest := held.strip(_PADDING):
        yield rest


def _control_number(raw: bytes) -> str:
    """001 where it is the first field, as it always should be; "" else."""
    try:
        base, tag = int(raw[12:17]), raw[_LEADER : _LEADER + _TAG]
        length, offset = int(raw[_LEADER + 3 : _LEADER + 7]), int(raw[_LEADER + 7 : _LEADER + 12])
    except ValueError:
        return ""
    if tag != b"001":
        return ""
    data = raw[base + offset : base + offset + length].rstrip(_FIELD_END)
    return data.decode("utf-8", "replace") if data.isascii() else ""


def _document(raw: bytes) -> Document:
    """The document of one record; what could not be read of its characters is noted.

    Raises:
        FailedError: It is damaged.
        SkippedError: It says that it is deleted.
    """
    from pymarc.exceptions import PymarcException

    try:
        with warnings.catch_warnings(action="ignore"):  # of odd codes of subfields
            parsed = _parsed(raw)
    except (PymarcException, ValueError, IndexError) as error:
        raise FailedError(_DAMAGED, str(error)) from error
    fields, notes = _decoded(raw, parsed)
    return marc_document(checked(str(parsed.leader), fields), "marc", notes)


def _decoded(raw: bytes, parsed: pymarc.Record) -> tuple[list[Field], list[str]]:
    """The fields of a record in Unicode, and notes on what could not be read as it says."""
    says_utf8 = raw[_CODING : _CODING + 1] == b"a"
    if says_utf8 or _is_utf8(raw):
        characters = _Characters(encoding="utf-8")
        fields = [_field(one, characters) for one in parsed.fields]
        return fields, characters.notes(declared=says_utf8 or raw.isascii())
    characters = _Characters()
    with redirect_stderr(StringIO()) as complaints:  # where pymarc tells what it does not know
        fields = [_field(one, characters) for one in parsed.fields]
    characters.undecodable += complaints.getvalue().count("\n")
    beyond_ascii = len(raw) - len(raw.decode("ascii", "ignore"))
    if _ESCAPE not in raw and characters.undecodable > _FEW * beyond_ascii:  # MARC-8 it is not
        characters = _Characters(encoding=decode(raw)[1])
        fields = [_field(one, characters) for one in parsed.fields]
    return fields, characters.notes(declared=not characters.encoding)


def _parsed(raw: bytes) -> pymarc.Record:
    from pymarc import Record

    if not raw.endswith(_END):
        raise FailedError(_DAMAGED, "it ends before its end mark")
    if int(raw[:_LENGTH]) != len(raw):  # then its fields are not where it says, either
        raise FailedError(_DAMAGED, "its length is not the one that it declares")
    logging.getLogger("pymarc").setLevel(logging.CRITICAL)
    return Record(raw, to_unicode=False)


def _is_utf8(raw: bytes) -> bool:
    """Whether bytes beyond ASCII are UTF-8: those of MARC-8 are so by no accident."""
    try:
        return not raw.isascii() and bool(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return False


@dataclass(slots=True, kw_only=True)
class _Characters:
    """Decodes the values of one record, and counts what it could not; "" stands for MARC-8."""

    encoding: str = ""
    undecodable: int = 0

    def decoded(self, value: bytes) -> str:
        if not self.encoding:
            text, whole = decoded_marc8(value)
            self.undecodable += not whole
            return text
        text = value.decode(self.encoding, "replace")
        self.undecodable += text.count("\ufffd")
        return text

    def notes(self, *, declared: bool) -> list[str]:
        """Notes for people; ``declared`` where the record itself says how it is encoded."""
        found = [] if declared else [f"says that it is MARC-8, but was read as {self.encoding}"]
        if self.undecodable:
            found.append(f"characters that could not be decoded: {self.undecodable}")
        return found


def decoded_marc8(value: bytes) -> tuple[str, bool]:
    """MARC-8 in Unicode, and whether all of it was known as far as pymarc raises nothing."""
    from pymarc.marc8 import marc8_to_unicode

    if value.isascii() and _ESCAPE not in value:
        return value.decode("ascii"), True
    try:
        return str(marc8_to_unicode(value)), True
    except UnicodeDecodeError:
        return value.decode("ascii", "replace"), False


def _field(field: pymarc.Field, characters: _Characters) -> Field:
    if field.control_field:
        return Field(tag=field.tag, data=characters.decoded(_bytes(field.data)))
    return Field(
        tag=field.tag,
        indicators=f"{field.indicator1}{field.indicator2}",
        subfields=tuple(
            (one.code, characters.decoded(_bytes(one.value))) for one in field.subfields
        ),
    )


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
