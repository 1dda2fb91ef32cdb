"""Who lets the indexes follow, and when: beside `index`, in a server, and for those who wait."""

from __future__ import annotations

import threading
import time

from rag_assistant.docstore import Docstore
from rag_assistant.engine import Engine
from rag_assistant.indexer import OnEvent

_LEXICAL_EVERY = 2.0
_IDLE = 0.3
_STUCK = 120.0


class Following:
    """Drives the followers of one data folder, as far as this process owns them."""

    def __init__(self, docstore: Docstore, engine: Engine) -> None:
        self._docstore = docstore
        self._engine = engine
        self._lexical_at = 0.0

    def after_file(self) -> None:
        """Between two files: keep the lexical index close, hand over where a server waits."""
        if self._engine.lock.wanted:
            self._engine.disown()
        elif self._engine.lock.held and time.monotonic() - self._lexical_at > _LEXICAL_EVERY:
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
            if self._engine.lock.wanted:
                self._engine.disown()
                time.sleep(_IDLE)  # let the one who waits have it
            if self._engine.own("index"):
                self._engine.follow()
            else:
                time.sleep(_IDLE)  # another process follows; the docstore shows how far it is
            now = self._engine.lags()
            if now != lags:
                lags, moved = now, time.monotonic()
            elif time.monotonic() - moved > _STUCK:
                break  # `status` tells why
        on_event({"event": "follow", **lags})
        return lags

    def serve(self, stop: threading.Event) -> None:
        """Own the indexes as soon as nobody else does, and follow the docstore until told to stop.

        A step that fails is told by `status` and tried again.
        """
        while not stop.wait(0 if self._serve_step() else _IDLE):
            pass

    def _serve_step(self) -> bool:
        if not self._engine.lock.held:
            self._engine.lock.want()
            if not self._engine.own("serve"):
                return False
        self._docstore.documents.open_closed()
        return self._engine.follow_safely()
