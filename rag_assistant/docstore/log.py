"""What the change log and its followers say to each other."""

from __future__ import annotations

from dataclasses import dataclass

from rag_assistant.ports import EntryKey

ASKED = -1
"""`Cursor.begun` of a generation in whose place another one is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far one generation of an index has followed the log.

    ``seq`` is the last change up to which it holds all durably, 0 for none. ``fingerprint`` says
    what built it, ``generation`` names its folder, ``begun`` is the last change that was there when
    it was begun: what was removed up to then never was in its files.
    """

    seq: int
    fingerprint: str
    generation: str
    begun: int = 0

    @property
    def build(self) -> tuple[str, str]:
        """Which generation it is, however far it has come."""
        return self.fingerprint, self.generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One document was added, changed, hidden or removed.

    ``removed`` are the entries that the document had in the indexes before this change.
    """

    seq: int
    document_id: str
    removed: tuple[EntryKey, ...]
