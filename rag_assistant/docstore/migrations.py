"""Numbered migrations. A number, once released, never changes; a new one is added below it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Engine, delete, insert, inspect, select, update

from rag_assistant.addresses import address_key
from rag_assistant.docstore import named, sqlite, works
from rag_assistant.docstore.furniture import site_number
from rag_assistant.docstore.standing import ADDED, REWRITTEN
from rag_assistant.docstore.tables import (
    captures,
    changes,
    cursors,
    documents,
    files,
    gone,
    meta,
    metadata,
    misses,
    passages,
    sections,
    tombstones,
)
from rag_assistant.errors import DocstoreError

_VERSION = "schema_version"


def _first(connection: Connection) -> None:
    """All tables, access, rights and notices among their columns from the start."""
    metadata.create_all(connection)
    connection.execute(insert(meta).values(key=_VERSION, value="0"))


def _second(connection: Connection) -> None:
    """Addresses of captures, captures without a page, repeated lines, signatures of passages.

    All files are read once more, which fills what cannot be told from what is stored.
    """
    for column in (
        passages.c.signature,
        captures.c.address,
        captures.c.site,
        captures.c.member,
        captures.c.title,
    ):
        sqlite.add_column(connection, column)
    for index in captures.indexes:
        index.create(connection, checkfirst=True)
    metadata.create_all(connection)
    for collection, uri in connection.execute(
        select(captures.c.collection, captures.c.uri).distinct()
    ).all():
        address = address_key(uri)
        connection.execute(
            update(captures)
            .where(captures.c.collection == collection, captures.c.uri == uri)
            .values(address=address, site=site_number(collection, address))
        )
    naming = (  # the capture that its document has been called by
        documents.c.id == captures.c.document_id,
        documents.c.path == captures.c.path,
        documents.c.record == captures.c.record,
    )
    connection.execute(update(captures).where(*naming).values(title=documents.c.title))
    connection.execute(delete(files))


def _third(connection: Connection) -> None:
    """Changes that an index took out of their order; what removed items may be known again by."""
    sqlite.add_column(connection, cursors.c.begun)
    metadata.create_all(connection)
    for index in changes.indexes:
        index.create(connection, checkfirst=True)


def _fourth(connection: Connection) -> None:
    """Counts of changes to captures and misses, for what keeps a copy of them in memory."""
    notes = (*ADDED, REWRITTEN)
    connection.execute(sqlite.ignore(meta), [{"key": note, "value": "0"} for note in notes])
    watched = ((captures, ("document_id", "hidden")), (misses, ("status",)))
    for (table, names), added in zip(watched, ADDED, strict=True):
        columns = [table.c[name] for name in ("collection", "address", "timestamp", *names)]
        sqlite.count_changes(connection, columns, added, REWRITTEN)


def _fifth(connection: Connection) -> None:
    """Addresses of plain documents; what a removal touched, until it is erased."""
    for column in (documents.c.address, tombstones.c.facts, tombstones.c.erased):
        sqlite.add_column(connection, column)
    for index in documents.indexes:
        index.create(connection, checkfirst=True)
    plain = (documents.c.captured == 0, documents.c.uri != "")
    for uri in connection.scalars(select(documents.c.uri).where(*plain).distinct()).all():
        connection.execute(
            update(documents).where(documents.c.uri == uri, *plain).values(address=address_key(uri))
        )


def _sixth(connection: Connection) -> None:
    """What libraries say of a work, all languages of a document, places within a section.

    All files are read once more, which fills them.
    """
    for column in (documents.c.details, documents.c.languages, sections.c.places):
        sqlite.add_column(connection, column)
    connection.execute(delete(files))


def _seventh(connection: Connection) -> None:
    """Identifiers and titles by which works are looked up."""
    metadata.create_all(connection)
    works.fill(connection)


def _eighth(connection: Connection) -> None:
    """Languages of passages. All files are read once more, and web pages stored anew."""
    sqlite.add_column(connection, passages.c.language)
    connection.execute(update(documents).where(documents.c.captured == 1).values(digest=""))
    connection.execute(delete(files))


def _ninth(connection: Connection) -> None:
    """Names of persons and places. Places come with the files that are read from now on."""
    metadata.create_all(connection)
    named.fill(connection)


def _tenth(connection: Connection) -> None:
    """Who knew of what was removed; of what was removed before, the staff alone."""
    sqlite.add_column(connection, gone.c.access)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    _first,
    _second,
    _third,
    _fourth,
    _fifth,
    _sixth,
    _seventh,
    _eighth,
    _ninth,
    _tenth,
)


def migrate(engine: Engine) -> None:
    """Bring the database up to the newest version, each step one transaction.

    Raises:
        DocstoreError: The file was written by a newer version of the product.
    """
    with sqlite.reading(engine) as connection:
        if _version(connection) == len(MIGRATIONS):
            return
    with sqlite.writing(engine) as connection:  # asked again: another process may have been first
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise DocstoreError(
                f"{engine.url.database} was written by a newer version of rag-assistant.",
                "pip install --upgrade rag-assistant",
            )
        for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
            step(connection)
            connection.execute(update(meta).where(meta.c.key == _VERSION).values(value=str(number)))


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table(meta.name):
        return 0
    value = connection.scalar(select(meta.c.value).where(meta.c.key == _VERSION))
    return int(value or 0)
