"""Catalogue records as documents: what the crosswalks find, with its words and conditions.

Another reader that meets a record inside its own format (METS, OAI-PMH) calls these too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag_assistant.errors import SkippedError
from rag_assistant.readers import crosswalk_dc, crosswalk_marc, crosswalk_mods
from rag_assistant.readers.conditions import conditions
from rag_assistant.readers.crosswalk import Line, description, section
from rag_assistant.readers.marc_fields import Marc, from_xml, is_record
from rag_assistant.readers.xml import local
from rag_assistant.schema import Description, Document, Record

if TYPE_CHECKING:
    from lxml.etree import _Element

DELETED = "deleted record"

_Conditions = tuple[Sequence[str], Sequence[str], bool]
"""Texts on access, texts on use, and whether something beside them restricts access."""


def marc_document(marc: Marc, format_name: str, notes: Sequence[str] = ()) -> Document:
    """The document that a MARC record makes.

    Raises:
        SkippedError: The record says that it is deleted.
    """
    if marc.is_deleted:
        raise SkippedError(DELETED, marc.control_number)
    lines, left_out = crosswalk_marc.lines(marc)
    return _document(marc_description(marc), lines, format_name, [*notes, *left_out])


def marc_xml_document(record: _Element, format_name: str) -> Document:
    """The document that a MARCXML ``<record>`` makes; raises as `marc_document` does."""
    return marc_document(from_xml(record), format_name)


def mods_document(mods: _Element, format_name: str) -> Document:
    """The document that a ``<mods>`` element makes."""
    return _document(mods_description(mods), crosswalk_mods.lines(mods), format_name)


def dc_document(element: _Element, format_name: str) -> Document:
    """The document that an element of Dublin Core elements makes."""
    return _document(dc_description(element), crosswalk_dc.lines(element), format_name)


def marc_description(marc: Marc) -> Description:
    """What a MARC record says of its work, its `Record` and conditions included."""
    said = crosswalk_marc.restrictions(marc)
    return _described(crosswalk_marc.from_marc(marc), said, kind=marc.kind)


def record_description(element: _Element) -> Description | None:
    """What an element says as MODS, as MARCXML or in Dublin Core; None where it is none of these.

    Raises:
        FailedError: It is a damaged MARC record.
    """
    name = local(element)
    if name == "mods":
        return mods_description(element)
    if name == "record" and "MARC21" in str(element.tag) and is_record(element):
        return marc_description(from_xml(element))
    return dc_description(element) if crosswalk_dc.has_elements(element) else None


def mods_description(mods: _Element) -> Description:
    """What a ``<mods>`` element says of its work, its `Record` and conditions included."""
    return _described(crosswalk_mods.from_mods(mods), (*crosswalk_mods.restrictions(mods), False))


def dc_description(element: _Element) -> Description:
    """What Dublin Core elements say of their work, their `Record` and conditions included."""
    return _described(crosswalk_dc.from_dc(element), (*crosswalk_dc.restrictions(element), False))


def _described(record: Record, said: _Conditions, kind: str = "") -> Description:
    access, use, restricted = said
    found = conditions(access, use, restricted=restricted)
    return replace(
        description(record, kind=kind),
        access=found.access,
        closed_until=found.closed_until,
        use=found.use,
        access_note=found.access_note,
        rights=found.rights,
    )


def _document(
    said: Description, lines: Sequence[Line], format_name: str, notes: Sequence[str] = ()
) -> Document:
    whole = section(lines)
    title = said.title or whole.text.partition("\n")[0]
    return Document(
        description=replace(said, title=title),
        sections=(whole,),
        format=format_name,
        notes=tuple(notes),
    )
