"""Reading and splitting files where they can do no harm: in processes of their own, with limits.

A file's leaves come as `Item`s, in the order and with the contents that reading it in one process
would give. Why it is built so: docs/decisions/0019-readers-in-children.md.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from rag_assistant.embedding.tokenizer import ModelTokenizer
from rag_assistant.readers.container import Turns
from rag_assistant.reading.items import Split, items, splitter_of
from rag_assistant.reading.limits import overcome
from rag_assistant.reading.messages import Groups, Item, Setup
from rag_assistant.reading.pool import Reading
from rag_assistant.reading.shares import LOST

__all__ = [
    "LOST",
    "Groups",
    "InProcess",
    "Item",
    "Reading",
    "Reads",
    "Setup",
    "extract",
    "open_reading",
    "splitter_of",
]


class Reads(Protocol):
    """Reads files; to be closed, as by ``with``."""

    @property
    def ahead(self) -> int:
        """How many files may be asked for before the first is taken."""

    def read(self, path: Path, name: str) -> Iterator[Item]:
        """Begin to read a file; gives its leaves in order. What is asked first is taken first."""

    def overcomes(self, reasons: Iterable[str]) -> bool:
        """Whether any of these failures is due to limits narrower than the present ones."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class InProcess:
    """Reads in this process, without limits: to look into a fault, or where nothing else runs.

    Args:
        split: Makes passages of a leaf.
    """

    ahead = 0

    def __init__(self, split: Split) -> None:
        self._split = split

    def read(self, path: Path, name: str) -> Iterator[Item]:
        return items(path, name, Turns(), self._split)

    def overcomes(self, reasons: Iterable[str]) -> bool:
        return any(overcome(reason, math.inf, sys.maxsize) for reason in reasons)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing is held."""


def open_reading(setup: Setup, workers: int | None = None) -> Reads:
    """What reads files.

    Args:
        setup: How to split, and the limits of each item.
        workers: How many processes at most; None for one a core, 0 for none.
    """
    if workers == 0:
        return InProcess(splitter_of(ModelTokenizer(setup.tokenizer), setup.limit))
    return Reading(setup, workers or _cores())


def extract(paths: Sequence[Path], setup: Setup, workers: int | None = None) -> tuple[int, float]:
    """Read and split files and keep nothing: what extraction alone costs.

    Args:
        paths: Files.
        setup: How to split, and the limits.
        workers: As for `open_reading`.

    Returns:
        How many leaves there were, and the seconds that it took, the start of processes included.
    """
    started = time.perf_counter()
    leaves = 0
    waiting = iter(paths)
    begun: deque[Iterator[Item]] = deque()
    with open_reading(setup, workers) as reading:
        while True:
            more = islice(waiting, reading.ahead + 1 - len(begun))
            begun += [reading.read(path, path.name) for path in more]
            if not begun:
                break
            leaves += sum(1 for _ in begun.popleft())
    return leaves, time.perf_counter() - started


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
