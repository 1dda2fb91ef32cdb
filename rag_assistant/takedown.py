"""From a take-down to its receipt: waits until it holds everywhere, and says since when."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.receipts import Receipt
from rag_assistant.docstore.rows import now
from rag_assistant.following import Following
from rag_assistant.indexer import Event, OnEvent

_SWEPT_WITHIN, _POLL = 10.0, 0.1  # seconds


def settle(
    docstore: Docstore, following: Following, receipts: Sequence[Receipt], on_event: OnEvent
) -> list[Receipt]:
    """Let the indexes follow, by this process or the one that owns them, and erase what is left.

    Returns:
        The receipts with their times. One is missing where whoever owns the indexes stands still:
        a server or the next `index` does the rest, or the same command again.

    Raises:
        BusyError: A reader kept the old bytes; doing it again finishes it.
    """
    watch = _Watch(docstore, receipts, on_event)
    with following.beside() as report:
        following.watch(watch.on_event, report)
        watch.look()
        if not watch.removing:
            return watch.receipts
        if finish(docstore):
            return watch.erased()
    docstore.erase()  # as far as it goes
    return watch.receipts


def finish(docstore: Docstore) -> bool:
    """Once the indexes have followed: erase what removals left; whether no byte is left.

    Raises:
        BusyError: A reader kept the old bytes; doing it again finishes it.
    """
    deadline = time.monotonic() + _SWEPT_WITHIN
    while not docstore.finish_erasing():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)  # whoever owns the indexes deletes their former folders a moment later
    return True


class _Watch:
    """Notes in the receipts when every index has taken their changes."""

    def __init__(self, docstore: Docstore, receipts: Sequence[Receipt], on_event: OnEvent) -> None:
        self.receipts = list(receipts)
        self._docstore = docstore
        self._on_event = on_event

    @property
    def removing(self) -> bool:
        """Whether anything is to be erased."""
        return any(one.action == "removed" for one in self.receipts)

    def on_event(self, event: Event) -> None:
        """Look while it goes on."""
        self.look()
        self._on_event(event)

    def look(self) -> None:
        """Note the time where it has come."""
        hidden = self._docstore.changes.hidden
        self.receipts = [
            replace(one, hidden=now()) if one.hidden is None and hidden(one.seq, one.first) else one
            for one in self.receipts
        ]

    def erased(self) -> list[Receipt]:
        """The receipts of what is in no file any more."""
        at = now()
        return [
            replace(one, erased=at) if one.action == "removed" else one for one in self.receipts
        ]
