"""Results of a search as HTML. Pure: data in, markup out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag_assistant.locators import told_place
from rag_assistant.noting import on_source
from rag_assistant.retrieval.finding import Looked
from rag_assistant.schema import Rights, Span
from rag_assistant.web.components.cards import notice, reading_link, rights
from rag_assistant.web.components.days import timed
from rag_assistant.web.components.found import Result
from rag_assistant.web.components.kinds import kind_words
from rag_assistant.web.components.markup import (
    Html,
    between,
    foreign,
    hidden,
    join,
    lang_of,
    link,
    spaced,
    tag,
    woven,
)
from rag_assistant.web.components.visits import history_link, seen_words
from rag_assistant.wording import say, say_n

_SNIPPET = 340  # characters
_RIGHTS = 140  # of a statement of rights
_BEFORE = 80  # of these at most before the first marked word
_CUT = 30  # characters by which a cut moves to the end of a word


def results(found: Sequence[Result]) -> Html:
    """The list; each number is the result's rank."""
    return tag("ol", *map(_result, found), class_="results") if found else Html("")


def counted(found: Looked) -> Html:
    """How many documents were found, in words, and among how many."""
    total = found.total
    if found.browsed:
        newest = say("Those taken in last come first.")
        return tag("p", say_n("{n} document.", "{n} documents.", total), f" {newest}")
    told = [say_n("{n} document was found.", "{n} documents were found.", total)]
    if found.at_least:
        told = [
            say(
                "At least {n} documents were found. The best can be looked through, and the "
                "numbers beside the filters count these.",
                n=total,
            )
        ]
    if not found.worded:
        told.insert(0, say("No document holds these words: these are nearest in meaning."))
    if found.facets.documents > total:
        told.append(say("With near-duplicates: {n}.", n=found.facets.documents))
    told.append(say_n("{n} document was searched.", "{n} documents were searched.", found.searched))
    return tag("p", " ".join(told))


def nothing(searched: int, *, narrowed: bool, together: str) -> Html:
    """That nothing was found, where, and what may help; never that it does not exist.

    Args:
        searched: How many documents lie within the filters.
        narrowed: Whether there are filters to be removed.
        together: Titles of the collections that were searched.
    """
    ways = [
        say("Use fewer words, or others: a name, a place, a title."),
        say("Leave out quotation marks: they ask for these very words in this order."),
    ]
    if narrowed:
        ways.insert(0, say("Remove a filter."))
    ways.append(say("Look under Collections what is held here, and what could not be read."))
    places = say("Searched: {collections}.", collections=together) if together else ""
    number = say_n("{n} document was searched.", "{n} documents were searched.", searched)
    return tag(
        "div",
        tag("p", tag("strong", say("Nothing was found with these words.")), class_="lead"),
        tag("p", f"{places} {number} ", say("It may still exist, here or elsewhere.")),
        tag("ul", *(tag("li", one) for one in ways)),
        class_="nothing",
    )


def _result(one: Result) -> Html:
    hit = one.hit
    entry = hit.entry
    number = tag("span", hidden(say("Result") + " "), f"{hit.rank}", class_="number")
    title = foreign(entry.title, lang=lang_of(entry.language))
    said = list(on_source(entry.described_by, one.text_origin))
    if not entry.text:
        said.append(say("May only be listed: found by its title"))
    if entry.access == "staff":
        said.append(say("Staff only"))
    return tag(
        "li",
        tag("h3", number, reading_link(entry.passage_id, title)),
        tag("p", *_facts(one), class_="facts"),
        tag("p", *spaced([tag("span", word, class_="badge") for word in said])) if said else "",
        *(notice(told) for told in hit.notices),
        _snippet(one) if entry.text else "",
        tag("p", *_more(one), class_="more"),
        tag("p", *_ways(one), class_="links"),
        id=f"result-{hit.rank}",
        class_="result",
    )


def _facts(one: Result) -> list[Html]:
    """Kind, maker, date, place in the document and collection, with dots between."""
    date = foreign(one.date) if one.date else Html("")
    if one.hit.captured_at:
        date = woven(say("Captured {day}"), day=timed(one.hit.captured_at))
    facts = [
        foreign(_kind(one), class_="kind"),
        foreign(one.creator) if one.creator else Html(""),
        date,
        foreign(told_place(one.hit.locator)) if one.hit.locator else Html(""),
        foreign(one.collection, class_="collection"),
    ]
    return between(" · ", [fact for fact in facts if fact])


def _kind(one: Result) -> str:
    entry = one.hit.entry
    return kind_words(
        entry.kind, captured=bool(one.hit.captured_at), described_by=entry.described_by
    )


def _more(one: Result) -> list[Html]:
    """Rights, near-duplicates and captures."""
    parts = [join(*rights(_short(one.rights)))]
    if one.others:
        found = say_n("{n} more passage of it", "{n} more passages of it", one.others)
        parts.append(join(found))
    if alike := len(one.hit.beneath):
        parts.append(join(say_n("{n} near-duplicate", "{n} near-duplicates", alike)))
    if one.visits:
        parts.append(join(seen_words(one.visits)))
    return between(" · ", parts)


def _short(stated: Rights | None) -> Rights | None:
    """A statement that fits into a list; the whole stands on the reading page."""
    if stated is None or len(stated.label) <= _RIGHTS:
        return stated
    return replace(stated, label=stated.label[:_RIGHTS].rpartition(" ")[0] + " …")


def _ways(one: Result) -> list[Html]:
    hit = one.hit
    ways = [
        tag(
            "button",
            say("Ask about this"),
            hidden(f": {hit.entry.title}"),
            type="button",
            value=hit.entry.passage_id,
            class_="ask-about",
        )
    ]
    if hit.archive_url:
        ways.append(link(hit.archive_url, say("Open the archived page")))
    elif hit.uri and not hit.captured_at:
        ways.append(link(hit.uri, say("Catalogue entry")))
    if one.visits:
        ways.append(history_link(one.visits))
    return spaced([way for way in ways if way])


# ---------------------------------------------------------------- snippets


def _snippet(one: Result) -> Html:
    """The part of the passage that holds most of the marked words, these marked."""
    text = one.hit.entry.text
    start, end = window(text, one.marks)
    parts: list[str] = ["… "] if start else []
    at = start
    for begin, finish in one.marks:
        if start <= begin and finish <= end:
            parts += [text[at:begin], tag("mark", text[begin:finish])]
            at = finish
    parts.append(text[at:end])
    if end < len(text):
        parts.append(" …")
    return tag("blockquote", *parts, lang=lang_of(one.hit.entry.language), dir="auto")


def window(text: str, marks: Sequence[Span]) -> Span:
    """Which part of a text to show: the one with most marks, cut between words."""
    if len(text) <= _SNIPPET:
        return 0, len(text)
    begins = [begin for begin, _ in marks] or [0]
    start = max(begins, key=lambda one: (_within(marks, one), -one))
    start = min(max(0, start - _BEFORE), len(text) - _SNIPPET)
    return _cut(text, start, forward=True), _cut(text, start + _SNIPPET, forward=False)


def _within(marks: Sequence[Span], start: int) -> int:
    return sum(start <= begin and end <= start + _SNIPPET - _BEFORE for begin, end in marks)


def _cut(text: str, place: int, *, forward: bool) -> int:
    """The place, or one nearby between two words."""
    if place in (0, len(text)):
        return place
    if forward:
        space = text.find(" ", place, place + _CUT)
        return space + 1 if space >= 0 else place
    space = text.rfind(" ", place - _CUT, place)
    return space if space >= 0 else place
