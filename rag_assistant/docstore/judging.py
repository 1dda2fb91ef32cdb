"""Access rules that have changed hold at once for what is stored, whether or not it is read again.

What they open waits for the next reading; what they close does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from rag_assistant.access_rules import Verdict
from rag_assistant.docstore import furniture, sqlite
from rag_assistant.docstore.bans import Ban, read_tombstones, settle_hidden
from rag_assistant.docstore.lifecycle import settle_captured
from rag_assistant.docstore.rows import page_id, section_rows, to_section
from rag_assistant.docstore.tables import (
    captures,
    documents,
    lines,
    misses,
    resplits,
    revisits,
    sections,
)

Judge = Callable[[str, str], Verdict]
"""Address and timestamp of a capture -> who may see it."""

_Keys = dict[str, list[dict[str, str]]]
"""Document id -> keys of captures of it."""


def judge_collection(connection: Connection, collection: str, judge: Judge) -> None:
    """Delete what nobody may see now, and keep with the staff what only they may see."""
    refused, closed = _stricter(connection, collection, judge)
    for document_id, keys in refused.items():
        furniture.unsettle_sites_of(connection, document_id)
        connection.execute(_each(delete(captures), captures), keys)
    for document_id, keys in closed.items():
        _keep_with_staff(connection, document_id, keys)
    ban = Ban.of(read_tombstones(connection))
    for document_id in {**refused, **closed}:
        settle_captured(connection, document_id)
        settle_hidden(connection, document_id, ban)
    _judge_revisits(connection, collection, judge)
    _judge_misses(connection, collection, judge)


def _stricter(connection: Connection, collection: str, judge: Judge) -> tuple[_Keys, _Keys]:
    """Captures that are refused now, and those of open documents that are for the staff now."""
    refused: _Keys = {}
    closed: _Keys = {}
    for row in connection.execute(
        select(
            captures.c.path,
            captures.c.record,
            captures.c.uri,
            captures.c.timestamp,
            captures.c.document_id,
            documents.c.own_access,
        )
        .join_from(captures, documents, captures.c.document_id == documents.c.id)
        .where(captures.c.collection == collection)
    ):
        verdict = judge(row.uri, row.timestamp)
        if verdict == "refused":
            refused.setdefault(row.document_id, []).append(_key(collection, row))
        elif verdict == "staff" and row.own_access != "staff":
            closed.setdefault(row.document_id, []).append(_key(collection, row))
    return refused, closed


def _keep_with_staff(connection: Connection, document_id: str, keys: list[dict[str, str]]) -> None:
    """Move captures to the document that has the same words and is for the staff."""
    row = (
        connection.execute(select(documents).where(documents.c.id == document_id)).mappings().one()
    )
    stored = connection.execute(
        select(sections).where(sections.c.document_id == document_id).order_by(sections.c.ordinal)
    ).mappings()
    parts = tuple(to_section(section) for section in stored)
    kept = page_id(row["collection"], "staff", parts)
    furniture.unsettle_sites_of(connection, document_id)
    changed = {"id": kept, "own_access": "staff", "access": "staff", "digest": "", "hidden": 0}
    made = connection.execute(sqlite.ignore(documents), {**row, **changed})
    if made.rowcount:
        connection.execute(insert(sections), section_rows(kept, parts))
        connection.execute(sqlite.ignore(resplits), {"document_id": kept})  # makes its passages
    held = select(lines.c.site, lines.c.line, bindparam("kept", kept)).where(
        lines.c.document_id == document_id
    )
    connection.execute(sqlite.ignore(lines).from_select(["site", "line", "document_id"], held))
    connection.execute(_each(update(captures), captures).values(document_id=kept), keys)
    settle_captured(connection, kept)
    settle_hidden(connection, kept, Ban.of(read_tombstones(connection)))


def _judge_revisits(connection: Connection, collection: str, judge: Judge) -> None:
    refused, others = [], []
    for row in connection.execute(select(revisits).where(revisits.c.collection == collection)):
        verdict = judge(row.uri, row.timestamp)
        if verdict == "refused":
            refused.append(_key(collection, row))
        elif (verdict == "staff") != bool(row.staff):
            others.append({**_key(collection, row), "for_staff": int(verdict == "staff")})
    if refused:
        connection.execute(_each(delete(revisits), revisits), refused)
    if others:
        changed = _each(update(revisits), revisits).values(staff=bindparam("for_staff"))
        connection.execute(changed, others)


def _judge_misses(connection: Connection, collection: str, judge: Judge) -> None:
    """A miss is told to whoever sees the page, so none is kept where not all may see it."""
    gone = [
        _key(collection, row)
        for row in connection.execute(select(misses).where(misses.c.collection == collection))
        if judge(row.uri, row.timestamp) != "allow"
    ]
    if gone:
        connection.execute(_each(delete(misses), misses), gone)


def _key(collection: str, row: Any) -> dict[str, str]:
    return {"in_collection": collection, "in_path": row.path, "is_record": row.record}


def _each(statement: Any, table: Any) -> Any:
    """The statement for each row that a `_key` names."""
    return statement.where(
        table.c.collection == bindparam("in_collection"),
        table.c.path == bindparam("in_path"),
        table.c.record == bindparam("is_record"),
    )
