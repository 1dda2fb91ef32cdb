"""The reading side: what an audience may see, resolved from ids that the indexes found."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NoReturn

from sqlalchemy import Engine, RowMapping, Select, func, select

from rag_assistant import dates
from rag_assistant.answer import Scope
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import candidates, sqlite
from rag_assistant.docstore.candidates import Candidate, Placed, Wording
from rag_assistant.docstore.cursors import present_generation, reached, untaken
from rag_assistant.docstore.facts import Chosen, FactTable, changed_since
from rag_assistant.docstore.named import documents_naming_all
from rag_assistant.docstore.queries import (
    READABLE,
    Bounds,
    batches,
    entry_rows,
    hashed_passages,
    passage_within,
    within,
)
from rag_assistant.docstore.rows import shown_hash, title_hash, to_entry, to_section
from rag_assistant.docstore.standing import StandingTable
from rag_assistant.docstore.tables import (
    changes,
    collections,
    documents,
    failures,
    gone,
    passages,
    sections,
)
from rag_assistant.errors import GoneError, NotFoundError
from rag_assistant.schema import Entry, Section
from rag_assistant.wording import say

_DAY = 10  # characters of an ISO date
_PARTS = 10_000  # of a coverage that is told
_INDEXES = ("lexical", "vectors")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSection:
    """A section as it is stored, with its document's id and its SHA-256."""

    id: str
    document_id: str
    sha256: str
    section: Section


