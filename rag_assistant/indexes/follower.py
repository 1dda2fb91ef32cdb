"""A follower brings one index up to date with the docstore's change log.

It reads changes that the index does not hold, applies them, and only then notes that they were
taken: killed anywhere, it does the last step once more, which changes nothing. Each index stands in
a folder named by its generation, ``<root>/<name>/g0001``. An index that cannot be trusted is not
mended: the follower begins another generation and follows the log from its start. Where the
docstore asks for a new one because something was removed, it is built beside the present one, which
can be asked until the new one takes its place.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from rag_assistant.docstore.cursors import NEXT, OLD
from rag_assistant.docstore.log import ASKED, Cursor
from rag_assistant.errors import IndexDamagedError
from rag_assistant.indexes.generation import ChangeLog, Generation, index_folder
from rag_assistant.ports import Index

_SAMPLE = 32  # entries that a check looks for
_RENEWED = 256  # changes of one step of a successor: others want to step in between


class Fault(StrEnum):
    """Why an index is built anew: "the vector index <fault> and is being rebuilt"."""

    NEW = "is not there yet"
    OTHER_FINGERPRINT = "was built with another model or version"
    MISSING = "has lost its folder"
    DAMAGED = "was damaged"
    UNSUPPLIED = "needs vectors that vectors.sqlite has lost"


class Follower:
    """One index and its place in the change log.

    Threads may share it: one at a time steps, and all may search the index meanwhile.

    Args:
        root: The folder of all indexes.
        name: The index's own name.
        log: The docstore's change log.
        factory: Opens the index in a folder, made if it is not there. It raises
            `IndexDamagedError` where the folder cannot be opened.
        fingerprint: Of what ``factory`` builds.
        mend: Whether to begin a new generation where the index cannot be trusted. Without it
            the folder is left as it is, and a follower with a ``fault`` is good for nothing.
        by_weight: Take what matters most first, not the log's order: for an index that is slow.
        supplied: Whether all is still there that a generation was made from.

    Attributes:
        fault: Why the index could not be trusted when it was opened; None where it was whole.
        lock: Held while the index changes.
    """

    _present: Generation

    def __init__(
        self,
        *,
        root: Path,
        name: str,
        log: ChangeLog,
        factory: Callable[[Path], Index],
        fingerprint: str,
        mend: bool = True,
        by_weight: bool = False,
        supplied: Callable[[Cursor], bool] = lambda cursor: True,
    ) -> None:
        self._root = root
        self._name = name
        self._log = log
        self._factory = factory
        self._fingerprint = fingerprint
        self._by_weight = by_weight
        self._supplied = supplied
        self._successor: Generation | None = None
        self._closed = False
        self.lock = threading.RLock()
        self.fault = self._open()
        if self.fault is not None and mend:
            self._present = self._begin(name)
        if mend:
            self._sweep()

    @property
    def index(self) -> Index:
        """The open index; another may take its place: ask for it each time."""
        return self._present.index

    def step(self, limit: int = 64) -> int:
        """Take what comes next; the number of changes, 0 when caught up.

        Args:
            limit: Changes at most; by weight: passages, roughly.

        Raises:
            IndexDamagedError: The index cannot take them; `rebuild` it.
        """
        with self.lock:
            if self._closed:
                return 0
            stored = self._log.cursor(self._name)
            if stored is None or stored.build != self._present.cursor.build:
                self.rebuild()  # the docstore is another one
            cursor = self._present.cursor
            if self._by_weight:
                return self._present.take(self._log.weightiest(self._name, cursor, limit))
            return self._present.take(self._log.changes_after(cursor.seq, limit))

    def renew(self, limit: int = _RENEWED) -> bool:
        """Where a new index was asked for, build it a step further beside the present one.

        Once it holds as much it takes its place, be there more to follow or not, and nothing of
        the former is left on disk.

        Returns:
            Whether anything is left to do.
        """
        with self.lock:
            if self._closed:
                return False
            if not self.renewing:
                if self._log.cursor(self._name + OLD) is not None:
                    self._sweep()  # something held a former folder open
                return False
            successor = self._standing_successor() or self._begin_successor()
            if successor is None:
                return True
            try:
                if successor.take(self._log.owed(self._name, successor.cursor, limit)):
                    return True
            except IndexDamagedError:
                self._begin_successor()
                raise
            return not self._promote()

    @property
    def renewing(self) -> bool:
        """Whether another index was asked for in the place of this one."""
        stored = self._log.cursor(self._name)
        return stored is not None and stored.begun == ASKED

    def lag(self) -> int:
        """How many changes the index does not hold yet."""
        return self._log.lag(self._name)

    def check_between_steps(self, patience: float) -> Fault | None:
        """As `check`; nothing where a step lasts for so many seconds: it tells what is wrong."""
        if not self.lock.acquire(timeout=patience):
            return None
        try:
            return self.check()
        finally:
            self.lock.release()

    def check(self) -> Fault | None:
        """Why the index cannot be trusted, None where it can. Nothing is changed."""
        if not self._folder(self._present.cursor).is_dir():
            return Fault.MISSING
        if not self._supplied(self._present.cursor):
            return Fault.UNSUPPLIED
        try:
            whole = self._count_agrees() and self._sample_is_found()
        except IndexDamagedError:
            whole = False
        return None if whole else Fault.DAMAGED

    def rebuild(self) -> None:
        """Begin a new generation and delete all others: nothing of theirs stays on disk."""
        with self.lock:
            former = self._present
            self._close_successor()
            self._present = self._begin(self._name)
            former.index.close()
            self._sweep()

    def close(self) -> None:
        """Release the index; the follower is of no more use."""
        with self.lock:
            self._closed = True
            self._close_successor()
            self._present.index.close()

    # ------------------------------------------------------------ the present generation

    def _open(self) -> Fault | None:
        """Open the generation that the cursor names, unless it cannot be trusted."""
        cursor = self._log.cursor(self._name)
        if cursor is None:
            return Fault.NEW
        if cursor.fingerprint != self._fingerprint:
            return Fault.OTHER_FINGERPRINT
        if not self._folder(cursor).is_dir():
            return Fault.MISSING
        try:
            self._present = self._opened(self._name, cursor)
        except IndexDamagedError:
            return Fault.DAMAGED
        fault = self.check()
        if fault is not None:
            self._present.index.close()
        return fault

    def _opened(self, row: str, cursor: Cursor) -> Generation:
        return Generation(self._log, row, cursor, self._factory(self._folder(cursor)))

    def _begin(self, row: str) -> Generation:
        """Open an empty index in a folder never used before, then set the cursor to the start."""
        stored = (self._log.cursor(self._name + kind) for kind in ("", NEXT, OLD))
        names = [folder.name for folder in self._generations()]
        names += [cursor.generation for cursor in stored if cursor is not None]
        generation = f"g{max((int(name[1:]) for name in names), default=0) + 1:04d}"
        cursor = Cursor(seq=0, fingerprint=self._fingerprint, generation=generation)
        index = self._factory(self._folder(cursor))
        return Generation(self._log, row, self._log.begin(row, cursor), index)

    def _sweep(self) -> None:
        """Delete former generations; what is still held open is left to `renew`."""
        standing = [self._log.cursor(self._name), self._log.cursor(self._name + NEXT)]
        kept = {cursor.generation for cursor in standing if cursor is not None}
        for folder in self._generations():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
        left = {folder.name for folder in self._generations()} - kept
        if not left and self._log.cursor(self._name + OLD) is not None:
            self._log.swept(self._name)

    def _generations(self) -> list[Path]:
        return [one for one in (self._root / self._name).glob("g*") if one.name[1:].isdecimal()]

    def _folder(self, cursor: Cursor) -> Path:
        return index_folder(self._root, self._name, cursor)

    # ------------------------------------------------------------ its successor

    def _standing_successor(self) -> Generation | None:
        """The successor that the docstore knows: an earlier run may have begun it."""
        cursor = self._log.cursor(self._name + NEXT)
        if cursor is None or cursor.begun == ASKED or cursor.fingerprint != self._fingerprint:
            return None
        if self._successor is not None and self._successor.cursor.build == cursor.build:
            return self._successor
        if not self._folder(cursor).is_dir():
            return None
        try:
            self._successor = self._opened(self._name + NEXT, cursor)
        except IndexDamagedError:
            return None
        return self._successor

    def _begin_successor(self) -> Generation | None:
        """Begin it; None where the present index cannot be asked meanwhile and is replaced."""
        self._close_successor()
        if self.check() is not None:
            self.rebuild()
            return None
        self._successor = self._begin(self._name + NEXT)
        self._sweep()
        return self._successor

    def _close_successor(self) -> None:
        successor, self._successor = self._successor, None
        if successor is not None:
            successor.index.close()

    def _promote(self) -> bool:
        """Put the successor in the place of the present index, unless it is outdated already."""
        cursor = self._log.promote(self._name)
        if cursor is None or self._successor is None:
            return False
        former = self._present
        self._present = Generation(self._log, self._name, cursor, self._successor.index)
        self._successor = None
        former.index.close()
        self._sweep()
        return True

    # ------------------------------------------------------------ checks

    def _count_agrees(self) -> bool:
        if self.lag():
            return True  # only at the end of the log is it known what an index holds
        expected, held = self._log.entry_count(), self.index.count()
        return expected == held or self.lag() > 0

    def _sample_is_found(self) -> bool:
        sample = self._log.sample_entries(_SAMPLE)
        documents = list({entry.document_id for entry in sample})
        awaited = self._log.awaited(self._name, self._present.cursor, documents)
        return self.index.probe([entry for entry in sample if entry.document_id not in awaited])
