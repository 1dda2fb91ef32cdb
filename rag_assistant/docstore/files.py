"""The ledger of files: what was read to its end need not be opened again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, select, true, union, update

from rag_assistant.docstore import furniture, sqlite
from rag_assistant.docstore.lifecycle import remove_document, settle_captured
from rag_assistant.docstore.queries import batches
from rag_assistant.docstore.tables import (
    captures,
    documents,
    failures,
    files,
    misses,
    revisits,
    set_aside,
)
from rag_assistant.docstore.unread import Failure, replace_failures


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """A file that was read to its end; ``counts`` are its leaves' outcomes, to be repeated."""

    size: int
    mtime_ns: int
    sha256: str
    config_sha256: str
    counts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFinding:
    """What reading a file gave: who was seen, and what failed.

    ``seen_records`` are those that may be captures; of the others only the revisits are both.
    """

    state: FileState
    seen_documents: set[str] = field(default_factory=set)
    seen_records: set[str] = field(default_factory=set)
    seen_misses: set[str] = field(default_factory=set)
    seen_revisits: set[str] = field(default_factory=set)
    seen_aside: set[str] = field(default_factory=set)
    failed: list[Failure] = field(default_factory=list)


class Files:
    """Files that were read, and what hangs on them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def states(self, collection: str) -> dict[str, FileState]:
        """What is known of the files that were read to their end, by path."""
        names = tuple(FileState.__dataclass_fields__)
        asked = select(files.c.path, *(files.c[name] for name in names))
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(asked.where(files.c.collection == collection))
            return {
                path: FileState(**dict(zip(names, facts, strict=True))) for path, *facts in rows
            }

    def state(self, collection: str, path: str) -> FileState | None:
        """What is known of one file, None where it was not read to its end."""
        names = tuple(FileState.__dataclass_fields__)
        asked = select(*(files.c[name] for name in names)).where(
            files.c.collection == collection, files.c.path == path
        )
        with sqlite.reading(self._engine) as connection:
            facts = connection.execute(asked).one_or_none()
        return FileState(**dict(zip(names, facts, strict=True))) if facts else None

    def known_paths(self, collection: str) -> set[str]:
        """Paths that were read to their end, or that documents or captures stem from.

        A captured page outlives the file that it was first read from: its captures tell.
        """
        named = [
            select(table.c.path).where(table.c.collection == collection)
            for table in (files, captures, misses, revisits, set_aside, failures)
        ]
        plain = select(documents.c.path).where(
            documents.c.collection == collection, documents.c.captured == 0
        )
        with sqlite.reading(self._engine) as connection:
            return set(connection.scalars(union(plain, *named)))

    def unread(self, collection: str) -> tuple[dict[str, int], dict[str, int]]:
        """How many items could not be read and how many were passed over, by reason."""
        failed = (
            select(failures.c.reason, func.count())
            .where(failures.c.collection == collection)
            .group_by(failures.c.reason)
        )
        reasons = func.json_each(files.c.counts, "$.skipped").table_valued("key", "value")
        skipped = (
            select(reasons.c.key, func.sum(reasons.c.value))
            .select_from(files)
            .join(reasons, true())
            .where(files.c.collection == collection)
            .group_by(reasons.c.key)
        )
        with sqlite.reading(self._engine) as connection:
            found = [
                {str(reason): int(number) for reason, number in connection.execute(asked)}
                for asked in (failed, skipped)
            ]
        return found[0], found[1]

    def touch(self, collection: str, path: str, state: FileState) -> None:
        """Note a new size or time of a file whose bytes are the same."""
        with sqlite.writing(self._engine) as connection:
            connection.execute(
                update(files)
                .where(files.c.collection == collection, files.c.path == path)
                .values(size=state.size, mtime_ns=state.mtime_ns)
            )

    def finish(
        self, collection: str, path: str, finding: FileFinding, *, at_most: int | None = None
    ) -> int:
        """Note that a file was read to its end, and drop what it no longer holds.

        Where that would be more than ``at_most`` documents nothing is dropped, and the file counts
        as not read.

        Returns:
            How many documents were removed, or would have been.
        """
        with sqlite.writing(self._engine) as connection:
            dropping = connection.begin_nested()
            removed = self._drop_unseen(connection, collection, path, finding)
            too_many = at_most is not None and removed > at_most
            if too_many:
                dropping.rollback()
            else:
                dropping.commit()
            replace_failures(connection, collection, path, finding.failed)
            if too_many:
                self._forget(connection, collection, path)
                return removed
            state = finding.state
            connection.execute(
                sqlite.replace(files, "collection", "path"),
                {
                    "collection": collection,
                    "path": path,
                    "size": state.size,
                    "mtime_ns": state.mtime_ns,
                    "sha256": state.sha256,
                    "config_sha256": state.config_sha256,
                    "counts": state.counts,
                },
            )
        return removed

    def document_count(self, collection: str) -> int:
        """How many documents a collection has, hidden ones among them."""
        with sqlite.reading(self._engine) as connection:
            return connection.execute(
                select(func.count()).where(documents.c.collection == collection)
            ).scalar_one()

    def documents_of(self, collection: str, paths: Collection[str]) -> int:
        """How many documents would go with these files: captured ones where no other holds them."""
        known, here = set(paths), captures.c.collection == collection
        number = 0
        touched: set[str] = set()
        with sqlite.reading(self._engine) as connection:
            for part in batches(sorted(known)):
                plain = select(func.count()).where(
                    documents.c.collection == collection,
                    documents.c.path.in_(part),
                    documents.c.captured == 0,
                )
                number += connection.execute(plain).scalar_one()
                touched |= set(
                    connection.scalars(
                        select(captures.c.document_id).where(here, captures.c.path.in_(part))
                    )
                )
            living_on: set[str] = set()
            for part in batches(sorted(touched)):
                places = select(captures.c.document_id, captures.c.path).where(
                    captures.c.document_id.in_(part)
                )
                living_on |= {
                    one for one, path in connection.execute(places.distinct()) if path not in known
                }
        return number + len(touched - living_on)

    def fail(self, collection: str, path: str, failed: list[Failure]) -> None:
        """Note that a file could not be read to its end: what it gave before stays.

        It is forgotten that it was read, so that it is read again next time.
        """
        with sqlite.writing(self._engine) as connection:
            replace_failures(connection, collection, path, failed)
            self._forget(connection, collection, path)

    def remove(self, collection: str, path: str) -> int:
        """Forget a file that is no longer there; how many documents went with it."""
        nothing = FileFinding(
            state=FileState(size=0, mtime_ns=0, sha256="", config_sha256="", counts={})
        )
        with sqlite.writing(self._engine) as connection:
            removed = self._drop_unseen(connection, collection, path, nothing)
            replace_failures(connection, collection, path, [])
            self._forget(connection, collection, path)
        return removed

    def _forget(self, connection: Connection, collection: str, path: str) -> None:
        """Forget that a file was read."""
        connection.execute(
            delete(files).where(files.c.collection == collection, files.c.path == path)
        )

    def _drop_unseen(
        self, connection: Connection, collection: str, path: str, finding: FileFinding
    ) -> int:
        here = (captures.c.collection == collection, captures.c.path == path)
        stale = [
            (record, document_id)
            for record, document_id in connection.execute(
                select(captures.c.record, captures.c.document_id).where(*here)
            )
            if record not in finding.seen_records
        ]
        for document_id in {document_id for _, document_id in stale}:
            furniture.unsettle_sites_of(connection, document_id)
        for part in batches([record for record, _ in stale]):
            connection.execute(delete(captures).where(*here, captures.c.record.in_(part)))
        _drop_records(connection, misses, collection, path, finding.seen_misses)
        _drop_records(connection, revisits, collection, path, finding.seen_revisits)
        _drop_records(connection, set_aside, collection, path, finding.seen_aside)
        removed = sum(
            settle_captured(connection, document_id)
            for document_id in dict.fromkeys(document_id for _, document_id in stale)
        )
        for (document_id,) in connection.execute(
            select(documents.c.id).where(
                documents.c.collection == collection,
                documents.c.path == path,
                documents.c.captured == 0,
            )
        ).all():
            if document_id not in finding.seen_documents:
                remove_document(connection, document_id)
                removed += 1
        return removed


def _drop_records(
    connection: Connection, table: Table, collection: str, path: str, seen: set[str]
) -> None:
    here = (table.c.collection == collection, table.c.path == path)
    known = connection.scalars(select(table.c.record).where(*here)).all()
    for part in batches([record for record in known if record not in seen]):
        connection.execute(delete(table).where(*here, table.c.record.in_(part)))
