"""OAI-PMH responses as files: pages of a harvest, or single records; each record a leaf.

What a record's ``<metadata>`` holds is read by its own root: MARCXML, MODS, Dublin Core, or EAD,
of which each component is a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from rag_assistant.errors import FailedError, LeafError, SkippedError
from rag_assistant.ports import Leaf
from rag_assistant.readers import components
from rag_assistant.readers.catalogued import (
    DELETED,
    dc_document,
    marc_xml_document,
    mods_document,
)
from rag_assistant.readers.conditions import of_rights
from rag_assistant.readers.container import Inside, Make, records
from rag_assistant.readers.crosswalk_dc import has_elements
from rag_assistant.readers.description import confined
from rag_assistant.readers.guard import failures_recorded
from rag_assistant.readers.record_names import RecordNames
from rag_assistant.readers.xml import find, find_all, local, stream, words
from rag_assistant.schema import Description, Document

if TYPE_CHECKING:
    from lxml.etree import _Element

_FORMAT = "oai"
_PAYLOADS: dict[str, Callable[[_Element, str], Document]] = {
    "record": marc_xml_document,
    "mods": mods_document,
}


def read(source: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read the records one after the other.

    Raises:
        SkippedError: It is a response that tells no records, such as an error of the protocol.
        FailedError: The XML is damaged; what stands before the damage was yielded.
    """
    yield from records(_found(source), inside)


def _found(source: BinaryIO) -> Iterator[tuple[str, Make]]:
    names = RecordNames()
    found, error = False, ""
    for element in stream(source, {"record", "error"}):
        if local(element) == "error":
            error = error or element.get("code", "")
        elif (header := find(element, "header")) is not None:  # else a record inside a record
            found = True
            name = names.next(words(find(header, "identifier")))
            finding_aid = find(element, "metadata", "ead")
            if finding_aid is None or header.get("status") == "deleted":
                yield name, partial(_document, element)
            else:
                yield from _components(finding_aid, name, _rights(element))
    if not found:
        raise SkippedError("no records", error)


def _components(ead: _Element, name: str, limits: Description) -> Iterator[tuple[str, Make]]:
    """The documents of a finding aid; the record's name stands before those of its components."""
    try:
        with failures_recorded():
            for component, make in components.of_element(ead, prefix=f"{name}#"):
                yield component, partial(_within, make, limits)
    except LeafError as error:  # of this record, not of the file
        yield name, partial(_fail, error)


def _within(make: Make, limits: Description) -> Document:
    document = make()
    return replace(document, description=confined(document.description, limits))


def _fail(error: LeafError) -> Document:
    raise error


def _document(record: _Element) -> Document:
    header = find(record, "header")
    if header is not None and header.get("status") == "deleted":
        raise SkippedError(DELETED)
    payload = next(iter(_payloads(record)), None)
    if payload is None:
        raise FailedError("damaged record", "it has no metadata")
    identifier = words(find(header, "identifier")) if header is not None else ""
    return _named(_read(payload), identifier, _rights(record))


def _payloads(record: _Element) -> list[_Element]:
    """What stands in a record's ``<metadata>``: one element, or none."""
    metadata = find(record, "metadata")
    return [] if metadata is None else [one for one in metadata if local(one)]


def _read(payload: _Element) -> Document:
    name = local(payload)
    if name in _PAYLOADS:
        return _PAYLOADS[name](payload, _FORMAT)
    if has_elements(payload):
        return dc_document(payload, _FORMAT)
    raise SkippedError("unknown kind of metadata", name)


def _rights(record: _Element) -> Description:
    """What a repository says of rights beside a record, in ``<about>``."""
    texts: list[str] = []
    for one in find_all(record, "about", "rights"):
        texts += [words(one), *(inner.get("ref", "") for inner in one.iter())]
    return of_rights(texts)


def _named(document: Document, identifier: str, limits: Description) -> Document:
    """The document with the identifier by which its repository gives it out, and its limits."""
    said = document.description
    identifiers = said.identifiers | {"oai": identifier} if identifier else said.identifiers
    said = confined(replace(said, identifiers=identifiers), limits)
    return replace(document, description=said)
