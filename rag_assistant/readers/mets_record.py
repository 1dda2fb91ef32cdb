"""What the MODS inside a METS file says of the work: the facts that a citation needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rag_assistant.dates import parse_date
from rag_assistant.readers import xml
from rag_assistant.readers.conditions import conditions
from rag_assistant.readers.scanned import web_address
from rag_assistant.schema import Agent, Description, Record

if TYPE_CHECKING:
    from lxml.etree import _Element

_ROLES = {"aut": "author", "cre": "author", "edt": "editor", "trl": "translator"}
_RESTRICTION = "restriction on access"


def mods_description(mods: _Element) -> Description:
    """The description that a MODS record gives: title, people, imprint, identifiers, conditions."""
    record = _record(mods)
    said = list(xml.find_all(mods, "accessCondition"))
    access = [xml.words(one) for one in said if one.get("type") == _RESTRICTION]
    use = [xml.words(one) for one in said if one.get("type") != _RESTRICTION]
    names = [one.literal or f"{one.family}, {one.given}".strip(", ") for one in record.agents]
    identifiers: dict[str, str] = {}
    for scheme, value in record.identifiers:
        identifiers.setdefault(scheme, value)
    return replace(
        conditions(access, use),
        title=record.title,
        creator="; ".join(names),
        date=parse_date(record.issued),
        language=record.languages[0] if record.languages else "",
        identifiers=identifiers,
        uri=web_address(identifiers.get("url")),
        record=record,
    )


def _record(mods: _Element) -> Record:
    origin = next(_origins(mods), None)
    identifiers = tuple(
        ("url" if one.get("type") in ("purl", "uri") else one.get("type") or "local", words)
        for one in xml.find_all(mods, "identifier")
        if (words := xml.words(one))
    )
    return Record(
        type="book",
        title=_title(mods),
        agents=tuple(_agents(mods)),
        issued=_first(origin, "dateIssued"),
        edition=_first(origin, "edition"),
        publisher=_first(origin, "publisher"),
        publisher_place=_first(origin, "place", "placeTerm"),
        extent=_first(mods, "physicalDescription", "extent"),
        languages=tuple(map(xml.words, xml.find_all(mods, "language", "languageTerm"))),
        repository=_first(mods, "location", "physicalLocation"),
        call_number=_first(mods, "location", "shelfLocator"),
        identifiers=identifiers,
    )


def _origins(mods: _Element) -> Iterator[_Element]:
    """The imprints of the work, not of its digitisation."""
    for origin in xml.find_all(mods, "originInfo"):
        if xml.find(origin, "dateIssued") is not None or xml.find(origin, "publisher") is not None:
            yield origin


def _title(mods: _Element) -> str:
    """The title with its subtitle; that of the newspaper or series for a part without one."""
    for info in (
        *xml.find_all(mods, "titleInfo"),
        *xml.find_all(mods, "relatedItem", "titleInfo"),
    ):
        parts = [xml.words(xml.find(info, name)) for name in ("title", "subTitle")]
        if parts[0]:
            return ": ".join(filter(None, parts))
    return ""


def _agents(mods: _Element) -> Iterator[Agent]:
    """Those with a part in the work; who owns or lent a copy has none."""
    for name in xml.find_all(mods, "name"):
        terms = [xml.words(one).lower() for one in xml.find_all(name, "role", "roleTerm")]
        role = next((_ROLES[term] for term in terms if term in _ROLES), "")
        if terms and not role:
            continue
        parts = {one.get("type"): xml.words(one) for one in xml.find_all(name, "namePart")}
        role = role or "author"
        if parts.get("family"):
            yield Agent(family=parts["family"], given=parts.get("given", ""), role=role)
        elif shown := parts.get(None) or _first(name, "displayForm"):
            yield Agent(literal=shown, role=role)


def _first(element: _Element | None, *names: str) -> str:
    return "" if element is None else xml.words(xml.find(element, *names))
