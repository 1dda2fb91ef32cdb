"""A reply read in a thread of its own, so that who waits for its words can leave at any time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from queue import Empty, SimpleQueue

from rag_assistant.ports import ModelEvent, Waiting

_BEAT = 0.1  # seconds of silence after which it is told: what else is ready can be shown then


class Relay:
    """Passes a reply on. While the model is silent, `Waiting` with position 0 comes instead.

    A generator that waits inside a library cannot be closed; one that waits here can be, at each
    event. The reading begins at once and does not wait for the reader.

    Args:
        reply: What the model writes.
        cut: Ends the connection that it comes by, from another thread.
        finished: Called when nothing more is written, by whichever thread knows first.
    """

    def __init__(
        self,
        reply: Generator[ModelEvent],
        *,
        cut: Callable[[], None],
        finished: Callable[[], None],
    ) -> None:
        self._reply = reply
        self._cut = cut
        self._finished = finished
        self._stopped = threading.Event()
        self._events: SimpleQueue[ModelEvent | Exception | None] = SimpleQueue()
        threading.Thread(target=self._read, name="reply", daemon=True).start()

    def events(self) -> Generator[ModelEvent]:
        """What the model writes; closing it ends the connection.

        Raises:
            Exception: Whatever the reply raises.
        """
        try:
            while True:
                try:
                    event = self._events.get(timeout=_BEAT)
                except Empty:
                    event = Waiting(position=0)
                if event is None:
                    return
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.stop()

    def stop(self) -> None:
        """Read no further."""
        self._stopped.set()
        self._cut()
        self._finished()

    def _read(self) -> None:
        last: Exception | None = None
        try:
            with closing(self._reply):
                for event in self._reply:
                    if self._stopped.is_set():
                        return
                    self._events.put(event)
        except Exception as error:  # noqa: BLE001 - raised where the events are read
            last = error
        finally:
            self._finished()
            self._events.put(last)
