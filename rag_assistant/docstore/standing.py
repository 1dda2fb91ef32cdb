"""When each capture was the last word of its address, held in memory beside the facts.

A row a capture, or a miss that says that nothing stands there. Triggers count what is new and what
was changed or deleted (`sqlite.count_changes`): what is new is read as it comes, after the rest all
is read again. The definition of what stood at a time is SQL's (`queries.within`), and tests compare
with it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, literal_column, select

from rag_assistant.docstore.facts import Facts, Mask
from rag_assistant.docstore.ids import number
from rag_assistant.docstore.queries import GONE
from rag_assistant.docstore.tables import captures, meta, misses

ADDED = ("captures added", "misses added")
REWRITTEN = "captures or misses changed"
"""Notes of how many of each were put in, and of how often one was changed or deleted."""
_Numbers = NDArray[np.int64]
_NEVER = np.iinfo(np.int64).max
_NOTHING, _SEVERAL = -1, -2  # what stands at an address at one time, beside one document
_LENGTH = 14  # digits of a timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All captures and misses as they stood in one view of the docstore.

    ``documents`` are rows of the facts of this ``build``, -1 for a miss. Times are timestamps as
    numbers. ``until`` is when other words, or no page, followed. What is hidden is not ``shown``,
    and still follows on what was before it.
    """

    build: int
    rewritten: int
    added: tuple[int, int]
    places: _Numbers
    times: _Numbers
    documents: _Numbers
    shown: Mask
    until: _Numbers

    def at(self, timestamp: str, facts: Facts) -> Mask:
        """Which of the facts' documents stood at a time, as a mask; files without captures none."""
        then, rows = _time(timestamp), len(facts.row_of)
        stood = self.shown & (self.times <= then) & (self.until > then)
        found = self.documents[stood]
        mask: Mask = np.zeros(rows, dtype=np.bool_)
        mask[found[found < rows]] = True
        return mask


class StandingTable:
    """Keeps `Standing` of one docstore; several threads may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Standing | None = None

    def now(self, connection: Connection, facts: Facts) -> Standing:
        """All captures in this view of the docstore, or in a newer one."""
        noted = connection.execute(select(meta).where(meta.c.key.in_((*ADDED, REWRITTEN)))).all()
        counts = {row.key: int(row.value) for row in noted}
        with self._lock:
            held, added = self._held, (counts[ADDED[0]], counts[ADDED[1]])
            new: tuple[int | None, int | None] = (None, None)
            if held is None or held.build != facts.build or held.rewritten < counts[REWRITTEN]:
                held = _nothing(facts.build, counts[REWRITTEN])
            else:
                new = (max(0, added[0] - held.added[0]), max(0, added[1] - held.added[1]))
            if new != (0, 0):
                held = _with_new(connection, held, added, new, facts)
            self._held = held
            return held


def _nothing(build: int, rewritten: int) -> Standing:
    blank = np.empty(0, dtype=np.int64)
    return Standing(
        build=build,
        rewritten=rewritten,
        added=(0, 0),
        places=blank,
        times=blank,
        documents=blank,
        shown=np.empty(0, dtype=np.bool_),
        until=blank,
    )


def _with_new(
    connection: Connection,
    held: Standing,
    added: tuple[int, int],
    new: tuple[int | None, int | None],
    facts: Facts,
) -> Standing:
    """Also the last captures and misses, None for all; only at their addresses others end."""
    seen, lost = _last_captures(connection, new[0]), _last_misses(connection, new[1])
    if not seen and not lost:
        return replace(held, added=added)
    rows = [facts.row_of.get(row.document_id, _NOTHING) for row in seen]
    shown = [not row.hidden and at >= 0 for row, at in zip(seen, rows, strict=True)]
    fresh = _places([*seen, *lost])
    places = np.append(held.places, fresh)
    times = np.append(held.times, _numbers([_time(row.timestamp) for row in (*seen, *lost)]))
    documents = np.append(held.documents, _numbers([*rows, *[_NOTHING] * len(lost)]))
    until = np.append(held.until, np.full(len(fresh), _NEVER))
    touched = np.isin(places, fresh)
    until[touched] = _until(places[touched], times[touched], documents[touched])
    return replace(
        held,
        added=added,
        places=places,
        times=times,
        documents=documents,
        shown=np.append(held.shown, np.array([*shown, *[False] * len(lost)], dtype=np.bool_)),
        until=until,
    )


def _until(places: _Numbers, times: _Numbers, documents: _Numbers) -> _Numbers:
    """When another document, or none, was first seen at each one's place after its time."""
    order = np.lexsort((documents, times, places))
    place, time, document = places[order], times[order], documents[order]
    begins = np.append(True, (place[1:] != place[:-1]) | (time[1:] != time[:-1]))
    moment = np.cumsum(begins) - 1  # what was seen at one place at one time
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(order)) - 1
    sole = np.where(document[starts] == document[ends], document[starts], _SEVERAL)
    goes_on = np.append(place[starts][1:] == place[starts][:-1], False)
    following = np.where(goes_on, np.append(time[starts][1:], _NEVER), _NEVER)
    # Moments after each other at which one document alone was seen are a run.
    breaks = np.flatnonzero(~goes_on | np.append(sole[1:] != sole[:-1], True))
    run_until = following[breaks[np.searchsorted(breaks, np.arange(len(starts)))]]
    after = np.minimum(moment + 1, len(starts) - 1)
    same = goes_on[moment] & (sole[after] == document)
    found = np.empty_like(times)
    found[order] = np.where(same, run_until[after], following[moment])
    return found


# ---------------------------------------------------------------- reading


def _last_captures(connection: Connection, new: int | None) -> Sequence[Any]:
    names = ("document_id", "collection", "address", "timestamp", "hidden")
    return _last(connection, select(*(captures.c[name] for name in names)), new)


def _last_misses(connection: Connection, new: int | None) -> Sequence[Any]:
    asked = select(misses.c.collection, misses.c.address, misses.c.timestamp, misses.c.status)
    if new is None:
        asked = asked.where(misses.c.status.in_(GONE))
    return [row for row in _last(connection, asked, new) if row.status in GONE]


def _last(connection: Connection, asked: Select[Any], new: int | None) -> Sequence[Any]:
    """Rows of one table: all, or those put in last."""
    if new == 0:
        return []
    if new is not None:
        asked = asked.order_by(literal_column("rowid").desc()).limit(new)
    return connection.execute(asked).all()


def _places(rows: Sequence[Any]) -> _Numbers:
    """A number for each collection and address."""
    places = [(row.collection, row.address) for row in rows]
    numbers = {place: number(*place) for place in set(places)}
    return _numbers([numbers[place] for place in places])


def _numbers(values: Sequence[int]) -> _Numbers:
    return np.array(values, dtype=np.int64)


def _time(timestamp: str) -> int:
    return int(timestamp.ljust(_LENGTH, "0"))
