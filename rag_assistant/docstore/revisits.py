"""Revisits: records that say that a page was as it had been seen before.

A revisit has no words of its own. It is remembered, and once all files were read it is attached
to the document of its original: what it says that it repeats, else the same payload. Every run
looks for all originals again, for they may come, go and change later than their revisits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exc,
    exists,
    func,
    or_,
    select,
    update,
)

from rag_assistant.addresses import address_key
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import furniture, marks, sqlite
from rag_assistant.docstore.bans import Ban, Bans, settle_hidden
from rag_assistant.docstore.documents import Documents
from rag_assistant.docstore.ids import number
from rag_assistant.docstore.lifecycle import settle_captured
from rag_assistant.docstore.rows import Origin
from rag_assistant.docstore.tables import captures, documents, revisits, set_aside
from rag_assistant.schema import Capture

LONE = "revisit of a capture that is not here"
TAKEN_DOWN = "taken down"

_Known = dict[tuple[str, int], str | None]
"""(payload digest, whether for the staff only) -> the document with that payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a revisit: its document, or the reason why it has none.

    ``waiting`` says that its file was read since it was last settled, ``fresh`` that it had another
    document or none before; ``removed`` counts documents that went with their last capture.
    """

    path: str
    record: str
    uri: str
    reason: str
    waiting: bool
    fresh: bool
    removed: int


class Revisits:
    """Remembers revisits, and finds their documents."""

    def __init__(self, engine: Engine, documents: Documents) -> None:
        self._engine = engine
        self._documents = documents
        self._bans = Bans()

    def put(self, origin: Origin, *, staff_only: bool = False) -> bool:
        """Remember a revisit until `settle`; False where a take-down stands.

        Where its address is for the staff only, so must its document be.
        """
        capture = _capture_of(origin)
        uri, timestamp = capture.refers_to or ("", "")
        placed = bool(uri and timestamp)
        row: dict[str, Any] = {
            **_key(origin, capture),
            "uri": capture.uri,
            "address": address_key(capture.uri),
            "timestamp": capture.timestamp,
            "offset": capture.offset,
            "payload_digest": capture.payload_digest,
            "member": capture.member,
            "refers_to": address_key(uri) if placed else "",
            "refers_at": timestamp if placed else "",
            "refers_place": place_number(origin.collection.id, uri, timestamp) if placed else None,
            "staff": int(staff_only),
            "outcome": None,
        }
        with sqlite.writing(self._engine) as connection:
            ban = self._bans.in_force(connection)
            if ban.removed("", capture, "") or marks.forbid_repeat(
                connection, capture, collection=origin.collection.id
            ):
                return False
            if uri and ban.removed("", replace(capture, uri=uri, timestamp=timestamp), ""):
                row |= {"refers_to": "", "refers_at": "", "refers_place": None}
            connection.execute(sqlite.replace(revisits, "collection", "path", "record"), row)
        return True

    def set_aside(self, origin: Origin, reason: str) -> None:
        """Note why a capture gave no document: its revisits will give none either."""
        capture = _capture_of(origin)
        row = {
            **_key(origin, capture),
            "place": place_number(origin.collection.id, capture.uri, capture.timestamp),
            "payload_digest": capture.payload_digest,
            "reason": reason,
        }
        with sqlite.writing(self._engine) as connection:
            connection.execute(sqlite.replace(set_aside, "collection", "path", "record"), row)

    def outcomes(self, collection: str) -> dict[str, Counter[str]]:
        """Path -> how many of its revisits have a document (""), and why others have none."""
        found: dict[str, Counter[str]] = {}
        outcome = func.coalesce(revisits.c.outcome, LONE)
        with sqlite.reading(self._engine) as connection:
            for path, reason, seen in connection.execute(
                select(revisits.c.path, outcome, func.count())
                .where(revisits.c.collection == collection)
                .group_by(revisits.c.path, outcome)
            ):
                found.setdefault(path, Counter())[reason] = seen
        return found

    def settle(self, collection: CollectionConfig) -> Iterator[Settled]:
        """Attach every revisit to the document of its original; yields those that moved.

        One whose original is no longer there is none's: it lets go of its document.
        """
        with sqlite.reading(self._engine) as connection:
            paths = connection.scalars(
                select(revisits.c.path).where(revisits.c.collection == collection.id).distinct()
            ).all()
        for path in paths:
            outcomes = []
            for row, document_id, reason in self._unsettled(collection.id, path):
                try:
                    settled = self._follow(collection, row, document_id, reason)
                except exc.IntegrityError:  # taken down meanwhile: the next run asks again
                    continue
                outcomes.append({"in_path": path, "is_record": row.record, "now": settled.reason})
                yield settled
            self._note(collection.id, outcomes)

    def _unsettled(self, collection: str, path: str) -> list[tuple[Row[Any], str | None, str]]:
        """A file's revisits that do not stand where they should: with document or reason."""
        known: _Known = {}
        found = []
        with sqlite.reading(self._engine) as connection:
            for row in connection.execute(_revisits_of(collection, path)).all():
                document_id, reason = _answer(connection, row, known)
                as_before = (row.outcome, row.document_id) == (reason, document_id)
                if not as_before and row.outcome != TAKEN_DOWN:
                    found.append((row, document_id, reason))
        return found

    def _follow(
        self, collection: CollectionConfig, row: Row[Any], document_id: str | None, reason: str
    ) -> Settled:
        fresh = False
        if document_id is not None:
            change = self._documents.attach(_origin_of(collection, row), document_id)
            fresh = change == "added"
            reason = TAKEN_DOWN if change == "banned" else ""
        removed = 0
        if reason and row.document_id is not None:
            with sqlite.writing(self._engine) as connection:
                removed = _let_go(connection, row, self._bans.in_force(connection))
        return Settled(
            path=row.path,
            record=row.record,
            uri=row.uri,
            reason=reason,
            waiting=row.outcome is None,
            fresh=fresh,
            removed=removed,
        )

    def _note(self, collection: str, outcomes: list[dict[str, str]]) -> None:
        """Store a file's outcomes; a kill before that settles its revisits once more."""
        if not outcomes:
            return
        row = (
            revisits.c.collection == collection,
            revisits.c.path == bindparam("in_path"),
            revisits.c.record == bindparam("is_record"),
        )
        with sqlite.writing(self._engine) as connection:
            connection.execute(
                update(revisits).where(*row).values(outcome=bindparam("now")), outcomes
            )


