"""What filters ask of every document, held in memory, so that a search counts and chooses at once.

A row a document, brought up to date by the change log. It tells where to look and how much there
is; what is shown is still read from the docstore, under the same bounds (`queries.within`).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, Select, func, select

from rag_assistant.dates import OPEN_FIRST, OPEN_LAST
from rag_assistant.docstore.queries import Bounds, batches
from rag_assistant.docstore.tables import changes, documents, passages

Mask = NDArray[np.bool_]
_Numbers = NDArray[np.int64]
_NAMES = ("collection", "access", "use", "language", "languages", "kind")
_NUMBERS = ("date_from", "date_to", "hidden", "captured", "pages_without_text")
_COLUMNS = (*_NAMES, *_NUMBERS, "indexed_at", "passages")
_NEVER, _ALWAYS = np.iinfo(np.int64).max, np.iinfo(np.int64).min
_ANEW = 2_000  # changed documents from which all are read again


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All documents as they stood at one change. Arrays have a row a document.

    Names are numbers: their places in ``names``, by column; those of all of a document's languages
    are one name, with spaces between. A missing ``date_from`` is later, a
    missing ``date_to`` earlier than any day. A document that is gone counts as hidden. ``build``
    differs where rows stand for other documents than before.
    """

    seq: int
    build: int
    row_of: Mapping[str, int]
    names: Mapping[str, Mapping[str, int]]
    columns: Mapping[str, _Numbers]

    def within(
        self,
        bounds: Bounds,
        standing: Mask | None = None,
        naming: Collection[str] | None = None,
    ) -> Chosen:
        """The documents within the bounds.

        Args:
            bounds: As `queries.within` takes them.
            standing: Pages that stood at ``bounds.as_of`` (see `standing.Standing.at`).
            naming: Ids of what names ``bounds.names``, None for any.
        """
        held = self.columns
        mask: Mask = held["hidden"] == 0
        wanted = {
            "access": bounds.access,
            "use": bounds.uses,
            "collection": bounds.collections,
            "kind": (bounds.kind,) if bounds.kind else None,
        }
        for column, values in wanted.items():
            if values is not None:
                known = self.names[column]
                codes = [known[value] for value in values if value in known]
                mask &= np.isin(held[column], codes)
        if bounds.language:
            mask &= self._spoken(bounds.language)
        if standing is not None:
            mask &= (held["captured"] == 0) | standing
        if naming is not None:
            mask &= self.rows_of(naming)
        if bounds.documents:
            mask &= self.rows_of(bounds.documents)
        undated = 0
        if bounds.date_from is not None or bounds.date_to is not None:
            undated = int(np.sum(mask & (held["date_from"] == _NEVER)))
        if bounds.date_from is not None:
            mask = mask & (held["date_to"] >= bounds.date_from)
        if bounds.date_to is not None:
            mask = mask & (held["date_from"] <= bounds.date_to)
        return Chosen(facts=self, mask=mask, undated=undated, language=bounds.language)

    def named(self, column: str, rows: Sequence[int]) -> list[str]:
        """The names that stand in a column of these rows."""
        names = {code: name for name, code in self.names[column].items()}
        return [names[code] for code in self.columns[column][rows].tolist()]

    def _spoken(self, language: str) -> Mask:
        """The documents that are in a language, or of which some is."""
        held = self.names["languages"].items()
        several = [code for names, code in held if language in names.split()]
        alone: Mask = self.columns["language"] == self.names["language"].get(language, -1)
        return alone | np.isin(self.columns["languages"], several)

    def rows_of(self, document_ids: Iterable[str]) -> Mask:
        """These documents' rows, as a mask; what is not known is left out."""
        mask: Mask = np.zeros(len(self.row_of), dtype=np.bool_)
        mask[[self.row_of[one] for one in document_ids if one in self.row_of]] = True
        return mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The documents within some bounds: a mask over the rows of the facts.

    ``undated`` more would be among them, were it not for the bounds' dates. ``language`` is what
    the bounds ask of their passages that have a language of their own.
    """

    facts: Facts
    mask: Mask
    undated: int
    language: str | None = None

    def column(self, name: str) -> _Numbers:
        """The numbers that stand in a column of theirs."""
        return self.facts.columns[name][self.mask]

    def values(self, name: str) -> tuple[str, ...]:
        """The different names in a column of theirs, sorted."""
        held = np.bincount(self.column(name), minlength=len(self.facts.names[name]))
        return tuple(sorted(one for one, code in self.facts.names[name].items() if held[code]))

    def languages(self) -> tuple[str, ...]:
        """The languages that are searched, sorted: the one that was asked for, or all of theirs."""
        if self.language:
            return (self.language,) if self.mask.any() else ()
        several = (name for names in self.values("languages") for name in names.split())
        return tuple(sorted({*self.values("language"), *several}))

    def places(self) -> set[tuple[str, str]]:
        """Their (collection, access) pairs."""
        rows, columns = self.facts.names["collection"], self.facts.names["access"]
        codes = self.column("collection") * len(columns) + self.column("access")
        held = np.bincount(codes, minlength=len(rows) * len(columns))
        return {
            (collection, access)
            for collection, row in rows.items()
            for access, column in columns.items()
            if held[row * len(columns) + column]
        }

    def days(self) -> tuple[int, int] | None:
        """The first and the last day that any of them is of; None where none is dated.

        Where an end is open ("1934/.."), the other one tells.
        """
        firsts, lasts = self.column("date_from"), self.column("date_to")
        told = [
            *firsts[(firsts != _NEVER) & (firsts > OPEN_FIRST)],
            *lasts[(lasts != _ALWAYS) & (lasts < OPEN_LAST)],
        ]
        return (int(min(told)), int(max(told))) if told else None

    def updated(self) -> str | None:
        """When one of them was last indexed, as ``indexed_at`` is stored."""
        if not self.mask.any():
            return None
        last = datetime.fromtimestamp(int(self.column("indexed_at").max()), UTC)
        return last.isoformat(timespec="seconds")

    def holds(self, document_id: str) -> bool:
        """Whether this document is one of them."""
        row = self.facts.row_of.get(document_id)
        return row is not None and bool(self.mask[row])

    def ids(self) -> frozenset[str]:
        """Their ids."""
        return frozenset(one for one, row in self.facts.row_of.items() if self.mask[row])


class FactTable:
    """Keeps `Facts` of one docstore; several threads may ask."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._facts: Facts | None = None

    def now(self, connection: Connection) -> Facts:
        """All documents as they stand in this view of the docstore, or in a newer one."""
        seq = int(connection.scalar(select(func.max(changes.c.seq))) or 0)
        with self._lock:
            facts = self._facts
            if facts is None or facts.seq < seq:
                self._facts = facts = self._read(connection, facts, seq)
            return facts

    def _read(self, connection: Connection, before: Facts | None, seq: int) -> Facts:
        changed = None if before is None else changed_since(connection, before.seq, _ANEW)
        if before is None or changed is None:
            blank = {name: np.empty(0, dtype=np.int64) for name in _COLUMNS}
            build = before.build + 1 if before else 0
            nothing = Facts(
                seq=0, build=build, row_of={}, names={name: {} for name in _NAMES}, columns=blank
            )
            return _with(nothing, seq, connection.execute(_rows()).all(), ())
        rows: list[Any] = []
        for part in batches(changed):
            rows += connection.execute(_rows().where(documents.c.id.in_(part))).all()
        return _with(before, seq, rows, changed)


