"""What a change of one row means for the rest: access, captures, removal."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from rag_assistant import dates
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import furniture, sqlite
from rag_assistant.docstore.queries import index_keys, log_change
from rag_assistant.docstore.rows import narrower_use, now
from rag_assistant.docstore.tables import captures, documents, files, gone, passages, sections


def set_access(connection: Connection, document_id: str, **columns: Any) -> None:
    """Change columns that decide who may see a document, and tell the followers."""
    keys = index_keys(connection, document_id)
    connection.execute(update(documents).where(documents.c.id == document_id).values(**columns))
    log_change(connection, document_id, keys)


def remove_document(connection: Connection, document_id: str) -> None:
    """Delete a document with all that hangs on it; its ids stay known as gone."""
    log_change(connection, document_id, index_keys(connection, document_id))
    furniture.unsettle_sites_of(connection, document_id)
    at = now()
    ids = [document_id]
    for table in (sections, passages):
        ids += connection.scalars(
            select(table.c.id).where(table.c.document_id == document_id)
        ).all()
    connection.execute(sqlite.replace(gone, "id"), [{"id": one, "at": at} for one in ids])
    connection.execute(delete(documents).where(documents.c.id == document_id))


def settle_captured(connection: Connection, document_id: str) -> int:
    """After a change of captures: dates follow them, and the last one takes the document along.

    Returns:
        1 where the document was removed, else 0.
    """
    row = connection.execute(
        select(
            documents.c.captured,
            documents.c.date_text,
            documents.c.date_from,
            documents.c.date_to,
        ).where(documents.c.id == document_id)
    ).one_or_none()
    if row is None or not row.captured:
        return 0
    first, last = connection.execute(
        select(func.min(captures.c.timestamp), func.max(captures.c.timestamp)).where(
            captures.c.document_id == document_id
        )
    ).one()
    if first is None:
        remove_document(connection, document_id)
        return 1
    if row.date_text:  # else the page says no date of its own: it stands where it was seen
        return 0
    span = (dates.capture_day(first), dates.capture_day(last))
    if (row.date_from, row.date_to) != span:
        connection.execute(
            update(documents)
            .where(documents.c.id == document_id)
            .values(date_from=span[0], date_to=span[1])
        )
        log_change(connection, document_id, [])
    return 0


def narrow_collection(connection: Connection, config: CollectionConfig) -> None:
    """Take documents along at once where their collection has become stricter.

    A collection that has become more open waits for the next reading, which knows what each
    document says of itself.
    """
    narrowed = False
    if config.access == "staff":
        for document_id in connection.scalars(
            select(documents.c.id).where(
                documents.c.collection == config.id, documents.c.access == "public"
            )
        ).all():
            set_access(connection, document_id, access="staff", own_access="staff", digest="")
            narrowed = True
    for document_id, use in connection.execute(
        select(documents.c.id, documents.c.use).where(documents.c.collection == config.id)
    ).all():
        if narrower_use(config.use, use) != use:
            set_access(connection, document_id, use=config.use, digest="")
            narrowed = True
    if narrowed:  # nothing read before counts as unchanged: it may widen again
        connection.execute(delete(files).where(files.c.collection == config.id))
