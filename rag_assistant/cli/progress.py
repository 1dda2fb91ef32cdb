"""How far indexing has come: bars on a terminal, JSON events on request, else a line a minute."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from rag_assistant.indexer import Event

_NAME_WIDTH = 28
_LINE_EVERY = 60.0
_LOOK_EVERY = 1.0
_SETTLED = 5.0  # seconds before a rate says anything
_PAGES = frozenset({"added", "changed", "unchanged"})
_MINUTE, _HOUR = 60, 3600


@dataclass(slots=True)
class Tally:
    """What the events of a run add up to.

    ``clock`` gives seconds; only differences of it are used.
    """

    clock: Callable[[], float] = time.monotonic
    collection: str = ""
    path: str = ""
    files: int = 0
    of_files: int = 0
    pages: int = 0
    passages: int = 0
    failures: int = 0
    behind: int = 0
    most_behind: int = 0
    _bytes: int = 0
    _of_bytes: int = 0
    _here: int = 0
    _begun: float | None = None
    _all_read: bool = False
    _followed: list[tuple[float, int]] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Count one event."""
        kind = event["event"]
        if kind == "file":
            self._take_file(event)
        elif kind == "follow":
            self._take_lag(max(event["lexical"], event["vectors"]))
        elif kind == "read":
            self._all_read, self._followed[:] = True, self._followed[-1:]
        elif kind in _PAGES and "document_id" in event:
            self.pages += 1
            self.passages += event.get("passages", 0)
        elif kind == "failed":
            self.failures += 1
        self._here = event.get("read", self._here)

    @property
    def read(self) -> float:
        """The share of the files' bytes that were read, 0..1."""
        return min(1.0, (self._bytes + self._here) / self._of_bytes) if self._of_bytes else 0.0

    @property
    def rate(self) -> float:
        """Pages read a second."""
        seconds = self._seconds()
        return self.pages / seconds if seconds else 0.0

    @property
    def left(self) -> float | None:
        """Seconds until all is read, then until all is embedded; None where nobody can tell yet."""
        if not self.reading:
            return self._left_to_embed()
        seconds = self._seconds()
        if seconds < _SETTLED or not self.read:
            return None
        return seconds * (1 - self.read) / self.read

    @property
    def reading(self) -> bool:
        """Whether files are still being read."""
        return bool(self.files) and not self._all_read

    @property
    def line(self) -> str:
        """All of it in words."""
        said = [self.counts if self.files else "Looking at the files"]
        if self.reading:
            said.insert(0, f"Reading {self.collection}: file {self.files:,} of {self.of_files:,}")
            said.append(f"{self.rate:,.0f} pages/s")
        if self.behind:
            said.append(f"{self.behind:,} documents to embed")
        if self.left is not None:
            said.append(f"about {_span(self.left)} left")
        return ", ".join(said)

    @property
    def counts(self) -> str:
        """What was read so far, in words."""
        return f"{self.pages:,} pages, {self.passages:,} passages, {self.failures:,} failed"

    def _take_file(self, event: Event) -> None:
        if self._begun is None:
            self._begun = self.clock()
        if event["collection"] != self.collection:
            self._bytes = 0
        self.collection, self.path = event["collection"], event["path"]
        self.files, self.of_files = event["number"], event["of"]
        self._bytes, self._of_bytes = event.get("before", 0), event.get("bytes", 0)
        self._here = 0

    def _take_lag(self, behind: int) -> None:
        self.behind = behind
        self.most_behind = max(self.most_behind, behind)
        self._followed.append((self.clock(), behind))
        del self._followed[1:-1]

    def _left_to_embed(self) -> float | None:
        if not self._followed:
            return None
        (begun, then), (now, behind) = self._followed[0], self._followed[-1]
        done, seconds = then - behind, now - begun
        return behind * seconds / done if done > 0 and seconds >= _SETTLED else None

    def _seconds(self) -> float:
        return 0.0 if self._begun is None else self.clock() - self._begun


class IndexProgress:
    """Shows the events of `Assistant.index`, `Assistant.repair` and of take-downs.

    Args:
        as_json: One event a line on standard output, nothing else.
        quiet: Nothing at all.
        console: Where bars or lines go; None is standard error.
        clock: Gives seconds.
    """

    def __init__(
        self,
        *,
        as_json: bool,
        quiet: bool,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._console = console or Console(stderr=True)
        self._clock = clock
        self._tally = Tally(clock=clock)
        self._said_at = clock()
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._talker = threading.Thread(target=self._talk, daemon=True)
        self._bars = Progress(
            TextColumn("{task.description:<9}", markup=False),
            BarColumn(bar_width=16),
            TaskProgressColumn(),
            TextColumn("{task.fields[said]}", markup=False),
            console=self._console,
            disable=as_json or quiet or not self._console.is_terminal,
            transient=True,
        )
        self._reading: TaskID | None = None
        self._embedding: TaskID | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        self._talker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._talker.join()
        self._bars.stop()

    def on_event(self, event: Event) -> None:
        """Take one event."""
        if self._as_json:
            print(json.dumps(event), flush=True)
            return
        self._tally.take(event)
        if not self._bars.disable:
            self._draw(event["event"])
        self._say()

    def _say(self) -> None:
        """A line, where no bars are drawn and it is time for one."""
        if self._as_json or self._quiet or not self._bars.disable:
            return
        with self._guard:
            if self._clock() - self._said_at >= _LINE_EVERY:
                self._said_at = self._clock()
                self._console.print(self._tally.line, markup=False, highlight=False, soft_wrap=True)

    def _talk(self) -> None:
        """Also while nothing happens for long, as when a large file is compared by its hash."""
        while not self._over.wait(_LOOK_EVERY):
            self._say()

    def _draw(self, kind: str) -> None:
        tally = self._tally
        left = "" if tally.left is None else f" · {_span(tally.left)} left"
        if kind == "follow":
            left = "" if tally.reading else left
            if self._embedding is None:
                self._embedding = self._bars.add_task("Embedding", said="")
            done = tally.most_behind - tally.behind
            said = f"{done:,} of {tally.most_behind:,} documents{left}"
            self._bars.update(self._embedding, total=tally.most_behind, completed=done, said=said)
            return
        if self._reading is None:
            if not tally.files:
                return
            self._reading = self._bars.add_task("Reading", total=1.0, said="")
        failed = f" · {tally.failures:,} failed" if tally.failures else ""
        said = (
            f"{tally.files:,}/{tally.of_files:,} files · {tally.pages:,} pages · "
            f"{tally.passages:,} passages{failed} · {tally.rate:,.0f}/s{left} · "
            f"{tally.path[-_NAME_WIDTH:]}"
        )
        self._bars.update(self._reading, completed=tally.read, said=said)


def _span(seconds: float) -> str:
    """A stretch of time as people say it: "40 s", "12 min", "3 h 5 min"."""
    if seconds < _MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    hours, rest = divmod(round(seconds / _MINUTE), _MINUTE)
    return f"{hours} h {rest} min"
