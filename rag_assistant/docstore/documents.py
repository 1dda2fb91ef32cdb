"""Writing documents: each with its passages and its change-log entry is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select

from rag_assistant import dates
from rag_assistant.addresses import address_key
from rag_assistant.docstore import furniture, marks, named, sqlite, works
from rag_assistant.docstore.bans import Ban, Bans, settle_hidden
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
    unsettled,
)
from rag_assistant.schema import Document, Passage, Section, Span

Split = Callable[[str, list[Section], list[list[Span]], list[str]], list[list[Passage]]]
"""Title, sections, the spans of each to be passed over, languages -> passages of each section."""
Read = tuple[Origin, Document, list[list[Passage]]]
"""A document, where it comes from, and the passages of each of its sections."""
Change = Literal["added", "changed", "unchanged", "banned"]
_STORED = select(documents.c.digest, documents.c.hidden).where(
    documents.c.id == bindparam("document")
)
_DOCUMENT_OF_CAPTURE = select(captures.c.document_id).where(
    captures.c.collection == bindparam("collection"),
    captures.c.path == bindparam("path"),
    captures.c.record == bindparam("record"),
)
_SECTIONS = insert(sections)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document as rows: what can be done before others have to wait for the transaction."""

    origin: Origin
    document: Document
    row: dict[str, Any]
    sections: list[dict[str, Any]]
    passages: list[dict[str, Any]]

    @classmethod
    def of(
        cls, origin: Origin, document: Document, passages_by_section: list[list[Passage]]
    ) -> _Prepared:
        row = document_row(origin, document)
        new_sections = section_rows(row["id"], document.sections)
        row["digest"] = content_digest(row, new_sections)
        new_passages = passage_rows(row, new_sections, passages_by_section)
        return cls(origin, document, row, new_sections, new_passages)


