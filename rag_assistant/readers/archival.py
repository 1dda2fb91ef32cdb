"""One unit of an archival description as a document: the crosswalk from EAD 2002 and EAD3.

What holds for all that lies below a unit is an `Above`: its titles, the conditions of access and
use that are nearest, and who keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag_assistant.readers import archival_facts as facts
from rag_assistant.readers import xml
from rag_assistant.readers.archival_facts import is_internal, named
from rag_assistant.readers.conditions import closes, conditions
from rag_assistant.readers.flow import flat, lines
from rag_assistant.readers.language import normalise_language
from rag_assistant.schema import Description, Document, Notice, Record, Section

if TYPE_CHECKING:
    from lxml.etree import _Element

_CONDITIONS = frozenset({"accessrestrict", "userestrict", "prefercite"})
_NO_SECTION = frozenset({"did", "head", "thead", "runner", "dao", "daogrp", "daoset"})
_NO_LINE = frozenset(
    {"unittitle", "unitdate", "unitdatestructured", "origination", "container", "unitid", "head"}
    | {"physdesc", "physdescset", "physdescstructured", "abstract", "dao", "daogrp", "daoset"}
)
"""What stands in a ``did`` and has a place of its own in the first section, or none."""

_HEADINGS = {
    "abstract": "Abstract",
    "scopecontent": "Scope and content",
    "bioghist": "Biography or history",
    "arrangement": "Arrangement",
    "controlaccess": "Subjects",
    "accessrestrict": "Conditions of access",
    "userestrict": "Conditions of use",
    "prefercite": "Preferred citation",
    "processinfo": "Processing",
    "acqinfo": "Acquisition",
    "custodhist": "Custodial history",
    "relatedmaterial": "Related material",
    "separatedmaterial": "Separated material",
    "altformavail": "Copies",
    "originalsloc": "Originals",
    "otherfindaid": "Other finding aids",
    "bibliography": "Bibliography",
    "index": "Index",
    "phystech": "Technical requirements",
    "appraisal": "Appraisal",
    "accruals": "Accruals",
    "odd": "Note",
    "note": "Note",
}
_KINDS = ("type", "localtype", "altrender")
"""Attributes of access conditions that hold terms of the archive's own."""

