"""What speaks up beside the desk: before it is left, and when no server answers. Pure."""

from __future__ import annotations

from rag_assistant.web.components.markup import Html, tag
from rag_assistant.wording import say


def leaving_dialog() -> Html:
    """Asks before the page is left for the one in another language."""
    stay = tag("button", say("Stay"), type="button", data_does="close")
    leave = tag("button", say("Change the language"), type="button", data_does="leave")
    return tag(
        "dialog",
        tag("h2", say("Leave this conversation?"), id="leaving-title"),
        tag("p", say("The conversation and all that was typed will be gone."), id="leaving-words"),
        tag("div", leave, stay, class_="deeds"),
        id="leaving-dialog",
        aria_labelledby="leaving-title",
        aria_describedby="leaving-words",
    )


def fault_banner() -> Html:
    """Where it is said that the server does not answer; the page's script writes into it."""
    return tag("p", role="status", id="fault", class_="fault")
