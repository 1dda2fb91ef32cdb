"""The facts in a component's ``did``, out of EAD 2002 and EAD3 into the fields of a record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag_assistant.dates import day_number, parse_date
from rag_assistant.readers import xml
from rag_assistant.readers.flow import flat
from rag_assistant.readers.language import normalise_language
from rag_assistant.schema import Agent, DateRange

if TYPE_CHECKING:
    from lxml.etree import _Element

GROUPS = frozenset({"ead", "dsc", "descgrp", "dscgrp", "admininfo"})
"""What only groups the words of a component, or its components."""

_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)?")
_WHOLE_YEARS = re.compile(r"(-?\d{4})-01-01/(-?\d{4})-12-31")
_YEAR = re.compile(r"\b[12]\d{3}(?=s?\b)")
_CENTURY = re.compile(r"\bcentur", re.IGNORECASE)
_ARK = re.compile(r"ark:/?\d{5,}/[^\s?#\"]+")
_HANDLE = re.compile(r"hdl\.handle\.net/([^\s?#\"]+)")
_LIFE = re.compile(
    r",?\s*\(?(?:(?:b|d|fl|ca?)\.\s*)?\d{3,4}\??\s*(?:-\s*(?:\d{3,4}\??)?)?\)?[\s.]*\Z"
)
_LINKED = frozenset({"dao", "daoloc"})
_REFERENCES = frozenset({"extref", "extptr", "ref", "ptr"})
_NAMES = frozenset({"persname", "corpname", "famname", "name"})
_NO_CALL_NUMBER = frozenset({"aspace_uri"})
_BULK = "bulk"
_TERMS = frozenset(
    {"persname", "corpname", "famname", "name", "subject", "geogname", "genreform", "function"}
    | {"occupation", "title"}
)


def named(elements: Iterable[_Element], *names: str) -> list[_Element]:
    """The elements with one of these local names."""
    return [one for one in elements if xml.local(one) in names]


def is_internal(element: _Element) -> bool:
    """Whether it, or a group that it stands in, is marked as not meant for the public."""
    one: _Element | None = element
    while one is not None:
        if is_marked(one):
            return True
        one = one.getparent()
        if one is not None and xml.local(one) not in GROUPS:
            return False
    return False


def is_marked(element: _Element) -> bool:
    """Whether an element itself is marked as not meant for the public."""
    return (element.get("audience") or "").strip().lower() == "internal"


def public(element: _Element) -> _Element:
    """An element without what in it is not meant for the public: a copy, where there is such."""
    if not any(is_marked(one) for one in element.iterdescendants()):
        return element
    copy = deepcopy(element)
    for one in [one for one in copy.iterdescendants() if is_marked(one)]:
        parent = one.getparent()
        if parent is not None:
            _remove(one, parent)
    return copy


def _remove(element: _Element, parent: _Element) -> None:
    """Take an element out of another; the words behind it stay."""
    before, tail = element.getprevious(), element.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    element.tail = None
    parent.remove(element)


# ---------------------------------------------------------------- dates


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """When a unit was made: EDTF or words for the record, and the days, where they are known."""

    issued: str = ""
    words: str = ""
    days: DateRange | None = None


def dated(did: Sequence[_Element]) -> Dated:
    """The dates of a unit; those of its bulk only where there are no others."""
    whole, words = _whole(did), date_words(did)
    spans = [(days, normal) for normal in map(_normal, whole) if (days := parse_date(normal))]
    if not spans:
        return Dated(issued=words, words=words, days=_days_in(words))
    first = min(spans, key=lambda span: span[0].first)
    last = max(spans, key=lambda span: span[0].last)
    issued = _interval(first[1].partition("/")[0], last[1].rpartition("/")[2])
    days = DateRange(first=first[0].first, last=last[0].last, text=words or issued)
    return Dated(issued=issued, words=words or issued, days=days)


def _days_in(words: str) -> DateRange | None:
    """The days of a date in words, from the first year that it names to the last."""
    years = sorted(int(year) for year in _YEAR.findall(words))
    if len(years) > 1:
        first, last = day_number(years[0], 1, 1), day_number(years[-1], 12, 31)
        return DateRange(first=first, last=last, text=words)
    return parse_date(words) if years or _CENTURY.search(words) else None


def date_words(did: Sequence[_Element]) -> str:
    """The same dates in the finding aid's own words."""
    return "; ".join(dict.fromkeys(filter(None, map(_date_words, _whole(did)))))


