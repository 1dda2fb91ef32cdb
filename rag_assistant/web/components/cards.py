"""The sources of an answer as HTML. Pure: data in, markup out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag_assistant.answer import SUPPORT_WORDS, Answer, Citation, Consulted, Link
from rag_assistant.locators import told_place
from rag_assistant.noting import cost_words, on_source
from rag_assistant.references import coins, csl_item
from rag_assistant.schema import Notice, Rights
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.cite import cite, files
from rag_assistant.web.components.conversation import Exchange, in_panel, prefix_of
from rag_assistant.web.components.days import timed
from rag_assistant.web.components.kinds import kind_of, notice_words
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
from rag_assistant.web.components.ours import ours
from rag_assistant.web.components.quoting import marked_words, marks_asked, quoted_spans
from rag_assistant.web.components.visits import Visits, history_link, newer, seen_words
from rag_assistant.web.components.why import low_words, why
from rag_assistant.wording import decimal, message, say, say_n

_AROUND = 220  # characters of context on each side of a quote
_AT_PLACE = {
    "pdf-page": message("Open at the place (PDF)"),
    "viewer": message("Open at the place (page image)"),
    "time": message("Open at the place (recording)"),
    "image": message("Open at the place (picture)"),
    "file": message("Open the original"),
}
"""The links that lead to the place itself, the best one first."""
_ELSEWHERE = {
    "replay": message("Replay the archived page"),
    "item": message("Catalogue entry"),
}


def sources(exchanges: Sequence[Exchange]) -> Html:
    """The panel of the last answer's sources; those of the one before until they come."""
    place = in_panel(exchanges)
    answer = exchanges[place].shown if exchanges else None
    if answer is None or answer.status == "clarify":
        words = say("The passages that an answer stands on appear here, with their words marked.")
        return tag("div", tag("p", words, class_="empty"))
    beside = exchanges[place].beside
    if place < len(exchanges) - 1:
        lead = tag("p", say("Sources of the previous answer"), class_="lead")
        return tag(
            "div", lead, source_list(answer, beside, prefix_of(exchanges, place)), class_="previous"
        )
    parts = [source_list(answer, beside, "")] if answer.citations else []
    if not answer.citations:
        parts.append(tag("p", say("No source answers this question."), class_="empty"))
    return tag("div", *parts, _unused(answer, beside), _how(answer))


def source_list(answer: Answer, beside: Beside, prefix: str) -> Html:
    """One card a source; ``prefix`` tells the sources of one answer from those of others."""
    items = [source(answer, citation, beside, prefix) for citation in answer.citations]
    lead = say("References as")
    exports = files(answer.citations, lead) if len(items) > 1 else Html("")
    return join(tag("ol", *items, class_="sources"), exports)


def source(answer: Answer, citation: Citation, beside: Beside, prefix: str) -> Html:
    """One source: what it is, its words, and the ways to it and back to the answer.

    Its id is ``{prefix}source-{marker}``; the way back leads to ``{prefix}cites-{marker}``, which
    `render` gives the first marker that leads here.
    """
    named = named_source(citation)
    place = f"{prefix}source-{citation.marker}"
    return tag(
        "li",
        _heading(citation),
        _kind(citation, beside),
        *_facts(citation),
        *(
            tag("p", told, class_="origin")
            for told in on_source(citation.described_by, citation.text_origin)
        ),
        *(notice(one) for one in citation.notices),
        _quote(answer, citation),
        tag("p", _support_of(answer, citation.marker), class_="support"),
        _low(answer, citation),
        _capture(citation, beside.visits.get(citation.document_id)),
        tag("p", *rights(citation.rights), class_="rights"),
        _links(answer, citation, beside.visits.get(citation.document_id)),
        cite(citation, named, f"{place}-reference"),
        why(answer, citation.passage_id, named),
        alike_words(beside, citation.passage_id),
        _back(answer, citation, prefix, named),
        coins_of(citation, beside.titles.get(citation.collection, "")),
        id=place,
        tabindex="-1",
        class_="source",
    )


