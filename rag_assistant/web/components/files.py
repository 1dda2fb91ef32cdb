"""Ways to the original file of what is cited, and to the picture of its page. Pure."""

from __future__ import annotations

from rag_assistant.answer import Citation, Link
from rag_assistant.noting import on_source
from rag_assistant.web.components.markup import Html, link, tag
from rag_assistant.wording import say

SHOWN = frozenset({"pdf", "text", "markdown"})
"""Formats of files that a browser shows; all others are downloaded."""


def file_link(citation: Citation) -> Link | None:
    """The way to the cited document's own file, at the cited page; None where it has none.

    The address is a path of ours: it serves the pages, and stands in no answer.
    """
    if not citation.file_format:
        return None
    url = f"/api/documents/{citation.document_id}/file"
    index = citation.place.get("page_index")
    if citation.file_format == "pdf" and index is not None:
        label = say("Open the file at page {page}", page=citation.place.get("page") or index + 1)
        return Link(kind="file", label=label, url=f"{url}#page={index + 1}")
    shown = citation.file_format in SHOWN
    return Link(
        kind="file", label=say("Open the file") if shown else say("Download the file"), url=url
    )


def page_picture(citation: Citation) -> Html:
    """The picture of a page whose words were read by a machine; its text stands at ``#text``."""
    number = page_of(citation) + 1
    page, title = citation.place.get("page") or number, citation.title
    alt = say("Page {page} of {title}, an image; its text stands below", page=page, title=title)
    told = on_source(citation.described_by, citation.text_origin)
    return tag(
        "figure",
        tag("img", src=f"/api/documents/{citation.document_id}/image?page={number}", alt=alt),
        tag(
            "figcaption",
            *(tag("p", one, class_="origin") for one in told),
            tag("p", to_text(), class_="links"),
        ),
        class_="page-picture",
    )


def page_of(citation: Citation) -> int:
    """The page that the cited words begin on, from 0."""
    return int(citation.place.get("page_index", 0))


def to_text() -> Html:
    """The way from a picture to the text of its page."""
    return link("#text", say("Read the text of this page"))
