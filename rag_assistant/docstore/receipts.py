"""What a take-down touches, and what it leaves: all that its receipt says, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Connection, func, select, true, union

from rag_assistant.docstore.bans import Item
from rag_assistant.docstore.queries import batches
from rag_assistant.docstore.rows import now
from rag_assistant.docstore.similar import similar_documents
from rag_assistant.docstore.tables import captures, collections, documents, misses, passages
from rag_assistant.docstore.unread import failures_naming

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
        since: Since when the same take-down has stood, where this one repeats it, else None. A
            removal that was erased long ago tells nothing more.
        lifted: Which take-down was restored, else None.
        documents: How many documents go (of a restored item: come back); ``passages`` are theirs.
        captures: How many captures are named, those that gave no page among them.
        staying: How many documents lose captures and live on by others (of a restored item: stay
            hidden by another take-down).
        failures: From how many recorded failures its address goes.
        sources: The first of the files that it was read from; ``source_count`` are all, None:
            nobody looked.
        similar: The first documents whose text is similar; ``similar_count`` are all, None:
            nobody looked.
        first: The first change that the indexes must take, ``seq`` the last.
        hidden: When every index had taken them, at the latest; None: not yet, or restored.
        erased: When no byte was left in the data folder, at the latest; None: not yet, or only
            hidden.
        followed: Of a restored item: when every index had taken the changes; None: not yet.
    """

    item: str
    action: Action
    dry_run: bool
    at: str
    since: str | None = None
    lifted: Action | None = None
    documents: int = 0
    passages: int = 0
    captures: int = 0
    staying: int = 0
    failures: int = 0
    sources: tuple[SourceFile, ...] = ()
    source_count: int | None = None
    similar: tuple[SimilarItem, ...] = ()
    similar_count: int | None = None
    first: int = 0
    seq: int = 0
    hidden: str | None = None
    erased: str | None = None
    followed: str | None = None

    @property
    def done(self) -> bool:
        """Whether all is done that was asked for."""
        if self.dry_run or self.action == "restored":
            return True
        return self.hidden is not None and (self.action == "hidden" or self.erased is not None)

    @property
    def forgotten(self) -> bool:
        """Whether it repeats a removal of which no more is known than that it stands."""
        return self.action == "removed" and self.since is not None and self.source_count is None

    def to_dict(self) -> dict[str, Any]:
        """As the command line gives it with ``--json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a take-down touched: no title and no text, so that it may be kept until it is erased.

    ``ids`` are documents, ``sources`` (collection, path) of files; the rest is as in `Receipt`.
    """

    ids: Sequence[str]
    documents: int
    passages: int
    captures: int
    staying: int
    failures: int
    sources: Sequence[Sequence[str]]

    def receipt(
        self, connection: Connection, item: Item, action: Action, *, dry_run: bool
    ) -> Receipt:
        """The receipt, without what is similar; whether the files stand is looked up now."""
        return Receipt(
            item=item.text,
            action=action,
            dry_run=dry_run,
            at=now(),
            documents=self.documents,
            passages=self.passages,
            captures=self.captures,
            staying=self.staying,
            failures=self.failures,
            sources=_source_files(connection, self.sources[:_LISTED]),
            source_count=len(self.sources),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What an item names: ``ids`` are all its documents, ``going`` those that go entirely.

    ``signatures`` are of their passages, ``sources`` the (collection, path) of the files that they
    and the item's captures were read from, ``addresses`` those at which nothing stays without the
    document that the item names by its id, ``failures`` the rows of failures that name one of its
    addresses.
    """

    ids: Sequence[str]
    going: Sequence[str]
    addresses: Sequence[str]
    captures: int
    failures: Sequence[int]
    signatures: Sequence[bytes]
    sources: Sequence[tuple[str, str]]

    @property
    def anything(self) -> bool:
        """Whether the item names anything that is stored."""
        return bool(self.ids or self.captures or self.failures)

    @property
    def facts(self) -> Facts:
        """What may be kept of it."""
        return Facts(
            ids=self.ids,
            documents=len(self.going),
            passages=len(self.signatures),
            captures=self.captures,
            staying=len(self.ids) - len(self.going),
            failures=len(self.failures),
            sources=self.sources,
        )

    def receipt(
        self, connection: Connection, item: Item, action: Action, *, dry_run: bool
    ) -> Receipt:
        """The receipt; what is similar is looked for now, which takes seconds in a large store."""
        alike = similar_documents(connection, self.signatures, frozenset(self.going))
        return replace(
            self.facts.receipt(connection, item, action, dry_run=dry_run),
            similar=_similar_items(connection, alike[:_LISTED]),
            similar_count=len(alike),
        )


def touched_by(connection: Connection, item: Item, *, removing: bool) -> Touched:
    """What an item names of what is stored now.

    By being removed a document goes with its last capture, by being hidden with the last that can
    be seen.
    """
    named = set(connection.scalars(select(documents.c.id).where(item.of_documents())))
    by_capture = set(
        connection.scalars(select(captures.c.document_id).where(item.of_captures()).distinct())
    )
    living_on = _living_on(connection, item, sorted(by_capture), removing=removing)
    going = sorted(named | (by_capture - living_on))
    addresses = _left_alone(connection, item.text) if removing and item.text in named else []
    return Touched(
        ids=sorted(named | by_capture),
        going=going,
        addresses=addresses,
        captures=_capture_count(connection, item, sorted(named), addresses),
        failures=failures_naming(connection, item, addresses) if removing else [],
        signatures=_each(connection, passages.c.signature, passages.c.document_id, going),
        sources=_sources(connection, item, going),
    )


def come_back(connection: Connection, touched: Touched) -> Facts:
    """Of what a lifted take-down hid, what can be seen now; what another one hides stays."""
    here = _each(connection, documents.c.id, documents.c.id, touched.going, documents.c.hidden == 0)
    shown = _each(connection, passages.c.id, passages.c.document_id, here)
    return replace(
        touched.facts,
        documents=len(here),
        passages=len(shown),
        staying=len(touched.going) - len(here),
    )


def _left_alone(connection: Connection, document_id: str) -> list[str]:
    """Addresses at which nothing stays when this document goes."""
    mine = [
        select(captures.c.address).where(captures.c.document_id == document_id),
        select(documents.c.address).where(documents.c.id == document_id),
    ]
    found = set(connection.scalars(union(*mine))) - {""}
    for part in batches(sorted(found)):
        others = [
            select(captures.c.address).where(
                captures.c.address.in_(part), captures.c.document_id != document_id
            ),
            select(documents.c.address).where(
                documents.c.address.in_(part), documents.c.id != document_id
            ),
        ]
        found -= set(connection.scalars(union(*others)))
    return sorted(found)


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


def _capture_count(
    connection: Connection, item: Item, named: Sequence[str], addresses: Sequence[str]
) -> int:
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
    without_page = _each(
        connection, misses.c.record, misses.c.address, addresses, ~item.of_captures(misses)
    )
    return by_item + len(of_named) + len(without_page)


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
    connection: Connection, places: Sequence[Sequence[str]]
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
