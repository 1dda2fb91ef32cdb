"""Reading processes, as many as there is work for, and what they read in the order it was asked."""

from __future__ import annotations

import heapq
import pickle
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from rag_assistant import readers
from rag_assistant.errors import RagAssistantError
from rag_assistant.ports import Leaf
from rag_assistant.reading.limits import overcome
from rag_assistant.reading.messages import Item, Job, Setup, unpacked
from rag_assistant.reading.outbox import Closed, Outbox
from rag_assistant.reading.process import Child
from rag_assistant.reading.shares import Share, merge_key

_SHARED_FROM = 1 << 20  # bytes of a container that all processes read together
_MOST_ITEMS = 5000  # of a process, then a new one takes over between two files
_MOST_CONTENTS = 256 << 20
_WATCH_EVERY = 0.5
_STARTS = 3
_STRANGE = "the reader gave something that is no document"


class Reading:
    """Reads files in processes of its own, several files and several parts of one at a time.

    Processes are started when there is work for them, and one that dies is replaced.

    Args:
        setup: How to split, and the limits of each item.
        workers: How many processes at most.
    """

    def __init__(self, setup: Setup, workers: int) -> None:
        self._setup = setup
        self._workers = workers
        self.ahead = 2 * workers
        self._waiting: deque[tuple[Job, Outbox]] = deque()
        self._outboxes: set[Outbox] = set()
        self._slots: list[_Slot] = []
        self._idle = 0
        self._closed = False
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, path: Path, name: str) -> Iterator[Item]:
        """Begin to read a file; gives its leaves in order.

        What is asked first must be taken first, else both wait for each other.

        Args:
            path: Where the file is.
            name: What it is called in its collection.
        """
        shares = self._workers if self._workers > 1 and _is_large_container(path) else 1
        outboxes = []
        for share in range(shares):
            outbox = Outbox()
            outboxes.append(outbox)
            self._ask(Job(path=path, name=name, share=share, of=shares), outbox)
        return self._merged(outboxes)

    def overcomes(self, reasons: Iterable[str]) -> bool:
        """Whether any of these failures is due to limits narrower than the present ones."""
        seconds, memory = self._setup.seconds, self._setup.memory
        return any(overcome(reason, seconds, memory) for reason in reasons)

    def close(self) -> None:
        """End all processes; what was not taken is gone."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            for outbox in self._outboxes:
                outbox.close()
            self._changed.notify_all()
        for slot in self._slots:
            slot.kill()
        for slot in self._slots:
            slot.thread.join()

    # ------------------------------------------------------------ for the threads of the slots

    def next_job(self) -> tuple[Job, Outbox] | None:
        """Wait for work; None when there will be none."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._idle -= 1
            return None if self._closed else self._waiting.popleft()

    def watch(self) -> None:
        """Until closed, look for processes that keep their parent waiting for too long."""
        with self._changed:
            while not self._closed:
                self._changed.wait(_WATCH_EVERY)
                for slot in self._slots:
                    slot.check()

    # ------------------------------------------------------------

    def _ask(self, job: Job, outbox: Outbox) -> None:
        with self._changed:
            self._outboxes.add(outbox)
            self._waiting.append((job, outbox))
            if len(self._waiting) > self._idle and len(self._slots) < self._workers:
                if not self._slots:
                    threading.Thread(target=self.watch, daemon=True).start()
                self._slots.append(_Slot(self, self._setup))
            self._changed.notify_all()

    def _merged(self, outboxes: list[Outbox]) -> Iterator[Item]:
        streams = [_items_of(outbox) for outbox in outboxes]
        said: set[tuple[str, str]] = set()
        try:
            for item in heapq.merge(*streams, key=merge_key):
                if item.leaf.record is None:  # what each process says of the file as a whole
                    word = (item.leaf.reason, item.leaf.detail)
                    if word in said:
                        continue
                    said.add(word)
                yield item
        finally:
            with self._changed:
                for outbox in outboxes:
                    outbox.close()
                self._outboxes.difference_update(outboxes)


def _is_large_container(path: Path) -> bool:
    try:
        return path.stat().st_size >= _SHARED_FROM and readers.is_container(path)
    except OSError:  # reading it will say so
        return False


def _items_of(outbox: Outbox) -> Iterator[Item]:
    """A share's items; one that a process has given twice, around its death, only once."""
    last = (-1, "", "")
    for contents in outbox:
        try:
            item = Item.of(unpacked(contents))
        except (pickle.UnpicklingError, TypeError, ValueError):
            failed = Leaf(record=None, outcome="failed", reason=_STRANGE)
            item = Item(last[0] + 1, failed, [])
        if merge_key(item) > last:
            last = merge_key(item)
            yield item


class _Slot:
    """A thread that has one process at a time, and does one job after another with it."""

    def __init__(self, reading: Reading, setup: Setup) -> None:
        self._reading = reading
        self._setup = setup
        self._child: Child | None = None
        self._ended = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def check(self) -> None:
        if child := self._child:
            child.check()

    def kill(self) -> None:
        """End it, whatever it does."""
        self._ended = True
        if child := self._child:
            child.kill()

    def _run(self) -> None:
        try:
            while asked := self._reading.next_job():
                self._do(*asked)
        finally:
            self._drop()

    def _do(self, job: Job, outbox: Outbox) -> None:
        try:
            with closing(Share(job).frames(self._process)) as frames:
                for frame in frames:
                    outbox.put(frame.contents)
        except Closed:
            self._drop()
        except BaseException as error:  # noqa: BLE001 - whoever takes the leaves raises it
            outbox.end(error)
            self._drop()
        else:
            outbox.end()
            self._recycle()

    def _process(self) -> Child:
        """The process to use, a new one where the last is gone."""
        if self._ended:
            raise Closed
        if self._child and not self._child.lives:
            self._drop()
        return self._child or self._started()

    def _started(self) -> Child:
        """A new process; where something has ended it before it could work, another."""
        for _ in range(_STARTS - 1):
            self._child = Child(self._setup)
            try:
                self._child.start()
            except RagAssistantError:
                self._drop()
            else:
                return self._child
        self._child = Child(self._setup)
        self._child.start()
        return self._child

    def _recycle(self) -> None:
        child = self._child
        if child and (child.items > _MOST_ITEMS or child.contents > _MOST_CONTENTS):
            self._drop()

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child:
            child.close()
