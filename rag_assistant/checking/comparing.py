"""A reference beside one record: what agrees, what differs, and what that makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Literal

from rag_assistant.checking import names
from rag_assistant.checking.aligning import (
    Fit,
    Spelled,
    evidence_of,
    fit,
    holds_title,
    named_within,
)
from rag_assistant.checking.likeness import overlap
from rag_assistant.checking.names import Name
from rag_assistant.checking.references import Identifier, Reading, Reference
from rag_assistant.dates import iso_date
from rag_assistant.docstore.works import stated_identifiers
from rag_assistant.identifiers import NAMES, identifier_key
from rag_assistant.schema import Agent
from rag_assistant.titles import Title, title_of_text, words_of
from rag_assistant.wording import message

Verdict = Literal["conflict", "matched", "close", "not_found"]
Names = Literal["agree", "differ", "unstated"]
Issuer = Literal["institution", "collection", ""]
"""What a reference names of those that issued or keep a work which no person wrote."""

_TITLE, _SUBTITLE = message("title"), message("subtitle")
_AUTHOR, _DATE = message("author"), message("date")
_ISSUERS = {"institution": message("institution"), "collection": message("collection")}
_RANK: dict[Fit, int] = {
    "same": 6,
    "shortened": 5,
    "longer": 4,
    "unstated": 3,
    "similar": 2,
    "part": 1,
    "different": 0,
}
_SAME: tuple[Fit, ...] = ("same", "shortened")
_SIMILAR = 0.4  # Dice's coefficient: two of five words, for titles by one author
_NEAR = 0.75  # Dice's coefficient: three of four words, for titles by anyone
_YEAR = re.compile(r"(?<!\d)(1[0-9]\d\d|20\d\d)(?!\d)")
_DIGIT = re.compile(r"\d")
_OF_CONTAINERS = ("issn",)  # names a serial, not what stands in it
_WEAK = ("url", "call_number")  # others may stand there, too
_LEAST_CALL_NUMBER = 5
_SAID = ("publisher", "repository", "collection", "container_title", "publisher_place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A record as references are compared with it.

    ``institutions`` issued or keep it; ``collections`` are what it belongs to.
    """

    row: Mapping[str, Any]
    title: Title
    people: tuple[Name, ...]
    institutions: tuple[Name, ...]
    collections: tuple[Name, ...]
    years: tuple[int, ...]
    identifiers: frozenset[tuple[str, str]]
    call_number: str
    evidence: frozenset[str]

    @property
    def id(self) -> str:
        """Its document's id."""
        return str(self.row["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a reference says otherwise than a record; "" is what it does not say.

    ``what`` is to be said.
    """

    what: str
    reference: str
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A reference beside one record. ``shared`` are the identifiers that both have."""

    work: Work
    verdict: Verdict
    title: Fit
    agrees: tuple[str, ...]
    differs: tuple[Difference, ...]
    shared: tuple[Identifier, ...]
    rank: tuple[int, int, float]


def work_of(row: Mapping[str, Any]) -> Work:
    """A document's row as a work."""
    details = row["details"] or {}
    title = details.get("title") or row["title"]
    agents = [Agent(**one) for one in details.get("agents", ())]
    people = tuple(_name(one) for one in agents) or names.names_in(_lines(row["creator"]))
    publisher, repository, collection, *others = (details.get(name) or "" for name in _SAID)
    said = (publisher, repository, collection, *others)
    pairs = stated_identifiers(row)
    return Work(
        row=row,
        title=title_of_text(title),
        people=people,
        institutions=tuple(names.body(one) for one in (publisher, repository) if one),
        collections=(names.body(collection),) if collection and collection != title else (),
        years=_years(row, details.get("issued") or ""),
        identifiers=frozenset((scheme, identifier_key(scheme, value)) for scheme, value in pairs),
        call_number=identifier_key("call_number", details.get("call_number") or ""),
        evidence=evidence_of(*said, *(word for one in people for word in one.family)),
    )


def compare(reference: Reference, readings: Iterable[Spelled], work: Work) -> Comparison:
    """Read the reference in the way that fits the record best, and judge.

    Args:
        reference: What was pasted.
        readings: Its readings, made ready for many records.
        work: The record.
    """
    said = frozenset(words_of(reference.rest))
    title, people, issuer, reading = max(
        (
            (
                fit(one, work.title, work.evidence),
                _people(one.reading, work),
                _issuer(one.reading, said, work),
                one.reading,
            )
            for one in readings
        ),
        key=lambda found: (_RANK[found[0]], found[1] == "agree" or bool(found[2])),
    )
    likeness = overlap(title_of_text(reference.title).words, work.title.words)
    if title == "different":
        within = named_within(reference, work.title)
        title = "part" if within else "similar" if likeness >= _SIMILAR else title
    pair = _Pair(
        reference=reference,
        reading=reading,
        work=work,
        title=title,
        people=people,
        issuer=issuer,
        likeness=likeness,
        shared=_shared(reference, work),
        dated=_dated(reference, work),
    )
    agrees = pair.agrees()
    return Comparison(
        work=work,
        verdict=pair.verdict(),
        title=title,
        agrees=agrees,
        differs=tuple(pair.differs()),
        shared=pair.shared,
        rank=(len(agrees), _RANK[title], likeness),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A reference beside a record, in the reading that fits best.

    ``likeness`` is of the two titles, 0..1; ``dated``: the years agree, None: none to compare.
    """

    reference: Reference
    reading: Reading
    work: Work
    title: Fit
    people: Names
    issuer: Issuer
    likeness: float
    shared: tuple[Identifier, ...]
    dated: bool | None

    def verdict(self) -> Verdict:
        """What agreements and contradictions make of the two."""
        if self.shared and self.title in ("similar", "different", "unstated", "longer", *_SAME):
            return self._numbered()
        # A work that no person wrote is known by its title, who issued it, and when.
        if self.title in _SAME and (self.people == "agree" or (self.issuer and self.dated)):
            return "matched"
        near = self.title == "similar" and (self.people == "agree" or self.likeness >= _NEAR)
        return "close" if near or self.title in (*_SAME, "longer", "part") else "not_found"

    def _numbered(self) -> Verdict:
        """With an identifier in common: one work, unless title or author contradict it."""
        if self.title in ("similar", "different"):
            telling = any(one.scheme not in _WEAK for one in self.shared)
            slipped = self.title == "similar" and self.people == "agree"
            doubtful = slipped or holds_title(self.reference, self.work.title)
            return "conflict" if telling and not doubtful else "close"
        own = any(one.scheme not in (*_OF_CONTAINERS, *_WEAK) for one in self.shared)
        named = self.title in _SAME or own
        return "matched" if named and self.people != "differ" else "close"

    def agrees(self) -> tuple[str, ...]:
        """What agrees, in words that are to be said."""
        found = [_TITLE] if self.title in _SAME else []
        found += [_AUTHOR] if self.people == "agree" else []
        found += [_ISSUERS[self.issuer]] if self.issuer else []
        found += [NAMES[one.scheme] for one in self.shared]
        return (*found, _DATE) if self.dated else tuple(found)

    def differs(self) -> Iterator[Difference]:
        """What differs, or stands on one side alone."""
        row, authors, people = self.work.row, self.reading.authors, self.work.people
        if self.title in _TOLD:
            of_title = self.reading.exact and self.title == "longer"
            said = self.reading.body if of_title else self.reference.title
            said = "" if self.title == "shortened" else said
            yield Difference(what=_TOLD[self.title], reference=said, record=row["title"])
        unstated = self.people == "unstated" and (people or (authors and not self.issuer))
        if self.people == "differ" or unstated:
            said, known = ("; ".join(one.text for one in names) for names in (authors, people))
            yield Difference(what=_AUTHOR, reference=said, record=known)
        if self.dated is False:
            years = dict.fromkeys(map(str, self.work.years))
            said = ", ".join(map(str, self.reference.years))
            yield Difference(what=_DATE, reference=said, record=row["date_text"] or "–".join(years))
        met = {one.scheme for one in self.shared} | {"url"}
        for one in self.reference.identifiers:
            known = ", ".join(sorted(key for of, key in self.work.identifiers if of == one.scheme))
            if known and one.scheme not in met:
                yield Difference(what=NAMES[one.scheme], reference=one.value, record=known)


def _people(reading: Reading, work: Work) -> Names:
    """Whether the first name, or most of them, are the record's.

    What the record names as publisher or place was no author, but was read as one.
    """
    if not reading.authors or not work.people:
        return "unstated"
    met = [any(names.agree(one, other) for other in work.people) for one in reading.authors]
    if met[0] or 2 * sum(met) > len(met):
        return "agree"
    stated = all(one.words <= work.evidence for one in reading.authors)
    return "unstated" if stated else "differ"


def _issuer(reading: Reading, said: AbstractSet[str], work: Work) -> Issuer:
    """Which body a reference to a work that no person wrote names: first, or beside the title.

    A collection is named by all its words: a person is not the collection of the person's papers.

    Args:
        reading: The reference taken apart in one way.
        said: All its words.
        work: The record.
    """
    if any(one.given for one in work.people) or (reading.authors and work.people):
        return ""
    if not reading.authors:
        if any(one.words <= said for one in work.institutions):
            return "institution"
        return "collection" if any(one.words <= said for one in work.collections) else ""
    first = reading.authors[0]
    if any(names.agree(first, one) for one in work.institutions):
        return "institution"
    return "collection" if any(first.words == one.words for one in work.collections) else ""


def _shared(reference: Reference, work: Work) -> tuple[Identifier, ...]:
    """Identifiers that both have; a call number counts where the reference's text holds it."""
    found = [one for one in reference.identifiers if (one.scheme, one.key) in work.identifiers]
    telling = len(work.call_number) >= _LEAST_CALL_NUMBER and _DIGIT.search(work.call_number)
    if telling and work.call_number in identifier_key("call_number", reference.rest):
        stated = str(work.row["details"]["call_number"])
        found.append(Identifier(scheme="call_number", value=stated, key=work.call_number))
    return tuple(found)


def _dated(reference: Reference, work: Work) -> bool | None:
    """Whether the years agree; None where one of the two gives none."""
    if not reference.years or not work.years:
        return None
    return any(work.years[0] <= year <= work.years[-1] for year in reference.years)


_TOLD: dict[Fit, str] = {
    "shortened": _SUBTITLE,
    "longer": _SUBTITLE,
    "similar": _TITLE,
    "different": _TITLE,
    "part": _TITLE,
}


def _name(agent: Agent) -> Name:
    if not agent.family:
        people = names.names_in(agent.literal) if "," in agent.literal else ()
        return people[0] if len(people) == 1 else names.body(agent.literal)
    given = names.names_in(f"{agent.family}, {agent.given}") if agent.given else ()
    text = ", ".join(filter(None, (agent.family, agent.given)))
    return Name(
        text=text,
        family=words_of(agent.family),
        given=given[0].given if given else (),
    )


def _lines(creator: str) -> str:
    return "; ".join(creator.splitlines())


def _years(row: Mapping[str, Any], issued: str) -> tuple[int, ...]:
    """The first and the last year of a record; a captured page has only those of its capture."""
    if row["date_from"] is not None and not row["captured"]:
        days = (iso_date(row[name]) for name in ("date_from", "date_to"))
        return tuple(int(day.rsplit("-", 2)[0]) for day in days)
    return tuple(sorted(int(year) for year in _YEAR.findall(issued)))