def named_source(citation: Citation) -> str:
    """What tells a source from others: "source 1: Title"."""
    return say("source {number}: {title}", number=citation.marker, title=citation.title)


def _heading(citation: Citation) -> Html:
    number = tag("span", hidden(say("Source") + " "), f"{citation.marker}", class_="number")
    return tag("h3", number, foreign(citation.title, lang=lang_of(citation.language)))


def _kind(citation: Citation, beside: Beside) -> Html:
    parts = [foreign(kind_of(citation))] if citation.kind else []
    if citation.marker in beside.closed:
        parts.append(tag("span", say("Staff only"), class_="badge closed"))
    return tag("p", *spaced(parts), class_="kind") if parts else Html("")


def _facts(citation: Citation) -> Iterable[Html]:
    facts = [citation.creator, _date(citation), told_place(citation.locator)]
    told = between(" · ", [foreign(fact) for fact in facts if fact])
    if told:
        yield tag("p", *told, class_="facts")


def coins_of(citation: Citation, collection: str) -> Html:
    """The span by which reference managers see what is cited."""
    item = csl_item(citation, collection=collection)
    return tag("span", class_="Z3988", title=coins(item), aria_hidden="true")


def notice(one: Notice) -> Html:
    """A community's or an institution's notice; it stands before the words it speaks of."""
    words = [foreign(one.text, lang=lang_of(one.language))]
    if one.community:
        words.append(join(" — ", tag("cite", foreign(one.community))))
    if one.uri:
        words.append(join(" ", link(one.uri, say("About this notice"))))
    return tag("div", tag("strong", foreign(notice_words(one.type)), ": "), *words, class_="notice")


def rights(stated: Rights | None) -> list[Html]:
    """A rights statement, linked where it has an address."""
    if stated is None or not (stated.label or stated.uri):
        return [join(say("Rights: not stated"))]
    label = foreign(stated.label or stated.uri)
    told = link(stated.uri, label) if stated.uri else label
    return [woven(say("Rights: {statement}"), statement=told)]


def _quote(answer: Answer, citation: Citation) -> Html:
    """The quoted words marked in their passage, which is cut where it is long."""
    before, _, after = citation.context.partition(citation.quote)
    if len(before) > _AROUND:
        before = "… " + before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0] + " …"
    marked = marked_words(citation.quote, quoted_spans(answer, citation))
    return tag("blockquote", before, *marked, after, lang=lang_of(citation.language), dir="auto")


def _support_of(answer: Answer, marker: int) -> str:
    found = {one.support: None for one in answer.sentences if marker in one.citations}
    return " · ".join(say(SUPPORT_WORDS[one]) for one in found)


def _low(answer: Answer, citation: Citation) -> Html:
    told = low_words(answer, citation.passage_id)
    return tag("p", told, class_="low") if told else Html("")


def _date(citation: Citation) -> str:
    """The source's own date; that of its capture is told beside its address."""
    of_capture = citation.capture and citation.date.startswith("captured ")
    return "" if of_capture else citation.date


def _capture(citation: Citation, seen: Visits | None) -> Html:
    """When a web page was captured and whether it has changed since.

    Its address is text: the live page may say something else today.
    """
    if citation.capture is None:
        return Html("")
    when = woven(say("Captured {day}"), day=timed(citation.capture.timestamp))
    address = foreign(citation.uri, class_="address")
    return join(
        tag("p", when, f" · {seen_words(seen)}" if seen else "", class_="facts"),
        tag("p", woven(say("Address: {address}"), address=address), class_="facts"),
        newer(seen) if seen else "",
    )


