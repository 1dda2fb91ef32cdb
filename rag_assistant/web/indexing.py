"""Collections that are brought up to date in the background of a server, one after another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from rag_assistant.errors import BusyError, RagAssistantError
from rag_assistant.indexer import OnEvent
from rag_assistant.report import Report

Step = Literal["waiting", "indexing", "indexed", "failed"]
Index = Callable[[str, OnEvent], Report]

_AGAIN = 2.0  # seconds, where another `index` is at it


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far a collection is.

    ``report`` is that of the last time it was indexed, ``problem`` why it could not be.
    """

    step: Step
    report: dict[str, Any] | None = None
    problem: str = ""


class Background:
    """Indexes collections whose files have changed.

    Args:
        index: Brings one collection up to date; told what becomes of each event.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._waiting: dict[str, None] = {}
        self._states: dict[str, State] = {}
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def ask(self, collection: str) -> State:
        """Index a collection soon; what has changed meanwhile is indexed with it."""
        with self._changed:
            self._waiting[collection] = None
            before = self._states.get(collection)
            state = State(step="waiting", report=before.report if before else None)
            self._states[collection] = state
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="uploads")
                self._thread.start()
            self._changed.notify()
        return state

    def state(self, collection: str) -> State | None:
        """How far a collection is; None where nothing was asked since the server started."""
        with self._changed:
            return self._states.get(collection)

    def close(self) -> None:
        """End at the next file; what is not done is done by the next `index`."""
        self._closed.set()
        with self._changed:
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (collection := self._next()) is not None:
            state = self._indexed(collection)
            with self._changed:
                if collection not in self._waiting:
                    self._states[collection] = state

    def _next(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed.is_set())
            if self._closed.is_set():
                return None
            collection = next(iter(self._waiting))
            del self._waiting[collection]
            before = self._states[collection]
            self._states[collection] = State(step="indexing", report=before.report)
            return collection

    def _indexed(self, collection: str) -> State:
        try:
            while True:
                try:
                    report = self._index(collection, self._unless_closed)
                    return State(step="indexed", report=report.to_dict())
                except BusyError:
                    self._closed.wait(_AGAIN)
                    self._unless_closed({})
        except _ClosedError:
            return State(step="waiting")
        except RagAssistantError as error:
            return State(step="failed", problem=" ".join((error.message, error.hint)).strip())
        except Exception:
            logging.getLogger(__name__).exception("rag-assistant: uploads were not indexed")
            return State(step="failed", problem="Something went wrong: see the server's log.")

    def _unless_closed(self, event: dict[str, Any]) -> None:
        if self._closed.is_set():
            raise _ClosedError


class _ClosedError(Exception):
    """The server ends."""
