"""One file, or a share of it, read by as many processes as it kills."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from rag_assistant.ports import Leaf
from rag_assistant.reading.messages import Frame, Item, Job, Kind, packed
from rag_assistant.reading.process import Died

LOST = "the rest of the file could not be read"


class Worker(Protocol):
    """What a share needs of a process."""

    @property
    def items(self) -> int: ...

    def work(self, job: Job) -> Iterator[Frame]: ...


@dataclass(slots=True)
class Share:
    """A job, and how far it has come.

    What kills its process at an item is that item's failure. Where the process had read other
    items before, their leavings may be to blame: the item is tried once more in a new one, unless
    it took too long. What kills between items, twice at one place, costs the rest.
    """

    job: Job
    _at: int | None = None
    _done: int = -1
    _stuck_at: int | None = None
    _held: set[int] = field(default_factory=set)
    _given_up: dict[int, str] = field(default_factory=dict)

    def frames(self, worker: Callable[[], Worker]) -> Generator[Frame, None, None]:
        """The leaves of the share, in order.

        Args:
            worker: Gives the process to use, a new one where the last has died.
        """
        while True:
            process = worker()
            try:
                for frame in process.work(self._rest()):
                    if self._noted(frame):
                        yield frame
            except Died as death:
                if lost := self._settle(death, fresh=process.items == 0):
                    yield lost
                    return
            else:
                return

    def _rest(self) -> Job:
        return replace(
            self.job,
            start=self._done + 1,
            held=frozenset(self._held),
            given_up=tuple(self._given_up.items()),
        )

    def _noted(self, frame: Frame) -> bool:
        """Remember how far the share is; whether the frame is a leaf."""
        if frame.kind == Kind.AT:
            self._at = frame.number
        elif frame.kind == Kind.HELD:
            self._held.add(frame.number)
        if frame.kind in (Kind.HELD, Kind.LEAF):
            self._at = None
            self._done = max(self._done, frame.number)
        return frame.kind == Kind.LEAF

    def _settle(self, death: Died, *, fresh: bool) -> Frame | None:
        """What a death means for the item it came at; a last frame where the rest is lost."""
        if self._at is not None and self._at not in self._given_up:
            if death.slow or fresh:
                self._given_up[self._at] = death.reason
        elif self._stuck_at == self._done:
            leaf = Leaf(record=None, outcome="failed", reason=death.reason, detail=LOST)
            return Frame(Kind.LEAF, 0, packed(tuple(Item(self._done + 1, leaf, []))))
        else:
            self._stuck_at = self._done
        self._at = None
        return None


def merge_key(item: Item) -> tuple[int, str, str]:
    """The order of a file's leaves, whoever has read them."""
    capture = item.leaf.capture
    return item.number, capture.timestamp if capture else "", item.leaf.record or ""
