"""Citations out: references as text, as files for reference managers, as links to the place."""

from __future__ import annotations

from dataclasses import replace

from rag_assistant.answer import Citation
from rag_assistant.references.coins import coins
from rag_assistant.references.exporting import FORMATS, Export, Format, export
from rag_assistant.references.formatted import reference
from rag_assistant.references.items import csl_item, csl_items
from rag_assistant.references.links import links_of

__all__ = [
    "FORMATS",
    "Export",
    "Format",
    "coins",
    "csl_item",
    "csl_items",
    "export",
    "links_of",
    "reference",
    "referenced",
]


def referenced(citation: Citation, *, collection: str = "", viewer_url: str = "") -> Citation:
    """The citation with its reference and its links.

    Args:
        citation: With its record, where there is one.
        collection: The title of the collection that holds it.
        viewer_url: Where the collection's IIIF viewer opens a content state, with ``{state}``.
    """
    return replace(
        citation,
        reference=reference(citation, collection=collection),
        links=links_of(citation, viewer_url=viewer_url),
    )
