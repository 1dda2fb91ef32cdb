"""What an e-book's package says of the book, as one bibliographic record."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.conditions import of_rights
from rag_assistant.readers.description import narrowed
from rag_assistant.readers.markup import one_line, published_day
from rag_assistant.readers.unseen import without_strange_links
from rag_assistant.readers.xml import find, local, words
from rag_assistant.schema import Agent, Description, Record, Rights

if TYPE_CHECKING:
    from lxml.etree import _Element

_DC = "{http://purl.org/dc/elements/1.1/}"
# MARC relator codes as CSL names the parts that people have in a work.
_ROLES = {
    "aut": "author", "edt": "editor", "edc": "editor", "trl": "translator", "ill": "illustrator",
    "com": "compiler", "nrt": "narrator", "aui": "contributor", "ctb": "contributor",
}  # fmt: skip
_NO_AGENTS = frozenset({"bkp", "prc", "mrk", "bkd"})  # who made the file, not the work
_URN = re.compile(r"(?:urn:)?(isbn|issn|uuid|doi):\s*(.+)", re.IGNORECASE)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/)(10\..+)", re.IGNORECASE)
_SCHEMES = frozenset({"isbn", "issn", "uuid", "doi", "oclc", "lccn", "ark", "handle"})
_CODES = {"02": "isbn", "15": "isbn", "06": "doi"}  # ONIX code list 5
_ACCESS = "dcterms:accessrights"
_RIGHTS_LINKS = ("dcterms:rights", "dcterms:license", "cc:license")
_FIRST_DAY = re.compile(r"[^T]+")


class Metadata:
    """The Dublin Core of a package.

    Args:
        root: The package's root.
    """

    def __init__(self, root: _Element) -> None:
        metadata = find(root, "metadata")
        self._elements = [] if metadata is None else list(metadata.iter(f"{_DC}*"))
        self._refined: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._stated: defaultdict[str, list[str]] = defaultdict(list)
        self._links: list[tuple[str, str]] = []
        for one in () if metadata is None else metadata.iter():
            if local(one) == "meta" and one.get("refines"):
                key = (one.get("refines", "").lstrip("#"), one.get("property") or "")
                self._refined[key].append(words(one))
            elif local(one) == "meta":
                name = (one.get("property") or one.get("name") or "").strip().lower()
                self._stated[name].append(words(one) or one.get("content") or "")
            elif local(one) == "link" and not one.get("refines"):
                self._links.append((one.get("rel") or "", one.get("href") or ""))

    def described(self) -> Description:
        """The book's description, with its record."""
        record = self._record()
        rights = Rights(label=self._first("rights"), uri=self._rights_uri())
        creators = [one for one in self._named("creator") if self._role(one) not in _NO_AGENTS]
        said = Description(
            title=record.title,
            creator="; ".join(map(_said, creators)),
            date=published_day(record.issued) if record.issued else None,
            language=record.languages[0] if record.languages else "",
            kind="book",
            identifiers={scheme: value for scheme, value in reversed(record.identifiers)},
            rights=rights if rights != Rights() else None,
            record=record,
        )
        return without_strange_links(narrowed(said, self._allowed()), "")

    def _allowed(self) -> Description:
        """What the rights of the book allow; access has a property and a link of its own."""
        links = [href for rel, href in self._links if rel.lower() in (*_RIGHTS_LINKS, _ACCESS)]
        rights = [*map(_said, self._named("rights")), *self._stated["dcterms:rights"], *links]
        return of_rights(rights, self._stated[_ACCESS])

    def _record(self) -> Record:
        return Record(
            type="book",
            title=self._title(),
            agents=tuple(self._agents()),
            issued=self._issued(),
            publisher=self._first("publisher"),
            languages=tuple(map(_said, self._named("language"))),
            subjects=tuple(dict.fromkeys(map(_said, self._named("subject")))),
            abstract=self._first("description"),
            identifiers=tuple(map(self._identifier, self._named("identifier"))),
        )

    def _named(self, name: str) -> list[_Element]:
        return [one for one in self._elements if local(one) == name and _said(one)]

    def _first(self, name: str) -> str:
        return next(map(_said, self._named(name)), "")

    def _about(self, element: _Element, name: str) -> str:
        """What the package says of one of these elements: beside it, or in an attribute of it."""
        refined = self._refined.get((element.get("id") or "", name), [])
        return refined[0] if refined else _attribute(element, name)

    def _title(self) -> str:
        titles = {self._about(one, "title-type") or "main": _said(one)
                  for one in reversed(self._named("title"))}  # fmt: skip
        main = titles.get("main", self._first("title"))
        subtitle = titles.get("subtitle", "")
        return f"{main}: {subtitle}" if subtitle and subtitle != main else main

    def _role(self, element: _Element) -> str:
        return self._about(element, "role").lower()

    def _agents(self) -> list[Agent]:
        agents = []
        for name, otherwise in (("creator", "author"), ("contributor", "contributor")):
            for one in self._named(name):
                role = self._role(one)
                if role not in _NO_AGENTS:
                    agents.append(self._agent(one, _ROLES.get(role, otherwise)))
        return agents

    def _agent(self, element: _Element, role: str) -> Agent:
        """A person where the package sorts the name as one: "Austen, Jane"."""
        family, comma, given = map(str.strip, self._about(element, "file-as").partition(","))
        if comma and given and "," not in given:
            return Agent(family=family, given=given, role=role)
        return Agent(literal=_said(element), role=role)

    def _issued(self) -> str:
        """The day of publication; EPUB 2 tells several events apart."""
        dates = [(_attribute(one, "event").lower(), _said(one)) for one in self._named("date")]
        said = next(
            (date for event, date in dates if "publication" in event),
            next((date for event, date in dates if event != "modification"), ""),
        )
        day = _FIRST_DAY.match(said)
        return day[0].strip() if day and said[:4].isdecimal() else said

    def _identifier(self, element: _Element) -> tuple[str, str]:
        said = _said(element)
        if match := _URN.fullmatch(said):
            return match[1].lower(), match[2]
        if match := _DOI.fullmatch(said):
            return "doi", match[1]
        kind = self._about(element, "identifier-type")
        scheme = _CODES.get(kind) or _attribute(element, "scheme").lower() or kind.lower()
        if scheme in _SCHEMES:
            return scheme, said
        return ("url" if "://" in said else "local"), said

    def _rights_uri(self) -> str:
        return next((href for rel, href in self._links if rel in _RIGHTS_LINKS), "")


def _said(element: _Element) -> str:
    return one_line(clean_text(words(element)))


def _attribute(element: _Element, name: str) -> str:
    """An attribute with or without the prefix of EPUB 2."""
    return element.get(name) or element.get(f"{{http://www.idpf.org/2007/opf}}{name}") or ""
