"""When an index in which entries were replaced is worth building anew.

What was deleted leaves its mark in Tantivy's scores: it counts until its segment is merged, and
then the lengths of what is left are estimated. How much was deleted depends on the moments at which
an index followed, and so on kills. One that took everything as it stands now scores the same
whatever happened before.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select

from rag_assistant.docstore.tables import REMOVES, changes, documents, passages

_AT_ONCE = 2_000  # passages that are written again within about a second
_FOR_EACH = 8  # documents that are written again at most, for each that came or was changed


def worn(connection: Connection, begun: int) -> bool:
    """Whether an index that was begun after this change is to be built anew.

    Entries may have been replaced in it since, and building it costs little beside that change.
    """
    fresh = changes.c.seq > begun
    since = _count(connection, select(changes.c.seq).where(fresh))
    written = _count(connection, select(passages.c.id))
    if written > _AT_ONCE and _count(connection, select(documents.c.id)) > _FOR_EACH * since:
        return False
    removing = select(changes.c.seq).where(fresh, REMOVES)
    again = (
        select(changes.c.document_id)
        .group_by(changes.c.document_id)
        .having(func.max(changes.c.seq) > begun, func.count() > 1)
    )
    return any(connection.scalar(one.limit(1)) is not None for one in (removing, again))


def _count(connection: Connection, rows: Select[Any]) -> int:
    return int(connection.scalar(select(func.count()).select_from(rows.subquery())) or 0)
