"""Dublin Core in XML: ``oai_dc:dc``, RDF, or any plain element of its elements; each a leaf."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from rag_assistant.ports import Leaf
from rag_assistant.readers.catalogued import dc_document
from rag_assistant.readers.container import Inside, Make, records
from rag_assistant.readers.crosswalk_dc import has_elements
from rag_assistant.readers.record_names import RecordNames
from rag_assistant.readers.xml import find, stream, words

if TYPE_CHECKING:
    from lxml.etree import _Element

_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_HOLDERS = frozenset({"dc", "qualifieddc", "Description", "record", "metadata"})


def read(source: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read the records one after the other.

    Raises:
        FailedError: The XML is damaged; what stands before the damage was yielded.
    """
    yield from records(_found(source), inside)


def _found(source: BinaryIO) -> Iterator[tuple[str, Make]]:
    names = RecordNames()
    for element in stream(source, _HOLDERS):
        if has_elements(element):
            yield names.next(_number(element)), partial(dc_document, element, "dc")


def _number(element: _Element) -> str:
    return element.get(_ABOUT, "") or words(find(element, "identifier"))
