"""What a take-down touches, and what it leaves: all that its receipt says, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Connection, func, select, true

from rag_assistant.docstore.bans import Item
from rag_assistant.docstore.queries import batches
from rag_assistant.docstore.similar import similar_documents
from rag_assistant.docstore.tables import captures, collections, documents, misses, passages

Action = Literal["hidden", "removed", "restored"]
_LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that something taken down was read from; ``there`` says whether it still stands."""

    collection: str
    folder: str
    path: str
    there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarItem:
    """A document that can still be searched and holds nearly the same text."""

    document_id: str
    collection: str
    title: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a take-down did, or would do.

    Attributes:
        item: What was named.
        action: What was done with it.
        dry_run: Whether nothing was done.
        at: When, ISO 8601, UTC.
        documents: How many documents go (of a restored item: are here); ``passages`` are theirs.
        captures: How many captures are named, those that gave no page among them.
        staying: How many documents lose captures and live on by others.
        sources: The first of the files that it was read from; ``source_count`` are all.
        similar: The first documents whose text is similar; ``similar_count`` are all.
        first: The first change that the indexes must take, ``seq`` the last.
        hidden: When every index had taken them; None: not yet.
        erased: When no byte was left in the data folder; None: not yet, or only hidden.
    """

    item: str
    action: Action
    dry_run: bool
    at: str
    documents: int
    passages: int
    captures: int
    staying: int
    sources: tuple[SourceFile, ...] = ()
    source_count: int = 0
    similar: tuple[SimilarItem, ...] = ()
    similar_count: int = 0
    first: int = 0
    seq: int = 0
    hidden: str | None = None
    erased: str | None = None

    @property
    def done(self) -> bool:
        """Whether all is done that was asked for."""
        if self.dry_run or self.action == "restored":
            return True
        return self.hidden is not None and (self.action == "hidden" or self.erased is not None)

    def to_dict(self) -> dict[str, Any]:
        """As the command line gives it with ``--json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What an item names: ``ids`` are all its documents, ``going`` those that go entirely.

    ``signatures`` are of their passages, ``sources`` the (collection, path) of the files that they
    and the item's captures were read from.
    """

    ids: Sequence[str]
    going: Sequence[str]
    captures: int
    signatures: Sequence[bytes]
    sources: Sequence[tuple[str, str]]

    def receipt(
        self, connection: Connection, item: Item, action: Action, at: str, *, dry_run: bool
    ) -> Receipt:
        """The receipt; what is similar is looked for now, which takes seconds in a large store."""
        alike = similar_documents(connection, self.signatures, frozenset(self.going))
        return Receipt(
            item=item.text,
            action=action,
            dry_run=dry_run,
            at=at,
            documents=len(self.going),
            passages=len(self.signatures),
            captures=self.captures,
            staying=len(self.ids) - len(self.going),
            sources=_source_files(connection, self.sources[:_LISTED]),
            source_count=len(self.sources),
            similar=_similar_items(connection, alike[:_LISTED]),
            similar_count=len(alike),
        )


def touched_by(connection: Connection, item: Item, *, removing: bool) -> Touched:
    """What an item names of what is stored now.

    By being removed a document goes with its last capture, by being hidden with the last that can
    be seen.
    """
    named = _named(connection, item)
    by_capture = set(
        connection.scalars(select(captures.c.document_id).where(item.of_captures()).distinct())
    )
    living_on = _living_on(connection, item, sorted(by_capture), removing=removing)
    going = sorted(named | (by_capture - living_on))
    return Touched(
        ids=sorted(named | by_capture),
        going=going,
        captures=_capture_count(connection, item, sorted(named)),
        signatures=_each(connection, passages.c.signature, passages.c.document_id, going),
        sources=_sources(connection, item, going),
    )


def _named(connection: Connection, item: Item) -> set[str]:
    """Documents that the item names themselves, not by a capture."""
    if item.first:
        return set()
    return set(connection.scalars(select(documents.c.id).where(item.of_documents())))


def _living_on(
    connection: Connection, item: Item, ids: Sequence[str], *, removing: bool
) -> set[str]:
    """Documents that have another capture, of which more than nothing can be seen."""
    counted = true() if removing else captures.c.hidden == 0
    return set(
        _each(
            connection,
            captures.c.document_id,
            captures.c.document_id,
            ids,
            counted,
            ~item.of_captures(),
        )
    )


def _capture_count(connection: Connection, item: Item, named: Sequence[str]) -> int:
    """Captures that the item names, those that gave no page among them, or of what it names."""
    by_item = sum(
        connection.execute(
            select(func.count()).select_from(table).where(item.of_captures(table))
        ).scalar_one()
        for table in (captures, misses)
    )
    of_named = _each(
        connection, captures.c.record, captures.c.document_id, named, ~item.of_captures()
    )
    return by_item + len(of_named)


def _sources(connection: Connection, item: Item, going: Sequence[str]) -> list[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for table in (captures, misses):
        place = select(table.c.collection, table.c.path)
        found |= {
            (one, path) for one, path in connection.execute(place.where(item.of_captures(table)))
        }
    for part in batches(going):
        for table, condition in (
            (captures, captures.c.document_id.in_(part)),
            (documents, documents.c.id.in_(part) & (documents.c.captured == 0)),
        ):
            place = select(table.c.collection, table.c.path).distinct()
            found |= {(one, path) for one, path in connection.execute(place.where(condition))}
    return sorted(found)


def _each(
    connection: Connection,
    wanted: Column[Any],
    key: Column[Any],
    ids: Sequence[str],
    *conditions: ColumnElement[bool],
) -> list[Any]:
    """The wanted column of all rows whose key is one of the ids."""
    found: list[Any] = []
    for part in batches(ids):
        found += connection.scalars(select(wanted).where(key.in_(part), *conditions))
    return found


def _source_files(
    connection: Connection, places: Sequence[tuple[str, str]]
) -> tuple[SourceFile, ...]:
    rows = connection.execute(select(collections.c.id, collections.c.root))
    roots: dict[str, str] = {collection: root for collection, root in rows}
    return tuple(
        SourceFile(
            collection=collection,
            folder=roots.get(collection, ""),
            path=path,
            there=Path(roots.get(collection, ""), path).exists(),
        )
        for collection, path in places
    )


def _similar_items(connection: Connection, ids: Sequence[str]) -> tuple[SimilarItem, ...]:
    rows = connection.execute(
        select(documents.c.id, documents.c.collection, documents.c.title, documents.c.uri)
        .where(documents.c.id.in_(ids))
        .order_by(documents.c.collection, documents.c.title, documents.c.id)
    )
    return tuple(
        SimilarItem(document_id=row.id, collection=row.collection, title=row.title, uri=row.uri)
        for row in rows
    )
