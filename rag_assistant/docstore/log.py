"""What the change log and its followers say to each other."""

from __future__ import annotations

from dataclasses import dataclass

from rag_assistant.ports import EntryKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far one index has followed the log.

    ``seq`` is the last change it holds durably, 0 for none. ``fingerprint`` says what built the
    index, ``generation`` names the folder that it was built in.
    """

    seq: int
    fingerprint: str
    generation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One document was added, changed, hidden or removed.

    ``removed`` are the entries that the document had in the indexes before this change.
    """

    seq: int
    document_id: str
    removed: tuple[EntryKey, ...]
