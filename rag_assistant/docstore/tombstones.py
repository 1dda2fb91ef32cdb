"""Take-downs: hide at once and reversibly, remove for good, allow again (see `bans` for items)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import (
    Connection,
    Engine,
    delete,
    func,
    select,
    update,
)

from rag_assistant.docstore import furniture, sqlite
from rag_assistant.docstore.bans import Ban, Item, read_tombstones, settle_hidden
from rag_assistant.docstore.lifecycle import remove_document, settle_captured
from rag_assistant.docstore.rows import now, page_id, to_section
from rag_assistant.docstore.tables import (
    captures,
    cursors,
    documents,
    files,
    misses,
    revisits,
    sections,
    tombstones,
)
from rag_assistant.errors import NotFoundError
from rag_assistant.schema import Access, Capture

Action = Literal["hidden", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a take-down touched; captures that gave no page are among the captures."""

    item: str
    action: str
    documents: int
    captures: int
    at: str


class Takedown:
    """Hides, removes and restores."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def preview(self, text: str) -> Receipt:
        """What an item touches, without touching it.

        Raises:
            NotFoundError: Nothing stored is named by it.
        """
        with sqlite.reading(self._engine) as connection:
            return self._touched(connection, Item.parse(text), "preview")[0]

    def hide(self, text: str, reason: str = "") -> Receipt:
        """Hide at once, reversibly."""
        item = Item.parse(text)
        with sqlite.writing(self._engine) as connection:
            receipt, ids = self._touched(connection, item, "hidden")
            self._note(connection, item, "hidden", reason)
            self._settle(connection, item, ids)
        return receipt

    def remove(self, text: str, reason: str = "") -> Receipt:
        """Delete for good and ask for new indexes; it is not stored again until it is restored.

        Doing it again is no error: what a kill or a full disk left undone is done then. The bytes
        are gone once `Docstore.erase` has rewritten the files.
        """
        item = Item.parse(text)
        with sqlite.writing(self._engine) as connection:
            again = (text, "removed") in {(one, act) for one, _, act in read_tombstones(connection)}
            receipt, ids = self._touched(connection, item, "removed", may_be_none=again)
            self._note(connection, item, "removed", reason)
            for document_id in ids:
                furniture.unsettle_sites_of(connection, document_id)
            for table in (captures, misses, revisits):
                connection.execute(delete(table).where(item.of_captures(table)))
            named = self._named(connection, item)
            for document_id in ids:
                if document_id in named:
                    remove_document(connection, document_id)
                elif not settle_captured(connection, document_id):
                    settle_hidden(connection, document_id, Ban.of(read_tombstones(connection)))
            connection.execute(update(cursors).values(fingerprint=""))
        return receipt

    def restore(self, text: str) -> Receipt:
        """Lift a take-down. What was hidden is back, unless another take-down hides it too.

        What was removed comes with the next index run.

        Raises:
            NotFoundError: No take-down of that item stands.
        """
        item = Item.parse(text)
        with sqlite.writing(self._engine) as connection:
            action = connection.scalar(select(tombstones.c.action).where(tombstones.c.item == text))
            if action is None:
                raise NotFoundError(
                    f"No take-down of {text} stands.", "See them with `rag-assistant status`."
                )
            connection.execute(delete(tombstones).where(tombstones.c.item == text))
            receipt, ids = self._touched(connection, item, "restored", may_be_none=True)
            self._settle(connection, item, ids)
            if action == "removed":
                connection.execute(delete(files))  # read every file again: it may hold the item
        return receipt

    def standing(self) -> list[dict[str, str]]:
        """All take-downs in force, for `status`."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(select(tombstones).order_by(tombstones.c.at)).mappings()
            return [dict(row) for row in rows]

    def _touched(
        self, connection: Connection, item: Item, action: str, *, may_be_none: bool = False
    ) -> tuple[Receipt, list[str]]:
        """What the item names: a receipt, and the ids of all documents that it touches."""
        by_capture = connection.scalars(
            select(captures.c.document_id).where(item.of_captures()).distinct()
        ).all()
        ids = sorted({*by_capture, *self._named(connection, item)})
        seen = sum(
            connection.execute(
                select(func.count()).select_from(table).where(item.of_captures(table))
            ).scalar_one()
            for table in (captures, misses)
        )
        if not (ids or seen or may_be_none):
            raise NotFoundError(
                f"Nothing stored is named by {item.text}.",
                "Name a document id, a URI, a prefix ending in '*', or URI@2012..2014.",
            )
        receipt = Receipt(
            item=item.text, action=action, documents=len(ids), captures=seen, at=now()
        )
        return receipt, ids

    def _settle(self, connection: Connection, item: Item, ids: list[str]) -> None:
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

    def _named(self, connection: Connection, item: Item) -> set[str]:
        """Documents that the item names themselves, not by a capture."""
        if item.first:
            return set()
        return set(connection.scalars(select(documents.c.id).where(item.of_documents())))
