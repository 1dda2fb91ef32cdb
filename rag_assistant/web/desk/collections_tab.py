"""The desk's view of what is held: each collection's numbers, gaps and plots."""

from __future__ import annotations

import gradio as gr

from rag_assistant.assistant import Assistant
from rag_assistant.web.api.overview import Overview
from rag_assistant.web.components.holdings import holdings
from rag_assistant.web.components.markup import Html, link, tag
from rag_assistant.web.components.ours import ours
from rag_assistant.web.desk.parts import QUIET, markup_place
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.wording import message, say, speaking

TITLE = message("Collections")


class CollectionsTab:
    """What stands in the tab; it is counted anew whenever it is shown.

    Args:
        assistant: What is looked at.
        doorkeeper: Tells who asks.
        language: Of the words around the numbers.
    """

    def __init__(self, assistant: Assistant, doorkeeper: Doorkeeper, *, language: str) -> None:
        self._overview = Overview(assistant)
        self._doorkeeper = doorkeeper
        self._language = language

    def build(self, tab: gr.Tab) -> None:
        """Put the tab together; it is filled when it is shown."""
        with speaking(self._language), gr.Column(elem_id="holdings"):
            markup_place(_intro(), "holdings-intro")
            shown = markup_place("", "holdings-list")
        tab.select(self.show, None, shown, concurrency_limit=2, **QUIET)

    def show(self, request: gr.Request) -> Html:
        """The collections, for who asks."""
        audience = self._doorkeeper.audience(request.headers, request.cookies)
        with speaking(self._language):
            return holdings(self._overview.holdings(audience))


def _intro() -> Html:
    words = say("What is held here and what is not, as far as you may see it.")
    page = link(ours("/collections"), say("The same as a plain page"))
    heading = tag("h2", say(TITLE), class_="visually-hidden")
    return tag("div", heading, tag("p", words, " ", page))
