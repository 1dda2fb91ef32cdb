"""Checked references as cards, with what agrees, what differs and where else to look."""

from __future__ import annotations

from rag_assistant.checking.comparing import Difference
from rag_assistant.checking.report import WORDS, Checked, CheckReport, Found, Link
from rag_assistant.web.components.cards import reading_link
from rag_assistant.web.components.markup import Html, hidden, join, lang_of, link, spaced, tag


def checked(report: CheckReport) -> Html:
    """All cards, conflicts first, and how many of each kind there are."""
    aside = [
        tag("p", "Taken for no reference: ", tag("span", one, dir="auto"), class_="empty")
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
    told = [f"{number} {WORDS[name].lower()}" for name, number in report.counts.items() if number]
    noun = "record" if report.searched == 1 else "records"
    return f"{', '.join(told)}. {report.searched:,} {noun} searched."


def _card(one: Checked) -> Html:
    verdict = tag("strong", WORDS[one.verdict], class_=f"verdict {one.verdict.replace('_', '-')}")
    return tag(
        "article",
        tag("h3", hidden(f"Reference {one.number}: "), verdict),
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
    agrees = ", ".join(found.comparison.agrees)
    return tag(
        "section",
        tag("p", tag("strong", title)),
        tag("p", " · ".join(fact for fact in facts if fact), class_="facts"),
        tag("p", f"Agrees: {agrees}", class_="facts") if agrees else Html(""),
        *map(_difference, found.comparison.differs),
        tag("p", *_links(found), class_="links"),
        class_="record",
    )


def _difference(one: Difference) -> Html:
    said, known = (
        tag("span", side, dir="auto") if side else join("not stated")
        for side in (one.reference, one.record)
    )
    told = join(f"Differs: {one.what}. The reference: ", said, ". The record: ", known)
    return tag("p", told, class_="facts")


def _links(found: Found) -> list[Html]:
    links = [reading_link(found.passage_id, "The record here")] if found.passage_id else []
    if found.catalogue_url:
        links.append(link(found.catalogue_url, "Catalogue entry"))
    return spaced(links)


def _ways_on(links: tuple[Link, ...]) -> Html:
    """Where else to look: links that nobody follows but who clicks them."""
    if not links:
        return Html("")
    told = [link(one.url, one.label) if one.url else tag("span", one.label) for one in links]
    parts = [part for one in told for part in (Html(" · "), one)][1:]
    return tag("p", "Next: ", *parts, class_="links")