class Library:
    """Reads for people. Whatever the bounds do not allow is not there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._facts = FactTable(engine)
        self._standing = StandingTable()

    def entries(self, passage_ids: Sequence[str], bounds: Bounds) -> dict[str, Entry]:
        """Passages by id, as far as the bounds allow: a hidden one is gone at once.

        What stood at a time is looked up once for each document, however many passages it has.
        """
        asked = {"ids": json.dumps(list(passage_ids))}
        with sqlite.reading(self._engine) as connection:
            if bounds.as_of:
                standing = connection.scalars(_standing(bounds), asked).all()
                asked["standing"] = json.dumps(standing)
            rows = connection.execute(_entries(bounds), asked).mappings()
            return {row["id"]: to_entry(row) for row in rows}

    def candidates(
        self, passage_ids: Collection[str], chosen: Chosen, bounds: Bounds
    ) -> dict[str, Candidate]:
        """What ranking asks of passages, by id; ``chosen`` are the documents within the bounds."""
        with sqlite.reading(self._engine) as connection:
            return candidates.candidates(connection, passage_ids, chosen, bounds.as_of)

    def wordings(self, passages: Collection[Candidate]) -> dict[str, Wording]:
        """The words of candidates, by id, of those that are still there."""
        with sqlite.reading(self._engine) as connection:
            return candidates.wordings(connection, passages)

    def document(self, document_id: str, bounds: Bounds) -> Mapping[str, Any]:
        """A document's columns.

        Raises:
            NotFoundError: Not there for this audience.
            GoneError: Removed.
        """
        return self.documents([document_id], bounds)[document_id]

    def documents(
        self, document_ids: Sequence[str], bounds: Bounds
    ) -> dict[str, Mapping[str, Any]]:
        """Documents' columns by id. Raises as `document` does, for the first that is missing."""
        found: dict[str, Mapping[str, Any]] = {}
        with sqlite.reading(self._engine) as connection:
            for part in batches(document_ids):
                rows = connection.execute(
                    select(documents).where(documents.c.id.in_(part), within(bounds))
                ).mappings()
                found |= {row["id"]: dict(row) for row in rows}
        self._require(document_ids, found, bounds)
        return found

    def section(self, section_id: str, bounds: Bounds) -> StoredSection:
        """A section's stored text, for audiences and uses that allow to read it.

        Raises:
            NotFoundError: Not there for this audience.
            GoneError: Removed.
        """
        return self.sections_by_id([section_id], bounds)[section_id]

    def sections_by_id(
        self, section_ids: Sequence[str], bounds: Bounds
    ) -> dict[str, StoredSection]:
        """Sections by id. Raises as `section` does, for the first that is missing."""
        found: dict[str, StoredSection] = {}
        with sqlite.reading(self._engine) as connection:
            for part in batches(section_ids):
                rows = connection.execute(
                    select(sections)
                    .join(documents, sections.c.document_id == documents.c.id)
                    .where(sections.c.id.in_(part), within(bounds))
                ).mappings()
                found |= {row["id"]: _section(row) for row in rows}
        self._require(section_ids, found, bounds)
        return found

    def sections(self, document_id: str) -> list[StoredSection]:
        """All sections of a document, in order (ask `document` first whether it may be read)."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                select(sections)
                .where(sections.c.document_id == document_id)
                .order_by(sections.c.ordinal)
            ).mappings()
            return [_section(row) for row in rows]

    def collections(self) -> dict[str, CollectionConfig]:
        """All collections by id, as they were last indexed."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                select(collections.c.config, collections.c.root).order_by(collections.c.id)
            ).all()
        found = [CollectionConfig(**{**config, "root": root}) for config, root in rows]
        return {config.id: config for config in found}

    def places(self, bounds: Bounds) -> set[tuple[str, str]]:
        """The (collection, access) pairs that hold anything within the bounds."""
        return self.chosen(bounds).places()

    def chosen(self, bounds: Bounds) -> Chosen:
        """The documents within the bounds, looked up in memory."""
        with sqlite.reading(self._engine) as connection:
            facts = self._facts.now(connection)
            standing = None
            if bounds.as_of:
                standing = self._standing.now(connection, facts).at(bounds.as_of, facts)
            naming = documents_naming_all(connection, bounds.names)
        return facts.within(bounds, standing, naming)

    def text_hashes(self, bounds: Bounds) -> dict[str, str]:
        """Passage id -> text hash of all passages within the bounds."""
        with sqlite.reading(self._engine) as connection:
            asked = hashed_passages().where(within(bounds), passage_within(bounds))
            rows = connection.execute(asked).mappings()
            return {row["id"]: shown_hash(row) for row in rows}

    def hashes(self, passage_ids: Sequence[str]) -> dict[str, str]:
        """Text hashes by passage id, of those that are there."""
        found: dict[str, str] = {}
        with sqlite.reading(self._engine) as connection:
            for part in batches(passage_ids):
                rows = connection.execute(hashed_passages().where(passages.c.id.in_(part)))
                found |= {row["id"]: shown_hash(row) for row in rows.mappings()}
        return found

    def embedded_sample(self, limit: int) -> dict[str, str]:
        """Document ids by text hash: what is embedded of some passages, others at each call."""
        asked = hashed_passages().add_columns(passages.c.document_id)
        asked = asked.where(within(Bounds())).order_by(passages.c.text_hash).limit(limit)
        found: dict[str, str] = {}
        with sqlite.reading(self._engine) as connection:
            for start in (secrets.token_hex(), ""):  # the rest, where few are behind it
                if len(found) < limit:
                    rows = connection.execute(asked.where(passages.c.text_hash >= start))
                    found |= {shown_hash(row): row["document_id"] for row in rows.mappings()}
        return found

    def documents_of(self, passage_ids: Sequence[str]) -> dict[str, str]:
        """Document ids by passage id, of those that are there."""
        found: dict[str, str] = {}
        with sqlite.reading(self._engine) as connection:
            for part in batches(passage_ids):
                asked = select(passages.c.id, passages.c.document_id)
                rows = connection.execute(asked.where(passages.c.id.in_(part)))
                found |= {passage_id: document_id for passage_id, document_id in rows}
        return found

    def passages(self, document_ids: Sequence[str] | None = None) -> list[Placed]:
        """These documents' passages, or all."""
        named = ("id", "document_id", "text_hash", "language")
        asked = select(*(passages.c[name] for name in named))
        listed = select(documents.c.id, documents.c.title).where(documents.c.use == "list")
        parameters = {}
        if document_ids is not None:
            asked = asked.where(sqlite.among(passages.c.document_id, "ids"))
            listed = listed.where(sqlite.among(documents.c.id, "ids"))
            parameters["ids"] = json.dumps(list(document_ids))
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(asked, parameters).all()
            titles = {one: title for one, title in connection.execute(listed, parameters)}
        return [
            Placed(passage_id, one, title_hash(titles[one]), None)
            if one in titles
            else Placed(passage_id, one, text_hash, language)
            for passage_id, one, text_hash, language in rows
        ]

    def changed_since(self, seq: int, limit: int) -> list[str] | None:
        """Documents that changed after ``seq``, by id; None where they are more than ``limit``."""
        with sqlite.reading(self._engine) as connection:
            return changed_since(connection, seq, limit)

    def document_ids(self, bounds: Bounds) -> frozenset[str]:
        """Documents within the bounds."""
        with sqlite.reading(self._engine) as connection:
            return frozenset(connection.scalars(select(documents.c.id).where(within(bounds))))

    def scope(self, bounds: Bounds, chosen: Chosen | None = None) -> Scope:
        """What a search within these bounds looks through; ``chosen``, if it is known already."""
        chosen = chosen or self.chosen(bounds)
        days = chosen.days()
        return Scope(
            collections=chosen.values("collection"),
            documents=int(chosen.mask.sum()),
            dates=None if days is None else (dates.iso_date(days[0]), dates.iso_date(days[1])),
            languages=chosen.languages(),
            pages_without_text=int(chosen.column("pages_without_text").sum()),
            undated_excluded=chosen.undated,
            updated=chosen.updated(),
        )

    def coverage(
        self, bounds: Bounds, held: Mapping[str, int], chosen: Chosen | None = None
    ) -> dict[str, float]:
        """Share of the passages within the bounds that each index holds, 0..1, rounded down.

        ``held`` is the last change of each index that can be asked, up to which it holds all;
        what it took beyond is counted too. Another holds nothing.
        """
        chosen = chosen or self.chosen(bounds)
        total = int(chosen.column("passages").sum())
        shares = dict.fromkeys(_INDEXES, 0.0)
        with sqlite.reading(self._engine) as connection:
            for name in shares.keys() & held.keys():
                ahead = connection.scalars(
                    select(changes.c.document_id)
                    .where(
                        changes.c.seq > reached(name, held[name]),
                        changes.c.seq <= chosen.facts.seq,  # what is behind is not in this view
                        untaken(name, present_generation(name)),
                    )
                    .distinct()
                )
                waiting = chosen.mask & chosen.facts.rows_of(ahead)
                there = total - int(chosen.facts.columns["passages"][waiting].sum())
                shares[name] = there * _PARTS // total / _PARTS if total else 1.0
        return shares

    def failures(
        self, limit: int, *, collection: str | None = None, path: str | None = None
    ) -> list[dict[str, Any]]:
        """Leaves that could not be read, of everything or of one file."""
        conditions = []
        if collection is not None:
            conditions = [failures.c.collection == collection, failures.c.path == path]
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                select(failures)
                .where(*conditions)
                .order_by(failures.c.collection, failures.c.path, failures.c.id)
                .limit(limit)
            ).mappings()
            return [dict(row) for row in rows]

    def counts(self) -> list[dict[str, Any]]:
        """Documents and passages that are not hidden, and failures, by collection."""
        with sqlite.reading(self._engine) as connection:
            held = (
                select(documents.c.collection, func.count(passages.c.id))
                .join_from(documents, passages, passages.c.document_id == documents.c.id)
                .where(documents.c.hidden == 0)
                .group_by(documents.c.collection)
            )
            texts = _counted(connection.execute(held).all())
            shown = _count_by_collection(documents).where(documents.c.hidden == 0)
            items = _counted(connection.execute(shown).all())
            failed = _counted(connection.execute(_count_by_collection(failures)).all())
            access = connection.execute(
                select(collections.c.id, collections.c.config).order_by(collections.c.id)
            ).all()
        return [
            {
                "id": name,
                "access": config["access"],
                "documents": items.get(name, 0),
                "passages": texts.get(name, 0),
                "failed": failed.get(name, 0),
            }
            for name, config in access
        ]

    def restricted_in_words(self) -> list[dict[str, str]]:
        """Documents of public collections that their own restriction keeps with the staff."""
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(
                select(documents.c.id, documents.c.title, documents.c.access_note)
                .join_from(documents, collections, documents.c.collection == collections.c.id)
                .where(
                    collections.c.config["access"].as_string() == "public",
                    documents.c.access_note != "",
                    documents.c.own_access == "staff",
                    documents.c.closed_until.is_(None),
                )
                .order_by(documents.c.id)
            ).mappings()
            return [dict(row) for row in rows]

    def _require(self, items: Sequence[str], found: Container[str], bounds: Bounds) -> None:
        for item in items:
            if item not in found:
                self._missing(item, bounds)

    def _missing(self, item: str, bounds: Bounds) -> NoReturn:
        known = select(gone.c.at).where(gone.c.id == item, gone.c.access.in_(bounds.access))
        with sqlite.reading(self._engine) as connection:
            at = connection.scalar(known)
            present = any(
                connection.scalar(select(table.c.id).where(table.c.id == item))
                for table in (documents, sections, passages)
            )
        if at and not present:
            raise GoneError(
                say("{item} was removed on {date}.", item=item, date=at[:_DAY]),
                say("What stands there now: `rag-assistant search`."),
                date=at[:_DAY],
            )
        told = say("There is no {item} here.", item=item)
        raise NotFoundError(told, say("Find passages with `rag-assistant search`."))


