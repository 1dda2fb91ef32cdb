"""Pieces of SQL that several parts of the docstore share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    true,
)

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.named import Facet, naming
from rag_assistant.docstore.tables import (
    captures,
    changes,
    documents,
    misses,
    passages,
    sections,
)
from rag_assistant.schema import Access, Audience, Use

GONE = (404, 410)
"""HTTP status that says that an address has no page any more."""
_Value = TypeVar("_Value")
LISTED: tuple[Use, ...] = ("answer", "quote", "list")
READABLE: tuple[Use, ...] = ("answer", "quote")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Filters made exact: what an audience may see, and what the asker wants of it.

    Dates are day numbers and mean overlap; ``as_of`` is a 14-digit timestamp. Of ``persons`` and
    ``places`` all must be named (see `named`). ``documents`` are ids; none of them means any.
    """

    access: tuple[Access, ...] = ("staff", "public")
    uses: tuple[Use, ...] = LISTED
    collections: tuple[str, ...] | None = None
    language: str | None = None
    kind: str | None = None
    date_from: int | None = None
    date_to: int | None = None
    as_of: str | None = None
    persons: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[tuple[Facet, str], ...]:
        """The persons and places that all must be named."""
        people: list[tuple[Facet, str]] = [("person", one) for one in self.persons]
        return (*people, *(("place", one) for one in self.places))

    @property
    def one_by_one(self) -> bool:
        """Whether more is asked than the lexical index knows: it is told the documents."""
        return bool(self.as_of or self.names or self.documents)

    @property
    def selective(self) -> bool:
        """Whether more is asked than collection and access, which the indexes know by place."""
        return bool(self.names or self.documents) or any(
            value is not None
            for value in (self.language, self.kind, self.date_from, self.date_to, self.as_of)
        )

    @property
    def by_place(self) -> Bounds:
        """Only the bounds that the vector index knows by place."""
        return Bounds(access=self.access, uses=self.uses, collections=self.collections)


def of_audience(bounds: Bounds) -> Bounds:
    """The same audience, asking for everything that it may see."""
    return Bounds(access=bounds.access, uses=bounds.uses)


def audience_access(audience: Audience) -> tuple[Access, ...]:
    """What an audience may see."""
    return ("staff", "public") if audience == "staff" else ("public",)


def within(bounds: Bounds) -> ColumnElement[bool]:
    """The condition on `documents` that the bounds mean."""
    conditions = [
        documents.c.hidden == 0,
        documents.c.access.in_(bounds.access),
        documents.c.use.in_(bounds.uses),
    ]
    if bounds.collections is not None:
        collection = sqlite.unindexed(documents.c.collection)
        conditions.append(collection.in_(bounds.collections))
    if bounds.language:
        conditions.append(_spoken(bounds.language))
    if bounds.kind:
        conditions.append(documents.c.kind == bounds.kind)
    if bounds.date_from is not None:
        conditions.append(documents.c.date_to >= bounds.date_from)
    if bounds.date_to is not None:
        conditions.append(documents.c.date_from <= bounds.date_to)
    if bounds.documents:
        conditions.append(documents.c.id.in_(bounds.documents))
    conditions += [naming(facet, name) for facet, name in bounds.names]
    if bounds.as_of:
        conditions.append(or_(documents.c.captured == 0, _stood_at(bounds.as_of)))
    return and_(*conditions)


def passage_within(bounds: Bounds) -> ColumnElement[bool]:
    """The condition on `passages` that the bounds mean beside that on their documents."""
    if not bounds.language:
        return true()
    return or_(passages.c.language.is_(None), passages.c.language == bounds.language)


def _spoken(language: str) -> ColumnElement[bool]:
    """The document is in this language, or some of it is."""
    share = func.json_each(documents.c.languages).table_valued("value")
    named = select(share.c.value).where(func.json_extract(share.c.value, "$[0]") == language)
    return or_(documents.c.language == language, named.exists())


@lru_cache(maxsize=8)  # building it takes as long as asking it of some hundred documents
def _stood_at(timestamp: str) -> ColumnElement[bool]:
    """The document's words were what the crawler last saw at that address by then.

    Where it last found no page there, nothing stood there. What follows on the newest capture by
    then follows on all before it, so that one alone is tested.
    """
    seen = captures.alias()
    place = seen.c.document_id, seen.c.collection, seen.c.address
    newest = (
        select(*place, func.max(seen.c.timestamp).label("timestamp"))
        .where(
            seen.c.document_id == documents.c.id,
            seen.c.hidden == 0,
            seen.c.timestamp <= timestamp,
        )
        .group_by(*place)
        .correlate(documents)
        .subquery()
    )
    return select(newest.c.address).where(~followed(newest, timestamp)).exists()


def followed(seen: FromClause, timestamp: str) -> ColumnElement[bool]:
    """Whether other words, or no page, followed on a capture at its address by then.

    ``seen`` has the columns of `captures` that name document, collection, address and timestamp.
    """
    later = captures.alias()
    others = exists().where(
        later.c.address == seen.c.address,
        later.c.collection == seen.c.collection,
        later.c.document_id != seen.c.document_id,
        later.c.timestamp > seen.c.timestamp,
        later.c.timestamp <= timestamp,
    )
    gone = exists().where(
        misses.c.address == seen.c.address,
        misses.c.collection == seen.c.collection,
        misses.c.status.in_(GONE),
        misses.c.timestamp > seen.c.timestamp,
        misses.c.timestamp <= timestamp,
    )
    return or_(others, gone)


def entry_rows() -> Select[Any]:
    """Passages with their documents' facts, as `rows.to_entry` reads them."""
    of_passage = (column for column in passages.columns if column is not passages.c.language)
    return (
        select(
            *of_passage,
            passages.c.language.label("own_language"),
            sections.c.headings,
            passage_text(),
            documents.c.collection,
            documents.c.access,
            documents.c.use,
            documents.c.language,
            documents.c.languages,
            documents.c.described_by,
            documents.c.kind,
            documents.c.title,
            documents.c.date_from,
            documents.c.date_to,
        )
        .join_from(passages, sections, passages.c.section_id == sections.c.id)
        .join(documents, passages.c.document_id == documents.c.id)
    )


def passage_text() -> ColumnElement[str]:
    """A passage's text, cut out of its section's."""
    text = func.substr(sections.c.text, passages.c.start + 1, passages.c.end - passages.c.start)
    return text.label("text")


def hashed_passages() -> Select[Any]:
    """Passages with what `rows.shown_hash` needs."""
    return select(
        passages.c.id, passages.c.text_hash, documents.c.use, documents.c.title
    ).join_from(passages, documents, passages.c.document_id == documents.c.id)


def batches(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """The values in parts that fit into one statement."""
    for begin in range(0, len(values), sqlite.VARIABLES):
        yield values[begin : begin + sqlite.VARIABLES]


def index_keys(connection: Connection, document_id: str) -> list[list[str]]:
    """What the indexes hold of a document: [passage id, collection, access]."""
    rows = connection.execute(_INDEX_KEYS, {"document": document_id})
    return [list(row) for row in rows]


def log_change(connection: Connection, document_id: str, removed: list[list[str]]) -> None:
    """Tell the followers: these entries are no longer, look again at the document."""
    connection.execute(_LOG, {"document_id": document_id, "removed": removed})


_INDEX_KEYS = (
    select(passages.c.id, documents.c.collection, documents.c.access)
    .join_from(passages, documents)
    .where(documents.c.id == bindparam("document"))
    .order_by(passages.c.id)
)
_LOG = insert(changes)
