"""What can be taken away from the last answer: a row of buttons after it.

Copying and printing are done by the page itself (static/desk/taking.js); nothing is sent for them.
"""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.desk.parts import Update
from rag_assistant.wording import say


class Taking:
    """The row; it is shown while there is an answer."""

    row: gr.Row

    def build(self, exchanges: gr.State) -> None:
        """Put the row together.

        Args:
            exchanges: The conversation, for what is made of it on the server.
        """
        with gr.Row(visible=False, elem_id="taking") as self.row:
            gr.Button(say("Copy"), size="sm", elem_id="take-copy")
            gr.Button(say("Print"), size="sm", elem_id="take-print")

    def offered(self, exchanges: Sequence[Exchange]) -> Update:
        """Shows the row once the last question has been answered."""
        answered = bool(exchanges) and exchanges[-1].answer is not None
        return {self.row: gr.update(visible=answered)}
