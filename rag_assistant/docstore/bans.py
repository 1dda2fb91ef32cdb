"""What take-downs name, and whether one forbids or hides a document or a capture.

An item is a document id, a URI, a URI prefix (``https://example.org/board/*``) or a capture range
(``https://example.org/@2012..2014``, timestamps of any length). A page is named however its URL
was written: with http or https, with "www." or without (see `addresses`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    false,
    func,
    or_,
    select,
)

from rag_assistant.addresses import address_key
from rag_assistant.docstore.lifecycle import set_access
from rag_assistant.docstore.tables import captures, documents, revisits, tombstones
from rag_assistant.schema import Capture

_TIMESTAMP_LENGTH = 14
_STARTS = ("http://", "https://", "http://www.", "https://www.")
_WEB = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_IN_FORCE = select(tombstones.c.item, tombstones.c.also, tombstones.c.action).order_by(
    tombstones.c.item
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a take-down names.

    ``key`` is that of the URI, or of the folder that a prefix names, else "". A prefix also names
    the keys that begin as ``beneath`` says, and the URIs that begin as one of ``spellings``.
    ``first`` and ``last`` are 14-digit timestamps of a range.
    """

    text: str
    also: str = ""
    key: str = ""
    beneath: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
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
                key=address_key(uri),
                first=(first or "0").ljust(_TIMESTAMP_LENGTH, "0"),
                last=last.ljust(_TIMESTAMP_LENGTH, "9"),
            )
        if text.endswith("*"):
            uri = text[:-1]
            key, beneath = _keys_beneath(uri)
            return cls(text=text, key=key, beneath=beneath, spellings=_spellings(uri))
        return cls(text=text, also=also, key=address_key(text))

    def covers(self, document_id: str, uri: str) -> bool:
        """Whether it names this document, by id or (not where it is captured) by address."""
        if self.first:
            return False
        named = bool(document_id) and document_id in (self.text, self.also)
        return named or self.names(uri)

    def covers_capture(self, capture: Capture) -> bool:
        """Whether it names this capture."""
        return self._names(capture.uri) and (
            not self.first or self.first <= capture.timestamp <= self.last
        )

    def names(self, uri: str) -> bool:
        """Whether it names an address at all times."""
        return bool(uri) and not self.first and self._names(uri)

    def of_captures(self, table: Table = captures) -> ColumnElement[bool]:
        """The same as a condition on `captures`, `misses` or `revisits`."""
        if not self.first:
            return self._named_in(table)
        return and_(self._named_in(table), table.c.timestamp.between(self.first, self.last))

    def of_originals(self) -> ColumnElement[bool]:
        """Revisits of what it names."""
        address, at = revisits.c.refers_to, revisits.c.refers_at
        named = or_(
            false(),
            *([address == self.key] if self.key else []),
            *(_begins(address, one) for one in self.beneath),
        )
        return and_(named, at.between(self.first, self.last)) if self.first else named

    def of_documents(self) -> ColumnElement[bool]:
        """Documents that it names themselves (captured ones are named by their captures)."""
        if self.first:
            return false()
        has_address = (documents.c.captured == 0, documents.c.address != "")
        return (documents.c.id == self.text) | and_(*has_address, self._named_in(documents))

    def _names(self, uri: str) -> bool:
        key = address_key(uri)
        return key == self.key or key.startswith(self.beneath) or uri.startswith(self.spellings)

    def _named_in(self, table: Table) -> ColumnElement[bool]:
        return or_(
            false(),
            *([table.c.address == self.key] if self.key else []),
            *(_begins(table.c.address, one) for one in self.beneath),
            *(_begins(table.c.uri, one) for one in self.spellings),
        )


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
    return tuple((item, also, action) for item, also, action in connection.execute(_IN_FORCE))


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

    def removed_address(self, uri: str) -> bool:
        """Whether nothing of this address may be stored again."""
        return any(item.names(uri) for item, action in self.items if action == "removed")

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


class Bans:
    """The take-downs in force, parsed anew only where they have changed."""

    def __init__(self) -> None:
        self._known: tuple[Tombstones, Ban] = ((), Ban.of(()))

    def in_force(self, connection: Connection) -> Ban:
        """The take-downs as the connection sees them."""
        rows = read_tombstones(connection)
        if rows != self._known[0]:
            self._known = (rows, Ban.of(rows))
        return self._known[1]
