"""Works by their identifiers and titles, for references that are checked.

What is looked up stands in two tables, written with each document and gone with it. Whatever the
bounds do not allow is not there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, select

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.queries import Bounds, batches, within
from rag_assistant.docstore.tables import (
    captures,
    documents,
    identifiers,
    passages,
    sections,
    titles,
)
from rag_assistant.identifiers import identifier_key
from rag_assistant.titles import title_keys

_BATCH = 500  # documents of a migration's step
_OF_DOCUMENT = tuple(
    delete(table).where(table.c.document_id == bindparam("document"))
    for table in (identifiers, titles)
)


class Works:
    """Looks works up."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def by_identifiers(
        self, wanted: Collection[tuple[str, str]], bounds: Bounds, limit: int
    ) -> dict[tuple[str, str], list[str]]:
        """Document ids by (scheme, key), of those that are here; at most ``limit`` each."""
        found: dict[tuple[str, str], list[str]] = {}
        with sqlite.reading(self._engine) as connection:
            for scheme, key in wanted:
                asked = (
                    select(identifiers.c.document_id)
                    .join(documents, documents.c.id == identifiers.c.document_id)
                    .where(identifiers.c.scheme == scheme, identifiers.c.value == key)
                    .where(within(bounds))
                )
                ids = list(connection.scalars(asked.limit(limit)))
                if scheme == "url":
                    ids += [one for one in _at(connection, key, bounds, limit) if one not in ids]
                if ids:
                    found[scheme, key] = ids
        return found

    def by_titles(self, keys: Collection[str], bounds: Bounds, limit: int) -> list[str]:
        """Ids of documents with one of these titles (see `titles.title_keys`)."""
        asked = (
            select(titles.c.document_id)
            .join(documents, documents.c.id == titles.c.document_id)
            .where(sqlite.among(titles.c.key, "keys"), within(bounds))
            .distinct()
            .limit(limit)
        )
        with sqlite.reading(self._engine) as connection:
            return list(connection.scalars(asked, {"keys": json.dumps(list(keys))}))

    def rows(self, document_ids: Sequence[str], bounds: Bounds) -> dict[str, Mapping[str, Any]]:
        """Documents' columns by id, of those that are there."""
        found: dict[str, Mapping[str, Any]] = {}
        with sqlite.reading(self._engine) as connection:
            for part in batches(document_ids):
                asked = select(documents).where(documents.c.id.in_(part), within(bounds))
                found |= {row["id"]: dict(row) for row in connection.execute(asked).mappings()}
        return found

    def first_passage(self, document_id: str) -> str:
        """The id of the passage with which a document begins, "" where it has none."""
        asked = (
            select(passages.c.id)
            .join(sections, sections.c.id == passages.c.section_id)
            .where(passages.c.document_id == document_id)
            .order_by(sections.c.ordinal, passages.c.start)
            .limit(1)
        )
        with sqlite.reading(self._engine) as connection:
            return connection.scalar(asked) or ""


def note(connection: Connection, row: Mapping[str, Any], *, known: bool) -> None:
    """Note by what a document can be looked up; ``known`` where it stood here before."""
    if known:
        for forget in _OF_DOCUMENT:
            connection.execute(forget, {"document": row["id"]})
    _write(connection, [row])


def fill(connection: Connection) -> None:
    """Note all documents that are stored."""
    columns = [documents.c[name] for name in ("id", "title", "identifiers", "details")]
    last = ""
    while True:
        asked = select(*columns).where(documents.c.id > last).order_by(documents.c.id).limit(_BATCH)
        rows = [dict(row) for row in connection.execute(asked).mappings()]
        if not rows:
            return
        _write(connection, rows)
        last = rows[-1]["id"]


def stated_identifiers(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """All (scheme, value) pairs that a document's row holds, as they were written."""
    pairs = [(scheme, value) for scheme, value in row["identifiers"].items()]
    pairs += [(scheme, value) for scheme, value in (row["details"] or {}).get("identifiers", ())]
    return list(dict.fromkeys((scheme, str(value)) for scheme, value in pairs))


def _write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    named, called = [], []
    for row in rows:
        document = {"document_id": row["id"]}
        keys = {
            (scheme, identifier_key(scheme, value)) for scheme, value in stated_identifiers(row)
        }
        named += [
            {"scheme": scheme, "value": key, **document} for scheme, key in sorted(keys) if key
        ]
        called += [{"key": key, **document} for key in title_keys(row["title"])]
    if named:
        connection.execute(sqlite.ignore(identifiers), named)
    if called:
        connection.execute(sqlite.ignore(titles), called)


def _at(connection: Connection, address: str, bounds: Bounds, limit: int) -> list[str]:
    """Documents of that address, captured pages among them."""
    plain = select(documents.c.id).where(documents.c.address == address, within(bounds))
    captured = (
        select(captures.c.document_id)
        .join(documents, documents.c.id == captures.c.document_id)
        .where(captures.c.address == address, captures.c.hidden == 0, within(bounds))
        .distinct()
    )
    found: list[str] = []
    for asked in (plain, captured):
        found += connection.scalars(asked.limit(limit))
    return list(dict.fromkeys(found))
