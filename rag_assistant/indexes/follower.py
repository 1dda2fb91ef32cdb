"""A follower brings one index up to date with the docstore's change log.

It reads changes after its cursor, applies them, and only then moves the cursor: killed anywhere, it
does the last step once more, which changes nothing. Each index stands in a folder named by its
generation, ``<root>/<name>/g0001``. An index that cannot be trusted is not mended: the follower
begins another generation and follows the log from its start.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from rag_assistant.docstore.log import Change, Cursor
from rag_assistant.errors import IndexDamagedError
from rag_assistant.ports import EntryKey, Index
from rag_assistant.schema import Entry

_SAMPLE = 32  # entries that a check looks for
_CHECKED_LAG = 1000  # changes behind which too little is known of what an index should hold


class ChangeLog(Protocol):
    """What a follower needs of the docstore."""

    def last_seq(self) -> int:
        """The number of the last change, 0 where there is none."""

    def cursor(self, name: str) -> Cursor | None:
        """How far the index of this name has come."""

    def move_cursor(self, name: str, cursor: Cursor) -> None:
        """Note where a generation begins."""

    def advance_cursor(self, name: str, cursor: Cursor) -> bool:
        """Note how far its generation has come; False where another was asked for meanwhile."""

    def changes_after(self, seq: int, limit: int) -> list[Change]:
        """The next changes, in their order."""

    def entries(self, document_ids: Sequence[str]) -> list[Entry]:
        """The documents' present entries; hidden, removed and unused documents have none."""

    def entry_count(self) -> int:
        """How many entries an index holds that has come to the end of the log."""

    def sample_entries(self, limit: int) -> list[Entry]:
        """Some of those entries."""


class Fault(StrEnum):
    """Why an index is built anew: "the vector index <fault> and is being rebuilt"."""

    NEW = "is not there yet"
    OTHER_FINGERPRINT = "was built with another model or version"
    MISSING = "has lost its folder"
    DAMAGED = "was damaged"
    REMOVALS = "holds what was removed"


class Follower:
    """One index and its place in the change log.

    One thread steps and rebuilds; others may meanwhile search the index and ask all else.

    Args:
        root: The folder of all indexes.
        name: The index's own name.
        log: The docstore's change log.
        factory: Opens the index in a folder, made if it is not there. It raises
            `IndexDamagedError` where the folder cannot be opened.
        fingerprint: Of what ``factory`` builds.
        mend: Whether to begin a new generation where the index cannot be trusted. Without it
            the folder is left as it is, and a follower with a ``fault`` is good for nothing.

    Attributes:
        index: The open index. `rebuild` puts another in its place: ask for it each time.
        fault: Why the index could not be trusted when it was opened; None where it was whole.
    """

    index: Index
    _cursor: Cursor

    def __init__(
        self,
        *,
        root: Path,
        name: str,
        log: ChangeLog,
        factory: Callable[[Path], Index],
        fingerprint: str,
        mend: bool = True,
    ) -> None:
        self._root = root
        self._name = name
        self._log = log
        self._factory = factory
        self._fingerprint = fingerprint
        self.fault = self._open()
        if self.fault is not None and mend:
            self._begin_generation()
        if mend:
            self._sweep()

    def step(self, limit: int = 64) -> int:
        """Apply the next changes, at most ``limit``; the number taken, 0 when caught up.

        A document that changed several times is taken once, as it stands now. Where the docstore
        has asked for it (by blanking the cursor's fingerprint) the index is first built anew.

        Raises:
            IndexDamagedError: The index cannot take them; `rebuild` it.
        """
        if self._rebuild_asked():
            self.rebuild()
        changes = self._log.changes_after(self._cursor.seq, limit)
        if not changes:
            return 0
        entries = self._log.entries(list(dict.fromkeys(change.document_id for change in changes)))
        gone = dict.fromkeys(key for change in changes for key in change.removed)
        for entry in entries:
            gone.pop(entry_key(entry), None)
        self.index.apply(list(gone), entries)
        come = replace(self._cursor, seq=changes[-1].seq)
        if self._log.advance_cursor(self._name, come):
            self._cursor = come
        return len(changes)

    def lag(self) -> int:
        """How many changes the index is behind the log."""
        return self._log.last_seq() - self._cursor.seq

    def coverage(self) -> float:
        """The share of entries that the index holds, 0..1."""
        expected = self._log.entry_count()
        return min(1.0, self.index.count() / expected) if expected else 1.0

    def check(self) -> Fault | None:
        """Why the index cannot be trusted, None where it can. Nothing is changed."""
        if not index_folder(self._root, self._name, self._cursor).is_dir():
            return Fault.MISSING
        try:
            whole = self._count_agrees() and self._sample_is_found()
        except IndexDamagedError:
            whole = False
        return None if whole else Fault.DAMAGED

    def rebuild(self) -> None:
        """Begin a new generation and delete all others: nothing of theirs stays on disk."""
        former = self.index
        self._begin_generation()
        former.close()
        self._sweep()

    def close(self) -> None:
        """Release the index; the follower is of no more use."""
        self.index.close()

    def _open(self) -> Fault | None:
        """Open the generation that the cursor names, unless it cannot be trusted."""
        cursor = self._log.cursor(self._name)
        self._cursor = cursor or Cursor(seq=0, fingerprint="", generation="")
        if cursor is None:
            return Fault.NEW
        if not cursor.fingerprint:
            return Fault.REMOVALS
        if cursor.fingerprint != self._fingerprint:
            return Fault.OTHER_FINGERPRINT
        folder = index_folder(self._root, self._name, cursor)
        if not folder.is_dir():
            return Fault.MISSING
        try:
            self.index = self._factory(folder)
        except IndexDamagedError:
            return Fault.DAMAGED
        fault = self.check()
        if fault is not None:
            self.index.close()
        return fault

    def _begin_generation(self) -> None:
        """Open an empty index in a folder never used before, then set the cursor to the start."""
        names = [folder.name for folder in self._generations()] + [self._cursor.generation]
        generation = f"g{max(int(name[1:] or 0) for name in names) + 1:04d}"
        cursor = Cursor(seq=0, fingerprint=self._fingerprint, generation=generation)
        self.index = self._factory(index_folder(self._root, self._name, cursor))
        self._log.move_cursor(self._name, cursor)
        self._cursor = cursor

    def _sweep(self) -> None:
        """Delete other generations; what is still held open is left to the next opening."""
        for folder in self._generations():
            if folder.name != self._cursor.generation:
                shutil.rmtree(folder, ignore_errors=True)

    def _generations(self) -> list[Path]:
        return list((self._root / self._name).glob("g[0-9][0-9][0-9][0-9]"))

    def _rebuild_asked(self) -> bool:
        """Whether another process asks for it: this one's own copy of the cursor does not tell."""
        stored = self._log.cursor(self._name)
        if stored is None or stored.fingerprint != self._fingerprint:
            return True
        return stored.generation != self._cursor.generation

    def _count_agrees(self) -> bool:
        seq = self._cursor.seq
        if self._log.last_seq() != seq:
            return True  # only at the end of the log is it known what an index holds
        expected, held = self._log.entry_count(), self.index.count()
        return expected == held or self._log.last_seq() != seq

    def _sample_is_found(self) -> bool:
        seq = self._cursor.seq
        sample = self._log.sample_entries(_SAMPLE)
        ahead = self._log.changes_after(seq, _CHECKED_LAG)
        if len(ahead) == _CHECKED_LAG:
            return True
        awaited = {change.document_id for change in ahead}
        return self.index.probe([entry for entry in sample if entry.document_id not in awaited])


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