class Documents:
    """The writing side of the docstore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._bans = Bans()

    # ------------------------------------------------------------ documents and captures

    def put(
        self, origin: Origin, document: Document, passages_by_section: list[list[Passage]]
    ) -> tuple[str, Change]:
        """Store one document; see `put_all`."""
        return self.put_all([(origin, document, passages_by_section)])[0]

    def put_all(self, read: Sequence[Read]) -> list[tuple[str, Change]]:
        """Store documents in one transaction, or attach their captures to those with their words.

        Returns:
            Each one's id, and what became of it; "banned" where a take-down stands.
        """
        prepared = [_Prepared.of(*one) for one in read]
        with sqlite.writing(self._engine) as connection:
            ban = self._bans.in_force(connection)
            return [(one.row["id"], self._put(connection, one, ban)) for one in prepared]

    def attach(self, origin: Origin, document_id: str) -> Change:
        """Attach a revisit to its document; "banned" where a take-down forbids it."""
        with sqlite.writing(self._engine) as connection:
            ban = self._bans.in_force(connection)
            uri = origin.capture.uri if origin.capture else ""
            if ban.removed(document_id, origin.capture, uri) or (
                origin.capture
                and marks.forbid_repeat(connection, origin.capture, document_id=document_id)
            ):
                return "banned"
            known = self._put_capture(connection, document_id, origin, ban)
            site = furniture.site_number(origin.collection.id, address_key(uri))
            furniture.note_page(connection, document_id, site)
        return "unchanged" if known else "added"

    def miss(self, origin: Origin) -> None:
        """Note a capture that gave no page, unless a take-down stands."""
        capture = origin.capture
        if capture is None:
            raise ValueError(f"a miss without a capture: {origin.path}")
        with sqlite.writing(self._engine) as connection:
            if self._bans.in_force(connection).removed("", capture, "") or marks.forbid_repeat(
                connection, capture, collection=origin.collection.id
            ):
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

    def _put(self, connection: Connection, new: _Prepared, ban: Ban) -> Change:
        row, capture = new.row, new.origin.capture
        if ban.removed(row["id"], capture, row["uri"]) or marks.forbid(
            connection, row, new.document.sections, capture
        ):
            return "banned"
        change = self._write(connection, row, new.sections, new.passages)
        if capture:
            self._put_capture(connection, row["id"], new.origin, ban, title=row["title"])
            site = furniture.site_number(row["collection"], address_key(capture.uri))
            furniture.note_page(connection, row["id"], site)
        elif ban.items:
            settle_hidden(connection, row["id"], ban)
        return change

    def _write(
        self,
        connection: Connection,
        row: dict[str, Any],
        new_sections: list[dict[str, Any]],
        new_passages: list[dict[str, Any]],
    ) -> Change:
        old = connection.execute(_STORED, {"document": row["id"]}).one_or_none()
        if old and old.digest == row["digest"]:
            return "unchanged"
        keys = index_keys(connection, row["id"]) if old else []
        row["hidden"] = old.hidden if old else 0
        connection.execute(sqlite.replace(documents, "id"), row)
        works.note(connection, row, known=old is not None)
        named.note(connection, row, known=old is not None)
        if old:
            connection.execute(delete(sections).where(sections.c.document_id == row["id"]))
        connection.execute(_SECTIONS, new_sections)
        if new_passages:
            connection.execute(sqlite.ignore(passages), new_passages)
        kept = {(new["id"], row["collection"], row["access"]) for new in new_passages}
        log_change(connection, row["id"], [key for key in keys if tuple(key) not in kept])
        return "changed" if old else "added"

    def _put_capture(
        self,
        connection: Connection,
        document_id: str,
        origin: Origin,
        ban: Ban,
        *,
        title: str = "",
    ) -> bool:
        """Store a capture, a revisit without a title; whether this document had it already."""
        capture = origin.capture
        if capture is None:
            return False
        address = address_key(capture.uri)
        key = {
            "collection": origin.collection.id,
            "path": origin.path,
            "record": capture.record_id,
        }
        before = connection.scalar(_DOCUMENT_OF_CAPTURE, key)
        connection.execute(
            sqlite.replace(captures, *key),
            {
                **key,
                "document_id": document_id,
                "uri": capture.uri,
                "timestamp": capture.timestamp,
                "offset": capture.offset,
                "payload_digest": capture.payload_digest,
                "hidden": int(ban.hidden_capture(capture)),
                "address": address,
                "site": furniture.site_number(origin.collection.id, address),
                "member": capture.member,
                "title": title,
            },
        )
        for touched in filter(None, {document_id, before}):
            settle_captured(connection, touched)
            if ban.items:
                settle_hidden(connection, touched, ban)
        return before == document_id

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

    def ids(self) -> list[str]:
        """All documents' ids."""
        with sqlite.reading(self._engine) as connection:
            return list(connection.scalars(select(documents.c.id).order_by(documents.c.id)))

    def resplit(self, document_ids: Sequence[str], split: Split) -> None:
        """Split these documents' stored text anew, one transaction each."""
        for document_id in document_ids:
            with sqlite.writing(self._engine) as connection:
                _resplit_one(connection, document_id, split)

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
        for document_id in ids:
            self.resplit([document_id], split)
            yield document_id


def _resplit_one(connection: Connection, document_id: str, split: Split) -> None:
    """Make a document's passages anew; the followers hear of it where that changes any."""
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
    passed_over = furniture.passed_over(connection, document_id, texts)
    groups = split(row["title"], texts, passed_over, [code for code, _ in row["languages"]])
    new = passage_rows(row, [dict(section) for section in stored], groups)
    of_document = passages.c.document_id == document_id
    old = connection.execute(select(passages).where(of_document)).mappings().all()
    if {one["id"]: dict(one) for one in old} == {one["id"]: one for one in new}:
        return
    keys = index_keys(connection, document_id)
    connection.execute(delete(passages).where(of_document))
    if new:
        connection.execute(sqlite.ignore(passages), new)
    log_change(connection, document_id, keys)
