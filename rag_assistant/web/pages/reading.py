"""The reading page: a passage marked in its section, plain HTML without any script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag_assistant import showing
from rag_assistant.answer import Citation
from rag_assistant.assistant import Assistant
from rag_assistant.collection import CollectionConfig
from rag_assistant.config import Settings
from rag_assistant.docstore.captures import SeenCapture
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.errors import NotFoundError, RagAssistantError
from rag_assistant.locators import told_place
from rag_assistant.noting import on_source
from rag_assistant.reciting import Cited, recite
from rag_assistant.references import reference
from rag_assistant.retrieval import catalogue_link, replay_link
from rag_assistant.schema import Audience, Notice, Rights
from rag_assistant.web.components.cards import coins_of, notice, rights
from rag_assistant.web.components.days import day, timed
from rag_assistant.web.components.files import file_link, page_of, page_picture, to_text
from rag_assistant.web.components.markup import Html, foreign, join, lang_of, link, spaced, tag
from rag_assistant.web.components.visits import Visits, history_link, newer, seen_words, visits
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.originals import Originals
from rag_assistant.web.pages.plain import PlainPages
from rag_assistant.wording import say

_BY_MACHINE = ("ocr", "htr")
_BREAK = re.compile(r"\n[ \t]*\n\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What is known of a document beside its own facts."""

    collection: CollectionConfig
    capture: SeenCapture | None
    visits: Visits | None
    citation: Citation | None
    pictured: bool = False

    def address(self, facts: dict[str, Any]) -> tuple[str, str]:
        """A link to the item, and what it is; both empty where there is none."""
        if self.capture:
            return replay_link(self.collection.replay_url, self.capture), say(
                "Open the archived page"
            )
        url = facts["uri"] or catalogue_link(self.collection.catalogue_url, facts["identifiers"])
        return url, say("Catalogue entry")


class ReadingPages:
    """The pages beside the desk: stored text."""

    def __init__(self, assistant: Assistant, settings: Settings, doorkeeper: Doorkeeper) -> None:
        self._assistant = assistant
        self._doorkeeper = doorkeeper
        self._originals = Originals(assistant.docstore)
        self._pages = PlainPages(settings)

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/read/{item}", self.read)
        return router

    def read(
        self, item: str, request: Request, start: int | None = None, end: int | None = None
    ) -> Response:
        """A passage in its section, or what may be said of an item that is only listed.

        ``start`` and ``end`` mark fewer words than the whole passage.
        """
        audience = self._doorkeeper.audience(request.headers, request.cookies)
        try:
            facts = narrowed(self._facts(item, audience), start, end)
        except RagAssistantError as error:
            return self._pages.problem(audience, error)
        return self._pages.page(facts["title"], page(facts, self._place(facts, audience)))

    def _facts(self, item: str, audience: Audience) -> dict[str, Any]:
        docstore = self._assistant.docstore
        try:
            return showing.passage(docstore, item, audience)
        except NotFoundError:
            bounds = Bounds(access=audience_access(audience), uses=LISTED)
            entry = docstore.library.entries([item], bounds).get(item)
            if entry is None:
                raise
            return showing.document(docstore, entry.document_id, audience)

    def _place(self, facts: dict[str, Any], audience: Audience) -> _Place:
        docstore = self._assistant.docstore
        shown = docstore.captures.shown(facts["document_id"], None)
        citation = self._citation(facts, audience)
        return _Place(
            collection=docstore.library.collections()[facts["collection"]],
            capture=shown.capture if shown else None,
            visits=visits(docstore, facts["document_id"], audience),
            citation=citation,
            pictured=citation is not None
            and self._originals.has_picture(citation.document_id, page_of(citation), audience),
        )

    def _citation(self, facts: dict[str, Any], audience: Audience) -> Citation | None:
        """The marked words as a citation; None of an item that is only listed."""
        if facts["type"] != "passage":
            return None
        cited = Cited(**{name: facts[name] for name in ("passage_id", "start", "end")})
        (citation,) = recite(self._assistant.docstore, [cited], audience)
        return citation


def narrowed(facts: dict[str, Any], start: int | None, end: int | None) -> dict[str, Any]:
    """The facts with the quote's own place, if it lies within the passage."""
    if start is None or end is None or facts["type"] != "passage":
        return facts
    if not facts["start"] <= start < end <= facts["end"]:
        return facts
    return {**facts, "start": start, "end": end}


