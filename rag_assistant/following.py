"""Who lets the indexes follow, and when: beside `index`, in a server, and for those who wait."""

from __future__ import annotations

import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rag_assistant.docstore import Docstore
from rag_assistant.engine import Engine
from rag_assistant.errors import RagAssistantError
from rag_assistant.indexer import OnEvent
from rag_assistant.indexes.opening import LEXICAL, VECTORS

_OPEN_EVERY = 60.0
_IDLE, _RETRY, _OPENING = 0.3, 5.0, 0.02  # seconds
_LEXICAL_EVERY = 0.5  # each commit costs some milliseconds, however little is in it
_HANDING_OVER = 0.3
_STUCK = 120.0  # seconds
_AT_EASE = 3.0  # seconds since the end of a session's last question
_TAKEN_WITHIN = 2.0  # seconds that others have to take the indexes
_LOWER = 10  # of Unix's 19 steps of courtesy
_WORDS_FIRST = 60.0  # seconds
_SERVING = "serving"


class Following:
    """Drives the followers of one data folder, as far as this process owns them."""

    def __init__(self, docstore: Docstore, engine: Engine) -> None:
        self._docstore = docstore
        self._engine = engine
        self._opened_at = -math.inf
        self._read = threading.Event()

    def begin(self, patience: float) -> None:
        """Own the indexes for `index`, or ask a session in Python for them.

        Opening them is left to `beside`: files can be read meanwhile.
        """
        if not self._engine.lock.take("index", patience=patience) and self._behind_session():
            self._engine.lock.want()

    # ------------------------------------------------------------ index

    @contextmanager
    def beside(self, *, words_first: bool = False) -> Iterator[Callable[[], None]]:
        """Let both indexes follow in the background while the block runs.

        What fails there ends its own index's following alone, and is raised when the block asks
        for it or ends.

        Args:
            words_first: Compute no vectors until the block begins to `watch`, a minute at most:
                what it reads can be found by words the sooner, and vectors take far longer. What
                is removed goes at once.

        Yields:
            What raises such an error.
        """
        stop = threading.Event()
        self._read.clear()
        vectors_from = time.monotonic() + (_WORDS_FIRST if words_first else 0)

        def follow_vectors() -> float:
            if time.monotonic() < vectors_from and not self._read.wait(_IDLE):
                self._engine.follow_removals()
                return 0.0
            return self._follow_vectors()

        workers = [
            _Worker(self._tend, stop),
            _Worker(follow_vectors, stop, lower=True),
        ]

        def report() -> None:
            for worker in workers:
                if worker.error is not None:
                    raise worker.error

        for worker in workers:
            worker.start()
        try:
            yield report
            report()
        finally:
            stop.set()
            self._engine.halted.set()
            self._read.set()
            for worker in workers:
                worker.join()
            self._engine.halted.clear()

    def to_the_end(
        self, on_event: OnEvent, *, enough: Callable[[], bool] = lambda: False
    ) -> dict[str, int]:
        """Follow, or watch whoever owns the indexes follow; see `watch`."""
        with self.beside() as report:
            return self.watch(on_event, report, enough=enough)

    def watch(
        self,
        on_event: OnEvent,
        report: Callable[[], None],
        *,
        enough: Callable[[], bool] = lambda: False,
    ) -> dict[str, int]:
        """Wait until nothing is left to do, or enough is done.

        As long as this process owns the indexes that takes what it takes: its own workers raise
        what ends them. Where another one owns them and stands still, `status` tells why.

        Args:
            on_event: Told how many changes are left.
            report: Raises what failed meanwhile.
            enough: Asked several times a second: whether to wait no longer.

        Returns:
            The changes left: none, unless that was enough or the owner's followers stand still.
        """
        self._read.set()
        while self._engine.opening:  # an index that is built anew has everything left to do
            time.sleep(_OPENING)
            report()
        left, stamp, moved = self._engine.left(), self._docstore.vectors.stamp(), time.monotonic()
        on_event({"event": "follow", **left})
        pause = _IDLE / 10
        while any(left.values()) and not enough():
            time.sleep(pause)
            pause = min(1.1 * pause, _IDLE)  # what has lasted long need not be looked at so often
            report()
            before = left, stamp
            left, stamp = self._engine.left(), self._docstore.vectors.stamp()
            if left != before[0]:
                on_event({"event": "follow", **left})
            if self._engine.lock.held or (left, stamp) != before:
                moved = time.monotonic()
            elif time.monotonic() - moved >= _STUCK:
                break
        return left

    def finish(self, on_event: OnEvent, report: Callable[[], None]) -> None:
        """`watch` to the end of an `index` run, and leave the lexical index as if built at once."""
        self._docstore.changes.freshen(LEXICAL)
        self.watch(on_event, report)
        if self._docstore.changes.freshen(LEXICAL):  # documents were split anew meanwhile
            self.watch(on_event, report)

    def _tend(self) -> float:
        """Own, or hand over to a server that waits, and keep the lexical index close behind.

        Returns:
            Seconds until the next look.
        """
        engine = self._engine
        if engine.lock.held and engine.lock.wanted:
            engine.disown()
            return _HANDING_OVER  # let the one who waits have it
        if not engine.own("index"):
            if self._behind_session():
                engine.lock.want()
            return _IDLE
        return 0.0 if engine.follow_lexical() else _LEXICAL_EVERY

    def _follow_vectors(self) -> float:
        return 0.0 if self._engine.follow_vectors() else _IDLE

    def _behind_session(self) -> bool:
        card = self._engine.lock.read_card()
        return card is not None and card.purpose == "command"

    # ------------------------------------------------------------ a server

    def serve(self, stop: threading.Event) -> None:
        """Own the indexes as soon as nobody else does, and follow the docstore until told to stop.

        A step that fails, for whatever reason, is told by `status` and tried again.
        """
        workers = [
            _Worker(lambda: self._safely(LEXICAL, self._serve_lexical), stop),
            _Worker(lambda: self._safely(VECTORS, self._follow_vectors), stop),
        ]
        for worker in workers:
            worker.start()
        stop.wait()
        self._engine.halted.set()
        for worker in workers:
            worker.join()

    def _safely(self, name: str, step: Callable[[], float]) -> float:
        """One step; the seconds until the next."""
        key = f"{_SERVING} {name}"
        try:
            pause = step()
        except BaseException as error:  # noqa: BLE001 - told here, and tried again
            self._tell(key, _explained(name, error))
            return _RETRY
        self._engine.warnings.pop(key, None)
        return pause

    def _tell(self, key: str, error: RagAssistantError) -> None:
        """To `status`, and once to whoever reads what the server prints."""
        known = self._engine.warnings.get(key)
        self._engine.warnings[key] = error
        if known is None or known.message != error.message:
            logging.getLogger(__name__).error("rag-assistant: %s", error.message)

    def _serve_lexical(self) -> float:
        if not self._engine.lock.held:
            self._engine.lock.want()
            if not self._engine.own("serve"):
                return _IDLE
        if time.monotonic() - self._opened_at > _OPEN_EVERY:
            self._docstore.documents.open_closed()
            self._opened_at = time.monotonic()
        if self._engine.follow_lexical():
            return 0.0
        self._docstore.finish_erasing()  # of a removal, once both indexes stand in new folders
        return _IDLE


