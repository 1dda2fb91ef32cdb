"""What ranking asks of passages, read without their texts.

A page's versions alone may be several hundred candidates, of which few are shown. So their texts
are read only where figures in them decide (see `retrieval.collapse`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, true

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.ids import digest
from rag_assistant.docstore.queries import Bounds, passage_text, within
from rag_assistant.docstore.tables import captures, documents, passages, sections
from rag_assistant.schema import Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A passage with what tells it from others, but for its words.

    ``text_hash`` is that of title, headings and text. ``signature`` tells near-duplicates.
    ``seen`` holds the first and the last timestamp by address where its document was captured; it
    is empty for a plain file.
    """

    passage_id: str
    document_id: str
    use: Use
    language: str
    title: str
    text_hash: str
    signature: bytes
    seen: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A passage's headings and text; both are empty where only the title may be listed."""

    headings: tuple[str, ...] = ()
    text: str = ""


def candidates(
    connection: Connection, passage_ids: Collection[str], bounds: Bounds
) -> dict[str, Candidate]:
    """Passages by id, as far as the bounds allow."""
    rows = connection.execute(_passages(), _parameter(passage_ids)).all()
    allowed = _allowed(connection, {document_id for _, document_id, _, _ in rows}, bounds)
    seen = _seen(connection, allowed, bounds)
    found = {}
    for passage_id, document_id, text_hash, signature in rows:
        if document_id not in allowed:
            continue
        use, language, title = allowed[document_id]
        found[passage_id] = Candidate(
            passage_id=passage_id,
            document_id=document_id,
            use=use,
            language=language,
            title=title,
            text_hash=text_hash if use != "list" else digest(title, ""),
            signature=signature,
            seen=seen.get(document_id, {}),
        )
    return found


def wordings(
    connection: Connection, passage_ids: Collection[str], bounds: Bounds
) -> dict[str, Wording]:
    """The words of passages by id, as far as the bounds allow."""
    rows = connection.execute(_wordings(), _parameter(passage_ids)).all()
    allowed = _allowed(connection, {document_id for _, document_id, _, _ in rows}, bounds)
    found = {}
    for passage_id, document_id, headings, text in rows:
        if document_id in allowed:
            listed = allowed[document_id][0] == "list"
            wording = Wording() if listed else Wording(headings=tuple(headings), text=text)
            found[passage_id] = wording
    return found


def _allowed(
    connection: Connection, document_ids: Iterable[str], bounds: Bounds
) -> dict[str, tuple[Use, str, str]]:
    """Use, language and title by document, as far as the bounds allow."""
    rows = connection.execute(_documents(bounds), _parameter(document_ids)).all()
    return {document_id: (use, language, title) for document_id, use, language, title in rows}


def _seen(
    connection: Connection, document_ids: Iterable[str], bounds: Bounds
) -> dict[str, dict[str, tuple[str, str]]]:
    """The first and the last timestamp by document and address, by then where the bounds say so."""
    seen: dict[str, dict[str, tuple[str, str]]] = {}
    parameters = _parameter(document_ids) | ({"then": bounds.as_of} if bounds.as_of else {})
    spans = connection.execute(_spans(by_then=bool(bounds.as_of)), parameters).all()
    for document_id, address, first, last in spans:
        seen.setdefault(document_id, {})[address] = (first, last)
    return seen


def _parameter(ids: Iterable[str]) -> dict[str, str]:
    return {"ids": json.dumps(list(ids))}


# Building these anew would take as long as asking them.


@cache
def _passages() -> Select[Any]:
    named = (passages.c[name] for name in ("id", "document_id", "text_hash", "signature"))
    return select(*named).where(sqlite.among(passages.c.id, "ids"))


@cache
def _wordings() -> Select[Any]:
    return (
        select(passages.c.id, passages.c.document_id, sections.c.headings, passage_text())
        .join_from(passages, sections, passages.c.section_id == sections.c.id)
        .where(sqlite.among(passages.c.id, "ids"))
    )


@lru_cache(maxsize=8)
def _documents(bounds: Bounds) -> Select[Any]:
    named = (documents.c[name] for name in ("id", "use", "language", "title"))
    return select(*named).where(sqlite.among(documents.c.id, "ids"), within(bounds))


@cache
def _spans(*, by_then: bool) -> Select[Any]:
    first, last = func.min(captures.c.timestamp), func.max(captures.c.timestamp)
    return (
        select(captures.c.document_id, captures.c.address, first, last)
        .where(
            sqlite.among(captures.c.document_id, "ids"),
            captures.c.hidden == 0,
            captures.c.timestamp <= bindparam("then") if by_then else true(),
        )
        .group_by(captures.c.document_id, captures.c.address)
    )
