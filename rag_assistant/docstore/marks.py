"""By what a removed document is known again, in every collection, until it is restored.

A document that goes entirely leaves its id, the digests of its payloads and a hash of its words;
no title and no text. One of whose captures some are removed, and that lives on by others, leaves
nothing: its words are still here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select, update

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.queries import batches
from rag_assistant.docstore.rows import to_section, words_hash
from rag_assistant.docstore.tables import captures, marks, revisits, sections
from rag_assistant.schema import Capture, Section

Kind = Literal["document", "payload", "text"]
_Mark: TypeAlias = tuple[Kind, str]


def leave(connection: Connection, item: str, document_ids: Sequence[str]) -> set[str]:
    """Mark documents that are about to be deleted, for the take-down of this item.

    Revisits that were attached to them go with them, and no other names their captures any more.

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
    for document_id in document_ids:
        found.add(("document", document_id))
        if words := _stored_words(connection, document_id):
            found.add(("text", words))
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
    document_id: str,
    parts: Sequence[Section],
    capture: Capture | None,
) -> bool:
    """Whether a document may not be stored, since it was removed, wherever it comes from now.

    A copy that was here before the removal holds these words still: it was named in the receipt,
    and goes by a take-down of its own.
    """
    if not _any(connection):
        return False
    words = words_hash(parts)
    sought: list[_Mark] = [("document", document_id), ("text", words)]
    if capture:
        sought.append(("payload", capture.payload_digest))
    found = _of(connection, sought)
    if "document" in found:
        return True
    return bool(found) and _stored_words(connection, document_id) != words


def forbid_repeat(
    connection: Connection, capture: Capture, *, document_id: str = "", collection: str = ""
) -> bool:
    """The same of a capture without words of its own: a revisit, an error.

    It may be stored where its document has the payload from before the removal, or, as long as
    its document is not known, where its collection has.
    """
    payload = capture.payload_digest
    if not payload or not _of(connection, [("payload", payload)]):
        return False
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
    return connection.scalar(select(marks.c.kind).limit(1)) is not None


def _stored_words(connection: Connection, document_id: str) -> str:
    """The hash of a stored document's words, "" where it has none or is not here."""
    rows = connection.execute(
        select(sections).where(sections.c.document_id == document_id).order_by(sections.c.ordinal)
    ).mappings()
    return words_hash([to_section(row) for row in rows])


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
