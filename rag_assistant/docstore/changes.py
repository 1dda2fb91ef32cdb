"""The change log as the followers read it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from sqlalchemy import (
    Connection,
    Row,
    Subquery,
    and_,
    exists,
    func,
    select,
    union,
)

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.cursors import Cursors, stored_cursor, taken_by, untaken
from rag_assistant.docstore.log import Change, Cursor
from rag_assistant.docstore.queries import Bounds, batches, entry_rows, within
from rag_assistant.docstore.rows import to_entry
from rag_assistant.docstore.tables import REMOVES, captures, changes, documents, passages, taken
from rag_assistant.ports import EntryKey
from rag_assistant.schema import Entry

_EVERYTHING = Bounds()
_WINDOW = 10_000  # changes after the cursor among which the weightiest are looked for
_REMOVALS = 1_000  # that are looked at too, wherever they stand: a removal waits for nothing
_DOCUMENTS = 256  # at most, of one step


class Changes(Cursors):
    """The log, how far it was followed, and what the indexes should hold."""

    def changes_after(self, seq: int, limit: int) -> list[Change]:
        """Changes in their order, at most ``limit``."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                select(changes).where(changes.c.seq > seq).order_by(changes.c.seq).limit(limit)
            ).all()
        return [_to_change(row) for row in rows]

    def weightiest(self, name: str, cursor: Cursor, limit: int) -> list[Change]:
        """All changes of the documents to take next: some ``limit`` passages' worth, at least one.

        A ``limit`` of 0 means only what has no passages: what is gone.

        What is gone comes first, for it costs nothing; then what has the most captures, the newest
        first. Changes that were taken already are passed over.
        """
        with sqlite.reading(self._engine) as connection:
            pending = _pending(name, cursor)
            chosen = _heaviest(connection, pending, limit)
            rows = connection.execute(
                select(changes)
                .join(pending, pending.c.seq == changes.c.seq)
                .where(changes.c.document_id.in_(chosen))
                .order_by(changes.c.seq)
            ).all()
        return [_to_change(row) for row in rows]

    def owed(self, name: str, successor: Cursor, limit: int) -> list[Change]:
        """Changes that an index holds and its successor does not yet, in their order."""
        with sqlite.reading(self._engine) as connection:
            present = stored_cursor(connection, name)
            if present is None:
                return []
            ahead = select(taken.c.seq).where(taken_by(name, present.generation))
            missing = and_(changes.c.seq > successor.seq, untaken(name, successor.generation))
            for held in (changes.c.seq <= present.seq, changes.c.seq.in_(ahead)):
                rows = connection.execute(
                    select(changes).where(missing, held).order_by(changes.c.seq).limit(limit)
                ).all()
                if rows:
                    break
        return [_to_change(row) for row in rows]

    def awaited(self, name: str, cursor: Cursor, document_ids: Sequence[str]) -> set[str]:
        """Those of the documents that have a change which the index does not hold yet."""
        found: set[str] = set()
        with sqlite.reading(self._engine) as connection:
            for part in batches(document_ids):
                found |= set(
                    connection.scalars(
                        select(changes.c.document_id).where(
                            changes.c.seq > cursor.seq,
                            changes.c.document_id.in_(part),
                            untaken(name, cursor.generation),
                        )
                    )
                )
        return found

    def entries(self, document_ids: Sequence[str]) -> list[Entry]:
        """What the indexes should hold of these documents now."""
        found: list[Entry] = []
        with sqlite.reading(self._engine) as connection:
            for part in batches(document_ids):
                rows = connection.execute(
                    entry_rows()
                    .where(passages.c.document_id.in_(part), within(_EVERYTHING))
                    .order_by(passages.c.document_id, passages.c.id)
                ).mappings()
                found += [to_entry(row) for row in rows]
        return found

    def entry_count(self) -> int:
        """How many entries an index that has caught up holds."""
        with sqlite.reading(self._engine) as connection:
            return int(
                connection.scalar(
                    select(func.count())
                    .select_from(passages.join(documents, passages.c.document_id == documents.c.id))
                    .where(within(_EVERYTHING))
                )
                or 0
            )

    def sample_entries(self, limit: int) -> list[Entry]:
        """Some entries, spread by their ids (which are hashes), for a health check."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                entry_rows().where(within(_EVERYTHING)).order_by(passages.c.id).limit(limit)
            ).mappings()
            return [to_entry(row) for row in rows]


def _pending(name: str, cursor: Cursor) -> Subquery:
    """Changes to choose from: (seq, document_id).

    What was removed before a generation was begun never was in it, and waits with the rest.
    """
    columns = select(changes.c.seq, changes.c.document_id)
    ahead = and_(changes.c.seq > cursor.seq, untaken(name, cursor.generation))
    stands = exists().where(documents.c.id == changes.c.document_id, within(_EVERYTHING))
    gone = columns.where(ahead, changes.c.seq > cursor.begun, REMOVES, ~stands)
    return union(
        columns.where(ahead, changes.c.seq <= cursor.seq + _WINDOW),
        select(gone.order_by(changes.c.seq).limit(_REMOVALS).subquery()),
    ).subquery()


def _heaviest(connection: Connection, pending: Subquery, limit: int) -> list[str]:
    """The documents to take next."""
    seen = (
        select(func.count())
        .where(captures.c.document_id == documents.c.id, captures.c.hidden == 0)
        .scalar_subquery()
    )
    ranked = (
        select(pending.c.document_id)
        .outerjoin_from(
            pending,
            documents,
            and_(documents.c.id == pending.c.document_id, within(_EVERYTHING)),
        )
        .group_by(pending.c.document_id)
        .order_by(
            documents.c.id.is_not(None),
            seen.desc(),
            documents.c.date_to.desc().nulls_last(),
            func.min(pending.c.seq),
        )
        .limit(_DOCUMENTS)
    )
    chosen = list(connection.scalars(ranked))
    held = connection.execute(
        select(passages.c.document_id, func.count())
        .join(documents, documents.c.id == passages.c.document_id)
        .where(passages.c.document_id.in_(chosen), within(_EVERYTHING))
        .group_by(passages.c.document_id)
    )
    sizes = {document_id: size for document_id, size in held}
    before = accumulate((sizes.get(one, 0) for one in chosen), initial=0)
    return [
        one
        for one, passed in zip(chosen, before, strict=False)
        if passed < limit or not passed + sizes.get(one, 0)
    ]


def _to_change(row: Row[tuple[int, str, list[list[str]]]]) -> Change:
    return Change(
        seq=row.seq,
        document_id=row.document_id,
        removed=tuple(
            EntryKey(
                passage_id=passage_id,
                document_id=row.document_id,
                collection=collection,
                access=access,
            )
            for passage_id, collection, access in row.removed
        ),
    )
