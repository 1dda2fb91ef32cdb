"""From a take-down to its receipt: waits until it holds everywhere, and says since when."""

from __future__ import annotations

import time
from dataclasses import replace

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.receipts import Receipt
from rag_assistant.docstore.rows import now
from rag_assistant.following import Following
from rag_assistant.indexer import OnEvent

_SWEPT_WITHIN, _POLL = 10.0, 0.1  # seconds


def settle(
    docstore: Docstore, following: Following, receipts: list[Receipt], on_event: OnEvent
) -> list[Receipt]:
    """Let the indexes follow, by this process or the one that owns them, and erase what is left.

    It waits for what the receipts tell of, not for whatever else is still to be indexed.

    Args:
        docstore: Where the take-downs stand.
        following: Drives the indexes.
        receipts: Replaced in place by the same with their times, so that they are known too where
            an error ends it.
        on_event: Told how far it is.

    Returns:
        The receipts. A time is missing where whoever owns the indexes stands still: a server or
        the next `index` does the rest, or the same command again.

    Raises:
        BusyError: A reader kept the old bytes; doing it again finishes it.
    """
    watch = _Watch(docstore, receipts)
    with following.beside() as report:
        following.watch(on_event, report, enough=watch.enough)
        watch.look()
        if not watch.erasing:
            return receipts
        if finish(docstore):
            watch.erased()
            return receipts
    docstore.erase()  # as far as it goes
    watch.look()
    return receipts


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
    """Notes in the receipts when every index has taken their changes, and when all is erased."""

    def __init__(self, docstore: Docstore, receipts: list[Receipt]) -> None:
        self._docstore = docstore
        self._receipts = receipts

    @property
    def erasing(self) -> bool:
        """Whether anything is still to be erased."""
        return any(one.action == "removed" and one.erased is None for one in self._receipts)

    def enough(self) -> bool:
        """Whether the indexes have done what the receipts wait for; the files come then."""
        self.look()
        if self.erasing:
            return self._docstore.changes.erased(max(one.seq for one in self._receipts))
        return all(one.hidden or one.followed for one in self._receipts)

    def look(self) -> None:
        """Note the time where it has come."""
        self._receipts[:] = map(self._looked, self._receipts)

    def erased(self) -> None:
        """Note that what was removed is in no file any more: then nobody finds it either."""
        at = now()
        self._receipts[:] = [
            replace(one, hidden=one.hidden or at, erased=one.erased or at)
            if one.action == "removed"
            else one
            for one in self._receipts
        ]

    def _looked(self, one: Receipt) -> Receipt:
        if one.hidden or one.followed or not self._docstore.changes.hidden(one.seq, one.first):
            return one
        if one.action == "restored":
            return replace(one, followed=now())
        return replace(one, hidden=now())
