"""Results of a search with what is shown beside them, looked up for their own audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.docstore.rows import to_rights
from rag_assistant.retrieval.finding import Looked
from rag_assistant.schema import Audience, Hit, Rights, Span
from rag_assistant.web.components.visits import Visits, visits


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A hit and the facts of its document.

    ``marks`` are places in its text, ``others`` are how many passages of its document were found
    beside it.
    """

    hit: Hit
    marks: tuple[Span, ...]
    others: int
    collection: str
    creator: str
    date: str
    text_origin: str
    rights: Rights | None
    visits: Visits | None


def results_of(
    docstore: Docstore, found: Looked, titles: Mapping[str, str], audience: Audience
) -> list[Result]:
    """The results of a page; what was taken down meanwhile is left out.

    Args:
        docstore: Where the documents stand.
        found: The page.
        titles: Of the collections, by id.
        audience: Who asked.
    """
    bounds = Bounds(access=audience_access(audience), uses=LISTED)
    rows = docstore.works.rows([hit.entry.document_id for hit in found.hits], bounds)
    results = []
    for hit, spans, number in zip(found.hits, found.marks, found.others, strict=True):
        row = rows.get(hit.entry.document_id)
        if row is None:
            continue
        at = hit.captured_at or None
        results.append(
            Result(
                hit=hit,
                marks=spans,
                others=number,
                collection=titles.get(hit.entry.collection) or hit.entry.collection,
                creator=row["creator"],
                date=row["date_text"],
                text_origin=row["text_origin"],
                rights=to_rights(row),
                visits=visits(docstore, hit.entry.document_id, audience, at) if at else None,
            )
        )
    return results