def _links(answer: Answer, citation: Citation, seen: Visits | None) -> Html:
    """To the place itself, its capture, our page of its text, and where it is described."""
    order = [*_AT_PLACE]
    at_place = sorted(
        (one for one in citation.links if one.kind in _AT_PLACE),
        key=lambda one: order.index(one.kind),
    )
    heard = hidden(f" {named_source(citation)}")
    links = [_way(one, heard) for one in at_place]
    links += [_way(one, heard) for one in citation.links if one.kind == "replay"]
    replay, item = _ELSEWHERE["replay"], _ELSEWHERE["item"]
    if not citation.links and citation.archive_url:
        links.append(link(citation.archive_url, say(replay), heard))
    marks = marks_asked(quoted_spans(answer, citation), citation)
    place = f"?start={citation.start}&end={citation.end}{marks}#q"
    links.append(reading_link(citation.passage_id, say("Read in full"), place, heard))
    known = (*_AT_PLACE, "replay", "content-state")
    links += [_way(one, heard) for one in citation.links if one.kind not in known]
    if not citation.links and citation.uri and citation.capture is None:
        links.append(link(citation.uri, say(item), heard))
    if seen:
        links.append(history_link(seen))
    return tag("p", *spaced([one for one in links if one]), class_="links")


def _way(one: Link, heard: Html) -> Html:
    words = _AT_PLACE.get(one.kind) or _ELSEWHERE.get(one.kind)
    if not words:
        return link(one.url, foreign(one.label), heard)
    told = say(words)
    return link(one.url, told, heard, title=one.label if one.label != told else None)


def _back(answer: Answer, citation: Citation, prefix: str, named: str) -> Html:
    """The way to the first sentence that cites the source."""
    if not any(citation.marker in one.citations for one in answer.sentences):
        return Html("")
    words = (say("Back to the answer"), hidden(f" {named}"))
    return tag("p", link(f"#{prefix}cites-{citation.marker}", *words), class_="back-to")


def _unused(answer: Answer, beside: Beside) -> Html:
    consulted: Sequence[Consulted] = answer.consulted
    if not consulted:
        return Html("")
    items = [
        tag(
            "li",
            reading_link(one.passage_id, join(*between(", ", _named(one)))),
            alike_words(beside, one.passage_id),
        )
        for one in consulted
    ]
    summary = tag("summary", say("Also found, not used ({number})", number=len(items)))
    return tag("details", summary, tag("ul", *items), class_="unused")


def _named(one: Consulted) -> list[Html]:
    return [foreign(words) for words in (one.title, told_place(one.locator)) if words]


def _how(answer: Answer) -> Html:
    """How the answer came about, in one line."""
    run = answer.run
    took = run.timings_ms.total
    spent = (say("{seconds} s", seconds=decimal(took / 1000, 1)),) if took is not None else ()
    searched = say_n("{n} document searched", "{n} documents searched", answer.scope.documents)
    parts = [
        who_words(answer) if answer.sentences else "",
        *(cost_words(run.cost) if run.cost else spent),
        searched if answer.scope.documents != 1 else "",
    ]
    return tag("p", " · ".join(part for part in parts if part), class_="how")


def who_words(answer: Answer) -> str:
    """Who the answer's words are by."""
    if answer.ai_generated:
        return say("Written by {model}", model=answer.run.model)
    if answer.run.answerer == "history":
        return say("Quoted, with the dates of the captures")
    return say("Quoted, without a language model")


def reading_link(passage_id: str, words: str, place: str = "#q", heard: str = "") -> Html:
    """The way to a passage in its section; ``heard`` tells it from others for those who listen."""
    return link(ours(f"/read/{passage_id}{place}"), words, heard)


def alike_words(beside: Beside, passage_id: str) -> Html:
    """How many near-duplicates lie beneath a passage: " and 3 more like it"."""
    number = beside.alike.get(passage_id, 0)
    if not number:
        return Html("")
    words = " " + say("and {number} more like it", number=number)
    return tag("span", words, class_="alike")
