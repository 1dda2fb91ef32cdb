"""Dublin Core, simple and qualified, to `schema.Record`, and to the words stored of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag_assistant.readers.conditions import closes, is_access_term
from rag_assistant.readers.crosswalk import (
    Line,
    agents,
    distinct,
    identifier,
    languages,
    ordered,
    person_or_body,
    plain,
    publication,
    role_of,
    stated_identifier,
    subject,
    title_of,
    web_address,
)
from rag_assistant.readers.crosswalk_dates import edtf, is_edtf
from rag_assistant.readers.crosswalk_hosts import place_in_host
from rag_assistant.readers.crosswalk_types import csl_type
from rag_assistant.readers.xml import local, words
from rag_assistant.schema import Agent, Record

if TYPE_CHECKING:
    from lxml.etree import _Element

_DC = frozenset({"http://purl.org/dc/elements/1.1/", "http://purl.org/dc/elements/1.0/"})
_TERMS = "http://purl.org/dc/terms/"
_RELATORS = frozenset(
    {
        "http://id.loc.gov/vocabulary/relators/",
        "http://www.loc.gov/loc.terms/relators/",
        "http://www.loc.gov/marc.relators/",
    }
)
_SCHEME = "{http://www.w3.org/2001/XMLSchema-instance}type"
_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_CLASSES = frozenset({"LCC", "DDC", "UDC"})
_NAMED_SCHEMES = {"ISBN": "isbn", "ISSN": "issn", "DOI": "doi", "Handle": "handle", "URI": ""}
_DATES = ("issued", "date", "created", "dateCopyrighted", "available")
_EMBARGO = "info:eu-repo/date/embargoend/"
_IMPRINT = 2
_PERSONS = frozenset({"creator", "contributor"})


def from_dc(element: _Element) -> Record:
    """What an element of Dublin Core elements says of its work."""
    said = _said(element)
    found = dict.fromkeys(said, "") | {name: words(of[0]) for name, of in said.items()}
    publisher, place = _imprint(found.get("publisher", ""))
    host = _host(said)
    volume, issue, pages = place_in_host(found.get("bibliographicCitation", ""))
    subjects = said.get("subject", [])
    return Record(
        type=csl_type(_types(said), _resource(said), host=_kind_of_host(host, volume, issue)),
        title=title_of(found.get("title", "")),
        agents=agents(_agents(element)),
        issued=_issued(said),
        publisher=publisher,
        publisher_place=place,
        container_title=title_of(host),
        volume=volume,
        issue=issue,
        pages=pages,
        extent=plain(found.get("extent", "") or found.get("format", "")),
        genre=_genre(said),
        languages=languages(words(one) for one in said.get("language", [])),
        subjects=distinct(
            subject([words(one)])
            for one in [*subjects, *said.get("spatial", []), *said.get("coverage", [])]
            if _scheme(one) not in _CLASSES
        ),
        places=distinct(plain(words(one)) for one in said.get("spatial", [])),
        abstract=plain(found.get("abstract", "") or found.get("description", "")),
        call_number=next((plain(words(one)) for one in subjects if _scheme(one) in _CLASSES), ""),
        identifiers=ordered(_identifiers(element, said)),
        links=_links(element, said),
    )


def lines(element: _Element) -> list[Line]:
    """The words of a record, a line for each of its elements, the title first."""
    ours = [one for one in element if _name(one)]
    ours.sort(key=lambda one: _name(one) != "title")  # stable
    return [(f"dc:{_name(one)}", words(one) or one.get(_RESOURCE, "")) for one in ours]


def restrictions(element: _Element) -> tuple[list[str], list[str]]:
    """What a record says on access and on use; what its rights say on access counts as both."""
    said: dict[str, list[str]] = {}
    for child in element:
        if name := _name(child):
            said.setdefault(name.lower(), []).extend(_values(child))
    use = [*said.get("rights", []), *said.get("license", [])]
    dates = [*said.get("date", []), *said.get("available", [])]
    return (
        [
            *said.get("accessrights", []),
            *(one for one in use if closes(one) or is_access_term(one)),
            *(one for one in dates if one.lower().startswith(_EMBARGO)),
        ],
        [one for one in use if not is_access_term(one)],
    )


def has_elements(element: _Element) -> bool:
    """Whether an element holds Dublin Core."""
    return any(_name(child) for child in element)


# ---------------------------------------------------------------- elements


def _name(element: _Element) -> str:
    """The name of an element of Dublin Core, or of a relator's; "" for any other."""
    space = element.tag.rpartition("}")[0][1:] if isinstance(element.tag, str) else ""
    is_ours = space in _DC or space == _TERMS or space in _RELATORS
    return local(element) if is_ours else ""