@lru_cache(maxsize=8)  # building it takes longer than asking it of ten passages
def _entries(bounds: Bounds) -> Select[Any]:
    by_id = entry_rows().where(sqlite.among(passages.c.id, "ids"), passage_within(bounds))
    if bounds.as_of:
        return by_id.where(sqlite.among(documents.c.id, "standing"))
    return by_id.where(within(bounds))


@lru_cache(maxsize=8)
def _standing(bounds: Bounds) -> Select[tuple[str]]:
    """The documents of passages, as far as the bounds allow."""
    holding = select(passages.c.document_id).where(sqlite.among(passages.c.id, "ids"))
    return select(documents.c.id).where(documents.c.id.in_(holding), within(bounds))


def readable(bounds: Bounds) -> Bounds:
    """The same bounds, for text: what may only be listed has none."""
    return replace(bounds, uses=tuple(use for use in bounds.uses if use in READABLE))


def _section(row: RowMapping) -> StoredSection:
    return StoredSection(
        id=row["id"],
        document_id=row["document_id"],
        sha256=row["sha256"],
        section=to_section(row),
    )


def _count_by_collection(table: Any) -> Any:
    return select(table.c.collection, func.count()).group_by(table.c.collection)


def _counted(rows: Sequence[Any]) -> dict[str, int]:
    return {name: int(number) for name, number in rows}
