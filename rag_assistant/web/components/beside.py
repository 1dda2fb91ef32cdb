"""What is shown beside an answer and is not part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rag_assistant.answer import Answer
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.web.components.visits import Visits, visits


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Facts that a page adds to an answer.

    ``titles`` are of the cited collections, and of those that the question was narrowed to;
    ``visits`` are of the cited web pages, by document id; ``alike`` counts the near-duplicates
    beneath a passage; ``unread`` are the markers of the answer whose sources no language model may
    read.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    visits: Mapping[str, Visits] = field(default_factory=dict)
    alike: Mapping[str, int] = field(default_factory=dict)
    unread: frozenset[int] = frozenset()


def looked_up(docstore: Docstore, answer: Answer, known: Beside) -> Beside:
    """What is known, and what there is to add to an answer, for its own audience."""
    named = {*answer.filters.collections, *(cited.collection for cited in answer.citations)}
    collections = docstore.library.collections() if named else {}
    found = {
        cited.document_id: visits(
            docstore, cited.document_id, answer.audience, cited.capture.timestamp
        )
        for cited in answer.citations
        if cited.capture
    }
    return replace(
        known,
        unread=_unread(docstore, answer),
        titles={one: collections[one].title or one for one in sorted(named & collections.keys())},
        visits={**known.visits, **{document: one for document, one in found.items() if one}},
    )


def _unread(docstore: Docstore, answer: Answer) -> frozenset[int]:
    bounds = Bounds(access=audience_access(answer.audience), uses=LISTED)
    documents = {cited.document_id for cited in answer.citations}
    rows = docstore.library.documents(sorted(documents), bounds) if documents else {}
    closed = {one for one, row in rows.items() if row["use"] != "answer"}
    return frozenset(one.marker for one in answer.citations if one.document_id in closed)
