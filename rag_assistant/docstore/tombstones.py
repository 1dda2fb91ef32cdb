"""Take-downs: hide at once and reversibly, remove for good, allow again.

An item is a document id, a URI, a URI prefix (``https://example.org/board/*``) or a capture range
(``https://example.org/@2012..2014``, timestamps of any length).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, select, update

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.lifecycle import remove_document, set_access, settle_captured
from rag_assistant.docstore.queries import batches, log_change
from rag_assistant.docstore.rows import now
from rag_assistant.docstore.tables import captures, documents, files, passages, tombstones
from rag_assistant.errors import NotFoundError
from rag_assistant.schema import Capture

Action = Literal["hidden", "removed"]
_TIMESTAMP_LENGTH = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a take-down names. ``first`` and ``last`` are 14-digit timestamps of a range."""

    text: str
    uri: str = ""
    prefix: bool = False
    first: str = ""
    last: str = ""

    @classmethod
    def parse(cls, text: str) -> Item:
        """Read an item as people write it."""
        uri, at, span = text.rpartition("@")
        first, dots, last = span.partition("..")
        if at and dots and (first + last).isdigit():
            return cls(
                text=text,
                uri=uri,
                first=(first or "0").ljust(_TIMESTAMP_LENGTH, "0"),
                last=last.ljust(_TIMESTAMP_LENGTH, "9"),
            )
        if text.endswith("*"):
            return cls(text=text, uri=text[:-1], prefix=True)
        return cls(text=text, uri=text)

    def covers(self, document_id: str, uri: str) -> bool:
        """Whether it names this document, by id or by address."""
        if self.first:
            return False
        return document_id == self.text or self._names(uri)

    def covers_capture(self, capture: Capture) -> bool:
        """Whether it names this capture."""
        if not self._names(capture.uri):
            return False
        return not self.first or self.first <= capture.timestamp <= self.last

    def _names(self, uri: str) -> bool:
        return bool(uri) and (uri.startswith(self.uri) if self.prefix else uri == self.uri)

    def of_captures(self) -> ColumnElement[bool]:
        """The same as a condition on `captures`."""
        named = (
            captures.c.uri.startswith(self.uri, autoescape=True)
            if self.prefix
            else captures.c.uri == self.uri
        )
        if not self.first:
            return named
        return and_(named, captures.c.timestamp.between(self.first, self.last))

    def of_documents(self) -> ColumnElement[bool]:
        """Documents that it names themselves (captured ones are named by their captures)."""
        named = (
            documents.c.uri.startswith(self.uri, autoescape=True)
            if self.prefix
            else documents.c.uri == self.uri
        )
        return (documents.c.id == self.text) | (and_(named, documents.c.captured == 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """All take-downs in force, asked while documents are written."""

    items: tuple[tuple[Item, Action], ...]

    @classmethod
    def load(cls, connection: Connection) -> Ban:
        """Read the take-downs."""
        rows = connection.execute(select(tombstones.c.item, tombstones.c.action))
        return cls(items=tuple((Item.parse(item), action) for item, action in rows))

    def removed(self, document_id: str, capture: Capture | None, uri: str) -> bool:
        """Whether this may not be stored again."""
        return any(
            item.covers_capture(capture) or item.text == document_id
            if capture
            else item.covers(document_id, uri)
            for item, action in self.items
            if action == "removed"
        )

    def hidden(self, document_id: str, uri: str) -> bool:
        """Whether a new document starts hidden."""
        return any(
            item.covers(document_id, uri) for item, action in self.items if action == "hidden"
        )

    def hidden_capture(self, capture: Capture) -> bool:
        """Whether a new capture starts hidden."""
        return any(
            item.covers_capture(capture) for item, action in self.items if action == "hidden"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a take-down touched. ``text_hashes`` are texts that no document holds any more."""

    item: str
    action: str
    documents: int
    captures: int
    at: str
    text_hashes: tuple[str, ...] = ()


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
            return self._found(connection, Item.parse(text), "preview")

    def hide(self, text: str, reason: str = "") -> Receipt:
        """Hide at once, reversibly."""
        item = Item.parse(text)
        with sqlite.writing(self._engine) as connection:
            receipt = self._found(connection, item, "hidden")
            self._note(connection, item, "hidden", reason)
            touched = self._documents_by_capture(connection, item)
            connection.execute(update(captures).where(item.of_captures()).values(hidden=1))
            for document_id in touched:
                settle_captured(connection, document_id)
            for document_id in self._documents(connection, item):
                set_access(connection, document_id, hidden=1)
        return receipt

    def remove(self, text: str, reason: str = "") -> Receipt:
        """Purge for good; it is not stored again until it is restored."""
        item = Item.parse(text)
        with sqlite.writing(self._engine) as connection:
            receipt = self._found(connection, item, "removed")
            self._note(connection, item, "removed", reason)
            touched = self._documents_by_capture(connection, item)
            ids = [*touched, *self._documents(connection, item)]
            hashes = self._hashes(connection, ids)
            connection.execute(delete(captures).where(item.of_captures()))
            for document_id in touched:
                settle_captured(connection, document_id)
            for document_id in self._documents(connection, item):
                remove_document(connection, document_id)
            orphaned = hashes - self._still_held(connection, hashes)
        sqlite.vacuum(self._engine)
        return Receipt(
            item=receipt.item,
            action=receipt.action,
            documents=receipt.documents,
            captures=receipt.captures,
            at=receipt.at,
            text_hashes=tuple(sorted(orphaned)),
        )

    def restore(self, text: str) -> Receipt:
        """Lift a take-down. What was hidden is back; what was removed comes with the next index.

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
            touched = self._documents_by_capture(connection, item)
            named = self._documents(connection, item)
            connection.execute(update(captures).where(item.of_captures()).values(hidden=0))
            for document_id in (*touched, *named):
                connection.execute(
                    update(documents).where(documents.c.id == document_id).values(hidden=0)
                )
                log_change(connection, document_id, [])
            if action == "removed":
                connection.execute(delete(files))  # read every file again: it may hold the item
        return Receipt(
            item=text,
            action="restored",
            documents=len({*touched, *named}),
            captures=0,
            at=now(),
        )

    def standing(self) -> list[dict[str, str]]:
        """All take-downs in force, for `status`."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(select(tombstones).order_by(tombstones.c.at)).mappings()
            return [dict(row) for row in rows]

    def _found(self, connection: Connection, item: Item, action: str) -> Receipt:
        touched = self._documents_by_capture(connection, item)
        named = self._documents(connection, item)
        if not touched and not named:
            raise NotFoundError(
                f"Nothing stored is named by {item.text}.",
                "Name a document id, a URI, a prefix ending in '*', or URI@2012..2014.",
            )
        seen = connection.execute(select(captures.c.record).where(item.of_captures())).all()
        return Receipt(
            item=item.text,
            action=action,
            documents=len({*touched, *named}),
            captures=len(seen),
            at=now(),
        )

    def _note(self, connection: Connection, item: Item, action: Action, reason: str) -> None:
        connection.execute(
            sqlite.replace(tombstones, "item"),
            {"item": item.text, "action": action, "reason": reason, "at": now()},
        )

    def _documents(self, connection: Connection, item: Item) -> list[str]:
        if item.first:
            return []
        return list(connection.scalars(select(documents.c.id).where(item.of_documents())))

    def _documents_by_capture(self, connection: Connection, item: Item) -> list[str]:
        return list(
            connection.scalars(select(captures.c.document_id).where(item.of_captures()).distinct())
        )

    def _hashes(self, connection: Connection, ids: list[str]) -> set[str]:
        return {
            text_hash
            for part in batches(ids)
            for text_hash in connection.scalars(
                select(passages.c.text_hash).where(passages.c.document_id.in_(part))
            )
        }

    def _still_held(self, connection: Connection, hashes: set[str]) -> set[str]:
        return {
            text_hash
            for part in batches(sorted(hashes))
            for text_hash in connection.scalars(
                select(passages.c.text_hash).where(passages.c.text_hash.in_(part))
            )
        }
