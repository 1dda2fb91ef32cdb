"""What is shown beside an answer and is not part of it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from rag_assistant.answer import Answer
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.web.components.visits import Visits, visits


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Facts that a page adds to an answer.

    ``titles`` are of the cited collections, of those that the question was narrowed to, and of
    those that were searched, ``documents`` titles of those that it was narrowed to, by id;
    ``visits`` are of the cited web pages, by document id; ``alike``
    counts the near-duplicates beneath a passage; ``unread`` are the markers of the answer whose
    sources no language model may read, ``closed`` those whose sources only staff may see;
    ``catalogue_search`` is the address of the catalogue's search, ``{query}`` standing for the
    question, "" where there is none.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    visits: Mapping[str, Visits] = field(default_factory=dict)
    alike: Mapping[str, int] = field(default_factory=dict)
    unread: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()
    catalogue_search: str = ""


def looked_up(docstore: Docstore, answer: Answer, known: Beside) -> Beside:
    """What is known, and what there is to add to an answer, for its own audience."""
    named = {
        *answer.filters.collections,
        *answer.scope.collections,
        *(cited.collection for cited in answer.citations),
    }
    collections = docstore.library.collections() if named else {}
    found = {
        cited.document_id: visits(
            docstore, cited.document_id, answer.audience, cited.capture.timestamp
        )
        for cited in answer.citations
        if cited.capture
    }
    bounds = Bounds(access=audience_access(answer.audience), uses=LISTED)
    asked = answer.filters.documents
    narrowed = docstore.works.rows(asked, bounds) if asked else {}
    documents = sorted({cited.document_id for cited in answer.citations})
    rows = docstore.library.documents(documents, bounds) if documents else {}
    unread = {one for one, row in rows.items() if row["use"] != "answer"}
    closed = {one for one, row in rows.items() if row["access"] != "public"}
    return replace(
        known,
        unread=_markers(answer, unread),
        closed=_markers(answer, closed),
        documents={one: row["title"] for one, row in narrowed.items()},
        titles={one: collections[one].title or one for one in sorted(named & collections.keys())},
        visits={**known.visits, **{document: one for document, one in found.items() if one}},
    )


def _markers(answer: Answer, documents: AbstractSet[str]) -> frozenset[int]:
    return frozenset(one.marker for one in answer.citations if one.document_id in documents)
