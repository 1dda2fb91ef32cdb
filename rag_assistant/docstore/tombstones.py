"""Take-downs: hide at once and reversibly, remove for good, allow again (see `bans` for items)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from typing import get_args

from sqlalchemy import Connection, Engine, delete, func, select, update

from rag_assistant.docstore import furniture, marks, sqlite
from rag_assistant.docstore.bans import Ban, Item, read_tombstones, settle_hidden
from rag_assistant.docstore.cursors import ask_for_new_indexes
from rag_assistant.docstore.lifecycle import remove_document, settle_captured
from rag_assistant.docstore.queries import batches
from rag_assistant.docstore.receipts import (
    Action,
    Facts,
    Receipt,
    Touched,
    come_back,
    touched_by,
)
from rag_assistant.docstore.rows import now, page_id, to_section
from rag_assistant.docstore.tables import (
    captures,
    changes,
    cursors,
    documents,
    files,
    meta,
    misses,
    revisits,
    sections,
    tombstones,
)
from rag_assistant.docstore.unread import forget_addresses
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
            known = _standing(connection, text)
            if action == "restored":
                lifted = _required(known, text)
                facts = touched_by(connection, item, removing=False).facts
                receipt = facts.receipt(connection, item, action, dry_run=True)
                return replace(receipt, since=lifted.at, lifted=lifted.action)
            touched = touched_by(connection, item, removing=action == "removed")
            again = known if known and known.action == action else None
            _require_any(touched, item, again)
            return _receipt(connection, item, action, touched, again, dry_run=True)

    def hide(self, text: str, reason: str = "") -> Receipt:
        """Hide at once, reversibly. Doing it again is no error.

        Raises:
            NotFoundError: Nothing stored is named by it.
        """
        item = Item.parse(text)
        with sqlite.writing(self._engine) as connection:
            touched = touched_by(connection, item, removing=False)
            _require_any(touched, item, None)
            at = now()
            again = self._note(connection, item, "hidden", reason, at)
            self._settle(connection, item, touched.ids)
            span = _span(connection, touched.ids)
        return self._receipt(item, "hidden", touched, again, span, at=at)

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
            known = _standing(connection, text)
            _require_any(touched, item, known if known and known.action == "removed" else None)
            at = now()
            again = self._note(connection, item, "removed", reason, at)
            if touched.anything:
                self._delete(connection, item, touched)
                self._owe(connection, item, touched.facts)
            before = again.facts.ids if again and again.facts else ()
            span = _span(connection, {*touched.ids, *before})
        return self._receipt(item, "removed", touched, again, span, at=at)

    def restore(self, text: str) -> Receipt:
        """Lift a take-down. What was hidden is back, unless another take-down hides it too.

        What was removed comes with the next index run.

        Raises:
            NotFoundError: No take-down of that item stands.
        """
        item = Item.parse(text)
        with sqlite.writing(self._engine) as connection:
            lifted = _required(_standing(connection, text), text)
            touched = touched_by(connection, item, removing=False)
            connection.execute(delete(tombstones).where(tombstones.c.item == text))
            self._settle(connection, item, touched.ids)
            if lifted.action == "removed":
                connection.execute(delete(files))  # read every file again: it may hold the item
            first, seq = _span(connection, touched.ids)
            facts = come_back(connection, touched)
            receipt = facts.receipt(connection, item, "restored", dry_run=False)
        return replace(receipt, since=lifted.at, lifted=lifted.action, first=first, seq=seq)

    def finished(self, seq: str) -> bool:
        """Note that what was removed up to this change is erased; whether nothing more is owed."""
        with sqlite.writing(self._engine) as connection:
            done = delete(meta).where(meta.c.key == UNERASED, meta.c.value == seq)
            if not connection.execute(done).rowcount:  # more was removed meanwhile
                return False
            owed = tombstones.c.facts.is_not(None)
            connection.execute(update(tombstones).where(owed).values(facts=None, erased=now()))
        return True

    def standing(self) -> list[dict[str, str]]:
        """All take-downs in force, for `status`."""
        names = ("item", "also", "action", "reason", "at")
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                select(*(tombstones.c[name] for name in names)).order_by(tombstones.c.at)
            ).mappings()
            return [dict(row) for row in rows]

    def _receipt(
        self,
        item: Item,
        action: Action,
        touched: Touched,
        again: _Standing | None,
        span: tuple[int, int],
        *,
        at: str,
    ) -> Receipt:
        """Outside the transaction that acted: looking for similar text keeps nobody waiting."""
        with sqlite.reading(self._engine) as connection:
            receipt = _receipt(connection, item, action, touched, again, dry_run=False)
        return replace(receipt, at=at, first=span[0], seq=span[1])

    def _owe(self, connection: Connection, item: Item, facts: Facts) -> None:
        """Ask for new indexes, and note what is to be erased until it is."""
        note = {"key": UNERASED, "value": str(ask_for_new_indexes(connection))}
        connection.execute(sqlite.replace(meta, "key"), note)
        mine = tombstones.c.item == item.text
        connection.execute(update(tombstones).where(mine).values(facts=asdict(facts), erased=None))

    def _delete(self, connection: Connection, item: Item, touched: Touched) -> None:
        """Delete documents and captures, and leave what they are known again by."""
        for document_id in touched.ids:
            furniture.unsettle_sites_of(connection, document_id)
        digests = marks.leave(connection, item.text, touched.going, touched.addresses)
        for document_id in touched.going:
            remove_document(connection, document_id)
        for table in (captures, misses, revisits):
            connection.execute(delete(table).where(item.of_captures(table)))
        for part in batches(touched.addresses):
            for table in (misses, revisits):
                connection.execute(delete(table).where(table.c.address.in_(part)))
        forget_addresses(connection, touched.failures)
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

    def _note(
        self, connection: Connection, item: Item, action: Action, reason: str, at: str
    ) -> _Standing | None:
        """Store a take-down; one that stands keeps its date, and is returned."""
        known = _standing(connection, item.text)
        again = known if known and known.action == action else None
        row = {
            "item": item.text,
            "also": self._other_id(connection, item.text),
            "action": action,
            "reason": reason,
            "at": at,
        }
        if again:
            row |= {"at": again.at, "reason": reason or again.reason}
        write = (
            sqlite.replace(tombstones, "item")
            if known is None
            else (update(tombstones).where(tombstones.c.item == item.text))
        )
        connection.execute(write, row)
        return again

    def _other_id(self, connection: Connection, document_id: str) -> str:
        """The id that a captured page would have if its access were the other one.

        "" where such a page is here by itself: it goes by a take-down of its own.
        """
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
        other = next(iter(ids - {document_id}), "")
        here = connection.scalar(select(documents.c.id).where(documents.c.id == other))
        return "" if here else other


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A take-down in force; ``facts`` are what it touched, None once that is erased."""

    action: Action
    reason: str
    at: str
    facts: Facts | None
    erased: str | None


