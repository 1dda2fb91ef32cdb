"""Buttons by which one takes words away; `evidence.js` does the work, in the browser alone."""

from __future__ import annotations

from rag_assistant.web.components.markup import Html, hidden, join, tag
from rag_assistant.wording import say


def copy_button(place: str, words: str, named: str = "") -> Html:
    """Copies the text of the element or field with that id.

    Args:
        place: The id.
        words: What the button says.
        named: What tells it from others for those who listen.
    """
    heard = hidden(f" {named}") if named else ""
    return join(
        tag("button", words, heard, type="button", class_="copy", value=place),
        tag("span", say("Copied."), class_="outcome done", hidden="hidden"),
        tag("span", say("It could not be copied."), class_="outcome failed", hidden="hidden"),
    )


def copying(place: str, words: str, text: str) -> Html:
    """Copies a text that is not shown.

    Args:
        place: The id that the text has.
        words: What the button says.
        text: What is copied.
    """
    return join(copy_button(place, words), tag("span", text, id=place, class_="kept-texts"))


def save_button(place: str, name: str, words: str) -> Html:
    """Saves the text of the element or field with that id as a file of that name."""
    return tag("button", words, type="button", class_="save", value=place, title=name)


def print_button() -> Html:
    """Prints the page, of which only questions, answers and sources come on paper."""
    return tag("button", say("Print"), type="button", class_="print")


def mail_button(place: str, address: str) -> Html:
    """Makes a mail of the text of the element or field with that id, for the person to send.

    A text that is too long for a mail link is not cut: it is said what helps.
    """
    long = say("This is too long for a mail link: copy the text into a mail, or attach the file.")
    return join(
        tag("button", say("Write a mail"), type="button", class_="mail", value=place),
        tag("span", address, class_="mail-address", hidden="hidden"),
        tag("span", say("A question for the library"), class_="mail-subject", hidden="hidden"),
        tag("span", long, class_="outcome long", hidden="hidden"),
    )