def changed_since(connection: Connection, seq: int, limit: int) -> list[str] | None:
    """Documents that changed after ``seq``, by id; None where they are more than ``limit``."""
    found = connection.scalars(
        select(changes.c.document_id).where(changes.c.seq > seq).distinct().limit(limit + 1)
    ).all()
    return None if len(found) > limit else list(found)


def _rows() -> Select[Any]:
    number = (
        select(func.count())
        .where(passages.c.document_id == documents.c.id)
        .correlate(documents)
        .scalar_subquery()
    )
    named = (documents.c[name] for name in (*_NAMES, *_NUMBERS, "indexed_at"))
    return select(documents.c.id, *named, number)


def _with(before: Facts, seq: int, rows: Sequence[Any], changed: Sequence[str]) -> Facts:
    """The facts with these rows put in; those ``changed`` that have no row are gone."""
    row_of = dict(before.row_of)
    names = {column: dict(known) for column, known in before.names.items()}
    places = [row_of.setdefault(row[0], len(row_of)) for row in rows]
    columns = {}
    for at, column in enumerate(_COLUMNS, start=1):
        values = np.zeros(len(row_of), dtype=np.int64)
        values[: len(before.row_of)] = before.columns[column]
        values[places] = _numbers(column, [row[at] for row in rows], names)
        columns[column] = values
    present = {row[0] for row in rows}
    gone = [row_of[one] for one in changed if one not in present and one in row_of]
    columns["hidden"][gone] = 1
    columns["passages"][gone] = 0
    return replace(before, seq=seq, row_of=row_of, names=names, columns=columns)


def _numbers(column: str, values: list[Any], names: dict[str, dict[str, int]]) -> list[int]:
    if column == "languages":
        values = [" ".join(code for code, _ in shares) for shares in values]
    if column in names:
        known = names[column]
        return [known.setdefault(value, len(known)) for value in values]
    if column == "indexed_at":
        return [int(datetime.fromisoformat(value).timestamp()) for value in values]
    missing = {"date_from": _NEVER, "date_to": _ALWAYS}.get(column, 0)
    return [missing if value is None else value for value in values]
