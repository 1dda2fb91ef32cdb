"""What ranking asks of passages, read without their texts.

A page's versions alone may be several hundred candidates, of which few are shown. So their texts
are read only where figures in them decide (see `retrieval.collapse`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, select

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.facts import Chosen
from rag_assistant.docstore.queries import passage_text
from rag_assistant.docstore.rows import title_hash
from rag_assistant.docstore.tables import captures, documents, passages, sections

_NEVER = "99999999999999"  # later than any timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A passage with what tells it from others, but for its words.

    ``text_hash`` is that of its words. ``signature`` tells near-duplicates. ``seen`` holds the
    first and the last timestamp by address where its document was captured; it is empty for a
    plain file.
    """

    passage_id: str
    document_id: str
    use: str
    language: str
    text_hash: str
    signature: bytes
    seen: Mapping[str, tuple[str, str]]


class Placed(NamedTuple):
    """A passage, the document that it stands in, and its own language where it has one."""

    passage_id: str
    document_id: str
    text_hash: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A passage's words; where only the title may be listed, the others are empty."""

    title: str = ""
    headings: tuple[str, ...] = ()
    text: str = ""


def candidates(
    connection: Connection, passage_ids: Collection[str], chosen: Chosen, by_then: str | None
) -> dict[str, Candidate]:
    """Passages of the chosen documents, by id; of their captures those by then, or all."""
    rows = connection.execute(_passages(), _parameter(passage_ids)).all()
    kinds = _Kinds(chosen, {row.document_id for row in rows})
    titles = _titles(connection, kinds.listed)
    seen = _seen(connection, kinds.captured, by_then)
    found = {}
    for passage_id, document_id, text_hash, signature, language in rows:
        title = titles.get(document_id)
        other = title is None and chosen.language and language not in (None, chosen.language)
        if document_id not in kinds.use or other:
            continue
        found[passage_id] = Candidate(
            passage_id=passage_id,
            document_id=document_id,
            use=kinds.use[document_id],
            language=(title is None and language) or kinds.language[document_id],
            text_hash=text_hash if title is None else title_hash(title),
            signature=signature,
            seen=seen.get(document_id, {}),
        )
    return found


def wordings(connection: Connection, passages_: Collection[Candidate]) -> dict[str, Wording]:
    """The words of passages by id, of those that are still there."""
    listed = {one.passage_id for one in passages_ if one.use == "list"}
    asked = _parameter([one.passage_id for one in passages_])
    return {
        passage_id: Wording(title=title)
        if passage_id in listed
        else Wording(title=title, headings=tuple(headings), text=text)
        for passage_id, title, headings, text in connection.execute(_wordings(), asked).all()
    }


class _Kinds:
    """What the facts tell of documents, by id, of those that are chosen."""

    def __init__(self, chosen: Chosen, document_ids: Collection[str]) -> None:
        row_of = chosen.facts.row_of
        row = {one: row_of[one] for one in document_ids if chosen.holds(one)}
        self.use, self.language = (
            dict(zip(row, chosen.facts.named(column, list(row.values())), strict=True))
            for column in ("use", "language")
        )
        captured = chosen.facts.columns["captured"]
        self.captured = [one for one, at in row.items() if captured[at]]
        self.listed = [one for one, use in self.use.items() if use == "list"]


def _titles(connection: Connection, document_ids: Collection[str]) -> dict[str, str]:
    if not document_ids:
        return {}
    rows = connection.execute(_titled(), _parameter(document_ids)).all()
    return {document_id: title for document_id, title in rows}


def _seen(
    connection: Connection, document_ids: Collection[str], by_then: str | None
) -> dict[str, dict[str, tuple[str, str]]]:
    """The first and the last timestamp by document and address."""
    seen: dict[str, dict[str, tuple[str, str]]] = {}
    parameters = _parameter(document_ids) | {"then": by_then or _NEVER}
    for document_id, address, first, last in connection.execute(_spans(), parameters).all():
        seen.setdefault(document_id, {})[address] = (first, last)
    return seen


def _parameter(ids: Iterable[str]) -> dict[str, str]:
    return {"ids": json.dumps(list(ids))}


# Building these anew would take as long as asking them.


@cache
def _passages() -> Select[Any]:
    named = (
        passages.c[name] for name in ("id", "document_id", "text_hash", "signature", "language")
    )
    return select(*named).where(sqlite.among(passages.c.id, "ids"))


@cache
def _wordings() -> Select[Any]:
    return (
        select(passages.c.id, documents.c.title, sections.c.headings, passage_text())
        .join_from(passages, sections, passages.c.section_id == sections.c.id)
        .join(documents, passages.c.document_id == documents.c.id)
        .where(sqlite.among(passages.c.id, "ids"))
    )


@cache
def _titled() -> Select[Any]:
    return select(documents.c.id, documents.c.title).where(sqlite.among(documents.c.id, "ids"))


@cache
def _spans() -> Select[Any]:
    first, last = func.min(captures.c.timestamp), func.max(captures.c.timestamp)
    return (
        select(captures.c.document_id, captures.c.address, first, last)
        .where(
            sqlite.among(captures.c.document_id, "ids"),
            captures.c.hidden == 0,
            captures.c.timestamp <= bindparam("then"),
        )
        .group_by(captures.c.document_id, captures.c.address)
    )
