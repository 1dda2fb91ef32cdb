"""The history of a web page: its captures, its versions, and what changed between them.

Plain HTML without any script. The address stands in the page and never in ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.docstore.captures import SeenCapture
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.errors import NotFoundError, RagAssistantError
from rag_assistant.history import History, history
from rag_assistant.web.components.cards import notice
from rag_assistant.web.components.days import day, span
from rag_assistant.web.components.markup import Html, join, lang_of, link, tag, woven
from rag_assistant.web.components.ours import ours
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.pages.differences import Differences
from rag_assistant.web.pages.plain import PlainPages
from rag_assistant.web.pages.timeline import Timeline, stays
from rag_assistant.wording import message, say


class HistoryPages:
    """The page at ``/history/{document_id}``; any version's document leads to it."""

    def __init__(self, assistant: Assistant, settings: Settings, doorkeeper: Doorkeeper) -> None:
        self._docstore = assistant.docstore
        self._doorkeeper = doorkeeper
        self._pages = PlainPages(settings)

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/history/{document_id}", self.read)
        return router

    def read(self, document_id: str, request: Request, at: str = "") -> Response:
        """The history of the address at which a document was captured.

        ``at`` is the timestamp of one of its captures, for words that stood at several addresses;
        without it, the newest counts.
        """
        audience = self._doorkeeper.audience(request.headers, request.cookies)
        bounds = Bounds(access=audience_access(audience), uses=LISTED)
        try:
            row = self._docstore.library.document(document_id, bounds)
            captures = self._docstore.captures.of(document_id)
            if not captures:
                raise NotFoundError(say("{item} is no web page.", item=document_id))
            chosen = next((one for one in captures if one.timestamp == at), captures[-1])
            found = history(self._docstore, chosen.uri, audience)
        except RagAssistantError as error:
            return self._pages.problem(audience, error)
        title = row["title"] or chosen.uri
        return self._pages.wide(
            title,
            page(
                found,
                document_id,
                elsewhere=[one for one in captures if one.address != chosen.address],
                titles=self._titles(found),
            ),
            heading=tag("h1", title, lang=lang_of(row["language"]), dir="auto"),
        )

    def _titles(self, found: History) -> dict[str, str]:
        """The titles of the collections, where there are several."""
        names = {one.collection for one in found.captures}
        if len(names) == 1:
            return {}
        collections = self._docstore.library.collections()
        return {name: collections[name].title or name for name in names}


def page(
    found: History,
    document_id: str,
    *,
    elsewhere: Sequence[SeenCapture] = (),
    titles: Mapping[str, str] = MappingProxyType({}),
) -> Html:
    """A page's captures in order, then what changed, oldest first.

    Args:
        found: The history of one address.
        document_id: The version that the reader came from.
        elsewhere: Captures of that version at other addresses.
        titles: Of the collections, where the captures are from several, by id.
    """
    arrived = next((one.version for one in found.captures if one.document_id == document_id), None)
    changes = Differences(found.versions, found.changes).shown(arrived)
    same = tag("p", say("The words are the same in every capture."), class_="empty")
    address = tag("span", found.url, class_="address", dir="ltr")
    return join(
        tag("p", woven(say("Address: {address}"), address=address), class_="facts"),
        tag("p", _summary(found), class_="facts"),
        _others(elsewhere, document_id),
        *map(notice, dict.fromkeys(one for of in found.versions for one in of.notices)),
        tag("h2", say("Captures")),
        Timeline(stays(found.captures), found.changes, titles).shown(),
        tag("h2", say("What changed")),
        changes if found.changes else same,
    )


def _summary(found: History) -> str:
    """How often the page was seen, and with how many different texts."""
    seen = [one.timestamp for one in found.captures if one.version is not None]
    if len(seen) == 1:
        return say("Seen once, on {day}.", day=day(seen[0]))
    told = message("Seen in {captures} captures, {days}, in {versions} versions.")
    if len(found.versions) == 1:
        told = message("Seen in {captures} captures, {days}, always with the same words.")
    days = span(seen[0], seen[-1])
    return say(told, captures=len(seen), days=days, versions=len(found.versions))


def _others(elsewhere: Sequence[SeenCapture], document_id: str) -> Html:
    """Where else the same words stood."""
    last = {one.address: one for one in elsewhere}
    if not last:
        return Html("")
    items = [
        tag(
            "li",
            tag("span", one.uri, class_="address", dir="ltr"),
            " ",
            link(ours(f"/history/{document_id}?at={one.timestamp}"), say("Its history")),
        )
        for one in last.values()
    ]
    told = tag("p", say("The same words were also captured at:"), class_="facts")
    return join(told, tag("ul", *items, class_="elsewhere"))
