"""MODS to `schema.Record`, and to the words that are stored of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag_assistant.readers.conditions import closes, is_access_term
from rag_assistant.readers.crosswalk import (
    Line,
    agents,
    body,
    distinct,
    identifier,
    languages,
    ordered,
    person,
    person_or_body,
    plain,
    publication,
    role_of,
    subject,
    title_of,
    web_address,
)
from rag_assistant.readers.crosswalk_dates import edtf, is_edtf
from rag_assistant.readers.crosswalk_hosts import place_in_host
from rag_assistant.readers.crosswalk_types import csl_type
from rag_assistant.readers.xml import find, find_all, local, words
from rag_assistant.schema import Agent, Record

if TYPE_CHECKING:
    from lxml.etree import _Element

_HREF = "{http://www.w3.org/1999/xlink}href"
_OTHER_EVENTS = frozenset({"digitization", "capture", "production of copy"})
_QUALIFIERS = {"approximate": "~", "inferred": "~", "questionable": "?"}
_DATES = ("dateIssued", "dateCreated", "copyrightDate", "dateOther")
_CLASSES = ("lcc", "ddc", "udc", "rvk")
_NOT_SHOWN = frozenset({"recordInfo", "extension", "language", "typeOfResource"})
_PAGED = ("page", "pages")
_OF_ACCESS = re.compile(r"access|restrict")
_OF_USE = re.compile(r"\b(?:use|reuse|reproduc\w*|licen[cs]e|copyright|rights)\b|reproduction")


def from_mods(mods: _Element) -> Record:
    """What a ``<mods>`` element says of its work."""
    volume, issue, pages = _part(mods)
    publisher, place = _imprint(mods)
    host = _host(mods)
    return Record(
        type=_type(mods),
        title=_title(mods),
        agents=agents(_agents(mods)),
        issued=_issued(mods),
        edition=plain(_first(_origins(mods), "edition")),
        publisher=publisher,
        publisher_place=place,
        container_title=_title(host) if host is not None else "",
        volume=volume,
        issue=issue,
        pages=pages,
        extent=plain(words(find(mods, "physicalDescription", "extent"))),
        genre=plain(words(find(mods, "genre"))),
        languages=languages(_languages(mods)),
        subjects=distinct(map(_subject, find_all(mods, "subject"))),
        places=distinct(_places(mods)),
        abstract=plain(words(find(mods, "abstract"))),
        call_number=_call_number(mods),
        identifiers=ordered(_identifiers(mods)),
        links=distinct(web_address(words(url)) for url in find_all(mods, "location", "url")),
    )


def lines(mods: _Element) -> list[Line]:
    """The words of a record, a line for each of its elements, the title first."""
    elements = sorted(mods, key=lambda one: local(one) != "titleInfo")  # stable
    return [
        (f"mods/{local(one)}", _line(one))
        for one in elements
        if local(one) and local(one) not in _NOT_SHOWN
    ]


def restrictions(mods: _Element) -> tuple[list[str], list[str]]:
    """What a record says on access and on use; on use with the address that it gives for it.

    What closes a host or another related item counts too.
    """
    access: list[str] = []
    use: list[str] = []
    for condition in mods.iter("{*}accessCondition"):
        said, address = words(condition), condition.get(_HREF, "").strip()
        kind, label = condition.get("type", ""), condition.get("displayLabel", "")
        terms = [one for one in (said, address) if is_access_term(one)]
        shut = [one for one in (said, address, kind, label) if closes(one)]
        if _OF_USE.search(kind.lower()) and "access" not in kind.lower():
            access += terms
        elif terms or shut or _OF_ACCESS.search(kind.lower()):
            access += dict.fromkeys([said or address, *shut])
            continue
        if condition.getparent() is mods:
            use.append(" ".join(filter(None, (said, address))))
    return access, use


# ---------------------------------------------------------------- title, names, type


def _title(element: _Element) -> str:
    """The title proper: an abbreviated, uniform or translated one stands behind it."""
    found = list(find_all(element, "titleInfo"))
    proper = [one for one in found if not one.get("type")]
    for info in proper or found:
        non_sort = words(find(info, "nonSort"))
        gap = "" if non_sort.endswith(("'", "’", "-")) or not non_sort else " "
        title = title_of(
            f"{non_sort}{gap}{words(find(info, 'title'))}",
            words(find(info, "subTitle")),
            (words(one) for one in info if local(one) in ("partNumber", "partName")),
        )
        if title:
            return title
    return ""


def _agents(mods: _Element) -> Iterator[Agent]:
    for name in find_all(mods, "name"):
        terms = [words(one) for one in find_all(name, "role", "roleTerm")]
        role = role_of(*terms, first=name.get("usage") == "primary")
        yield _agent(name, role)


def _agent(name: _Element, role: str) -> Agent:
    parts: dict[str, list[str]] = {}
    for part in find_all(name, "namePart"):
        parts.setdefault(part.get("type", ""), []).append(words(part))
    said = parts.get("", []) or [words(find(name, "displayForm"))]
    kind = name.get("type", "")
    if kind in ("corporate", "family"):
        return body(". ".join(map(plain, said)), role)
    if kind == "conference":
        return body(" ".join(said), role)
    if family := " ".join(parts.get("family", [])):
        return Agent(family=plain(family), given=plain(" ".join(parts.get("given", []))), role=role)
    if kind != "personal":
        return person_or_body(" ".join(said), role)
    if "," in plain(said[0]):
        return person(said[0], role)
    titles = parts.get("termsOfAddress", [])
    return body(", ".join(filter(None, map(plain, (" ".join(said), *titles)))), role)


def _type(mods: _Element) -> str:
    resource = find(mods, "typeOfResource")
    manuscript = resource is not None and resource.get("manuscript") == "yes"
    collection = resource is not None and resource.get("collection") == "yes"
    host = _host(mods)
    in_serial = host is not None and (
        any(_part(mods)[:2]) or _issuance(host) in ("serial", "continuing")
    )
    return csl_type(
        [words(one) for one in find_all(mods, "genre")],
        words(resource),
        manuscript=manuscript,
        collection=collection,
        is_serial=_issuance(mods) in ("serial", "continuing"),
        host="" if host is None else "serial" if in_serial else "book",
    )


def _issuance(element: _Element) -> str:
    return words(find(element, "originInfo", "issuance")).lower()


def _host(mods: _Element) -> _Element | None:
    """What holds this part; a record that only names a number of one has none."""
    hosts = (one for one in find_all(mods, "relatedItem") if one.get("type") == "host")
    return next((one for one in hosts if find(one, "titleInfo") is not None), None)


# ---------------------------------------------------------------- publication


def _origins(mods: _Element) -> list[_Element]:
    """Statements of publication; what is said of the making of copies comes not from the work."""
    found = [
        one
        for one in find_all(mods, "originInfo")
        if one.get("eventType", "").lower() not in _OTHER_EVENTS
    ]
    return sorted(found, key=lambda one: one.get("eventType", "publication") != "publication")


def _imprint(mods: _Element) -> tuple[str, str]:
    """Publisher and place; a place that has only a code is none to read."""
    for origin in _origins(mods):
        terms = (one for one in find_all(origin, "place", "placeTerm") if one.get("type") != "code")
        publisher = publication(words(find(origin, "publisher")))
        place = next(filter(None, (publication(words(one)) for one in terms)), "")
        if publisher or place:
            return publisher, place
    return "", ""


def _issued(mods: _Element) -> str:
    for name in _DATES:
        found = [date for origin in _origins(mods) for date in find_all(origin, name)]
        if not found:
            host = _host(mods)
            found = list(find_all(host, "originInfo", name)) if host is not None else []
        if date := _best_date(found):
            return date
    return edtf(words(find(mods, "part", "date")) or _host_date(mods))


def _best_date(dates: list[_Element]) -> str:
    """The one in a known encoding, then the one in words, then the one of a fixed field."""
    written = []
    for date in sorted(dates, key=_encoding_rank):
        if date.get("point") == "end":
            continue
        first = edtf(words(date)) + _sign(date)
        end = _end_of(date, dates)
        written.append(f"{first}/{end}" if date.get("point") == "start" and end else first)
    known = [date for date in written if is_edtf(date)]
    return next(iter([*known, *written]), "")


def _encoding_rank(date: _Element) -> int:
    encoding = date.get("encoding", "").lower()
    return 2 if encoding == "marc" else 1 if not encoding else 0


def _end_of(date: _Element, dates: list[_Element]) -> str:
    for other in dates:
        if other.get("point") == "end" and other.get("encoding") == date.get("encoding"):
            end = words(other)
            return ".." if end in ("9999", "open", "..") else edtf(end) + _sign(other)
    return ""


def _sign(date: _Element) -> str:
    written = words(date)
    return "" if written.endswith(("?", "~")) else _QUALIFIERS.get(date.get("qualifier", ""), "")


def _host_date(mods: _Element) -> str:
    host = _host(mods)
    return words(find(host, "part", "date")) if host is not None else ""


def _part(mods: _Element) -> tuple[str, str, str]:
    """Volume, issue and pages, from the host's ``<part>`` or the record's own."""
    host = _host(mods)
    part = find(host, "part") if host is not None else None
    if part is None:
        part = find(mods, "part")
    if part is None:
        return "", "", ""
    numbers = {
        detail.get("type", ""): words(find(detail, "number")) for detail in find_all(part, "detail")
    }
    volume, issue, pages = place_in_host(words(find(part, "text")))
    for extent in find_all(part, "extent"):
        if extent.get("unit", "page") in _PAGED:
            ends = [words(find(extent, name)) for name in ("start", "end")]
            pages = words(find(extent, "list")) or "-".join(filter(None, ends)) or pages
    return numbers.get("volume", volume), numbers.get("issue", numbers.get("number", issue)), pages


def _languages(mods: _Element) -> Iterator[str]:
    for language in find_all(mods, "language"):
        terms = list(find_all(language, "languageTerm"))
        coded = [one for one in terms if one.get("type") == "code"]
        yield from map(words, coded or terms)


# ---------------------------------------------------------------- subjects, numbers, places


def _subject(element: _Element) -> str:
    return subject(_subject_parts(element))


def _subject_parts(element: _Element) -> Iterator[str]:
    for part in element:
        name = local(part)
        if name == "name":
            yield ", ".join(words(one).rstrip(" ,.") for one in find_all(part, "namePart"))
        elif name == "titleInfo":
            yield words(find(part, "title"))
        elif name == "hierarchicalGeographic":
            yield from map(words, part)
        elif name != "geographicCode" and name:
            yield words(part)


def _places(mods: _Element) -> Iterator[str]:
    for one in find_all(mods, "subject"):
        yield from (plain(words(part)) for part in find_all(one, "geographic"))
        for part in find_all(one, "hierarchicalGeographic"):
            yield plain(words(part[-1])) if len(part) else ""


def _call_number(mods: _Element) -> str:
    shelves = [
        *find_all(mods, "location", "holdingSimple", "copyInformation", "shelfLocator"),
        *find_all(mods, "location", "shelfLocator"),
    ]
    classes = {one.get("authority", ""): words(one) for one in find_all(mods, "classification")}
    known = [classes[name] for name in _CLASSES if name in classes]
    return next(filter(None, (plain(one) for one in (*map(words, shelves), *known))), "")


def _identifiers(mods: _Element) -> Iterator[tuple[str, str]]:
    for number in find_all(mods, "recordInfo", "recordIdentifier"):
        yield from identifier("control_number", words(number))
    for one in find_all(mods, "identifier"):
        if one.get("invalid") != "yes":
            yield from identifier(one.get("type", "local"), words(one))
    for url in find_all(mods, "location", "url"):
        if url.get("usage", "").startswith("primary") or not url.get("note"):
            yield from identifier("url", words(url))


# ---------------------------------------------------------------- words


def _line(element: _Element) -> str:
    if local(element) == "subject":
        return " -- ".join(filter(None, _subject_parts(element)))
    return " ".join(filter(None, (" ".join(text.split()) for text in _texts(element))))


def _texts(element: _Element) -> Iterator[str]:
    """The texts within an element, without codes, which nobody reads."""
    for one in element.iter():
        if one.get("type") != "code" and local(one) not in ("nameIdentifier", "recordInfo"):
            yield one.text or ""


def _first(elements: list[_Element], name: str) -> str:
    return next(filter(None, (words(find(one, name)) for one in elements)), "")
