"""The queue before the language models: first come, first served, so many at once.

Nothing here belongs to a thread: a question may be carried on by one thread after another, and be
given up in any.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from rag_assistant.errors import ModelBusyError
from rag_assistant.ports import Waiting
from rag_assistant.wording import say

HEARTBEAT = 0.25
"""Seconds after which who waits is told again, so that it can notice that it is given up."""
_STALLED = 5.0  # seconds after which a question that nobody carries on is passed over


@dataclass(slots=True, kw_only=True, eq=False)
class Ticket:
    """A question's place in the order: when it came, and when it last asked for its turn.

    ``position`` is the one that was told; it never rises, though who came before may join later.
    """

    number: int
    came: float
    seen: float
    served: bool = False
    position: int | None = None


class Slot:
    """The right to have one reply written at a host, until it is left."""

    def __init__(self, queue: Queue, host: str) -> None:
        self._queue = queue
        self._left = False
        self.host = host

    def leave(self) -> None:
        """Free it for the next; once is enough, more do no harm."""
        with self._queue.changed:
            if not self._left:
                self._left = True
                self._queue.freed(self)


class Queue:
    """Questions waiting for hosts that each write few replies at once.

    Args:
        parallel: Replies written at once, per host.
        waiting: Questions that may wait.
        patience: Seconds that one may wait.
    """

    def __init__(self, *, parallel: int, waiting: int, patience: float) -> None:
        self._parallel = parallel
        self._most = waiting
        self._patience = patience
        self._numbers = itertools.count()
        self._tickets: list[Ticket] = []
        self._slots: list[Slot] = []
        # A question that is given up is finalised wherever Python collects garbage, perhaps while
        # this very thread holds the lock: so it is reentrant, and lists change in single steps.
        self.changed = threading.Condition(threading.RLock())

    @property
    def waiting(self) -> int:
        """Questions that wait."""
        return len(self._tickets)

    def writing(self, host: str) -> int:
        """Replies that the host writes."""
        return sum(slot.host == host for slot in self._slots)

    def check(self) -> None:
        """See whether one more question would be taken.

        Raises:
            ModelBusyError: As many wait as may.
        """
        if self._most and self.waiting >= self._most:
            raise self._full()

    def ticket(self) -> Ticket:
        """A place behind all that came before; it counts once its `turn` is awaited."""
        now = time.monotonic()
        return Ticket(number=next(self._numbers), came=now, seen=now)

    def turn(
        self, ticket: Ticket, usable: Callable[[], Sequence[str]]
    ) -> Generator[Waiting, None, Slot]:
        """Wait until a host is free, the least busy of the usable ones.

        A `Waiting` comes at once where there is no turn yet, whenever the position changes, and
        at least every `HEARTBEAT` seconds, then with the same position.

        Args:
            ticket: Whose turn; one that was served before goes before all that came later.
            usable: The hosts that will do; asked again and again, and what it raises is raised.

        Raises:
            ModelBusyError: Too many wait already, or the turn did not come in time.
        """
        told = 0
        try:
            while True:
                hosts = usable()
                with self.changed:
                    slot = self._take(ticket, hosts)
                    if slot is None and told == self._join(ticket):
                        self.changed.wait(HEARTBEAT)
                        slot = self._take(ticket, hosts)
                    if slot is not None:
                        return slot
                    told = self._join(ticket)
                if time.monotonic() - ticket.came > self._patience:
                    raise ModelBusyError(
                        say(
                            "The language model is busy: no turn came in {seconds} seconds.",
                            seconds=f"{self._patience:g}",
                        ),
                        say("Ask again later."),
                    )
                yield Waiting(position=told)
        finally:
            self._give_up(ticket)

    def freed(self, slot: Slot) -> None:
        """A reply is written, or will not be (for `Slot`)."""
        with self.changed:
            self._slots.remove(slot)
            self.changed.notify_all()

    # ------------------------------------------------------------ with the lock held

    def _take(self, ticket: Ticket, hosts: Sequence[str]) -> Slot | None:
        """A slot, where more are free than are wanted by those before."""
        ticket.seen = time.monotonic()
        busy = {host: self.writing(host) for host in hosts}
        free = sum(max(0, self._parallel - number) for number in busy.values())
        if free <= self._before(ticket):
            return None
        slot = Slot(self, min(busy, key=busy.__getitem__))
        self._slots.append(slot)
        ticket.served, ticket.position = True, None
        return slot

    def _join(self, ticket: Ticket) -> int:
        """The ticket's position, 1 for the next; it joins if it does not wait yet."""
        if ticket not in self._tickets:
            if not ticket.served and self.waiting >= self._most:
                raise self._full()
            self._tickets.append(ticket)
        now = 1 + sum(one.number < ticket.number for one in self._tickets)
        ticket.position = min(now, ticket.position or now)
        return ticket.position

    def _before(self, ticket: Ticket) -> int:
        """How many came before and still ask for their turn."""
        lately = time.monotonic() - _STALLED
        return sum(one.number < ticket.number and one.seen > lately for one in self._tickets)

    # ------------------------------------------------------------

    def _give_up(self, ticket: Ticket) -> None:
        with self.changed:
            with contextlib.suppress(ValueError):  # it never had to wait
                self._tickets.remove(ticket)
            self.changed.notify_all()

    def _full(self) -> ModelBusyError:
        return ModelBusyError(
            f"The language model is busy: {self.waiting} questions wait for it already.",
            "Ask again in a few minutes.",
        )