def _whole(did: Sequence[_Element]) -> list[_Element]:
    found = [one for outer in did for one in outer.iter() if _is_date(one)]
    return [one for one in found if _kind(one) != _BULK] or found


def _is_date(element: _Element) -> bool:
    return xml.local(element) in ("unitdate", "unitdatestructured")


def _kind(element: _Element) -> str:
    return element.get("type") or element.get("unitdatetype") or ""


def _normal(element: _Element) -> str:
    """The date as machines read it, "" where it is given in words only."""
    normal = element.get("normal") or ""
    if xml.local(element) == "unitdatestructured":
        ends = [one.get("standarddate") or "" for one in _ends(element)]
        normal = _interval(min(ends), max(ends)) if ends and all(ends) else ""
    return "/".join(_hyphenated(part) for part in normal.strip().split("/"))


def _ends(element: _Element) -> list[_Element]:
    return named(element.iter(), "datesingle", "fromdate", "todate")


def _date_words(element: _Element) -> str:
    if xml.local(element) == "unitdate":
        return flat(element)
    return element.get("altrender") or "–".join(filter(None, map(flat, _ends(element))))


def _hyphenated(date: str) -> str:
    """ISO 8601 with its hyphens: "19340506" is "1934-05-06"."""
    compact = _COMPACT.fullmatch(date.strip())
    return "-".join(filter(None, compact.groups())) if compact else date.strip()


def _interval(first: str, last: str) -> str:
    """EDTF from first to last, one date where they are the same, years where they are whole."""
    interval = first if first == last else f"{first}/{last}"
    if years := _WHOLE_YEARS.fullmatch(interval):
        return years[1] if years[1] == years[2] else f"{years[1]}/{years[2]}"
    return interval


# ---------------------------------------------------------------- where it is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Containers:
    """Boxes, folders and all others; several of one kind stand with commas between them.

    ``groups`` are what belongs together: ("Box 12, folder 3", "Box 13").
    """

    box: str = ""
    folder: str = ""
    item: str = ""
    groups: tuple[str, ...] = ()


def containers(did: Sequence[_Element]) -> Containers:
    """Where a unit lies, by its containers."""
    found = [(_container(one), one) for one in named(did, "container") if flat(one)]
    by_kind: dict[str, list[str]] = {"box": [], "folder": [], "item": []}
    for (kind, value), _ in found:
        other = value if kind in ("", "item") else f"{kind} {value}"
        by_kind["item" if kind not in by_kind else kind].append(
            value if kind in ("box", "folder") else other
        )
    box, folder, item = (", ".join(dict.fromkeys(values)) for values in by_kind.values())
    return Containers(box=box, folder=folder, item=item, groups=tuple(_groups(found)))


def _container(element: _Element) -> tuple[str, str]:
    """Its kind in small letters, and what it is called."""
    kind = (element.get("type") or element.get("localtype") or "").strip().lower()
    return {"boxes": "box", "folders": "folder"}.get(kind, kind), flat(element)


def _groups(found: Sequence[tuple[tuple[str, str], _Element]]) -> Iterator[str]:
    """A container that names its parent goes with it; without such names a box begins a group."""
    groups: list[list[str]] = []
    by_id: dict[str, list[str]] = {}
    for (kind, value), element in found:
        words = f"{kind} {value}".strip()
        parent = element.get("parent") or ""
        if parent in by_id:
            group = by_id[parent]
        elif groups and not parent and kind != "box" and not element.get("id"):
            group = groups[-1]
        else:
            groups.append(group := [])
        group.append(words)
        by_id[element.get("id") or ""] = group
        by_id.pop("", None)
    for group in groups:
        whole = ", ".join(group)
        yield whole[:1].upper() + whole[1:]


# ---------------------------------------------------------------- who, what, how much


def agents(did: Sequence[_Element]) -> tuple[tuple[Agent, ...], str]:
    """Those whom a unit comes from: as agents, and in the finding aid's own words."""
    found: list[Agent] = []
    said: list[str] = []
    for origin in named(did, "origination"):
        people = named(origin.iter(), *_NAMES) or [origin]
        for one in people:
            words = _name(one)
            if words:
                found.append(_agent(xml.local(one), words))
                said.append(words)
    return tuple(dict.fromkeys(found)), "; ".join(dict.fromkeys(said))


