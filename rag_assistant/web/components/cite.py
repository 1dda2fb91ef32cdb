"""A reference to take away: its words to copy, and files for reference managers."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from rag_assistant.answer import Citation
from rag_assistant.reciting import Cited
from rag_assistant.web.components.markup import Html, foreign, hidden, join, link, spaced, tag
from rag_assistant.web.components.taking import copy_button
from rag_assistant.wording import message, say

_FILES = (
    ("ris", "RIS"),
    ("bibtex", "BibTeX"),
    ("csl-json", "CSL-JSON"),
    ("text", message("text")),
)


def cite(citation: Citation, named: str, place: str) -> Html:
    """Opens to the reference, as words and as files; the files need no script.

    Args:
        citation: The source.
        named: What tells it from others for those who listen: "source 1: Title".
        place: The id that the reference's words have.
    """
    summary = tag("summary", say("Cite"), hidden(f" {named}"))
    words = Html("")
    if citation.reference:
        copy = copy_button(place, say("Copy the reference"), named)
        reference = foreign(citation.reference, id=place)
        words = tag("p", hidden(say("To cite it:") + " "), reference, class_="reference")
        words = join(words, tag("p", copy, class_="buttons"))
    return tag(
        "details", summary, words, files([citation], say("As a file:"), named), class_="cite"
    )


def files(citations: Sequence[Citation], lead: str, named: str = "") -> Html:
    """Links to the references as files; they work without any script."""
    cited = urlencode([("passage", str(Cited.of(one))) for one in citations], safe=":@")
    heard = hidden(f" {named}") if named else ""
    links = [
        link(f"/api/references.{form}?{cited}", say(name) if form == "text" else name, heard)
        for form, name in _FILES
    ]
    return tag("p", *spaced([join(lead), *links]), class_="export")
