"""What each collection holds and what it does not, as HTML. Pure: data in, markup out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag_assistant import dates
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore.facets import touched
from rag_assistant.web.components.bars import bars
from rag_assistant.web.components.cards import notice
from rag_assistant.web.components.days import timed
from rag_assistant.web.components.kinds import kind_words
from rag_assistant.web.components.markup import (
    Html,
    between,
    foreign,
    is_safe,
    join,
    lang_of,
    link,
    tag,
)
from rag_assistant.web.components.render import language_name
from rag_assistant.wording import number, say, say_n

_WIDTHS = ((1, 24), (10, 400), (100, 6_000))  # years of a bar, and the longest run of years
_MOST_BARS = 60
_LONGEST = 500  # years around what is there, in which gaps are looked for
_MANY_KINDS = 15
_MANY_GAPS = 12
_DIGITS = 14  # of a timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One collection as an audience may know it.

    ``years`` are the first and last year of each dated document. ``uses`` counts documents by what
    may be done with them. ``coverage`` is the share that each index holds, 0..1. What concerns
    files whose access nobody knows is told to the staff alone: ``failed`` and ``skipped`` count
    items by reason, ``staff_only`` documents; to the public they are None.
    """

    config: CollectionConfig
    documents: int
    passages: int
    years: Sequence[tuple[int, int]]
    undated: int
    kinds: Mapping[str, int]
    languages: Mapping[str, int]
    uses: Mapping[str, int]
    pages_without_text: int
    coverage: Mapping[str, float]
    updated: str | None
    staff_only: int | None = None
    failed: Mapping[str, int] | None = None
    skipped: Mapping[str, int] | None = None


def holdings(found: Sequence[Holding], *, heading: str = "h3") -> Html:
    """All collections, one after the other; ``heading`` is the element that heads each."""
    if not found:
        return tag("p", say("No collection holds anything for you here yet."), class_="empty")
    documents = sum(one.documents for one in found)
    lead = " · ".join(
        (
            say_n("{n} collection", "{n} collections", len(found)),
            say_n("{n} document", "{n} documents", documents),
        )
    )
    contents = tag("p", lead, class_="lead")
    return tag("div", contents, *(_holding(one, heading) for one in found), class_="holdings")


def coverage_words(coverage: Mapping[str, float]) -> str:
    """How much each index holds so far; what is not quite ready is never called so."""
    words, meaning = (_so_far(coverage[one]) for one in ("lexical", "vectors"))
    return say("Found by words: {words}; by meaning: {meaning}.", words=words, meaning=meaning)


def _so_far(share: float) -> str:
    return say("everything") if share >= 1 else say("{share} % so far", share=int(share * 100))


def _holding(one: Holding, heading: str) -> Html:
    config = one.config
    title = foreign(config.title or config.id, lang=lang_of(config.language))
    description = tag("p", config.description, lang=lang_of(config.language), dir="auto")
    return tag(
        "section",
        tag(heading, title),
        description if config.description else "",
        tag("p", *_numbers(one), class_="numbers"),
        *(notice(told) for told in config.notice_list),
        tag("dl", *_facts(one)),
        _unsearched(one),
        tag("div", _by_year(one), _by_kind(one), class_="plots"),
        class_="holding",
    )


def _numbers(one: Holding) -> list[Html]:
    told = [
        tag("strong", say_n("{n} document", "{n} documents", one.documents)),
        join(say_n("{n} passage", "{n} passages", one.passages)),
    ]
    if one.years:
        told.append(join(_run(*_ends(one.years))))
    return between(" · ", told)


def _facts(one: Holding) -> Iterator[Html]:
    config = one.config
    if one.staff_only is not None:
        yield _fact(say("Access"), join(_access(one)))
    spoken = [f"{language_name(code)} ({number(n)})" for code, n in _most(one.languages)]
    yield _fact(say("Languages"), join(", ".join(spoken)))
    if config.date_range:
        yield _fact(say("Covers, as it says"), foreign(config.date_range))
    for gap in _gaps(one):
        yield _fact(say("Years without documents"), join(gap))
    yield _fact(say("Search"), join(coverage_words(one.coverage)))
    if one.updated:
        digits = "".join(filter(str.isdigit, one.updated))[:_DIGITS]
        yield _fact(say("Last update"), timed(digits))
    yield _fact(say("Rights"), _rights(config))
    if config.contact:
        contact = config.contact
        shown = link(contact, foreign(contact)) if is_safe(contact) else foreign(contact)
        yield _fact(say("Contact"), shown)


def _rights(config: CollectionConfig) -> Html:
    stated = config.rights_statement
    label = (stated.label or stated.uri) if stated else ""
    if stated is None or not label:
        return join(say("not stated"))
    return link(stated.uri, foreign(label)) if stated.uri else foreign(label)