class Session:
    """A session in Python: it holds the indexes from question to question.

    Where another process wants them it hands them over, at the next question or once it is idle.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._guard = threading.Lock()
        self._asking = 0  # questions under way
        self._asked_at = self._handed_over = -math.inf
        self._ended = threading.Event()
        self._watch: threading.Thread | None = None

    @contextmanager
    def question(self, patience: float) -> Iterator[None]:
        """While a question is answered: own the indexes if nobody does, to ask vectors too."""
        with self._guard:
            self._asking += 1
        try:
            if self.hold(patience, asks=True):
                self._engine.catch_up()
            yield
        finally:
            with self._guard:
                self._asking -= 1
                self._asked_at = time.monotonic()

    def hold(self, patience: float, *, asks: bool = False) -> bool:
        """Own the indexes if nobody does; whether it succeeded."""
        with self._guard:
            self._asked_at = time.monotonic()
            if self._engine.lock.held and self._engine.lock.wanted:
                self._hand_over()
            if time.monotonic() - self._handed_over < _TAKEN_WITHIN:
                return False
            owns = self._engine.own("command", patience=patience, asks=asks)
            if owns:
                self._begin_to_watch()
            return owns

    def rest(self) -> None:
        """After other work than questions, which left this process with the indexes."""
        with self._guard:
            self._asked_at = time.monotonic()
            self._begin_to_watch()

    def end(self) -> None:
        """Watch no longer."""
        self._ended.set()
        if self._watch is not None:
            self._watch.join()

    def _begin_to_watch(self) -> None:
        if self._watch is None:
            self._watch = threading.Thread(target=self._hand_over_when_idle, daemon=True)
            self._watch.start()

    def _hand_over_when_idle(self) -> None:
        while not self._ended.wait(_IDLE):
            with self._guard:
                idle = not self._asking and time.monotonic() - self._asked_at > _AT_EASE
                if idle and self._engine.lock.held and self._engine.lock.wanted:
                    self._hand_over()

    def _hand_over(self) -> None:
        self._engine.disown()
        self._handed_over = time.monotonic()


class _Worker(threading.Thread):
    """Steps again and again until told to stop; a step says how long to rest after it.

    Attributes:
        error: What ended it before.
    """

    def __init__(
        self, step: Callable[[], float], stop: threading.Event, *, lower: bool = False
    ) -> None:
        super().__init__()
        self.error: BaseException | None = None
        self._step = step
        self._stop_asked = stop
        self._lower = lower

    def run(self) -> None:
        pause = 0.0
        try:
            if self._lower:
                _give_way()
            while not self._stop_asked.wait(pause):
                pause = self._step()
        except BaseException as error:  # noqa: BLE001 - raised by whoever waits for this thread
            self.error = error


def _explained(name: str, error: BaseException) -> RagAssistantError:
    """The error, or what nobody expected in words that name it."""
    if isinstance(error, RagAssistantError):
        return error
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return RagAssistantError(f"The {name} index cannot follow, and tries again: {words}.")


def _give_way() -> None:
    """Let reading come first: threads that this one starts, such as a model's, inherit it."""
    if sys.platform == "linux":  # elsewhere a priority is the whole process's
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWER)
