"""Take-downs: hide at once and reversibly, remove for good, allow again (see `bans` for items)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

from sqlalchemy import Connection, Engine, delete, select, update

from rag_assistant.docstore import furniture, marks, sqlite
from rag_assistant.docstore.bans import Ban, Item, read_tombstones, settle_hidden
from rag_assistant.docstore.cursors import ask_for_new_indexes, last_seq
from rag_assistant.docstore.lifecycle import remove_document, settle_captured
from rag_assistant.docstore.receipts import Action, Receipt, Touched, touched_by
from rag_assistant.docstore.rows import now, page_id, to_section
from rag_assistant.docstore.tables import (
    captures,
    documents,
    files,
    meta,
    misses,
    revisits,
    sections,
    tombstones,
)
from rag_assistant.errors import NotFoundError
from rag_assistant.schema import Access, Capture

UNERASED = "last removal that may have left bytes"
"""A note of the docstore: the number of a change, until `Docstore.finish_erasing` deletes it."""


class Takedown:
    """Hides, removes and restores."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def preview(self, text: str, action: Action) -> Receipt:
        """The receipt that an action would give, without acting.

        Raises:
            NotFoundError: Nothing stored is named by it, or no take-down of it stands.
        """
        item = Item.parse(text)
        with sqlite.reading(self._engine) as connection:
            standing = _standing(connection, text)
            if action == "restored" and standing is None:
                raise _not_standing(text)
            touched = touched_by(connection, item, removing=action == "removed")
            if action != "restored":
                _require_any(touched, item, again=action == standing == "removed")
            return touched.receipt(connection, item, action, now(), dry_run=True)

    def hide(self, text: str, reason: str = "") -> Receipt:
        """Hide at once, reversibly.

        Raises:
            NotFoundError: Nothing stored is named by it.
        """
        item = Item.parse(text)
        with sqlite.writing(self._engine) as connection:
            touched = touched_by(connection, item, removing=False)
            _require_any(touched, item)
            before = last_seq(connection)
            self._note(connection, item, "hidden", reason)
            self._settle(connection, item, touched.ids)
            seq = last_seq(connection)
        return self._receipt(touched, item, "hidden", before, seq)

    def remove(self, text: str, reason: str = "") -> Receipt:
        """Delete for good and ask for new indexes; it is not stored again until it is restored.

        Doing it again is no error: what a kill or a full disk left undone is done then. The bytes
        are gone once the new indexes stand and `Docstore.finish_erasing` has rewritten the files.

        Raises:
            NotFoundError: Nothing stored is named by it, and nothing was.
        """
        item = Item.parse(text)
        with sqlite.writing(self._engine) as connection:
            touched = touched_by(connection, item, removing=True)
            _require_any(touched, item, again=_standing(connection, text) == "removed")
            before = last_seq(connection)
            self._note(connection, item, "removed", reason)
            self._delete(connection, item, touched)
            if touched.ids or touched.captures:
                note = {"key": UNERASED, "value": str(ask_for_new_indexes(connection))}
                connection.execute(sqlite.replace(meta, "key"), note)
            seq = int(connection.scalar(select(meta.c.value).where(meta.c.key == UNERASED)) or 0)
        return self._receipt(touched, item, "removed", before, seq)

    def restore(self, text: str) -> Receipt:
        """Lift a take-down. What was hidden is back, unless another take-down hides it too.

        What was removed comes with the next index run.

        Raises:
            NotFoundError: No take-down of that item stands.
        """
        item = Item.parse(text)
        with sqlite.writing(self._engine) as connection:
            action = _standing(connection, text)
            if action is None:
                raise _not_standing(text)
            before = last_seq(connection)
            connection.execute(delete(tombstones).where(tombstones.c.item == text))
            touched = touched_by(connection, item, removing=False)
            self._settle(connection, item, touched.ids)
            if action == "removed":
                connection.execute(delete(files))  # read every file again: it may hold the item
            seq = last_seq(connection)
        return self._receipt(touched, item, "restored", before, seq)

    def standing(self) -> list[dict[str, str]]:
        """All take-downs in force, for `status`."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(select(tombstones).order_by(tombstones.c.at)).mappings()
            return [dict(row) for row in rows]

    def _receipt(
        self, touched: Touched, item: Item, action: Action, before: int, seq: int
    ) -> Receipt:
        """Outside the transaction that acted: looking for similar text keeps nobody waiting."""
        with sqlite.reading(self._engine) as connection:
            receipt = touched.receipt(connection, item, action, now(), dry_run=False)
        return replace(receipt, first=before + 1, seq=seq)

    def _delete(self, connection: Connection, item: Item, touched: Touched) -> None:
        """Delete documents and captures, and leave what they are known again by."""
        for document_id in touched.ids:
            furniture.unsettle_sites_of(connection, document_id)
        digests = marks.leave(connection, item.text, touched.going)
        for document_id in touched.going:
            remove_document(connection, document_id)
        for table in (captures, misses, revisits):
            connection.execute(delete(table).where(item.of_captures(table)))
        marks.drop_repeats(connection, digests)
        connection.execute(
            update(revisits)
            .where(item.of_originals())
            .values(refers_to="", refers_at="", refers_place=None)
        )
        ban = Ban.of(read_tombstones(connection))
        for document_id in touched.ids:
            settle_captured(connection, document_id)
            settle_hidden(connection, document_id, ban)

    def _settle(self, connection: Connection, item: Item, ids: Iterable[str]) -> None:
        """Hide and show captures and documents as the take-downs now in force say."""
        ban = Ban.of(read_tombstones(connection))
        for row in connection.execute(select(captures).where(item.of_captures())).all():
            capture = Capture(
                uri=row.uri, timestamp=row.timestamp, record_id=row.record, offset=row.offset
            )
            connection.execute(
                update(captures)
                .where(
                    captures.c.collection == row.collection,
                    captures.c.path == row.path,
                    captures.c.record == row.record,
                )
                .values(hidden=int(ban.hidden_capture(capture)))
            )
        for document_id in ids:
            settle_captured(connection, document_id)
            settle_hidden(connection, document_id, ban)

    def _note(self, connection: Connection, item: Item, action: Action, reason: str) -> None:
        row = {
            "item": item.text,
            "also": self._other_id(connection, item.text),
            "action": action,
            "reason": reason,
            "at": now(),
        }
        connection.execute(sqlite.replace(tombstones, "item"), row)

    def _other_id(self, connection: Connection, document_id: str) -> str:
        """The id that a captured page would have if its access were the other one."""
        collection = connection.scalar(
            select(documents.c.collection).where(
                documents.c.id == document_id, documents.c.captured == 1
            )
        )
        if collection is None:
            known = connection.scalar(
                select(tombstones.c.also).where(tombstones.c.item == document_id)
            )
            return known or ""
        stored = connection.execute(
            select(sections)
            .where(sections.c.document_id == document_id)
            .order_by(sections.c.ordinal)
        ).mappings()
        parts = [to_section(row) for row in stored]
        ids = {page_id(collection, access, parts) for access in get_args(Access)}
        return next(iter(ids - {document_id}), "")


def _standing(connection: Connection, text: str) -> str | None:
    """What the take-down of this item does, None where there is none."""
    return connection.scalar(select(tombstones.c.action).where(tombstones.c.item == text))


def _not_standing(text: str) -> NotFoundError:
    return NotFoundError(f"No take-down of {text} stands.", "See them with `rag-assistant status`.")


def _require_any(touched: Touched, item: Item, *, again: bool = False) -> None:
    if not (touched.ids or touched.captures or again):
        raise NotFoundError(
            f"Nothing stored is named by {item.text}.",
            "Name a document id, a URI, a prefix ending in '*', or URI@2012..2014.",
        )
