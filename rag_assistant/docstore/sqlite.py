"""All that only SQLite knows. Another database needs another of these, and nothing else."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Insert,
    Table,
    bindparam,
    create_engine,
    event,
    exc,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.schema import CreateColumn
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from rag_assistant.errors import BusyError, DocstoreError

_BUSY_MS = 30_000
_TRIES, _TRY_MS, _PAUSE = 50, 50, 0.05  # some five seconds together; a try keeps writers waiting
VARIABLES = 900
"""How many values fit into one statement's ``IN (...)``."""


def connect(path: Path) -> Engine:
    """Open a database file in WAL mode: many readers beside one writer, and kills do no harm."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's BEGIN below is the only one
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent view of the database."""
    with _plain_errors(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that takes the write lock at once, so that it never has to be retried."""
    with (
        _plain_errors(engine),
        engine.connect().execution_options(begin="IMMEDIATE") as connection,
        connection.begin(),
    ):
        yield connection


def among(column: Column[str], parameter: str) -> ColumnElement[bool]:
    """Whether the column's value is one of any number, given as a JSON list.

    ``IN (...)`` is written anew for each number of values, which takes as long as the look-ups.
    """
    values = func.json_each(bindparam(parameter)).table_valued("value")
    return column.in_(select(values.c.value))


def unindexed(column: Column[str]) -> ColumnElement[str]:
    """The column, where SQLite is not to use its index: it takes any for more telling than ids."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


@cache  # building a statement takes longer than executing it
def replace(table: Table, *key: str) -> Insert:
    """Insert, or overwrite the row that has the same key."""
    statement = insert(table)
    columns: dict[str, Any] = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if column.name not in key
    }
    if not columns:
        return statement.on_conflict_do_nothing(index_elements=list(key))
    return statement.on_conflict_do_update(index_elements=list(key), set_=columns)


@cache
def ignore(table: Table) -> Insert:
    """Insert, or leave what stands there."""
    return insert(table).on_conflict_do_nothing()


def add_column(connection: Connection, column: Column[Any]) -> None:
    """Add a column, as its table describes it, to a table that lacks it."""
    table = column.table.name
    if column.name in {known["name"] for known in inspect(connection).get_columns(table)}:
        return
    described = CreateColumn(column).compile(dialect=connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {described}")


def count_changes(
    connection: Connection, columns: Sequence[Column[Any]], added: str, rewritten: str
) -> None:
    """Let SQLite count how many rows a table was given, and how often one changed or went.

    Args:
        connection: In a transaction that writes.
        columns: Columns of one table; a change of others does not count.
        added: The note in `meta` that counts new rows.
        rewritten: The note that counts the rest.
    """
    table = columns[0].table.name
    changed = " OR ".join(f"OLD.{one.name} IS NOT NEW.{one.name}" for one in columns)
    counted = (("INSERT", "", added), ("UPDATE", f"WHEN {changed}", rewritten))
    for change, condition, note in (*counted, ("DELETE", "", rewritten)):
        count = f"UPDATE meta SET value = value + 1 WHERE key = '{note}'"  # noqa: S608 - no input
        connection.exec_driver_sql(
            f"CREATE TRIGGER IF NOT EXISTS {table}_on_{change.lower()} AFTER {change} ON {table} "
            f"{condition} BEGIN {count}; END"
        )


def vacuum(engine: Engine) -> None:
    """Rewrite the file so that deleted text is gone from the disk, the log included.

    Raises:
        BusyError: A reader holds on to the old bytes in the write-ahead log.
    """
    with _plain_errors(engine), engine.connect() as connection:
        raw = connection.connection.cursor()
        connection.rollback()
        raw.execute("VACUUM")
        raw.execute(f"PRAGMA busy_timeout={_TRY_MS}")
        try:
            for _ in range(_TRIES):
                (busy, *_) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    return
                time.sleep(_PAUSE)  # a reader ends within moments; SQLite gives no notice
        finally:
            raw.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    raise BusyError(
        f"A reader still holds deleted text in {engine.url.database}.",
        "Run the same command again: it finishes what is left.",
    )


def damage(engine: Engine) -> DocstoreError | None:
    """What SQLite's own quick check says against the file, as it is to be raised."""
    try:
        with _plain_errors(engine), engine.connect() as connection:
            found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    except DocstoreError as error:
        return error
    return None if found == "ok" else _damaged(engine, found)


@contextmanager
def _plain_errors(engine: Engine) -> Iterator[None]:
    try:
        yield
    except exc.OperationalError as error:
        raise _translated(error, engine) from error
    except exc.DatabaseError as error:
        if isinstance(error, exc.IntegrityError):
            raise
        raise _damaged(engine, error.orig) from error


def _damaged(engine: Engine, what: object) -> DocstoreError:
    return DocstoreError(
        f"{engine.url.database} is damaged: {' '.join(str(what).split())}.",
        "Move it, its -wal, its -shm and indexes/ away. Put back a copy and run "
        "`rag-assistant repair`; without a copy run `rag-assistant index` again.",
    )


def _translated(error: exc.OperationalError, engine: Engine) -> Exception:
    path, what = engine.url.database, str(error.orig)
    if "locked" in what or "busy" in what:
        return BusyError(
            f"Another program is writing to {path}.", "Wait until it is done, and try again."
        )
    if "full" in what:
        return DocstoreError(
            f"The disk that holds {path} is full; nothing already stored is lost.",
            "Free some space, and run the command again: it goes on where it stopped.",
        )
    return DocstoreError(
        f"{path} cannot be used: {what}.", "Check the folder's permissions: `rag-assistant doctor`."
    )