def _said(element: _Element) -> dict[str, list[_Element]]:
    """The elements that say something, by their names, in the order of the record."""
    said: dict[str, list[_Element]] = {}
    for child in element:
        if (name := _name(child)) and _value(child):
            said.setdefault(name, []).append(child)
    if "title" not in said and "alternative" in said:
        said["title"] = said["alternative"]
    return said


def _value(element: _Element) -> str:
    return words(element) or element.get(_RESOURCE, "").strip()


def _values(element: _Element) -> list[str]:
    """Its words, and the addresses by which it, or what stands in it, names a thing."""
    inner = (one.get(name, "") for one in element.iter() for name in (_RESOURCE, _ABOUT))
    return list(filter(None, (words(element), *map(str.strip, inner))))


def _scheme(element: _Element) -> str:
    """The encoding scheme, without the prefix of its vocabulary."""
    return (element.get(_SCHEME) or element.get("scheme") or "").rpartition(":")[2]


# ---------------------------------------------------------------- facts


def _agents(element: _Element) -> Iterator[Agent]:
    for child in element:
        name, space = _name(child), child.tag.rpartition("}")[0][1:]
        if space in _RELATORS:
            yield person_or_body(words(child), role_of(name, first=False))
        elif name in _PERSONS:
            yield person_or_body(words(child), role_of(first=name == "creator"))


def _imprint(publisher: str) -> tuple[str, str]:
    """Publisher and place: many repositories write "London : Hogarth Press"."""
    parts = publisher.split(" : ")
    if len(parts) == _IMPRINT:
        return publication(parts[1]), publication(parts[0])
    return publication(publisher), ""


def _issued(said: dict[str, list[_Element]]) -> str:
    written = [edtf(words(one)) for name in _DATES for one in said.get(name, [])]
    return next(iter([*filter(is_edtf, written), *written]), "")


def _types(said: dict[str, list[_Element]]) -> list[str]:
    return [words(one) for one in said.get("type", []) if words(one).lower() != "text"]


def _resource(said: dict[str, list[_Element]]) -> str:
    """A text alone is no book: much that is text was never published as one."""
    kinds = {words(one).lower() for one in said.get("type", [])}
    return "text" if "text" in kinds and "publisher" in said else ""


def _genre(said: dict[str, list[_Element]]) -> str:
    """The first type that is no bare kind of resource, nor a URI."""
    for one in _types(said):
        if " " in one.strip() and "://" not in one:
            return plain(one)
    return ""


def _host(said: dict[str, list[_Element]]) -> str:
    names = (_value(one) for one in said.get("isPartOf", []))
    return next((name for name in names if not web_address(name)), "")


def _kind_of_host(host: str, volume: str, issue: str) -> str:
    if not host:
        return ""
    return "serial" if volume or issue else "book"


def _identifiers(element: _Element, said: dict[str, list[_Element]]) -> Iterator[tuple[str, str]]:
    for one in said.get("identifier", []):
        if scheme := _NAMED_SCHEMES.get(_scheme(one)):
            yield from identifier(scheme, _value(one))
        else:
            yield from stated_identifier(_value(one))
    if about := web_address(element.get(_ABOUT, "")):
        yield from identifier("url", about)


def _links(element: _Element, said: dict[str, list[_Element]]) -> tuple[str, ...]:
    addresses = [*map(_value, said.get("identifier", [])), element.get(_ABOUT, "")]
    return distinct(map(web_address, addresses))
