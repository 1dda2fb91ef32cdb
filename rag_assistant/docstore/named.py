"""Persons and places that records name, for filters and for counting; see also `works`.

What is looked up stands in a table of its own, written with each document and gone with it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.tables import documents, names

Facet = Literal["person", "place"]
_BATCH = 500  # documents of a migration's step
_LONGEST = 200  # characters of a name
_OF_DOCUMENT = delete(names).where(names.c.document_id == bindparam("document"))


def note(connection: Connection, row: Mapping[str, Any], *, known: bool) -> None:
    """Note whom and what a document's record names; ``known`` where it stood here before."""
    if known:
        connection.execute(_OF_DOCUMENT, {"document": row["id"]})
    _write(connection, [row])


def fill(connection: Connection) -> None:
    """Note the names of all documents that are stored."""
    columns = [documents.c[name] for name in ("id", "creator", "details")]
    last = ""
    while True:
        asked = select(*columns).where(documents.c.id > last).order_by(documents.c.id).limit(_BATCH)
        rows = [dict(row) for row in connection.execute(asked).mappings()]
        if not rows:
            return
        _write(connection, rows)
        last = rows[-1]["id"]


def naming(facet: Facet, name: str) -> ColumnElement[bool]:
    """The condition on `documents` that they name it."""
    of_name = select(names.c.document_id).where(names.c.facet == facet, names.c.name == name)
    return documents.c.id.in_(of_name)


def documents_naming_all(
    connection: Connection, wanted: Sequence[tuple[Facet, str]]
) -> set[str] | None:
    """Ids of the documents that name all of these, whoever may see them; None for any."""
    found: set[str] | None = None
    for facet, name in wanted:
        asked = select(names.c.document_id).where(names.c.facet == facet, names.c.name == name)
        holding = set(connection.scalars(asked))
        found = holding if found is None else found & holding
    return found


def most_named(
    connection: Connection, document_ids: Collection[str], facet: Facet, limit: int
) -> tuple[tuple[str, int], ...]:
    """The names that most of these documents have, with their numbers, most first."""
    number = func.count()
    asked = (
        select(names.c.name, number)
        .where(names.c.facet == facet, sqlite.among(names.c.document_id, "ids"))
        .group_by(names.c.name)
        .order_by(number.desc(), names.c.name)
        .limit(limit)
    )
    found = connection.execute(asked, {"ids": json.dumps(list(document_ids))})
    return tuple((name, int(count)) for name, count in found)


def _write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    found = [
        {"facet": facet, "name": name, "document_id": row["id"]}
        for row in rows
        for facet, name in dict.fromkeys(_named(row))
    ]
    if found:
        connection.execute(sqlite.ignore(names), found)


def _named(row: Mapping[str, Any]) -> Iterator[tuple[Facet, str]]:
    """Persons and bodies with a part in the work, places that it is about."""
    record = row["details"] or {}
    people = [
        one["literal"] or ", ".join(filter(None, (one["family"], one["given"])))
        for one in record.get("agents", ())
    ]
    for person in people or [row["creator"]]:
        if name := _plain(person):
            yield "person", name
    for place in record.get("places", ()):
        if name := _plain(place):
            yield "place", name


def _plain(name: str) -> str:
    """A name on one line; one that is too long to be a name is none."""
    words = " ".join(name.split())
    return words if len(words) <= _LONGEST else ""
