"""The dialogs of the desk, in the page before any script runs; Esc closes each of them.

While one is open all else is silent for those who listen, so those with outcomes have a live
region of their own.
"""

from __future__ import annotations

from collections.abc import Collection

from rag_assistant.web.components import handoff, transcript
from rag_assistant.web.components.markup import Html, tag
from rag_assistant.web.desk import keys
from rag_assistant.wording import say, say_in, say_n


def of_keys(found: Collection[keys.Key]) -> Html:
    """Which keys there are, and the switch for all of them."""
    switch = tag(
        "button",
        say("Use single keys"),
        type="button",
        data_does="switch-keys",
        aria_pressed="true",
    )
    return tag(
        "dialog",
        tag("h2", say("Keys"), id="keys-title"),
        keys.listed(found),
        tag("p", say("They do nothing while you type. Tab and Enter reach everything.")),
        tag("div", switch, button("close", say_in("button", "Close")), class_="deeds"),
        _speaker(),
        id="keys-dialog",
        aria_labelledby="keys-title",
    )


def of_patron() -> Html:
    """Whether to clear everything."""
    return tag(
        "dialog",
        tag("h2", say("Clear everything for a new patron?"), id="patron-title"),
        tag("p", say("The conversation and all that was typed will be gone."), id="patron-words"),
        tag("div", button("patron", say("Clear")), button("close", say("Cancel")), class_="deeds"),
        id="patron-dialog",
        aria_labelledby="patron-title",
        aria_describedby="patron-words",
    )


def of_leaving() -> Html:
    """Whether to leave the conversation for the page in another language."""
    leave = button("leave", say("Change the language"))
    return tag(
        "dialog",
        tag("h2", say("Leave this conversation?"), id="leaving-title"),
        tag("p", say("The conversation and all that was typed will be gone."), id="leaving-words"),
        tag("div", button("close", say_in("button", "Stay")), leave, class_="deeds"),
        id="leaving-dialog",
        aria_labelledby="leaving-title",
        aria_describedby="leaving-words",
    )


def of_transcript() -> Html:
    """In which form to save the conversation."""
    words = say("All questions and answers on this page, with their sources. Nothing is stored "
                "but what you save or print.")  # fmt: skip
    return tag(
        "dialog",
        tag("h2", say("Save the transcript"), id="transcript-title"),
        tag("p", words, id="transcript-words"),
        transcript.ways(),
        tag("div", button("close", say_in("button", "Close")), class_="deeds"),
        _speaker(),
        id="transcript-dialog",
        aria_labelledby="transcript-title",
        aria_describedby="transcript-words",
    )


def of_packet() -> Html:
    """The packet for a colleague, to be read and changed; its fields are filled on demand."""
    data = tag("summary", say("The same as JSON"))
    return tag(
        "dialog",
        tag("h2", say("Hand off to a colleague"), id="handoff-title"),
        tag("p", say(handoff.WARNING), class_="warning", id="handoff-warning"),
        _field(handoff.TEXT, say("What your colleague will read"), "12"),
        tag("details", data, _field(handoff.DATA, say("JSON"), "8")),
        tag("div", id="handoff-ways"),
        tag("div", button("close", say_in("button", "Close")), class_="deeds"),
        _speaker(),
        id="handoff-dialog",
        aria_labelledby="handoff-title",
        aria_describedby="handoff-warning",
    )


def of_idle(seconds: float) -> Html:
    """That the page will be cleared so many seconds from now."""
    words = say_n(
        "This page will be cleared in {n} second.",
        "This page will be cleared in {n} seconds.",
        max(1, round(seconds)),
    )
    return tag(
        "dialog",
        tag("h2", say("Are you still there?"), id="idle-title"),
        tag("p", words, id="idle-words"),
        tag("div", button("stay", say("Stay")), class_="deeds"),
        id="idle-dialog",
        role="alertdialog",
        aria_labelledby="idle-title",
        aria_describedby="idle-words",
    )


def button(does: str, words: str, *, pops: str | None = None) -> Html:
    """A button whose deed the page's scripts know by that name."""
    return tag("button", words, type="button", data_does=does, aria_haspopup=pops)


def _field(place: str, words: str, rows: str) -> Html:
    return tag(
        "label",
        tag("span", words),
        tag("textarea", id=place, rows=rows, dir="auto", autocomplete="off"),
    )


def _speaker() -> Html:
    return tag("p", role="status", class_="visually-hidden")
