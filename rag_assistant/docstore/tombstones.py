"""Take-downs: hide at once and reversibly, remove for good, allow again.

An item is a document id, a URI, a URI prefix (``https://example.org/board/*``) or a capture range
(``https://example.org/@2012..2014``, timestamps of any length). A captured page is named however
its URL was written: with http or https, with "www." or without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)

from rag_assistant.addresses import address_key
from rag_assistant.docstore import sqlite
from rag_assistant.docstore.lifecycle import remove_document, set_access, settle_captured
from rag_assistant.docstore.rows import now, page_id, to_section
from rag_assistant.docstore.tables import (
    captures,
    cursors,
    documents,
    files,
    misses,
    sections,
    tombstones,
)
from rag_assistant.errors import NotFoundError
from rag_assistant.schema import Access, Capture

Action = Literal["hidden", "removed"]
_TIMESTAMP_LENGTH = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a take-down names.

    ``address`` is the key of the URI, or how the keys begin that a prefix names; ``first`` and
    ``last`` are 14-digit timestamps of a range.
    """

    text: str
    also: str = ""
    uri: str = ""
    address: str = ""
    prefix: bool = False
    first: str = ""
    last: str = ""

    @classmethod
    def parse(cls, text: str, also: str = "") -> Item:
        """Read an item as people write it; ``also`` is the id of the same page's other access."""
        uri, at, span = text.rpartition("@")
        first, dots, last = span.partition("..")
        if at and dots and (first + last).isdigit():
            return cls(
                text=text,
                uri=uri,
                address=address_key(uri),
                first=(first or "0").ljust(_TIMESTAMP_LENGTH, "0"),
                last=last.ljust(_TIMESTAMP_LENGTH, "9"),
            )
        if text.endswith("*"):
            uri = text[:-1]
            return cls(text=text, uri=uri, address=_key_prefix(uri), prefix=True)
        return cls(text=text, also=also, uri=text, address=address_key(text))

    def covers(self, document_id: str, uri: str) -> bool:
        """Whether it names this document, by id or (not where it is captured) by address."""
        if self.first:
            return False
        return document_id in (self.text, self.also) or self._names(uri)

    def covers_capture(self, capture: Capture) -> bool:
        """Whether it names this capture."""
        if not (self._names(capture.uri) or self._names_key(address_key(capture.uri))):
            return False
        return not self.first or self.first <= capture.timestamp <= self.last

    def _names(self, uri: str) -> bool:
        return bool(uri) and (uri.startswith(self.uri) if self.prefix else uri == self.uri)

    def _names_key(self, key: str) -> bool:
        if not self.prefix:
            return key == self.address
        return bool(self.address) and key.startswith(self.address)

    def of_captures(self, table: Table = captures) -> ColumnElement[bool]:
        """The same as a condition on `captures`, or on `misses`."""
        if self.prefix:
            named = table.c.uri.startswith(self.uri, autoescape=True)
            if self.address:
                named = or_(named, table.c.address.startswith(self.address, autoescape=True))
        else:
            named = table.c.address == self.address
        if not self.first:
            return named
        return and_(named, table.c.timestamp.between(self.first, self.last))

    def of_documents(self) -> ColumnElement[bool]:
        """Documents that it names themselves (captured ones are named by their captures)."""
        named = (
            documents.c.uri.startswith(self.uri, autoescape=True)
            if self.prefix
            else documents.c.uri == self.uri
        )
        return (documents.c.id == self.text) | (and_(named, documents.c.captured == 0))


def _key_prefix(uri: str) -> str:
    """How the keys of captures begin whose URLs begin like this; "" inside a host's name."""
    rest = uri.partition("://")[2]
    if "/" not in rest:
        return ""
    key = address_key(uri)
    return f"{key}/" if rest.endswith("/") and not key.endswith("/") else key


Tombstones = tuple[tuple[str, str, str], ...]
"""(item, also, action) of every take-down."""


def read_tombstones(connection: Connection) -> Tombstones:
    """The take-downs in force."""
    rows = connection.execute(
        select(tombstones.c.item, tombstones.c.also, tombstones.c.action).order_by(
            tombstones.c.item
        )
    )
    return tuple((item, also, action) for item, also, action in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """All take-downs in force, asked while documents are written."""

    items: tuple[tuple[Item, str], ...]

    @classmethod
    def of(cls, rows: Tombstones) -> Ban:
        """Parse the take-downs."""
        return cls(items=tuple((Item.parse(item, also), action) for item, also, action in rows))

    def removed(self, document_id: str, capture: Capture | None, uri: str) -> bool:
        """Whether this may not be stored again."""
        return any(
            item.covers(document_id, "" if capture else uri)
            or (capture is not None and item.covers_capture(capture))
            for item, action in self.items
            if action == "removed"
        )

    def hidden(self, document_id: str, uri: str) -> bool:
        """Whether a document is hidden; ``uri`` is "" for one that lives by its captures."""
        return any(
            item.covers(document_id, uri) for item, action in self.items if action == "hidden"
        )

    def hidden_capture(self, capture: Capture) -> bool:
        """Whether a capture is hidden."""
        return any(
            item.covers_capture(capture) for item, action in self.items if action == "hidden"
        )


def settle_hidden(connection: Connection, document_id: str, ban: Ban) -> None:
    """Hide or show a document as the take-downs in force and its captures say."""
    row = connection.execute(
        select(documents.c.uri, documents.c.captured, documents.c.hidden).where(
            documents.c.id == document_id
        )
    ).one_or_none()
    if row is None:
        return
    hidden = ban.hidden(document_id, "" if row.captured else row.uri)
    if row.captured and not hidden:
        hidden = not connection.scalar(
            select(captures.c.record)
            .where(captures.c.document_id == document_id, captures.c.hidden == 0)
            .limit(1)
        )
    if hidden != bool(row.hidden):
        set_access(connection, document_id, hidden=int(hidden))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a take-down touched."""

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
            connection.execute(delete(captures).where(item.of_captures()))
            connection.execute(delete(misses).where(item.of_captures(misses)))
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
        if not ids and not may_be_none:
            raise NotFoundError(
                f"Nothing stored is named by {item.text}.",
                "Name a document id, a URI, a prefix ending in '*', or URI@2012..2014.",
            )
        seen = connection.scalar(
            select(func.count()).select_from(captures).where(item.of_captures())
        )
        receipt = Receipt(
            item=item.text, action=action, documents=len(ids), captures=seen or 0, at=now()
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
