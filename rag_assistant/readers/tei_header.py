"""What the header of a TEI file says of the edition and of its source.

(Format: TEI Consortium, Guidelines P5, 2 The TEI Header and 11.1.1 Digital Facsimiles.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rag_assistant.dates import parse_date
from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.conditions import of_rights
from rag_assistant.readers.description import narrowed
from rag_assistant.readers.markup import one_line
from rag_assistant.readers.unseen import without_strange_links
from rag_assistant.readers.xml import find, find_all, local, words
from rag_assistant.schema import Agent, DateRange, Description, Record, Rights

if TYPE_CHECKING:
    from lxml.etree import _Element

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SCHEMES = frozenset(
    {"isbn", "issn", "doi", "lccn", "oclc", "ark", "handle", "url", "urn", "local"}
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_WHEN = ("when", "when-iso", "value")


def described(root: _Element) -> Description:
    """The description of a TEI file; its date is that of the source, where the header tells it."""
    header = find(root, "teiHeader")
    if header is None:
        bare = Description(kind="edition", text_origin="transcript", language=_own_language(root))
        return narrowed(bare, _allowed(root))
    record = _record(header, _own_language(root))
    availability = _first(header, "fileDesc", "publicationStmt", "availability")
    rights = _rights(availability)
    authors = [one for one in record.agents if one.role == "author"]
    description = Description(
        title=record.title,
        creator="; ".join(map(_shown, authors)),
        date=_source_date(header) or _dated(_first(header, "fileDesc", "publicationStmt")),
        language=record.languages[0] if record.languages else "",
        kind="edition",
        identifiers={scheme: value for scheme, value in reversed(record.identifiers)},
        text_origin="transcript",
        rights=rights,
        record=record,
    )
    return without_strange_links(narrowed(description, _allowed(root)), "")


def _allowed(root: _Element) -> Description:
    """What the availability of the edition, and of each text that it holds, allows."""
    found = [one for one in root.iter("{*}availability") if _is_of_edition(one)]
    restricted = [one for one in found if _is_restricted(one)]
    allowed = of_rights(list(map(_said, found)), list(map(_said, restricted)))
    return replace(allowed, access="staff") if restricted else allowed


def _is_of_edition(availability: _Element) -> bool:
    parent = availability.getparent()
    stands = parent is not None and local(parent) == "publicationStmt"
    return stands and next(availability.iterancestors("{*}sourceDesc"), None) is None


def _is_restricted(availability: _Element) -> bool:
    """Whether access is: with a licence, the word means what may be done with the text."""
    is_said = (availability.get("status") or "").strip().lower() == "restricted"
    return is_said and _licence(availability) is None


def _licence(availability: _Element) -> _Element | None:
    found = (_deep(availability, name) for name in ("licence", "license"))
    return next((one for one in found if one is not None), None)


def _record(header: _Element, language: str) -> Record:
    titles = _first(header, "fileDesc", "titleStmt")
    published = _first(header, "fileDesc", "publicationStmt")
    source = _first(header, "fileDesc", "sourceDesc")
    manuscript = _deep(source, "msIdentifier")
    date = _source_date(header)
    # Who printed the source did not publish the edition of it, nor the other way round.
    imprint = published if date is None else _deep(source, "imprint")
    date = date or _dated(published)
    languages = tuple(_languages(header)) or ((language,) if language else ())
    return Record(
        type="manuscript" if manuscript is not None else "book",
        title=_title(titles),
        agents=tuple(_agents(titles)),
        issued=date.text if date else "",
        publisher=_said(_first(imprint, "publisher")),
        publisher_place=_said(_first(imprint, "pubPlace")),
        edition=_said(_first(header, "fileDesc", "editionStmt", "edition")),
        extent=_said(_first(header, "fileDesc", "extent")),
        languages=languages,
        subjects=tuple(_subjects(header)),
        abstract=_said(_first(header, "profileDesc", "abstract")),
        identifiers=tuple(_identifiers(published)),
        repository=_repository(manuscript),
        collection=_said(_first(manuscript, "collection")),
        call_number=_said(_first(manuscript, "idno")),
    )


def _first(element: _Element | None, *names: str) -> _Element | None:
    return None if element is None else find(element, *names)


def _deep(element: _Element | None, name: str) -> _Element | None:
    return None if element is None else next(element.iter(f"{{*}}{name}"), None)


def _said(element: _Element | None) -> str:
    return one_line(clean_text(words(element)))


def _own_language(root: _Element) -> str:
    text = find(root, "text")
    own = "" if text is None else text.get(_LANG) or text.get("lang") or ""
    return own or root.get(_LANG) or root.get("lang") or ""


def _languages(header: _Element) -> Iterator[str]:
    """The languages, the most used first; the header tells how much of each, where it does."""
    found = list(header.iter("{*}language"))
    found.sort(key=lambda one: -float(one.get("usage") or 0) if _is_share(one) else 0.0)
    for one in found:
        if tag := one.get("ident") or one.get("id"):
            yield tag


def _is_share(element: _Element) -> bool:
    return (element.get("usage") or "").isdecimal()


def _title(titles: _Element | None) -> str:
    """The main title with its subtitle; the first one where none is called main."""
    found = [] if titles is None else list(find_all(titles, "title"))
    if not found:
        return ""
    main = next((one for one in found if one.get("type") == "main"), found[0])
    sub = next((one for one in found if one.get("type") == "sub"), None)
    return ": ".join(filter(None, (_said(main), _said(sub))))


def _agents(titles: _Element | None) -> Iterator[Agent]:
    if titles is None:
        return
    for role in ("author", "editor"):
        for one in find_all(titles, role):
            csl = "translator" if "translat" in (one.get("role") or "").lower() else role
            if (agent := _agent(one, csl)) is not None:
                yield agent


def _agent(element: _Element, role: str) -> Agent | None:
    """A person where the name is encoded by parts, or inverted as catalogues do it."""
    family = _said(_deep(element, "surname"))
    if family:
        given = " ".join(filter(None, map(_said, element.iter("{*}forename"))))
        return Agent(family=family, given=given, role=role)
    inner = [one for one in element if local(one) in ("persName", "orgName", "name")]
    said = _said(inner[0] if inner else element)
    before, comma, after = map(str.strip, said.partition(","))
    is_body = bool(inner) and local(inner[0]) == "orgName"
    if comma and after and "," not in after and not is_body:
        return Agent(family=before, given=after, role=role)
    return Agent(literal=said, role=role) if said else None


def _shown(agent: Agent) -> str:
    return agent.literal or ", ".join(filter(None, (agent.family, agent.given)))


def _source_date(header: _Element) -> DateRange | None:
    """When the text was written or printed."""
    source = _first(header, "fileDesc", "sourceDesc")
    places = [_first(header, "profileDesc", "creation")]
    places += [
        _deep(source, name) for name in ("origDate", "imprint", "bibl", "biblFull", "biblStruct")
    ]
    return next(filter(None, map(_dated, places)), None)


def _dated(place: _Element | None) -> DateRange | None:
    return None if place is None else next(_dates(place), None)


def _dates(place: _Element) -> Iterator[DateRange]:
    elements = [place] if local(place) == "origDate" else list(place.iter("{*}date"))
    for one in elements:
        said = next((value for name in _WHEN if (value := one.get(name))), "")
        start, end = one.get("notBefore") or one.get("from"), one.get("notAfter") or one.get("to")
        if not said and start and end:
            said = f"{start}/{end}"
        if date := parse_date(said or _said(one)):
            yield date


def _identifiers(published: _Element | None) -> Iterator[tuple[str, str]]:
    for one in () if published is None else published.iter("{*}idno"):
        said = _said(one)
        scheme = (one.get("type") or "").lower()
        if len(one):  # holds others, which come by themselves
            continue
        if match := _DOI.fullmatch(said):
            yield "doi", match[1]
        elif said:
            yield (scheme if scheme in _SCHEMES else "url" if "://" in said else "local"), said


def _repository(manuscript: _Element | None) -> str:
    names = ("repository", "institution", "settlement")
    said = {name: _said(_first(manuscript, name)) for name in names}
    holder = said["repository"] or said["institution"]
    return ", ".join(filter(None, (holder, said["settlement"])))


def _rights(availability: _Element | None) -> Rights | None:
    if availability is None:
        return None
    licence = _licence(availability)
    uri = "" if licence is None else licence.get("target") or ""
    if not uri:
        links = (one.get("target") or "" for one in availability.iter("{*}ref"))
        uri = next((link for link in links if "://" in link), "")
    label = _said(availability)
    return Rights(uri=uri, label=label) if uri or label else None


def _subjects(header: _Element) -> Iterator[str]:
    for keywords in header.iter("{*}keywords"):
        for one in keywords.iter("{*}term"):
            if said := _said(one):
                yield said