def _fact(name: str, *words: Html) -> Html:
    return tag("div", tag("dt", name), tag("dd", *words))


def _access(one: Holding) -> str:
    if one.config.access == "staff":
        return say("Staff only")
    closed = one.staff_only or 0
    if not closed:
        return say("Public")
    return say_n("Public; {n} document staff only", "Public; {n} documents staff only", closed)


# ---------------------------------------------------------------- what is not there


def _unsearched(one: Holding) -> Html:
    """What a search does not look into, and why."""
    told = [*_unread(one), *_unlooked(one)]
    if not told:
        return tag("p", say("All that is held here is searched."), class_="whole")
    head = tag("p", say("Not searched"))
    return tag("div", head, tag("ul", *(tag("li", part) for part in told)), class_="unsearched")


def _unread(one: Holding) -> Iterator[Html]:
    """Items that gave no document; told to the staff."""
    if one.failed:
        number = sum(one.failed.values())
        words = say_n("{n} item could not be read", "{n} items could not be read", number)
        yield join(f"{words}: ", _reasons(one.failed))
    if one.skipped:
        number = sum(one.skipped.values())
        words = say_n("{n} item was passed over", "{n} items were passed over", number)
        yield join(f"{words}: ", _reasons(one.skipped))


def _unlooked(one: Holding) -> Iterator[Html]:
    """What is missing of the documents that are there."""
    if pages := one.pages_without_text:
        yield join(say_n("{n} page has no text", "{n} pages have no text", pages))
    if listed := one.uses.get("list", 0):
        words = say_n(
            "{n} document may only be listed: it is found by its title",
            "{n} documents may only be listed: they are found by their titles",
            listed,
        )
        yield join(words)
    if one.undated:
        words = say_n(
            "{n} document has no date: a search between dates leaves it out",
            "{n} documents have no date: a search between dates leaves them out",
            one.undated,
        )
        yield join(words)


def _reasons(counted: Mapping[str, int]) -> Html:
    return foreign(", ".join(f"{reason} ({number(n)})" for reason, n in _most(counted)))


# ---------------------------------------------------------------- plots


def _by_year(one: Holding) -> Html:
    """Bars for years, decades or centuries, as the time between the ends asks."""
    if not one.years:
        return Html("")
    first, last = _ends(one.years)
    width = next((width for width, longest in _WIDTHS if last - first < longest), _WIDTHS[-1][0])
    counted = touched(one.years, width)
    begins = range(first // width * width, last + 1, width)
    rows = [(_run(year, year + width - 1), counted[year]) for year in begins]
    captions = {
        1: say("Documents by year"),
        10: say("Documents by decade"),
        100: say("Documents by century"),
    }
    several = any(begin // width != end // width for begin, end in one.years)
    note = say("A document counts wherever its date reaches.") if several else ""
    return _plot(bars(rows[-_MOST_BARS:], caption=captions[width], what=say("Years")), note)


def _by_kind(one: Holding) -> Html:
    ranked = _most(one.kinds)
    rows = [(kind_words(kind), n) for kind, n in ranked[:_MANY_KINDS]]
    if rest := sum(n for _, n in ranked[_MANY_KINDS:]):
        rows.append((say("Other kinds"), rest))
    return _plot(bars(rows, caption=say("Documents by kind"), what=say("Kind")), "")


def _plot(table: Html, note: str) -> Html:
    return tag("div", table, tag("p", note, class_="note") if note else "", class_="plot")


# ---------------------------------------------------------------- years


def _gaps(one: Holding) -> Iterator[str]:
    """Years without a document, between the first and the last, or as the collection says."""
    if not one.years:
        return
    first, last = _ends(one.years)
    stated = dates.parse_date(one.config.date_range) if one.config.date_range else None
    if stated:
        begin, end = (
            int(dates.iso_date(day).rsplit("-", 2)[0]) for day in (stated.first, stated.last)
        )
        first, last = (max(begin, first - _LONGEST), min(end, last + _LONGEST))
    held = touched(one.years, 1)
    missing = [year for year in range(first, last + 1) if not held[year]]
    runs: list[tuple[int, int]] = []
    for year in missing:
        begun = runs.pop()[0] if runs and runs[-1][1] == year - 1 else year
        runs.append((begun, year))
    if runs:
        told = ", ".join(_run(*run) for run in runs[:_MANY_GAPS])
        more = len(runs) - _MANY_GAPS
        rest = say_n(" and {n} more run of years", " and {n} more runs of years", more)
        yield told + (rest if more > 0 else "")


def _ends(years: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return min(first for first, _ in years), max(last for _, last in years)


def _run(first: int, last: int) -> str:
    """Years as they are written; 1 BC is the year 0."""
    return _year(first) if first == last else f"{_year(first)}–{_year(last)}"


def _year(year: int) -> str:
    return f"{year}" if year > 0 else say("{year} BC", year=str(1 - year))


def _most(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))
