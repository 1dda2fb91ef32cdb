"""Writing documents: each with its passages and its change-log entry is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select, true

from rag_assistant import dates
from rag_assistant.addresses import address_key
from rag_assistant.docstore import furniture, sqlite
from rag_assistant.docstore.ids import number
from rag_assistant.docstore.lifecycle import set_access, settle_captured
from rag_assistant.docstore.queries import index_keys, log_change
from rag_assistant.docstore.rows import (
    Origin,
    content_digest,
    document_row,
    passage_rows,
    section_rows,
    to_section,
)
from rag_assistant.docstore.tables import (
    captures,
    documents,
    misses,
    passages,
    resplits,
    sections,
    set_aside,
    unsettled,
)
from rag_assistant.docstore.tombstones import Ban, Tombstones, read_tombstones, settle_hidden
from rag_assistant.schema import Capture, Document, Passage, Section, Span

Split = Callable[[str, list[Section], list[list[Span]]], list[list[Passage]]]
"""Title, sections, and the spans of each that are to be passed over -> passages of each."""
Change = Literal["added", "changed", "unchanged", "banned"]


class Documents:
    """The writing side of the docstore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._banned: tuple[Tombstones, Ban] = ((), Ban.of(()))

    # ------------------------------------------------------------ documents and captures

    def put(
        self, origin: Origin, document: Document, passages_by_section: list[list[Passage]]
    ) -> tuple[str, Change]:
        """Store a document, or attach its capture to the document that has the same words.

        Returns:
            The document's id, and what became of it; "banned" where a take-down stands.
        """
        row = document_row(origin, document)
        new_sections = section_rows(row["id"], document.sections)
        row["digest"] = content_digest(row, new_sections)
        new_passages = passage_rows(row, new_sections, passages_by_section)
        with sqlite.writing(self._engine) as connection:
            ban = self._ban(connection)
            if ban.removed(row["id"], origin.capture, row["uri"]):
                return row["id"], "banned"
            change = self._write(connection, row, new_sections, new_passages)
            if origin.capture:
                self._put_capture(connection, row["id"], origin, ban)
                site = furniture.site_number(row["collection"], address_key(origin.capture.uri))
                furniture.note_page(connection, row["id"], site, document.sections)
            elif ban.items:
                settle_hidden(connection, row["id"], ban)
        return row["id"], change

    def attach(self, origin: Origin, document_id: str) -> Change:
        """Attach a revisit to its document; "banned" where a take-down forbids it."""
        with sqlite.writing(self._engine) as connection:
            ban = self._ban(connection)
            uri = origin.capture.uri if origin.capture else ""
            if ban.removed(document_id, origin.capture, uri):
                return "banned"
            known = self._put_capture(connection, document_id, origin, ban)
        return "unchanged" if known else "added"

    def miss(self, origin: Origin) -> None:
        """Note a capture that gave no page, unless a take-down stands."""
        capture = origin.capture
        if capture is None:
            raise ValueError(f"a miss without a capture: {origin.path}")
        with sqlite.writing(self._engine) as connection:
            if self._ban(connection).removed("", capture, ""):
                return
            connection.execute(
                sqlite.replace(misses, "collection", "path", "record"),
                {
                    "collection": origin.collection.id,
                    "path": origin.path,
                    "record": capture.record_id,
                    "address": address_key(capture.uri),
                    "uri": capture.uri,
                    "timestamp": capture.timestamp,
                    "status": capture.status,
                },
            )

    def set_aside(self, collection: str, capture: Capture, reason: str) -> None:
        """Note why a payload gave no document: its revisits will give none either."""
        here = (capture.uri, capture.timestamp)
        rows = [
            {"payload": payload, "reason": reason}
            for payload in _payload_numbers(collection, capture.payload_digest, here)
        ]
        with sqlite.writing(self._engine) as connection:
            connection.execute(sqlite.replace(set_aside, "payload"), rows)

    def why_set_aside(self, collection: str, revisit: Capture) -> str | None:
        """Why the payload that a revisit repeats gave no document; None where it is not known."""
        numbers = _payload_numbers(
            collection, revisit.payload_digest, revisit.refers_to or ("", "")
        )
        with sqlite.reading(self._engine) as connection:
            return connection.scalar(
                select(set_aside.c.reason).where(set_aside.c.payload.in_(numbers)).limit(1)
            )

    def revisited(
        self, collection: str, capture: Capture, *, staff_only: bool = False
    ) -> str | None:
        """The document that a revisit repeats: same address and time, else same payload.

        Where the revisited address is for the staff only, so must the document be.
        """
        uri, timestamp = capture.refers_to or ("", "")
        conditions: list[ColumnElement[bool]] = []
        if uri and timestamp:
            there = captures.c.address == address_key(uri)
            conditions.append(there & (captures.c.timestamp == timestamp))
        if capture.payload_digest:
            conditions.append(captures.c.payload_digest == capture.payload_digest)
        open_to = documents.c.own_access == "staff" if staff_only else true()
        with sqlite.reading(self._engine) as connection:
            for condition in conditions:
                found = connection.scalar(
                    select(captures.c.document_id)
                    .join(documents, documents.c.id == captures.c.document_id)
                    .where(captures.c.collection == collection, condition, open_to)
                    .order_by(captures.c.timestamp)
                    .limit(1)
                )
                if found:
                    return str(found)
        return None

    def _write(
        self,
        connection: Connection,
        row: dict[str, Any],
        new_sections: list[dict[str, Any]],
        new_passages: list[dict[str, Any]],
    ) -> Change:
        old = connection.execute(
            select(documents.c.digest, documents.c.hidden).where(documents.c.id == row["id"])
        ).one_or_none()
        if old and old.digest == row["digest"]:
            return "unchanged"
        keys = index_keys(connection, row["id"])
        row["hidden"] = old.hidden if old else 0
        connection.execute(sqlite.replace(documents, "id"), row)
        connection.execute(delete(sections).where(sections.c.document_id == row["id"]))
        connection.execute(insert(sections), new_sections)
        if new_passages:
            connection.execute(sqlite.ignore(passages), new_passages)
        kept = {(new["id"], row["collection"], row["access"]) for new in new_passages}
        log_change(connection, row["id"], [key for key in keys if tuple(key) not in kept])
        return "changed" if old else "added"

    def _put_capture(
        self, connection: Connection, document_id: str, origin: Origin, ban: Ban
    ) -> bool:
        """Store a capture; whether it was known to belong to this document already."""
        capture = origin.capture
        if capture is None:
            return False
        address = address_key(capture.uri)
        key = (
            captures.c.collection == origin.collection.id,
            captures.c.path == origin.path,
            captures.c.record == capture.record_id,
        )
        before = connection.scalar(select(captures.c.document_id).where(*key))
        connection.execute(
            sqlite.replace(captures, "collection", "path", "record"),
            {
                "collection": origin.collection.id,
                "path": origin.path,
                "record": capture.record_id,
                "document_id": document_id,
                "uri": capture.uri,
                "timestamp": capture.timestamp,
                "offset": capture.offset,
                "payload_digest": capture.payload_digest,
                "hidden": int(ban.hidden_capture(capture)),
                "address": address,
                "site": furniture.site_number(origin.collection.id, address),
                "member": capture.member,
            },
        )
        if before == document_id and not ban.items:
            return True
        for touched in filter(None, {document_id, before}):
            settle_captured(connection, touched)
            if ban.items:
                settle_hidden(connection, touched, ban)
        return before == document_id

    def _ban(self, connection: Connection) -> Ban:
        """The take-downs in force, parsed anew only where they have changed."""
        rows = read_tombstones(connection)
        if rows != self._banned[0]:
            self._banned = (rows, Ban.of(rows))
        return self._banned[1]

    # ------------------------------------------------------------ as time and models pass

    def open_closed(self) -> int:
        """Give documents whose closure has ended the access that they have otherwise."""
        opened = 0
        with sqlite.writing(self._engine) as connection:
            due = connection.execute(
                select(documents.c.id, documents.c.own_access).where(
                    documents.c.closed_until <= dates.today(),
                    documents.c.access != documents.c.own_access,
                )
            ).all()
            for document_id, access in due:
                set_access(connection, document_id, access=access)
                opened += 1
        return opened

    def resplit(self, split: Split) -> Iterator[str]:
        """Split every document's stored text anew, one transaction each; yields their ids."""
        with sqlite.reading(self._engine) as connection:
            ids = connection.scalars(select(documents.c.id).order_by(documents.c.id)).all()
        yield from self._resplit(ids, split)

    def settle_furniture(self, split: Split) -> Iterator[str]:
        """Find what repeats across the sites that were touched; yields the documents split anew."""
        with sqlite.reading(self._engine) as connection:
            sites = connection.scalars(select(unsettled.c.site)).all()
        for site in sites:
            with sqlite.writing(self._engine) as connection:
                furniture.settle(connection, site)
        with sqlite.reading(self._engine) as connection:
            ids = connection.scalars(
                select(resplits.c.document_id).order_by(resplits.c.document_id)
            ).all()
        yield from self._resplit(ids, split)

    def _resplit(self, ids: Sequence[str], split: Split) -> Iterator[str]:
        for document_id in ids:
            with sqlite.writing(self._engine) as connection:
                _resplit_one(connection, document_id, split)
            yield document_id


def _payload_numbers(collection: str, digest: str, place: tuple[str, str]) -> list[int]:
    """What a payload goes by: its digest, and where and when it was captured."""
    uri, timestamp = place
    numbers = [number(collection, digest)] if digest else []
    return [*numbers, number(collection, address_key(uri), timestamp)] if uri else numbers


def _resplit_one(connection: Connection, document_id: str, split: Split) -> None:
    connection.execute(delete(resplits).where(resplits.c.document_id == document_id))
    row = (
        connection.execute(select(documents).where(documents.c.id == document_id))
        .mappings()
        .one_or_none()
    )
    if row is None:  # removed meanwhile
        return
    stored = (
        connection.execute(
            select(sections)
            .where(sections.c.document_id == document_id)
            .order_by(sections.c.ordinal)
        )
        .mappings()
        .all()
    )
    texts = [to_section(section) for section in stored]
    groups = split(row["title"], texts, furniture.passed_over(connection, document_id, texts))
    keys = index_keys(connection, document_id)
    connection.execute(delete(passages).where(passages.c.document_id == document_id))
    new = passage_rows(row, [dict(section) for section in stored], groups)
    if new:
        connection.execute(sqlite.ignore(passages), new)
    log_change(connection, document_id, keys)
