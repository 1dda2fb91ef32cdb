"""One build of an index, in a folder of its own, and how far it has followed the change log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from rag_assistant.docstore.log import Change, Cursor
from rag_assistant.ports import EntryKey, Index
from rag_assistant.schema import Entry


class ChangeLog(Protocol):
    """What a follower needs of the docstore; see `docstore.changes` and `docstore.cursors`."""

    def cursor(self, name: str) -> Cursor | None:
        """How far the index of this name has come."""

    def begin(self, name: str, cursor: Cursor) -> Cursor:
        """Note where a generation begins, and which change was the last then."""

    def advance(self, name: str, cursor: Cursor, seqs: Sequence[int]) -> int | None:
        """Note what its generation holds; how far it has come, None where another stands there."""

    def promote(self, name: str) -> Cursor | None:
        """Put the next generation in the place of the present one; None where it is outdated."""

    def swept(self, name: str) -> None:
        """Note that all former generations are deleted."""

    def lag(self, name: str) -> int:
        """How many changes the index of this name does not hold yet."""

    def changes_after(self, seq: int, limit: int) -> list[Change]:
        """The next changes, in their order."""

    def weightiest(self, name: str, cursor: Cursor, limit: int) -> list[Change]:
        """The changes of the documents that matter most, with some ``limit`` passages."""

    def owed(self, name: str, successor: Cursor, limit: int) -> list[Change]:
        """Changes that the index of this name holds and its successor does not."""

    def awaited(self, name: str, cursor: Cursor, document_ids: Sequence[str]) -> set[str]:
        """Those of the documents that have changes which the index does not hold yet."""

    def entries(self, document_ids: Sequence[str]) -> list[Entry]:
        """The documents' present entries; hidden, removed and unused documents have none."""

    def entry_count(self) -> int:
        """How many entries an index holds that has come to the end of the log."""

    def sample_entries(self, limit: int) -> list[Entry]:
        """Some of those entries."""


class Generation:
    """An open index and its cursor.

    Args:
        log: The docstore's change log.
        row: The name of its cursor.
        cursor: Where it stands.
        index: What it holds.
    """

    def __init__(self, log: ChangeLog, row: str, cursor: Cursor, index: Index) -> None:
        self._log = log
        self._row = row
        self.cursor = cursor
        self.index = index

    def take(self, changes: Sequence[Change]) -> int:
        """Apply changes, then note them: killed between, the same is done once more.

        A document that changed several times is taken once, as it stands now.
        """
        if not changes:
            return 0
        entries = self._log.entries(list(dict.fromkeys(change.document_id for change in changes)))
        gone = dict.fromkeys(key for change in changes for key in change.removed)
        for entry in entries:
            gone.pop(entry_key(entry), None)
        self.index.apply(list(gone), entries)
        come = self._log.advance(self._row, self.cursor, [change.seq for change in changes])
        if come is not None:
            self.cursor = replace(self.cursor, seq=come)
        return len(changes)


def entry_key(entry: Entry) -> EntryKey:
    """Where the entry stands."""
    return EntryKey(
        passage_id=entry.passage_id,
        document_id=entry.document_id,
        collection=entry.collection,
        access=entry.access,
    )


def index_folder(root: Path, name: str, cursor: Cursor) -> Path:
    """The folder of the generation that a cursor names, for those who only read."""
    return root / name / cursor.generation
