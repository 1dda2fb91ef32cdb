"""MARCXML: records alone, in a collection, or in any other element; each a leaf."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from rag_assistant.ports import Leaf
from rag_assistant.readers.catalogued import marc_xml_document
from rag_assistant.readers.container import Inside, Make, records
from rag_assistant.readers.marc_fields import control_number, is_record
from rag_assistant.readers.record_names import RecordNames
from rag_assistant.readers.xml import stream


def read(source: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read the records one after the other.

    Raises:
        FailedError: The XML is damaged; what stands before the damage was yielded.
    """
    yield from records(_found(source), inside)


def _found(source: BinaryIO) -> Iterator[tuple[str, Make]]:
    names = RecordNames()
    for record in filter(is_record, stream(source, {"record"})):
        yield names.next(control_number(record)), partial(marc_xml_document, record, "marcxml")
