"""A reading process as its parent sees it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from rag_assistant.errors import RagAssistantError
from rag_assistant.reading.limits import SILENT, reason_of
from rag_assistant.reading.messages import Frame, Job, Kind, Setup, read, write

_MODULE = "rag_assistant.reading.child"
_START = 60.0  # seconds
_BACKSTOP = 8.0  # seconds beyond those of processor time, of a wait without a word
_PATIENCE = 2.0
_ONE_THREAD = {"TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"}


class Died(Exception):
    """A reading process ended before its work.

    Args:
        reason: For people.
        slow: Whether it ran out of time.
    """

    def __init__(self, reason: str, *, slow: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.slow = slow


class Child:
    """One reading process.

    It is no fork, and no module of the caller's runs in it: scripts need no guard, and threads and
    locks of this process are not copied.

    Attributes:
        items: How many it has read since it was started.
        contents: Bytes of what these gave.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._waiting_since: float | None = None
        self._patience = _START
        self._late = False
        self.items = 0
        self.contents = 0
        package = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
        environment = os.environ | _ONE_THREAD
        searched = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(searched)
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this package
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("a process without pipes")
        self._told: BinaryIO = self._process.stdin  # type: ignore[assignment]
        self._answers: BinaryIO = self._process.stdout  # type: ignore[assignment]
        self._tell(setup.told())

    def start(self) -> None:
        """Wait until it can work.

        Raises:
            RagAssistantError: It cannot.
        """
        try:
            next(self._frames())
        except Died as error:
            raise RagAssistantError(
                f"The process that reads files does not start: {error.reason}.",
                "See what `rag-assistant doctor` says, and run the same command again.",
            ) from error
        self._patience = self._setup.seconds + _BACKSTOP

    def work(self, job: Job) -> Iterator[Frame]:
        """What a job gives, up to its end.

        Raises:
            Died: The process ended first.
        """
        self._tell(job.told())
        for frame in self._frames():
            if frame.kind == Kind.END:
                return
            if frame.kind == Kind.LEAF:
                self.items += 1
                self.contents += len(frame.contents)
            yield frame

    def check(self) -> None:
        """Kill it where it has kept its parent waiting for too long; for another thread."""
        since = self._waiting_since
        if since is not None and time.monotonic() - since > self._patience:
            self._late = True
            self.kill()

    @property
    def lives(self) -> bool:
        """Whether it can be given another job."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """End it, and release its pipes."""
        with suppress(OSError):  # it is gone already
            self._told.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._answers.close()

    def _tell(self, contents: bytes) -> None:
        with suppress(OSError):  # it is gone, which its answers will tell
            write(self._told, Frame(Kind.TOLD, 0, contents))

    def _frames(self) -> Iterator[Frame]:
        while True:
            self._waiting_since = time.monotonic()
            frame = read(self._answers)
            self._waiting_since = None
            if frame is None:
                raise self._death()
            yield frame

    def _death(self) -> Died:
        try:
            code = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:  # it lives, and has lost its tongue
            self.kill()
            code = self._process.wait()
        if self._late:
            return Died(f"{SILENT} for {self._patience:g} s", slow=True)
        reason = reason_of(code, self._setup.seconds, self._setup.memory)
        return Died(reason, slow=reason.startswith("took"))