def place_number(collection: str, uri: str, timestamp: str) -> int:
    """Where and when something was captured, as one number."""
    return number(collection, address_key(uri), timestamp)


def _answer(connection: Connection, row: Row[Any], known: _Known) -> tuple[str | None, str]:
    """A revisit's document, or None and why: what it names goes before the same payload."""
    if row.there:
        return row.there, ""
    if row.aside:
        return None, row.aside
    if row.payload_digest:
        key = (row.payload_digest, row.staff)
        if key not in known:
            known[key] = connection.scalar(_with_payload(row))
        if known[key]:
            return known[key], ""
        if not row.refers_to and (reason := connection.scalar(_aside_with_payload(row))):
            return None, reason
    return None, LONE


def _revisits_of(collection: str, path: str) -> Select[Any]:
    """A file's revisits with the document that each has, and what stands at the named place."""
    origin = captures.alias()
    there = and_(
        revisits.c.refers_to != "",
        origin.c.address == revisits.c.refers_to,
        origin.c.timestamp == revisits.c.refers_at,
        or_(revisits.c.staff == 0, documents.c.own_access == "staff"),
    )
    same_payload = origin.c.payload_digest == revisits.c.payload_digest
    found = [
        _original(origin, collection, condition).scalar_subquery()
        for condition in (and_(there, same_payload), there)  # http and https in the same second
    ]
    aside = (
        select(set_aside.c.reason)
        .where(set_aside.c.place == revisits.c.refers_place)
        .order_by(set_aside.c.path, set_aside.c.record)
        .limit(1)
    )
    return (
        select(
            revisits,
            captures.c.document_id,
            func.coalesce(*found).label("there"),
            aside.scalar_subquery().label("aside"),
        )
        .join_from(revisits, captures, _same_record(revisits, captures), isouter=True)
        .where(revisits.c.collection == collection, revisits.c.path == path)
        .order_by(revisits.c.record)
    )


def _with_payload(row: Row[Any]) -> Select[Any]:
    origin = captures.alias()
    condition = origin.c.payload_digest == row.payload_digest
    if row.staff:
        condition = and_(condition, documents.c.own_access == "staff")
    return _original(origin, row.collection, condition)


def _aside_with_payload(row: Row[Any]) -> Select[Any]:
    return (
        select(set_aside.c.reason)
        .where(
            set_aside.c.collection == row.collection,
            set_aside.c.payload_digest == row.payload_digest,
        )
        .order_by(set_aside.c.path, set_aside.c.record)
        .limit(1)
    )


def _original(origin: Any, collection: str, condition: ColumnElement[bool]) -> Select[Any]:
    """The document of the first capture that fits and is no revisit itself."""
    another = revisits.alias()
    return (
        select(origin.c.document_id)
        .join_from(origin, documents, documents.c.id == origin.c.document_id)
        .where(
            origin.c.collection == collection,
            condition,
            ~exists().where(_same_record(another, origin)),
        )
        .order_by(documents.c.own_access, origin.c.timestamp, origin.c.path, origin.c.record)
        .limit(1)
    )


def _same_record(first: Any, second: Any) -> ColumnElement[bool]:
    return and_(*(first.c[name] == second.c[name] for name in ("collection", "path", "record")))


def _let_go(connection: Connection, row: Row[Any], ban: Ban) -> int:
    """Delete the capture that a revisit had; how many documents went with it."""
    furniture.unsettle_sites_of(connection, row.document_id)
    key = (captures.c[name] == getattr(row, name) for name in ("collection", "path", "record"))
    connection.execute(delete(captures).where(*key))
    removed = settle_captured(connection, row.document_id)
    settle_hidden(connection, row.document_id, ban)
    return removed


def _key(origin: Origin, capture: Capture) -> dict[str, str]:
    return {
        "collection": origin.collection.id,
        "path": origin.path,
        "record": capture.record_id,
    }


def _capture_of(origin: Origin) -> Capture:
    if origin.capture is None:
        raise ValueError(f"no capture: {origin.path}")
    return origin.capture


def _origin_of(collection: CollectionConfig, row: Row[Any]) -> Origin:
    capture = Capture(
        uri=row.uri,
        timestamp=row.timestamp,
        record_id=row.record,
        offset=row.offset,
        payload_digest=row.payload_digest,
        member=row.member,
    )
    return Origin(collection=collection, path=row.path, record=row.record, capture=capture)
