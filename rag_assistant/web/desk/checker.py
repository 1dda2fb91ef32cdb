"""The desk's second tab: references are pasted, and looked up among what is held."""

from __future__ import annotations

import gradio as gr

from rag_assistant.assistant import Assistant
from rag_assistant.checking import MOST_CHARACTERS
from rag_assistant.errors import RagAssistantError
from rag_assistant.schema import Audience
from rag_assistant.web.api.problems import NotReadyError, told_to
from rag_assistant.web.components.checked import checked, counted
from rag_assistant.web.components.markup import Html, join, tag
from rag_assistant.web.desk import welcome
from rag_assistant.web.desk.parts import QUIET, markup_place, spoken_in
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.wording import message, say

TITLE = message("Check a reference")
_AT_ONCE = 2  # lists that are checked at a time


class CheckTab:
    """What stands in the tab. Nothing of what is pasted outlives the answer to it."""

    def __init__(self, assistant: Assistant, doorkeeper: Doorkeeper, language: str) -> None:
        self._assistant = assistant
        self._doorkeeper = doorkeeper
        self._language = language

    def build(self, spoken: gr.Markdown) -> None:
        """Put the tab together; ``spoken`` is where news for those who listen are written."""
        with gr.Column(elem_id="checker"):
            markup_place(_intro(), "checker-intro")
            pasted = gr.Textbox(
                label=say("References"),
                info=say("One, or a list, in any style; BibTeX and RIS too"),
                lines=6,
                max_lines=20,
                max_length=MOST_CHARACTERS,
                elem_id="references",
                html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
            )
            button = gr.Button(say("Check"), variant="primary", elem_id="check")
            found = markup_place("", "checked")
        button.click(
            spoken_in(self._language, self.check),
            pasted,
            [found, spoken],
            concurrency_limit=_AT_ONCE,
            concurrency_id="check",
            **QUIET,
        )

    def check(self, text: str, request: gr.Request) -> tuple[Html, Html]:
        """The cards, and what is said of them aloud."""
        audience: Audience = self._doorkeeper.audience(request.headers, request.cookies)
        try:
            if not self._assistant.docstore.changes.last_seq():
                raise NotReadyError
            with self._doorkeeper.asking(request):
                report = self._assistant.check_references(text or "", audience=audience)
        except RagAssistantError as error:
            words = welcome.plainly(told_to(audience, error))
            return tag("p", words, class_="problem"), tag("p", words)
        return checked(report), tag("p", say("Checked: {counted}", counted=counted(report)))


def _intro() -> Html:
    words = say(
        "Paste a reference, as from a chatbot: it is looked up among the records held here, by "
        "its title, names, date and numbers. It is given to no model and not kept."
    )
    return join(tag("h2", say(TITLE), class_="visually-hidden"), tag("p", words))
