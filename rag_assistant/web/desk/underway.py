"""Of each page, the answer that is on its way."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from typing import TypeVar

T = TypeVar("T")

_PATIENCE = 2.0  # seconds that whoever breaks an answer off waits for its last step


class _Way:
    """One answer on its way."""

    def __init__(self) -> None:
        self._unwanted = threading.Event()
        self._over = threading.Event()

    def wanted(self, steps: Generator[T]) -> Generator[T]:
        """The steps, until they are broken off."""
        try:
            with closing(steps):
                for step in steps:
                    if self._unwanted.is_set():
                        return
                    yield step
        finally:
            self._over.set()

    def break_off(self) -> None:
        """Give no more steps, and wait until the last has been shown."""
        self._unwanted.set()
        self._over.wait(_PATIENCE)  # longer than that takes one that is never shown


class Underway:
    """Lets a page show the steps of one answer at a time, and none once it is broken off.

    Gradio shows what a handler gives when it comes. A step that was made while somebody pressed
    Stop could be shown after what stopping shows, and would stay.
    """

    def __init__(self) -> None:
        self._ways: dict[str, _Way] = {}
        self._guard = threading.Lock()

    def alone(self, session: str, steps: Generator[T]) -> Generator[T]:
        """The steps of an answer, until it is broken off; one that is underway is broken off."""
        way = _Way()
        with self._guard:
            before, self._ways[session] = self._ways.get(session), way
        try:
            if before:
                before.break_off()
            yield from way.wanted(steps)
        finally:
            with self._guard:
                if self._ways.get(session) is way:
                    del self._ways[session]

    def break_off(self, session: str) -> None:
        """Have no more steps shown of that page's answer: what is shown next is shown last."""
        if way := self._ways.get(session):
            way.break_off()