def _name(element: _Element) -> str:
    """A name; in EAD3 it stands in parts."""
    parts = [flat(part).rstrip(" ,") for part in named(element, "part")]
    return ", ".join(filter(None, parts)) or flat(element)


def _agent(kind: str, words: str) -> Agent:
    if kind != "persname":
        return Agent(literal=words)
    bare = _LIFE.sub("", words).strip(" ,")
    family, _, given = (part.strip(" ,") for part in bare.partition(","))
    return Agent(family=family, given=given) if given else Agent(literal=bare or words)


def subjects(own: Sequence[_Element]) -> tuple[str, ...]:
    """The headings under which a unit is entered, each once."""
    return _entered(own, *_TERMS)


def places(own: Sequence[_Element]) -> tuple[str, ...]:
    """Those of them that are places."""
    return _entered(own, "geogname")


def _entered(own: Sequence[_Element], *names: str) -> tuple[str, ...]:
    entered = [one for outer in named(own, "controlaccess") for one in outer.iter()]
    return tuple(dict.fromkeys(filter(None, map(_name, named(entered, *names)))))


def extents(did: Sequence[_Element]) -> tuple[str, list[str]]:
    """How much it is, and all that is said of its physical form, a line each."""
    much: list[str] = []
    form: list[str] = []
    for one in named(did, "physdesc", "physdescstructured", "physdescset"):
        measured = [flat(extent) for extent in named(one.iter(), "extent")]
        measured += [_measure(each) for each in named(one.iter(), "physdescstructured")]
        rest = named(one.iter(), "physfacet", "dimensions")
        described = [] if measured or rest else [flat(one)]
        much += measured or described
        form.append("; ".join(filter(None, [*measured, *map(flat, rest), *described])))
    return "; ".join(dict.fromkeys(filter(None, much))), list(dict.fromkeys(filter(None, form)))


def _measure(element: _Element) -> str:
    return " ".join(flat(one) for one in named(element, "quantity", "unittype"))


def languages(did: Sequence[_Element]) -> tuple[str, ...]:
    """The languages of the material, as codes where the finding aid gives codes."""
    spoken = [one for outer in named(did, "langmaterial") for one in outer.iter()]
    found = [
        normalise_language(one.get("langcode") or "") or flat(one)
        for one in named(spoken, "language")
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def kept_in(repository: _Element) -> str:
    """The name of who keeps it, without an address."""
    names = [flat(one) for one in repository.iter() if xml.local(one) in _NAMES]
    parts = [*names, *(flat(one) for one in named(repository, "subarea"))]
    return ", ".join(filter(None, parts)) or flat(repository)


# ---------------------------------------------------------------- identifiers and links


def call_number(did: Sequence[_Element]) -> str:
    """The number under which a unit is asked for, "" where it has none of its own."""
    numbers = [one for one in named(did, "unitid") if one.get("type") not in _NO_CALL_NUMBER]
    return next(filter(None, map(flat, numbers)), "")


def identifiers(
    unit: _Element, did: Sequence[_Element], addresses: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """All identifiers of a unit, as they stand in the finding aid."""
    found = [
        ("local" if one.get("type") in _NO_CALL_NUMBER else "unitid", flat(one))
        for one in named(did, "unitid")
    ]
    found.append(("ref_id", unit.get("id") or ""))
    for address in addresses:
        found += [("ark", match[0]) for match in _ARK.finditer(address)]
        found += [("handle", match[1]) for match in _HANDLE.finditer(address)]
    return tuple(dict.fromkeys(pair for pair in found if pair[1]))


def links(own: Sequence[_Element], did: Sequence[_Element]) -> tuple[list[str], list[str]]:
    """Addresses of digital objects, and those of other finding aids, as they stand there."""
    digital = [
        one for outer in (*did, *own) if xml.local(outer) != "did" for one in _shown(outer, _LINKED)
    ]
    others = [one for outer in named(own, "otherfindaid") for one in _shown(outer, _REFERENCES)]
    return _addresses(digital), _addresses(others)


def _shown(outer: _Element, names: frozenset[str]) -> list[_Element]:
    return [one for one in outer.iter() if xml.local(one) in names and not is_internal(one)]


def _addresses(elements: Iterable[_Element]) -> list[str]:
    said = (
        value.strip()
        for one in elements
        for key, value in one.attrib.items()
        if str(key).rpartition("}")[2] == "href"
    )
    return list(dict.fromkeys(filter(None, map(str, said))))
