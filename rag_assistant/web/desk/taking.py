"""What can be taken away: the last answer, the conversation, a packet for a colleague.

Copying, saving and printing are done by the browser alone (static/evidence.js). What is put
together here on demand lies unseen in the page until a dialog of the frame shows it
(static/desk/taking.js), and is gone with the next question.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import gradio as gr

from rag_assistant.config import WebSettings
from rag_assistant.web.api.marked import copied
from rag_assistant.web.components import handoff, transcript
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.days import day
from rag_assistant.web.components.markup import Html, tag
from rag_assistant.web.components.ours import site
from rag_assistant.web.components.taking import copying, print_button
from rag_assistant.web.desk.parts import QUIET, Update, markup_place, spoken_in
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.wording import say

_ANSWER = "copied-answer"


class Taking:
    """The row after the last answer; it is shown while there is one.

    Args:
        doorkeeper: Tells who asks: what was answered to others is not theirs to take.
        web: For the service's name.
        language: Of the desk.
    """

    row: gr.Row

    def __init__(self, doorkeeper: Doorkeeper, web: WebSettings, language: str) -> None:
        self._doorkeeper = doorkeeper
        self._web = web
        self._language = language

    def build(self, exchanges: gr.State) -> None:
        """Put the row together.

        Args:
            exchanges: The conversation, of which texts are made when somebody asks for them.
        """
        with gr.Row(visible=False, elem_id="taking") as self.row:
            self._last = markup_place("", "take-answer")
            save = gr.Button(say("Save"), size="sm", elem_id="take-save")
            hand_off = gr.Button(say("Hand off to a colleague"), size="sm", elem_id="take-hand-off")
        self._taken = gr.Markdown(
            elem_id="taken", elem_classes="kept-texts", latex_delimiters=[], sanitize_html=True
        )
        for button, made in ((save, self.saved), (hand_off, self.handed_off)):
            button.click(spoken_in(self._language, made), exchanges, self._taken, **QUIET)

    @property
    def places(self) -> tuple[gr.Row, gr.Markdown, gr.Markdown]:
        """What `offered` changes."""
        return self.row, self._last, self._taken

    def offered(self, exchanges: Sequence[Exchange]) -> Update:
        """Shows the row once the last question has been answered; what was made before goes."""
        answer = exchanges[-1].answer if exchanges else None
        return {
            self.row: gr.update(visible=answer is not None),
            self._last: _copying(copied(answer)) if answer else "",
            self._taken: "",
        }

    def saved(self, exchanges: list[Exchange], request: gr.Request) -> Html:
        """The conversation as Markdown, as a web page and as JSON."""
        kept = self._own(exchanges, request)
        if not kept:
            return Html("")
        today = day(time.strftime("%Y%m%d%H%M%S"))
        made = transcript.transcript(kept, title=site(self._web), saved=today)
        forms = zip(transcript.FIELDS, (made.markdown, made.html, made.json), strict=True)
        return tag("div", *(tag("div", words, id=name) for name, words in forms), class_="saved")

    def handed_off(self, exchanges: list[Exchange], request: gr.Request) -> Html:
        """The packet of the last answer, and the ways to send it."""
        kept = self._own(exchanges, request)
        if not kept or kept[-1].answer is None:
            return Html("")
        made = handoff.packet(kept[-1].answer, kept[-1].beside)
        return tag(
            "div",
            tag("div", handoff.as_text(made), class_="as-text"),
            tag("div", handoff.as_json(made), class_="as-data"),
            tag("div", handoff.ways(kept[-1].answer), class_="as-ways"),
            class_="packet",
        )

    def _own(self, exchanges: list[Exchange], request: gr.Request) -> list[Exchange]:
        audience = self._doorkeeper.audience(request.headers, request.cookies)
        return [one for one in exchanges if one.audience == audience and one.answer]


def _copying(words: str) -> Html:
    """Copies an answer with its sources, or prints the page."""
    return tag("div", copying(_ANSWER, say("Copy"), words), print_button(), class_="buttons")
