"""The desk's second tab: references are pasted, and looked up among what is held."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag_assistant.assistant import Assistant
from rag_assistant.checking import MOST_CHARACTERS
from rag_assistant.errors import RagAssistantError
from rag_assistant.schema import Audience
from rag_assistant.web.api.problems import NotReadyError, told_to
from rag_assistant.web.components.checked import checked, counted
from rag_assistant.web.components.markup import Html, join, tag
from rag_assistant.web.desk import welcome
from rag_assistant.web.doors.access import Doorkeeper

TITLE = "Check a reference"
_AT_ONCE = 2  # lists that are checked at a time
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class CheckTab:
    """What stands in the tab. Nothing of what is pasted outlives the answer to it."""

    def __init__(self, assistant: Assistant, doorkeeper: Doorkeeper) -> None:
        self._assistant = assistant
        self._doorkeeper = doorkeeper

    def build(self, spoken: gr.Markdown) -> None:
        """Put the tab together; ``spoken`` is where news for those who listen are written."""
        with gr.Column(elem_id="checker"):
            gr.Markdown(_intro(), elem_id="checker-intro", sanitize_html=True)
            pasted = gr.Textbox(
                label="References",
                info="One, or a list, in any style; BibTeX and RIS too",
                lines=6,
                max_lines=20,
                max_length=MOST_CHARACTERS,
                elem_id="references",
                html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
            )
            button = gr.Button("Check", variant="primary", elem_id="check")
            found = gr.Markdown("", elem_id="checked", latex_delimiters=[], sanitize_html=True)
        button.click(
            self.check,
            pasted,
            [found, spoken],
            concurrency_limit=_AT_ONCE,
            concurrency_id="check",
            **_QUIET,
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
        return checked(report), tag("p", f"Checked: {counted(report)}")


def _intro() -> Html:
    words = (
        "Paste a reference, as from a chatbot: it is looked up among the records held here, by "
        "its title, names, date and numbers. It is given to no model and not kept."
    )
    return join(tag("h2", TITLE, class_="visually-hidden"), tag("p", words))
