"""The sources of an answer as HTML. Pure: data in, markup out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from rag_assistant.answer import SUPPORT_WORDS, Answer, Citation, Consulted
from rag_assistant.noting import cost_words, on_source
from rag_assistant.reciting import Cited
from rag_assistant.references import coins, csl_item
from rag_assistant.schema import Notice, Rights
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.days import timed
from rag_assistant.web.components.markup import Html, hidden, join, lang_of, link, spaced, tag
from rag_assistant.web.components.visits import Visits, history_link, newer, seen_words

_TAKEN = (("ris", "RIS"), ("bibtex", "BibTeX"), ("csl-json", "CSL-JSON"), ("text", "text"))
_AROUND = 220  # characters of context on each side of a quote


def sources(exchanges: Sequence[Exchange]) -> Html:
    """The panel of the last answer's sources."""
    answer = exchanges[-1].shown if exchanges else None
    if answer is None or answer.status == "clarify":
        words = "The passages that an answer stands on appear here, with their words marked."
        return tag("div", tag("p", words, class_="empty"))
    beside = exchanges[-1].beside
    parts = [source_list(answer, beside, "")] if answer.citations else []
    if not answer.citations:
        parts.append(tag("p", "No source answers this question.", class_="empty"))
    return tag("div", *parts, _unused(answer.consulted, beside), _how(answer))


def source_list(answer: Answer, beside: Beside, prefix: str) -> Html:
    """One card a source; ``prefix`` tells the sources of one answer from those of others."""
    items = [_source(answer, citation, beside, prefix) for citation in answer.citations]
    return join(tag("ol", *items, class_="sources"), _export(answer.citations))


def _export(citations: Sequence[Citation]) -> Html:
    """Links to the references as files; they work without any script."""
    cited = urlencode([("passage", str(Cited.of(one))) for one in citations], safe=":@")
    files = [link(f"/api/references.{form}?{cited}", name) for form, name in _TAKEN]
    return tag("p", *spaced([join("References as"), *files]), class_="export")


def _source(answer: Answer, citation: Citation, beside: Beside, prefix: str) -> Html:
    facts = [part for part in (citation.creator, _date(citation), citation.locator) if part]
    seen = beside.visits.get(citation.document_id)
    return tag(
        "li",
        tag(
            "h3",
            tag("span", hidden("Source "), f"{citation.marker}", class_="number"),
            tag("bdi", citation.title, lang=lang_of(citation.language)),
        ),
        tag("p", " · ".join(facts), class_="facts") if facts else "",
        *_text_notes(citation),
        *(notice(one) for one in citation.notices),
        _quote(citation),
        tag("p", _support_of(answer, citation.marker), class_="support"),
        _capture(citation, seen),
        tag("p", *rights(citation.rights), class_="rights"),
        *_reference(citation, beside),
        _links(citation, seen),
        alike_words(beside, citation.passage_id),
        id=f"{prefix}source-{citation.marker}",
        tabindex="-1",
        class_="source",
    )


def _reference(citation: Citation, beside: Beside) -> Iterable[Html]:
    """The reference in words, and as COinS, which Zotero finds and nobody sees."""
    if citation.reference:
        words = tag("bdi", citation.reference)
        yield tag("p", hidden("To cite it: "), words, class_="reference")
    yield coins_of(citation, beside.titles.get(citation.collection, ""))


def coins_of(citation: Citation, collection: str) -> Html:
    """The span by which reference managers see what is cited."""
    item = csl_item(citation, collection=collection)
    return tag("span", class_="Z3988", title=coins(item), aria_hidden="true")


def notice(one: Notice) -> Html:
    """A community's or an institution's notice; it stands before the words it speaks of."""
    words = [tag("span", one.text, lang=lang_of(one.language), dir="auto")]
    if one.community:
        words.append(join(" — ", tag("cite", one.community)))
    if one.uri:
        words.append(join(" ", link(one.uri, "About this notice")))
    return tag("div", tag("strong", f"{one.type}: "), *words, class_="notice")


def rights(stated: Rights | None) -> list[Html]:
    """A rights statement, linked where it has an address."""
    if stated is None or not (stated.label or stated.uri):
        return [join("Rights: not stated")]
    label = stated.label or stated.uri
    return [join("Rights: "), link(stated.uri, label) if stated.uri else join(label)]


def _text_notes(citation: Citation) -> Iterable[Html]:
    for told in on_source(citation.described_by, citation.text_origin):
        yield tag("p", told, class_="origin")


def _quote(citation: Citation) -> Html:
    """The quote marked in its passage, which is cut where it is long."""
    before, _, after = citation.context.partition(citation.quote)
    if len(before) > _AROUND:
        before = "… " + before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0] + " …"
    marked = tag("mark", citation.quote)
    return tag("blockquote", before, marked, after, lang=lang_of(citation.language), dir="auto")


def _support_of(answer: Answer, marker: int) -> str:
    found = {one.support: None for one in answer.sentences if marker in one.citations}
    return " · ".join(SUPPORT_WORDS[one] for one in found)


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
    when = join("Captured ", timed(citation.capture.timestamp))
    return join(
        tag("p", when, f" · {seen_words(seen)}" if seen else "", class_="facts"),
        tag("p", "Address: ", tag("span", citation.uri, class_="address"), class_="facts"),
        newer(seen) if seen else "",
    )


def _links(citation: Citation, seen: Visits | None) -> Html:
    place = f"?start={citation.start}&end={citation.end}#q"
    links = [reading_link(citation.passage_id, "Read in full", place)]
    if citation.links:
        replay = [link(one.url, one.label) for one in citation.links if one.kind == "replay"]
        others = [one for one in citation.links if one.kind not in ("replay", "content-state")]
        links = [*replay, *links, *(link(one.url, one.label) for one in others)]
    elif citation.archive_url:
        links.insert(0, link(citation.archive_url, "Open the archived page"))
    elif citation.uri and citation.capture is None:
        links.append(link(citation.uri, "Catalogue entry"))
    if seen:
        links.append(history_link(seen))
    return tag("p", *spaced([one for one in links if one]), class_="links")


def _unused(consulted: Sequence[Consulted], beside: Beside) -> Html:
    if not consulted:
        return Html("")
    items = [
        tag(
            "li",
            reading_link(one.passage_id, ", ".join(filter(None, (one.title, one.locator)))),
            alike_words(beside, one.passage_id),
        )
        for one in consulted
    ]
    summary = tag("summary", f"Also found, not used ({len(items)})")
    return tag("details", summary, tag("ul", *items), class_="unused")


def _how(answer: Answer) -> Html:
    """How the answer came about, in one line."""
    run = answer.run
    who = "Quoted, without a language model"
    if answer.ai_generated:
        who = f"Written by {run.model}"
    elif run.answerer == "history":
        who = "Quoted, with the dates of the captures"
    took = run.timings_ms.total
    spent = (f"{took / 1000:.1f} s",) if took is not None else ()
    parts = [
        who if answer.sentences else "",
        *(cost_words(run.cost) if run.cost else spent),
        f"{answer.scope.documents:,} documents searched" if answer.scope.documents != 1 else "",
    ]
    return tag("p", " · ".join(part for part in parts if part), class_="how")


def reading_link(passage_id: str, words: str, place: str = "#q") -> Html:
    """The way to a passage in its section."""
    return link(f"/read/{passage_id}{place}", words)


def alike_words(beside: Beside, passage_id: str) -> Html:
    """How many near-duplicates lie beneath a passage: " and 3 more like it"."""
    number = beside.alike.get(passage_id, 0)
    return tag("span", f" and {number} more like it", class_="alike") if number else Html("")
