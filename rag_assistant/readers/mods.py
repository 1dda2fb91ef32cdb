"""MODS: one record, or a collection of them; each a leaf."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from rag_assistant.ports import Leaf
from rag_assistant.readers.catalogued import mods_document
from rag_assistant.readers.container import Inside, Make, records
from rag_assistant.readers.record_names import RecordNames
from rag_assistant.readers.xml import find, stream, words

if TYPE_CHECKING:
    from lxml.etree import _Element


def read(source: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read the records one after the other.

    Raises:
        FailedError: The XML is damaged; what stands before the damage was yielded.
    """
    yield from records(_found(source), inside)


def _found(source: BinaryIO) -> Iterator[tuple[str, Make]]:
    names = RecordNames()
    for mods in stream(source, {"mods"}):
        yield names.next(_number(mods)), partial(mods_document, mods, "mods")


def _number(mods: _Element) -> str:
    return words(find(mods, "recordInfo", "recordIdentifier")) or words(find(mods, "identifier"))
