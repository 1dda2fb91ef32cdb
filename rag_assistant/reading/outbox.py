"""What was read and not yet taken: bounded in bytes, so that a slow taker slows the readers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

_MOST = 8 << 20
"""Bytes that may wait; one larger thing may wait alone."""


class Closed(Exception):
    """Nobody takes anything any more."""


class Outbox:
    """Things from one thread to another, in order, then an end or an error."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._error: BaseException | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, thing: bytes) -> None:
        """Add a thing, once there is room.

        Raises:
            Closed: It will never be taken.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not self._size or self._size + len(thing) <= self._most
            )
            if self._closed:
                raise Closed
            self._waiting.append(thing)
            self._size += len(thing)
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Nothing follows; an error is raised where the last thing was taken."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing is taken any more."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[bytes]:
        while (thing := self._take()) is not None:
            yield thing

    def _take(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended or self._closed)
            if self._waiting:
                thing = self._waiting.popleft()
                self._size -= len(thing)
                self._changed.notify_all()
                return thing
            if self._error:
                raise self._error
            return None
