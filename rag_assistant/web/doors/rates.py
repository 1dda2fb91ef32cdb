"""How many questions are let in: so many a minute of each client, so many at once in all."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import TypeVar

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from rag_assistant.config import LimitsSettings
from rag_assistant.errors import RagAssistantError
from rag_assistant.web.doors.clients import address_of, counted_as, within
from rag_assistant.wording import say, say_n

T = TypeVar("T")

_MINUTE = 60
_REMEMBERED = 10_000
_LOOKS = 10  # a client may look at as many pages for each question that it may ask
_CROWD_SECONDS = 5  # until another try is worth while
_OVERDUE_SECONDS = 30


class LaterError(RagAssistantError):
    """Not now; it is worth while to come back.

    Args:
        message: One sentence.
        hint: What to do about it.
        seconds: When.
    """

    def __init__(self, message: str, hint: str = "", *, seconds: int) -> None:
        super().__init__(message, hint)
        self.seconds = seconds


class TooManyError(LaterError):
    """One client has had its share."""

    def __init__(self, seconds: int) -> None:
        hint = say_n("Go on in {n} second.", "Go on in {n} seconds.", seconds)
        super().__init__(say("That was too often within a minute."), hint, seconds=seconds)


class CrowdedError(LaterError):
    """As many questions as may be are here already."""

    def __init__(self) -> None:
        words = say("Too many questions are being asked just now.")
        super().__init__(words, say("Ask again in a few seconds."), seconds=_CROWD_SECONDS)


class OverdueError(LaterError):
    """A question took longer than any may."""

    def __init__(self) -> None:
        words = say("This took too long and was given up.")
        super().__init__(words, say("Ask again later, or more briefly."), seconds=_OVERDUE_SECONDS)


class Rates:
    """Counts what each client does within a minute, in memory.

    Args:
        often: How often a client may.
        seconds: What a minute is.
        remembered: Clients at most; the one that was seen longest ago is forgotten.
    """

    def __init__(
        self, often: int, *, seconds: int = _MINUTE, remembered: int = _REMEMBERED
    ) -> None:
        self._item = RateLimitItemPerSecond(often, seconds)
        self._storage = _Remembered(remembered)
        self._limiter = MovingWindowRateLimiter(self._storage)

    def __len__(self) -> int:
        """How many clients are remembered."""
        return len(self._storage.events)

    def admit(self, client: str) -> int | None:
        """Count one more; where the client has had its share, the seconds to wait instead."""
        if self._limiter.hit(self._item, client):
            return None
        ready = self._limiter.get_window_stats(self._item, client).reset_time
        return max(1, math.ceil(ready - time.time()))


class _Remembered(MemoryStorage):
    """Forgets whoever did nothing within the time; the library keeps each key for ever."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._changing = threading.Lock()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count, and forget (see the base)."""
        with self._changing:
            with self.locks[key]:  # the library's own cleaning looks at it meanwhile
                self.events[key] = self.events.pop(key, [])  # now the last in order
            admitted = super().acquire_entry(key, limit, expiry, amount)
            while self._forgets(next(iter(self.events))):
                pass
        return admitted

    def _forgets(self, first: str) -> bool:
        with self.locks[first]:
            newest = self.events[first][:1]
            alive = bool(newest) and newest[0].expiry > time.time()
            if alive and len(self.events) <= self._most:
                return False
            self.clear(first)
        return True


class Deadline:
    """When a question must be answered."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def within(self, steps: Generator[T]) -> Iterator[T]:
        """The steps; they are ended where time is over.

        Raises:
            OverdueError: It is over.
        """
        with closing(steps):
            for step in steps:
                if time.monotonic() > self._end:
                    raise OverdueError
                yield step


class Questions:
    """Lets questions in.

    Args:
        limits: How many.
        before_models: How many more may be, because they wait in a queue of their own.
    """

    def __init__(self, limits: LimitsSettings, *, before_models: int = 0) -> None:
        self._limits = limits
        self._most = limits.waiting + before_models
        self._rates = Rates(limits.questions_per_minute)
        self._looks = Rates(limits.questions_per_minute * _LOOKS)
        self._now = 0
        self._guard = threading.Lock()

    @property
    def seconds(self) -> float:
        """What one may take."""
        return self._limits.seconds

    @contextmanager
    def asked(self, client: str | None) -> Iterator[Deadline]:
        """One question, for as long as it is worked on.

        Args:
            client: The address it came from; None where that does not matter.

        Raises:
            TooManyError: This client has had its share.
            CrowdedError: Too many are here.
        """
        self._admit(client, self._rates)
        with self._guard:
            if self._now >= self._most:
                raise CrowdedError
            self._now += 1
        try:
            yield Deadline(self.seconds)
        finally:
            with self._guard:
                self._now -= 1

    def looked(self, client: str | None) -> None:
        """One page or record that is looked at (``client`` as for `asked`).

        Raises:
            TooManyError: This client has had its share.
        """
        self._admit(client, self._looks)

    def _admit(self, client: str | None, rates: Rates) -> None:
        address = address_of(client) if client else None
        if client is None or (address and within(address, self._limits.trusted_networks)):
            return
        wait = rates.admit(counted_as(client))
        if wait is not None:
            raise TooManyError(wait)