def page(facts: dict[str, Any], place: _Place) -> Html:
    """Facts, notices, text with its quote marked, and how to cite it."""
    notices = [notice(Notice(**one)) for one in facts["notices"]]
    said = on_source(facts["described_by"], facts["text_origin"])
    return join(
        tag("div", *_description(facts, place), class_="description"),
        newer(place.visits) if place.visits else "",
        *(tag("p", one, class_="origin") for one in said if not place.pictured),
        *notices,
        page_picture(place.citation) if place.citation and place.pictured else "",
        _text(facts) if facts["type"] == "passage" else _unreadable(),
        tag("h2", say("How to cite")),
        tag("p", foreign(citation_line(facts, place)), class_="how-to-cite"),
        coins_of(place.citation, place.collection.title) if place.citation else "",
    )


def citation_line(facts: dict[str, Any], place: _Place) -> str:
    """One line to cite the place by; of an item that is only listed, from its facts alone."""
    if place.citation:
        return reference(place.citation, collection=place.collection.title)
    title = facts["title"].rstrip(".")
    parts = [facts["creator"], f"“{title}”", facts["date"], facts.get("locator", "")]
    parts.append(place.collection.title or place.collection.id)
    parts += [value for _, value in sorted(facts["identifiers"].items())]
    if place.capture:
        seen = {"day": day(place.capture.timestamp), "address": place.capture.uri}
        parts.append(say("captured {day} from {address}", **seen))
        parts.append(place.address(facts)[0])
    return ", ".join(part for part in parts if part) + "."


def _description(facts: dict[str, Any], place: _Place) -> list[Html]:
    stated = facts["rights"]
    known = stated["uri"] or stated["label"] != "Rights: not stated"
    terms = {
        say("Creator"): facts["creator"],
        say("Date"): facts["date"],
        say("Collection"): place.collection.title or place.collection.id,
        say("Identifier"): ", ".join(facts["identifiers"].values()),
        say("Address"): place.capture.uri if place.capture else "",
        say("Captured"): _captured(place),
    }
    rows = [
        tag("div", tag("dt", name), tag("dd", words, dir="auto"))
        for name, words in terms.items()
        if words
    ]
    url, words = place.address(facts)
    said = rights(Rights(uri=stated["uri"], label=stated["label"]) if known else None)
    return [
        tag("dl", *rows),
        tag("p", *said, class_="rights"),
        tag("p", *_ways(place, url, words), class_="links"),
    ]


def _captured(place: _Place) -> str:
    """When the page was captured, and how often it was seen with these words."""
    if place.capture is None:
        return ""
    when = timed(place.capture.timestamp)
    return join(when, " · ", seen_words(place.visits)) if place.visits else when


def _ways(place: _Place, url: str, words: str) -> list[Html]:
    """To the item itself, to its own file, and to the history of its page."""
    ways = [link(url, words)] if url else []
    if place.citation and (original := file_link(place.citation)):
        ways.append(link(original.url, original.label))
        if place.citation.text_origin in _BY_MACHINE and not place.pictured:
            ways.append(to_text())
    if place.visits:
        ways.append(history_link(place.visits))
    return spaced([way for way in ways if way])


def _text(facts: dict[str, Any]) -> Html:
    trail = " › ".join(facts["headings"])
    language = None if len(facts["languages"]) > 1 else lang_of(facts["language"])
    heading = tag("h2", trail or say("Text"), lang=language if trail else None, id="text")
    marked = say("The marked words: {locator}", locator=told_place(facts["locator"]))
    place = tag("p", marked, class_="facts")
    body = tag("div", *_paragraphs(facts), class_="text", lang=language, dir="auto")
    return join(heading, place if facts["locator"] and not trail else "", body)


def _paragraphs(facts: dict[str, Any]) -> list[Html]:
    """The section's paragraphs; a quote that spans several is marked in each."""
    text = facts["text"]
    paragraphs: list[Html] = []
    place: str | None = "q"
    for at, end in _spans(text):
        begin, stop = max(at, facts["start"]), min(end, facts["end"])
        if begin < stop:
            marked = tag("mark", text[begin:stop], id=place, lang=lang_of(facts["language"]))
            paragraphs.append(tag("p", text[at:begin], marked, text[stop:end]))
            place = None  # only the first has it
        else:
            paragraphs.append(tag("p", text[at:end]))
    return paragraphs


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each paragraph begins and ends."""
    at = 0
    for gap in _BREAK.finditer(text):
        if at < gap.start():
            yield at, gap.start()
        at = gap.end()
    if at < len(text):
        yield at, len(text)


def _unreadable() -> Html:
    told = say("This item may only be listed here: its text is not shown.")
    return tag("p", told, class_="empty")
