"""The change log as the followers read it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, func, select, update

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.log import Change, Cursor
from rag_assistant.docstore.queries import Bounds, batches, entry_rows, within
from rag_assistant.docstore.rows import to_entry
from rag_assistant.docstore.tables import changes, cursors, documents, passages
from rag_assistant.ports import EntryKey
from rag_assistant.schema import Entry

_EVERYTHING = Bounds()


class Changes:
    """The log, its cursors, and what the indexes should hold."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last_seq(self) -> int:
        """The number of the newest change, 0 where there is none."""
        with sqlite.reading(self._engine) as connection:
            return int(connection.scalar(select(func.max(changes.c.seq))) or 0)

    def cursor(self, name: str) -> Cursor | None:
        """How far an index has come; None where it has never begun."""
        with sqlite.reading(self._engine) as connection:
            row = connection.execute(
                select(cursors.c.seq, cursors.c.fingerprint, cursors.c.generation).where(
                    cursors.c.name == name
                )
            ).one_or_none()
        if row is None:
            return None
        return Cursor(seq=row.seq, fingerprint=row.fingerprint, generation=row.generation)

    def move_cursor(self, name: str, cursor: Cursor) -> None:
        """Note where an index begins anew, whatever was noted before."""
        with sqlite.writing(self._engine) as connection:
            connection.execute(
                sqlite.replace(cursors, "name"),
                {
                    "name": name,
                    "seq": cursor.seq,
                    "fingerprint": cursor.fingerprint,
                    "generation": cursor.generation,
                },
            )

    def advance_cursor(self, name: str, cursor: Cursor) -> bool:
        """Note how far an index has come, unless it was asked meanwhile to be built anew.

        Returns:
            Whether it was noted.
        """
        with sqlite.writing(self._engine) as connection:
            moved = connection.execute(
                update(cursors)
                .where(
                    cursors.c.name == name,
                    cursors.c.fingerprint == cursor.fingerprint,
                    cursors.c.generation == cursor.generation,
                )
                .values(seq=cursor.seq)
            )
        return moved.rowcount == 1

    def request_rebuild(self) -> None:
        """Ask whoever owns the indexes to build them anew in new folders."""
        with sqlite.writing(self._engine) as connection:
            connection.execute(update(cursors).values(fingerprint=""))

    def changes_after(self, seq: int, limit: int) -> list[Change]:
        """Changes in their order, at most ``limit``."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                select(changes).where(changes.c.seq > seq).order_by(changes.c.seq).limit(limit)
            ).all()
        return [
            Change(
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
            for row in rows
        ]

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
