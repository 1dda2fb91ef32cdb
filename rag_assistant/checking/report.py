"""What a check found, for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from rag_assistant.checking.comparing import Comparison, Verdict
from rag_assistant.checking.references import Reference
from rag_assistant.config import CheckingSettings
from rag_assistant.identifiers import NAMES
from rag_assistant.schema import Audience
from rag_assistant.wording import listed, message, say, say_n

VERDICTS: tuple[Verdict, ...] = ("conflict", "matched", "close", "not_found")
WORDS: dict[Verdict, str] = {
    "conflict": message("Conflict"),
    "matched": message("Matched"),
    "close": message("Close"),
    "not_found": message("Not found"),
}
_QUERY = 300  # characters of a search elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way on; ``url`` is "" where no address is configured. Nothing is asked of it by us."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A record beside a reference, where the catalogue describes it, and a passage of it.

    ``catalogue_url`` and ``passage_id`` are "" where there is none.
    """

    comparison: Comparison
    catalogue_url: str
    passage_id: str

    def to_dict(self) -> dict[str, Any]:
        """As `check-reference --json` prints it."""
        row = self.comparison.work.row
        details = row["details"] or {}
        shown = ("collection", "title", "creator", "language", "uri")
        return {
            "document_id": row["id"],
            "passage_id": self.passage_id,
            "verdict": self.comparison.verdict,
            **{name: row[name] for name in shown},
            "date": row["date_text"],
            "identifiers": row["identifiers"],
            "call_number": details.get("call_number") or "",
            "catalogue_url": self.catalogue_url,
            "agrees": list(self.comparison.agrees),
            "differs": [asdict(one) for one in self.comparison.differs],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One reference with its verdict. ``number`` is its place in what was pasted, from 1."""

    number: int
    reference: Reference
    verdict: Verdict
    summary: str
    found: tuple[Found, ...]
    next: tuple[Link, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is wrong with its identifiers."""
        return tuple(one.fault for one in self.reference.identifiers if one.fault)

    def to_dict(self) -> dict[str, Any]:
        """As `check-reference --json` prints it."""
        said = self.reference
        return {
            "number": self.number,
            "text": said.text,
            "verdict": self.verdict,
            "summary": self.summary,
            "notes": list(self.notes),
            "read_as": {
                "title": said.title,
                "authors": [one.text for one in said.authors],
                "date": said.date,
                "container": said.container,
                "publisher": said.publisher,
                "identifiers": [
                    {"scheme": one.scheme, "value": one.value, "valid": not one.fault}
                    for one in said.identifiers
                ],
            },
            "records": [one.to_dict() for one in self.found],
            "next": [asdict(one) for one in self.next],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """All references, conflicts first, else in their order.

    ``searched`` is the number of records that the audience may see; ``coverage`` the share of
    them, 0..1, in which similar titles could be looked for. ``aside`` are lines that were taken for
    no reference.
    """

    audience: Audience
    searched: int
    coverage: float
    references: tuple[Checked, ...]
    aside: tuple[str, ...]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many references got each verdict."""
        verdicts = [one.verdict for one in self.references]
        return {verdict: verdicts.count(verdict) for verdict in VERDICTS}

    def to_dict(self) -> dict[str, Any]:
        """As `check-reference --json` prints it."""
        return {
            "schema_version": 1,
            "audience": self.audience,
            "searched": self.searched,
            "coverage": self.coverage,
            "counts": self.counts,
            "references": [one.to_dict() for one in self.references],
            "passed_over": list(self.aside),
        }


def summary(verdict: Verdict, found: Sequence[Comparison], searched: int, coverage: float) -> str:
    """A verdict in a sentence or two. It never says that a work does not exist."""
    if verdict == "not_found":
        return _not_found(searched, coverage)
    first = found[0]
    if verdict == "conflict":
        number = say(NAMES[first.shared[0].scheme])
        told = say("The {number} belongs to another work here.", number=number)
        if any(one.verdict == "matched" for one in found):
            named = say("A record of the work that is named is here, too.")
            return f"{told} {named}"
        return told
    if verdict == "matched":
        return say_n(
            "Found here: {parts} agrees.",
            "Found here: {parts} agree.",
            len(first.agrees),
            parts=_said(first.agrees),
        )
    return _close(first)


def _close(first: Comparison) -> str:
    if first.title == "part":
        return say(
            "What it is said to be part of is here; whether it stands in it was not looked up."
        )
    if first.shared and first.title in ("same", "shortened"):
        return say(
            "Title and {number} agree with a record; its author is given otherwise.",
            number=say(NAMES[first.shared[0].scheme]),
        )
    told = [one for one in first.differs if one.what in ("title", "subtitle", "author")]
    differs = [one.what for one in told if one.reference and one.record]
    if differs:
        return say_n(
            "A similar record, not the same work: {parts} differs.",
            "A similar record, not the same work: {parts} differ.",
            len(differs),
            parts=_said(differs),
        )
    if any(one.what == "author" for one in told):
        return say("A similar record; whether it is the same work is open: no author to compare.")
    return say("A similar record; whether it is the same work is open: no identifier to compare.")


def _not_found(searched: int, coverage: float) -> str:
    told = say_n(
        "Not found among {n} record searched here; real works may be missing from them.",
        "Not found among {n} records searched here; real works may be missing from them.",
        searched,
    )
    if coverage >= 1:
        return told
    so_far = say("The index holds {percent} % of them so far.", percent=int(coverage * 100))
    return f"{told} {so_far}"


def _said(words: Sequence[str]) -> str:
    return listed([say(one) for one in words])


def ways_on(reference: Reference, settings: CheckingSettings) -> tuple[Link, ...]:
    """Where else to look: addresses that a person may open, made of the configured templates."""
    title = reference.title or reference.rest
    author = " ".join(reference.authors[0].family) if reference.authors else ""
    values = {
        "title": title[:_QUERY],
        "author": author,
        "query": f"{title[:_QUERY]} {author}".strip(),
    }
    templates = (
        (message("Library search"), settings.library_search),
        (message("WorldCat"), settings.worldcat),
        (message("Interlibrary loan"), settings.interlibrary_loan),
    )
    return tuple(Link(label=label, url=_filled(url, values)) for label, url in templates)


def _filled(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template
