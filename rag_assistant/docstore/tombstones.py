"""Take-downs: hide at once and reversibly, remove for good, allow again.

An item is a document id, a URI, a URI prefix (``https://example.org/board/*``) or a capture range
(``https://example.org/@2012..2014``, timestamps of any length). A captured page is named however
its URL was written: with http or https, with "www." or without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import (
    Column,
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
from rag_assistant.docstore import furniture, sqlite
from rag_assistant.docstore.lifecycle import remove_document, set_access, settle_captured
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
_TIMESTAMP_LENGTH = 14
_STARTS = ("http://", "https://", "http://www.", "https://www.")
_WEB = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a take-down names.

    ``key`` is that of the URI, or of the folder that a prefix names, else "". A prefix also names
    the keys that begin as ``beneath`` says, and the URIs that begin as one of ``spellings``.
    ``first`` and ``last`` are 14-digit timestamps of a range.
    """

    text: str
    also: str = ""
    uri: str = ""
    key: str = ""
    beneath: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
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
                key=address_key(uri),
                first=(first or "0").ljust(_TIMESTAMP_LENGTH, "0"),
                last=last.ljust(_TIMESTAMP_LENGTH, "9"),
            )
        if text.endswith("*"):
            uri = text[:-1]
            key, beneath = _keys_beneath(uri)
            return cls(
                text=text,
                uri=uri,
                key=key,
                beneath=beneath,
                spellings=_spellings(uri),
                prefix=True,
            )
        return cls(text=text, also=also, uri=text, key=address_key(text))

    def covers(self, document_id: str, uri: str) -> bool:
        """Whether it names this document, by id or (not where it is captured) by address."""
        if self.first:
            return False
        return document_id in (self.text, self.also) or self._names(uri)

    def covers_capture(self, capture: Capture) -> bool:
        """Whether it names this capture."""
        key = address_key(capture.uri)
        named = (
            key == self.key
            or key.startswith(self.beneath)
            or capture.uri.startswith(self.spellings)
        )
        return named and (not self.first or self.first <= capture.timestamp <= self.last)

    def _names(self, uri: str) -> bool:
        return bool(uri) and (uri.startswith(self.uri) if self.prefix else uri == self.uri)

    def of_captures(self, table: Table = captures) -> ColumnElement[bool]:
        """The same as a condition on `captures`, `misses` or `revisits`."""
        named = or_(
            *([table.c.address == self.key] if self.key else []),
            *(_begins(table.c.address, one) for one in self.beneath),
            *(_begins(table.c.uri, one) for one in self.spellings),
        )
        if not self.first:
            return named
        return and_(named, table.c.timestamp.between(self.first, self.last))

    def of_documents(self) -> ColumnElement[bool]:
        """Documents that it names themselves (captured ones are named by their captures)."""
        uri = documents.c.uri
        named = _begins(uri, self.uri) if self.prefix else uri == self.uri
        return (documents.c.id == self.text) | and_(named, uri != "", documents.c.captured == 0)


def _begins(column: Column[str], prefix: str) -> ColumnElement[bool]:
    """``LIKE`` would take capital and small letters for the same."""
    return func.substr(column, 1, len(prefix)) == prefix


def _keys_beneath(uri: str) -> tuple[str, tuple[str, ...]]:
    """The key of the folder that a prefix of URLs names, and how the keys beneath it begin.

    Nothing where it ends inside a host's name or in a longer query: keys have another order there.
    """
    rest = uri.partition("://")[2]
    _, slash, path = rest.partition("/")
    cut = path.rpartition("/")[2]
    key = address_key(uri)
    if not slash or "#" in rest or cut in {".", ".."}:
        return "", ()
    if "?" in rest:
        return "", (key,) if "?" in key and "&" not in key else ()
    if cut:
        return "", (key,)
    return key, (key,) if key.endswith("/") else (f"{key}/", f"{key}?")


def _spellings(uri: str) -> tuple[str, ...]:
    """A prefix of URLs with http and https, with "www." and without."""
    begin = _WEB.match(uri)
    rest = uri[begin.end() :] if begin else ""
    if not rest:
        return (uri,)
    return (uri, *(f"{start}{rest}" for start in _STARTS))


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
