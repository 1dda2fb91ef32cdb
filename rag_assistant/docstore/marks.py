"""By what a removed document is known again, in every collection, until it is restored.

A document that goes entirely leaves its id, the digests of its payloads and hashes of its words,
and where it was named by its id, of the addresses at which nothing stays; no title and no text. One
of whose captures some are removed, and that lives on by others, leaves nothing: its words are still
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select, update

from rag_assistant.addresses import address_key
from rag_assistant.docstore import sqlite
from rag_assistant.docstore.ids import digest
from rag_assistant.docstore.queries import batches
from rag_assistant.docstore.rows import to_section, words_hashes
from rag_assistant.docstore.tables import captures, documents, marks, revisits, sections
from rag_assistant.schema import Capture, Section

Kind = Literal["document", "payload", "text", "address"]
_Mark: TypeAlias = tuple[Kind, str]
_ONE = select(marks.c.kind).limit(1)


def leave(
    connection: Connection, item: str, document_ids: Sequence[str], addresses: Iterable[str]
) -> set[str]:
    """Mark documents that are about to be deleted, for the take-down of this item.

    Revisits that were attached to them go with them, and no other names their captures any more.
    Of the addresses only hashes are kept.

    Returns:
        The digests of their payloads, for `drop_repeats`.
    """
    digests: set[str] = set()
    for part in batches(document_ids):
        here = captures.c.document_id.in_(part)
        digests |= set(connection.scalars(select(captures.c.payload_digest).where(here)))
        _forget_places(connection, here)
    digests.discard("")
    found: set[_Mark] = {("payload", one) for one in digests}
    found |= {("address", digest(one)) for one in addresses}
    for document_id in document_ids:
        found.add(("document", document_id))
        found |= {("text", words) for words in _stored_words(connection, document_id) or ()}
    rows = [{"item": item, "kind": kind, "value": value} for kind, value in found]
    if rows:
        connection.execute(sqlite.ignore(marks), rows)
    return digests


def drop_repeats(connection: Connection, digests: Iterable[str]) -> None:
    """Forget revisits whose payload, one of these, no capture of their collection has any more."""
    held = exists().where(
        captures.c.collection == revisits.c.collection,
        captures.c.payload_digest == revisits.c.payload_digest,
    )
    for part in batches(sorted(digests)):
        repeats = revisits.c.payload_digest.in_(part)
        connection.execute(delete(revisits).where(repeats, ~held))


def forbid(
    connection: Connection,
    row: Mapping[str, Any],
    parts: Sequence[Section],
    capture: Capture | None,
) -> bool:
    """Whether a document may not be stored, since it was removed, wherever it comes from now.

    A copy that was here before the removal holds these words still: it was named in the receipt,
    and goes by a take-down of its own.

    Args:
        connection: Of the docstore.
        row: Its row in `documents`.
        parts: Its sections.
        capture: The capture that it was read from, if any.
    """
    if not _any(connection):
        return False
    words = words_hashes(row["title"], parts)
    address = address_key(capture.uri) if capture else row["address"]
    sought: list[_Mark] = [("document", row["id"]), *(("text", one) for one in words)]
    if address:
        sought.append(("address", digest(address)))
    if capture:
        sought.append(("payload", capture.payload_digest))
    found = _of(connection, sought)
    if "document" in found:
        return True
    held = _stored_words(connection, row["id"])
    return bool(found) and (held is None or held[:1] != words[:1])


def forbid_address(connection: Connection, uri: str) -> bool:
    """Whether nothing of this address may be stored again."""
    return bool(_of(connection, [("address", digest(address_key(uri)))]))


def forbid_repeat(
    connection: Connection, capture: Capture, *, document_id: str = "", collection: str = ""
) -> bool:
    """The same of a capture without words of its own: a revisit, an error.

    It may be stored where its document has the payload from before the removal, or, as long as
    its document is not known, where its collection has.
    """
    payload = capture.payload_digest
    found = _of(connection, [("payload", payload), ("address", digest(address_key(capture.uri)))])
    if not found:
        return False
    if "address" in found:
        return True
    there = captures.c.document_id == document_id
    if collection:
        there = captures.c.collection == collection
    return not connection.scalar(
        select(exists().where(captures.c.payload_digest == payload, there))
    )


def _of(connection: Connection, sought: list[_Mark]) -> set[str]:
    """Kinds of those marks that stand."""
    conditions = [
        (marks.c.value == value) & (marks.c.kind == kind) for kind, value in sought if value
    ]
    return set(connection.scalars(select(marks.c.kind).where(or_(*conditions))))


def _any(connection: Connection) -> bool:
    """Most collections have no removals: then nothing need be hashed."""
    return connection.scalar(_ONE) is not None


def _stored_words(connection: Connection, document_id: str) -> tuple[str, ...] | None:
    """The hashes of a stored document's words; None where it is not here."""
    title = connection.scalar(select(documents.c.title).where(documents.c.id == document_id))
    if title is None:
        return None
    rows = connection.execute(
        select(sections).where(sections.c.document_id == document_id).order_by(sections.c.ordinal)
    ).mappings()
    return words_hashes(title, [to_section(row) for row in rows])


def _forget_places(connection: Connection, of_captures: ColumnElement[bool]) -> None:
    """Delete revisits that are such captures; what others say that they repeat is blanked."""
    same_record = (
        revisits.c[name] == captures.c[name] for name in ("collection", "path", "record")
    )
    connection.execute(delete(revisits).where(exists().where(*same_record, of_captures)))
    named = exists().where(
        captures.c.address == revisits.c.refers_to,
        captures.c.timestamp == revisits.c.refers_at,
        of_captures,
    )
    nowhere = {"refers_to": "", "refers_at": "", "refers_place": None}
    connection.execute(update(revisits).where(named).values(nowhere))
