"""Captures: when a crawler saw which words at which address.

Captures of one address are versions of one page, however its URL was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, bindparam, func, select

from rag_assistant.addresses import address_key
from rag_assistant.docstore import sqlite
from rag_assistant.docstore.queries import Bounds, followed, of_audience, within
from rag_assistant.docstore.tables import captures, documents, misses


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCapture:
    """A stored capture and where its record stands (see `schema.Capture`)."""

    document_id: str
    collection: str
    uri: str
    address: str
    timestamp: str
    payload_digest: str
    record: str
    path: str
    member: str
    offset: int

    @property
    def source_file(self) -> str:
        """The archive that holds the record, that of a package with the package's name."""
        return f"{self.path}/{self.member}" if self.member else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A capture of an address that gave no page then: an error or a redirect."""

    collection: str
    uri: str
    timestamp: str
    status: int
    record: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCapture:
    """The capture that stands for a document, and when its words were first and last seen."""

    capture: SeenCapture
    first: str
    last: str


_SEEN = tuple(captures.c[name] for name in SeenCapture.__dataclass_fields__)
_MISSED = tuple(misses.c[name] for name in Miss.__dataclass_fields__)


class Captures:
    """Reads captures; what is hidden is not there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, document_id: str) -> list[SeenCapture]:
        """Captures of a document, oldest first."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                select(*_SEEN)
                .where(captures.c.document_id == document_id, captures.c.hidden == 0)
                .order_by(captures.c.timestamp, captures.c.path, captures.c.record)
            ).mappings()
            return [SeenCapture(**row) for row in rows]

    def at(self, uri: str, bounds: Bounds) -> list[SeenCapture]:
        """Captures of an address that the bounds allow, oldest first."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                select(*_SEEN)
                .join_from(captures, documents, captures.c.document_id == documents.c.id)
                .where(
                    captures.c.address == address_key(uri),
                    captures.c.hidden == 0,
                    within(bounds),
                )
                .order_by(captures.c.timestamp, captures.c.path, captures.c.record)
            ).mappings()
            return [SeenCapture(**row) for row in rows]

    def misses(self, uri: str, collections: Sequence[str]) -> list[Miss]:
        """When an address gave no page, oldest first."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                select(*_MISSED)
                .where(
                    misses.c.address == address_key(uri),
                    misses.c.collection.in_(collections),
                )
                .order_by(misses.c.timestamp, misses.c.path, misses.c.record)
            ).mappings()
            return [Miss(**row) for row in rows]

    def shown(self, document_id: str, as_of: str | None) -> ShownCapture | None:
        """The capture that stands for a document: its newest, or the newest by then.

        By then, one whose address still had these words goes before one that others followed.
        """
        asked = {"document": document_id}
        chosen, span = _shown(as_of)
        with sqlite.reading(self._engine) as connection:
            row = connection.execute(chosen, asked).mappings().one_or_none()
            if row is None:
                return None
            first, last = connection.execute(span, asked).one()
        return ShownCapture(capture=SeenCapture(**row), first=first, last=last)

    def neighbours(
        self, collection: str, shown: ShownCapture, bounds: Bounds
    ) -> tuple[str | None, str | None]:
        """When other words stood at the shown capture's address: last before, and first after.

        Only of what the audience may see: nothing else is told of, not even by a date.
        """
        capture = shown.capture
        stamps = (
            select(func.max(captures.c.timestamp)).where(captures.c.timestamp < capture.timestamp),
            select(func.min(captures.c.timestamp)).where(captures.c.timestamp > capture.timestamp),
        )
        with sqlite.reading(self._engine) as connection:
            before, after = (
                connection.scalar(
                    stamp.join_from(
                        captures, documents, captures.c.document_id == documents.c.id
                    ).where(
                        captures.c.address == capture.address,
                        captures.c.collection == collection,
                        captures.c.document_id != capture.document_id,
                        captures.c.hidden == 0,
                        within(of_audience(bounds)),
                    )
                )
                for stamp in stamps
            )
        return before, after

    def versions(self, collection: str, address: str, bounds: Bounds) -> int:
        """How many distinct texts the audience may see of an address."""
        with sqlite.reading(self._engine) as connection:
            number: int | None = connection.scalar(
                _versions(of_audience(bounds)), {"in_collection": collection, "at": address}
            )
        return number or 0


# A hit asks both of these: building them anew took twice as long as the answers.


@lru_cache(maxsize=8)
def _shown(as_of: str | None) -> tuple[Select[Any], Select[Any]]:
    """The capture that stands for ``document``, and when its words were first and last seen."""
    of_document = and_(captures.c.document_id == bindparam("document"), captures.c.hidden == 0)
    order = (captures.c.timestamp.desc(), captures.c.path, captures.c.record)
    chosen = select(*_SEEN).where(of_document).order_by(*order)
    if as_of:
        chosen = _last_at_each_address(of_document, as_of).order_by(
            followed(captures, as_of), *order
        )
    span = select(func.min(captures.c.timestamp), func.max(captures.c.timestamp))
    return chosen.limit(1), span.where(of_document)


@lru_cache(maxsize=8)
def _versions(bounds: Bounds) -> Select[Any]:
    """How many documents within the bounds were seen ``at`` an address, ``in_collection``."""
    return (
        select(func.count(captures.c.document_id.distinct()))
        .join_from(captures, documents, captures.c.document_id == documents.c.id)
        .where(
            captures.c.collection == bindparam("in_collection"),
            captures.c.address == bindparam("at"),
            captures.c.hidden == 0,
            within(bounds),
        )
    )


def _last_at_each_address(of_document: ColumnElement[bool], as_of: str) -> Select[Any]:
    """A document's last captures by then; what follows on them follows on all before them."""
    last = (
        select(captures.c.address, func.max(captures.c.timestamp).label("timestamp"))
        .where(of_document, captures.c.timestamp <= as_of)
        .group_by(captures.c.address)
        .subquery()
    )
    here = and_(captures.c.address == last.c.address, captures.c.timestamp == last.c.timestamp)
    return select(*_SEEN).join(last, here).where(of_document)
