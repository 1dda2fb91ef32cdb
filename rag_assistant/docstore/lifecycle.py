"""What a change of one row means for the rest: access, captures, removal."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    select,
    true,
    update,
)

from rag_assistant import dates
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import furniture, sqlite
from rag_assistant.docstore.queries import LISTED, entry_rows, index_keys, log_change
from rag_assistant.docstore.rows import embedded_hash, narrower_use, now
from rag_assistant.docstore.tables import (
    captures,
    documents,
    files,
    gone,
    passages,
    resplits,
    sections,
)

_FOLLOWING = ("title", "uri", "path", "record", "date_from", "date_to")
"""What of a captured document its captures say."""
_SETTLED = select(*(documents.c[name] for name in ("captured", "date_text", *_FOLLOWING))).where(
    documents.c.id == bindparam("document")
)


def _seen_of(counted: ColumnElement[bool]) -> tuple[Select[Any], Select[Any]]:
    """The first of a document's captures, with the time of its last, and its first title."""
    here = (captures.c.document_id == bindparam("document"), counted)
    order = (captures.c.timestamp, captures.c.path, captures.c.record)
    last = select(func.max(captures.c.timestamp)).where(*here).scalar_subquery()
    first = select(captures, last.label("last")).where(*here)
    titles = select(captures.c.title).where(*here, captures.c.title != "")
    return first.order_by(*order).limit(1), titles.order_by(*order).limit(1)


_SEEN = (_seen_of(captures.c.hidden == 0), _seen_of(true()))
"""By what is visible, and as long as nothing is by all."""


def set_access(connection: Connection, document_id: str, **columns: Any) -> None:
    """Change columns that decide who may see a document, and tell the followers."""
    keys = index_keys(connection, document_id)
    furniture.unsettle_sites_of(connection, document_id)
    connection.execute(update(documents).where(documents.c.id == document_id).values(**columns))
    log_change(connection, document_id, keys)


def remove_document(connection: Connection, document_id: str) -> None:
    """Delete a document with all that hangs on it; its ids stay known as gone."""
    log_change(connection, document_id, index_keys(connection, document_id))
    furniture.unsettle_sites_of(connection, document_id)
    facts = {"at": now(), "access": _known_to(connection, document_id)}
    ids = [document_id]
    for table in (sections, passages):
        ids += connection.scalars(
            select(table.c.id).where(table.c.document_id == document_id)
        ).all()
    connection.execute(sqlite.replace(gone, "id"), [{"id": one, **facts} for one in ids])
    connection.execute(delete(documents).where(documents.c.id == document_id))


def _known_to(connection: Connection, document_id: str) -> str:
    """Who may learn that a document was there: where nobody might use it, the staff."""
    columns = select(documents.c.access, documents.c.use).where(documents.c.id == document_id)
    row = connection.execute(columns).one_or_none()
    return str(row.access) if row and row.use in LISTED else "staff"


def settle_captured(connection: Connection, document_id: str) -> int:
    """After a change of captures: name and dates follow them, and the last takes the document.

    Only what is visible counts, as long as anything is: a hidden capture leaves no trace.

    Returns:
        1 where the document was removed, else 0.
    """
    row = connection.execute(_SETTLED, {"document": document_id}).one_or_none()
    if row is None or not row.captured:
        return 0
    seen = _seen(connection, document_id)
    if seen is None:
        remove_document(connection, document_id)
        return 1
    now_so = {name: value for name, value in seen.items() if row._mapping[name] != value}
    if row.date_text:  # else the page says no date of its own: it stands where it was seen
        now_so.pop("date_from", None)
        now_so.pop("date_to", None)
    if now_so:
        connection.execute(update(documents).where(documents.c.id == document_id).values(**now_so))
        log_change(connection, document_id, [])
    if "title" in now_so:
        _retitle_passages(connection, document_id)
    return 0


def _retitle_passages(connection: Connection, document_id: str) -> None:
    """The title is embedded along with the words, and counts against the embedder's limit."""
    rows = connection.execute(entry_rows().where(passages.c.document_id == document_id))
    for row in rows.mappings().all():
        text_hash = embedded_hash(row["title"], row["headings"], row["text"])
        connection.execute(
            update(passages).where(passages.c.id == row["id"]).values(text_hash=text_hash)
        )
    connection.execute(sqlite.ignore(resplits), {"document_id": document_id})


def _seen(connection: Connection, document_id: str) -> dict[str, Any] | None:
    """What a document's captures say of it: name, place and dates; None where it has none.

    The earliest names it, but a revisit has no title of its own: that is the earliest page's.
    """
    of_document = {"document": document_id}
    for first_of, titles in _SEEN:
        first = connection.execute(first_of, of_document).one_or_none()
        if first is None:
            continue
        return {
            "title": first.title or connection.scalar(titles, of_document) or first.uri,
            "uri": first.uri,
            "path": first.path,
            "record": first.record,
            "date_from": dates.capture_day(first.timestamp),
            "date_to": dates.capture_day(first.last),
        }
    return None


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