def _standing(connection: Connection, text: str) -> _Standing | None:
    """The take-down of this item, None where there is none."""
    row = connection.execute(select(tombstones).where(tombstones.c.item == text)).one_or_none()
    if row is None:
        return None
    facts = Facts(**row.facts) if row.facts else None
    return _Standing(
        action=row.action, reason=row.reason, at=row.at, facts=facts, erased=row.erased
    )


def _required(known: _Standing | None, text: str) -> _Standing:
    if known is None:
        hint = "See them with `rag-assistant status`."
        raise NotFoundError(f"No take-down of {text} stands.", hint)
    return known


def _require_any(touched: Touched, item: Item, again: _Standing | None) -> None:
    if not (touched.anything or again):
        raise NotFoundError(
            f"Nothing stored is named by {item.text}.",
            "Name a document id, a URI, a prefix ending in '*', or URI@2012..2014.",
        )


def _receipt(
    connection: Connection,
    item: Item,
    action: Action,
    touched: Touched,
    again: _Standing | None,
    *,
    dry_run: bool,
) -> Receipt:
    """What a take-down touches, or what is still known where an earlier one touched it all."""
    if again is None or touched.anything:
        receipt = touched.receipt(connection, item, action, dry_run=dry_run)
    elif again.facts:
        receipt = again.facts.receipt(connection, item, action, dry_run=dry_run)
    else:
        receipt = Receipt(item=item.text, action=action, dry_run=dry_run, at=now())
        receipt = replace(receipt, hidden=again.erased, erased=again.erased)
    return replace(receipt, since=again.at if again else None)


def _span(connection: Connection, ids: Collection[str]) -> tuple[int, int]:
    """The first and the last of the changes that take these documents out of the indexes.

    Of each document its last counts, whoever made it: another take-down may have hidden it a
    moment ago. (1, 0) where every index has taken them all.
    """
    wanted = set(ids)
    come = connection.scalar(select(func.min(cursors.c.seq)).where(~cursors.c.name.contains(".")))
    later = select(changes.c.document_id, changes.c.seq).where(changes.c.seq > (come or 0))
    last: dict[str, int] = {
        document_id: seq
        for document_id, seq in connection.execute(later.order_by(changes.c.seq))
        if document_id in wanted
    }
    return min(last.values(), default=1), max(last.values(), default=0)
