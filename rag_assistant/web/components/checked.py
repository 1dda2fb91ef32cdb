"""Checked references as cards, with what agrees, what differs and where else to look."""

from __future__ import annotations

from rag_assistant.checking.comparing import Difference, Verdict
from rag_assistant.checking.report import WORDS, Checked, CheckReport, Found, Link
from rag_assistant.web.components.cards import reading_link
from rag_assistant.web.components.markup import (
    Html,
    hidden,
    join,
    lang_of,
    link,
    spaced,
    tag,
    woven,
)
from rag_assistant.wording import message, say, say_n

_COUNTED: dict[Verdict, str] = {
    "conflict": message("{number} conflict"),
    "matched": message("{number} matched"),
    "close": message("{number} close"),
    "not_found": message("{number} not found"),
}


def checked(report: CheckReport) -> Html:
    """All cards, conflicts first, and how many of each kind there are."""
    aside = [
        tag(
            "p",
            woven(say("Taken for no reference: {line}"), line=tag("span", one, dir="auto")),
            class_="empty",
        )
        for one in report.aside
    ]
    return tag(
        "div",
        tag("p", counted(report), class_="empty"),
        *map(_card, report.references),
        *aside,
        class_="checked",
    )


def counted(report: CheckReport) -> str:
    """The verdicts in one line."""
    told = [say(_COUNTED[name], number=count) for name, count in report.counts.items() if count]
    searched = say_n("{n} record searched.", "{n} records searched.", report.searched)
    return f"{', '.join(told)}. {searched}"


def _card(one: Checked) -> Html:
    name = f"verdict {one.verdict.replace('_', '-')}"
    verdict = tag("strong", say(WORDS[one.verdict]), class_=name)
    number = say("Reference {number}:", number=one.number)
    return tag(
        "article",
        tag("h3", hidden(f"{number} "), verdict),
        tag("blockquote", one.reference.text, dir="auto"),
        tag("p", one.summary),
        *(tag("p", note, class_="doubt") for note in one.notes),
        *map(_record, one.found),
        _ways_on(one.next),
        class_="source",
    )


def _record(found: Found) -> Html:
    row = found.comparison.work.row
    details = row["details"] or {}
    facts = [row["creator"], row["date_text"], details.get("call_number") or ""]
    title = tag("cite", row["title"], lang=lang_of(row["language"]), dir="auto")
    agrees = ", ".join(say(part) for part in found.comparison.agrees)
    return tag(
        "section",
        tag("p", tag("strong", title)),
        tag("p", " · ".join(fact for fact in facts if fact), class_="facts"),
        tag("p", say("Agrees: {parts}", parts=agrees), class_="facts") if agrees else Html(""),
        *map(_difference, found.comparison.differs),
        tag("p", *_links(found), class_="links"),
        class_="record",
    )


def _difference(one: Difference) -> Html:
    said, known = (
        tag("span", side, dir="auto") if side else join(say("not stated"))
        for side in (one.reference, one.record)
    )
    told = say("Differs: {part}. The reference: {reference}. The record: {record}")
    return tag("p", woven(told, part=say(one.what), reference=said, record=known), class_="facts")


def _links(found: Found) -> list[Html]:
    links = [reading_link(found.passage_id, say("The record here"))] if found.passage_id else []
    if found.catalogue_url:
        links.append(link(found.catalogue_url, say("Catalogue entry")))
    return spaced(links)


def _ways_on(links: tuple[Link, ...]) -> Html:
    """Where else to look: links that nobody follows but who clicks them."""
    if not links:
        return Html("")
    named = [(one.url, say(one.label)) for one in links]
    told = [link(url, label) if url else tag("span", label) for url, label in named]
    parts = [part for one in told for part in (Html(" · "), one)][1:]
    return tag("p", woven(say("Next: {ways}"), ways=join(*parts)), class_="links")
