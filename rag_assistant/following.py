"""Who lets the indexes follow, and when: beside `index`, in a server, and for those who wait."""

from __future__ import annotations

import math
import threading
import time

from rag_assistant.docstore import Docstore
from rag_assistant.engine import Engine
from rag_assistant.errors import RagAssistantError
from rag_assistant.indexer import OnEvent

_LEXICAL_EVERY = 2.0
_OPEN_EVERY = 60.0
_IDLE, _RETRY = 0.3, 5.0
_STUCK = 120.0
_STUCK_BEHIND_SESSION = 15.0  # a session in Python hands over at its next question, if ever
_SERVING = "serving"


class Following:
    """Drives the followers of one data folder, as far as this process owns them."""

    def __init__(self, docstore: Docstore, engine: Engine) -> None:
        self._docstore = docstore
        self._engine = engine
        self._lexical_at = 0.0
        self._opened_at = -math.inf

    def begin(self, patience: float) -> None:
        """Own the indexes for `index`, or ask a session in Python for them."""
        if not self._engine.own("index", patience=patience) and self._behind_session():
            self._engine.lock.want()

    def after_file(self) -> None:
        """Between two files: keep the lexical index close, hand over where a server waits."""
        if not self._engine.lock.held:
            return
        if self._engine.lock.wanted:
            self._engine.disown()
        elif time.monotonic() - self._lexical_at > _LEXICAL_EVERY:
            self._engine.follow_lexical()
            self._lexical_at = time.monotonic()

    def to_the_end(self, on_event: OnEvent) -> dict[str, int]:
        """Follow, or watch whoever owns the indexes follow, until nothing is left to do.

        Returns:
            The lags left: none, unless the owner's followers stand still.
        """
        lags, moved = self._engine.lags(), time.monotonic()
        while any(lags.values()):
            on_event({"event": "follow", **lags})
            if self._engine.lock.held and self._engine.lock.wanted:
                self._engine.disown()
                time.sleep(_IDLE)  # let the one who waits have it
            busy, patience = self._step()
            now = self._engine.lags()
            if now != lags:
                lags, moved = now, time.monotonic()
            elif time.monotonic() - moved > patience:
                break  # `status` tells why
            if not busy and any(lags.values()):
                time.sleep(_IDLE)
        on_event({"event": "follow", **lags})
        return lags

    def _step(self) -> tuple[bool, float]:
        """Follow if we own; whether that goes on, and how long to bear that nothing moves."""
        if self._engine.own("index"):
            return self._engine.follow(), _STUCK
        if self._behind_session():
            self._engine.lock.want()
            return False, _STUCK_BEHIND_SESSION
        return False, _STUCK  # another process follows; the docstore shows how far it is

    def _behind_session(self) -> bool:
        card = self._engine.lock.read_card()
        return card is not None and card.purpose == "command"

    def serve(self, stop: threading.Event) -> None:
        """Own the indexes as soon as nobody else does, and follow the docstore until told to stop.

        A step that fails is told by `status` and tried again.
        """
        pause = 0.0
        while not stop.wait(pause):
            pause = self._serve_safely()

    def _serve_safely(self) -> float:
        """One step; the seconds until the next."""
        try:
            busy = self._serve_step()
        except RagAssistantError as error:
            self._engine.warnings[_SERVING] = error
            return _RETRY
        self._engine.warnings.pop(_SERVING, None)
        return 0.0 if busy else _IDLE

    def _serve_step(self) -> bool:
        if not self._engine.lock.held:
            self._engine.lock.want()
            if not self._engine.own("serve"):
                return False
        if time.monotonic() - self._opened_at > _OPEN_EVERY:
            self._docstore.documents.open_closed()
            self._opened_at = time.monotonic()
        return self._engine.follow()