_MAY_WARN = frozenset({"processinfo", "odd", "note"})
_WARNING_HEAD = re.compile(
    r"\b(?:harmful|offensive|reparative|sensitive (?:content|language|materials?)"
    r"|content (?:warning|advisory)|(?:outdated|problematic) (?:language|terms))\b",
    re.IGNORECASE,
)
_WARNING = re.compile(
    r"\b(?:harmful|offensive|outdated|derogatory|racist)\b[^.]{0,60}"
    r"\b(?:language|terms?|terminology|content|descriptions?|words)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a finding aid says of itself; ``language`` is that of the cataloguers' words."""

    identifier: str = ""
    url: str = ""
    publisher: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """A unit as those below it see it: what they inherit where they say nothing themselves.

    ``titles`` lead from the collection to the unit. ``is_restricted`` is what the access
    condition says by an attribute besides its words; ``is_internal`` marks what is not meant for
    the public.
    """

    header: Header
    titles: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    is_restricted: bool = False
    use: tuple[str, ...] = ()
    repository: str = ""
    preferred_citation: str = ""
    languages: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    is_internal: bool = False
    call_number: str = ""


def header(element: _Element) -> Header:
    """What is needed of an ``eadheader`` or, in EAD3, a ``control``."""
    first = {xml.local(one): one for one in reversed(list(element.iter()))}
    number = first.get("eadid", first.get("recordid"))
    spoken = [
        *xml.find_all(element, "profiledesc", "langusage", "language"),
        *xml.find_all(element, "languagedeclaration", "language"),
    ]
    codes = {normalise_language(one.get("langcode") or "") for one in spoken}
    return Header(
        identifier="" if number is None else flat(number),
        url="" if number is None else number.get("url") or number.get("instanceurl") or "",
        publisher=flat(first["publisher"]) if "publisher" in first else "",
        language=codes.pop() if len(codes) == 1 else "",
    )


def below(unit: _Element, own: Sequence[_Element], above: Above | None, header: Header) -> Above:
    """What a unit hands on: its own words, and where it has none those that it inherits.

    Args:
        unit: The ``archdesc`` or the component.
        own: The elements that describe it, its ``did`` among them, groups taken apart.
        above: What it inherits, None for a collection.
        header: That of the finding aid.
    """
    inherited = above or Above(header=header, repository=header.publisher)
    shown, did = _shown(own)
    stated = [one for outer in own for one in _stated(outer)]
    access = [text for one in stated for text in access_words(one)]
    is_restricted = any(map(_is_restricted, stated))
    says_so = bool(access) or is_restricted
    keepers = filter(None, map(facts.kept_in, named(did, "repository")))
    cites = _words(named(shown, "prefercite"))
    return replace(
        inherited,
        titles=(*inherited.titles, _title(unit, did)),
        access=tuple(access) if says_so else inherited.access,
        is_restricted=is_restricted if says_so else inherited.is_restricted,
        use=_words(named(shown, "userestrict")) or inherited.use,
        repository=next(keepers, inherited.repository),
        preferred_citation="\n".join(cites) or inherited.preferred_citation,
        languages=facts.languages(did) or inherited.languages,
        notices=inherited.notices + tuple(_notices(shown)),
        is_internal=inherited.is_internal or is_internal(unit),
        call_number=inherited.call_number if above else facts.call_number(did),
    )


def document(unit: _Element, own: Sequence[_Element], above: Above | None, said: Above) -> Document:
    """A unit as a document.

    Args:
        unit: The ``archdesc`` or the component.
        own: The elements that describe it.
        above: What it inherits, None for a collection.
        said: What it hands on, as `below` gives it.
    """
    shown, did = _shown(own)
    dated = facts.dated(did)
    record = _record(unit, shown, did, dated=dated, above=above, said=said)
    is_puzzling = dated.days is None and any(map(str.isdigit, dated.words))
    left_out = sum(map(_left_out, own))
    return Document(
        description=_description(record, said, dated, facts.agents(did)[1], bool(above)),
        sections=tuple(_sections(record, shown, did, dated.words, is_collection=above is None)),
        format="ead",
        notes=(
            *([f"date not understood: {dated.words}"] if is_puzzling else []),
            *([f"left out, as they are for internal use: {left_out} elements"] if left_out else []),
        ),
    )


def _shown(own: Sequence[_Element]) -> tuple[list[_Element], list[_Element]]:
    """What of a unit's elements is meant for the public, and the same of its ``did``."""
    shown = [facts.public(one) for one in own if not is_internal(one)]
    return shown, [one for did in named(shown, "did") for one in did]


def _left_out(element: _Element) -> int:
    """How many elements, itself or within it, are not shown."""
    if is_internal(element):
        return 1
    return sum(map(facts.is_marked, element.iterdescendants()))


# ---------------------------------------------------------------- record and description


def _record(
    unit: _Element,
    own: Sequence[_Element],
    did: Sequence[_Element],
    *,
    dated: facts.Dated,
    above: Above | None,
    said: Above,
) -> Record:
    digital, others = facts.links(own, did)
    url = "" if above else said.header.url
    of_file = () if above else _pairs(local=said.header.identifier, url=url)
    kept = facts.containers(did)
    return Record(
        type="manuscript" if above else "collection",
        title=said.titles[-1],
        agents=facts.agents(did)[0],
        issued=dated.issued,
        extent=facts.extents(did)[0],
        genre=unit.get("otherlevel") or unit.get("level") or "",
        languages=said.languages,
        subjects=facts.subjects(own),
        places=facts.places(own),
        abstract=" ".join(map(flat, named(did, "abstract"))),
        call_number=facts.call_number(did) or said.call_number,
        identifiers=(*facts.identifiers(unit, did, [url, *digital, *others]), *of_file),
        repository=said.repository,
        collection=said.titles[0],
        series=said.titles[1:-1],
        box=kept.box,
        folder=kept.folder,
        item=kept.item,
        preferred_citation=said.preferred_citation,
        links=tuple(digital),
    )


def _description(
    record: Record, said: Above, dated: facts.Dated, creator: str, is_component: bool
) -> Description:
    allowed = conditions(
        said.access,
        said.use,
        made=dated.days,
        names=said.titles,
        restricted=said.is_restricted,
    )
    firsts: dict[str, str] = {}
    for scheme, value in record.identifiers:
        firsts.setdefault(scheme, value)
    url = "" if is_component else said.header.url
    return replace(
        allowed,
        access="staff" if said.is_internal else allowed.access,
        title=record.title,
        creator=creator,
        date=dated.days,
        language=said.header.language,
        kind="component" if is_component else "collection",
        identifiers=firsts,
        uri=url if url.startswith(("http://", "https://")) else "",
        notices=said.notices,
        text_origin="born_digital",
        described_by="cataloguer",
        record=record,
    )


def _pairs(**values: str) -> tuple[tuple[str, str], ...]:
    return tuple((scheme, value) for scheme, value in values.items() if value)


def _title(unit: _Element, did: Sequence[_Element]) -> str:
    """The unit's title; without one its date, its number, its container or its level."""
    titles = (flat(one).rstrip(" ,;") for one in named(did, "unittitle"))
    if title := next(filter(None, titles), ""):
        return title
    instead = (facts.date_words(did), facts.call_number(did), *facts.containers(did).groups)
    return next(filter(None, instead), unit.get("level") or "")


# ---------------------------------------------------------------- conditions and notices


def _words(elements: Sequence[_Element]) -> tuple[str, ...]:
    """The words of each element without its headings."""
    found = ("\n".join(lines(one, without="head")) for one in elements)
    return tuple(filter(None, found))


def access_words(element: _Element) -> Iterator[str]:
    """What an access condition says; its heading only where that itself restricts."""
    yield from _words([element])
    for head in named(element.iter(), "head"):
        if closes(said := flat(head)):
            yield said


def _stated(element: _Element) -> Iterator[_Element]:
    """The access conditions that an element is or holds, those inside others left to them.

    Those that are not meant for the public count, too.
    """
    around: list[Iterator[_Element]] = [iter([element])]
    while around:
        one = next(around[-1], None)
        if one is None:
            around.pop()
        elif _is_condition(one):
            yield one
        elif xml.local(one):
            around.append(iter(one))


def _is_condition(element: _Element) -> bool:
    name = xml.local(element)
    return name == "accessrestrict" or (name == "legalstatus" and closes(flat(element)))


def _is_restricted(element: _Element) -> bool:
    """Whether an attribute says so, be it that of an access condition inside."""
    return any(
        (one.get("rights-restriction") or "open").strip().lower() != "open"
        or any(closes(one.get(name) or "") for name in _KINDS)
        for one in element.iter("{*}accessrestrict", "{*}legalstatus")
    )


def _notices(own: Sequence[_Element]) -> Iterator[Notice]:
    """Statements on harmful words in the finding aid, in its own words."""
    for one in own:
        if xml.local(one) not in _MAY_WARN:
            continue
        head = xml.find(one, "head")
        if head is not None and _WARNING_HEAD.search(flat(head)):
            warnings = lines(one, without="head")
        elif xml.local(one) == "processinfo" or head is None:
            warnings = [line for line in lines(one, without="head") if _WARNING.search(line)]
        else:
            warnings = []
        if warnings:
            yield Notice(type="harmful-language", text="\n".join(warnings))


# ---------------------------------------------------------------- the text


def _sections(
    record: Record,
    own: Sequence[_Element],
    did: Sequence[_Element],
    date: str,
    *,
    is_collection: bool,
) -> Iterator[Section]:
    """First the facts, so that a unit without a word of description is found; then its notes."""
    trail = () if is_collection else (record.collection, *record.series)
    yield Section(headings=trail, text="\n".join(_facts(record, did, date)))
    noted = [*named(did, "abstract"), *own]
    for one in noted:
        name = xml.local(one)
        if not name or name in _NO_SECTION or (name in _CONDITIONS and not is_collection):
            continue
        head = xml.find(one, "head")
        words = "\n".join(_note_lines(one))
        heading = (flat(head) if head is not None else "") or _HEADINGS.get(name, "")
        if words:
            yield Section(headings=(*trail, heading) if heading else trail, text=words)


def _facts(record: Record, did: Sequence[_Element], date: str) -> Iterator[str]:
    title = record.title
    yield title if not date or date in title else f"{title}, {date}"
    yield from filter(None, [facts.agents(did)[1], *facts.extents(did)[1]])
    yield from facts.containers(did).groups
    yield from map(flat, named(did, "unitid"))
    for one in did:
        if xml.local(one) and xml.local(one) not in _NO_LINE and (words := flat(one)):
            yield words


def _note_lines(element: _Element) -> Iterator[str]:
    """The lines of a note; its own heading stands above them."""
    if xml.local(element) == "controlaccess":
        yield from facts.subjects([element])
        return
    head = xml.find(element, "head")
    own = flat(head) if head is not None else ""
    for number, line in enumerate(lines(element)):
        if number or line != own:
            yield line
