"""How far each index has followed the log, and which of its generations is the one to ask.

An index has a row by its name. While another generation is built in its place that one has a row
of its own, ``<name>.next``; as long as files of a former one may stand there is ``<name>.old``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    ScalarSelect,
    and_,
    bindparam,
    delete,
    func,
    select,
    update,
)

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.log import ASKED, Cursor
from rag_assistant.docstore.tables import changes, cursors, taken
from rag_assistant.docstore.wear import worn

NEXT, OLD = ".next", ".old"
_LAST = select(func.max(changes.c.seq))
_CURSOR = select(cursors).where(cursors.c.name == bindparam("index"))
_AHEAD = select(func.count()).where(
    taken.c.name == bindparam("index"),
    taken.c.generation == bindparam("generation"),
    taken.c.seq > bindparam("seq"),
)


def ask_for_new_indexes(connection: Connection) -> int:
    """Within a transaction that removes: let every index be built anew, nothing removed in it.

    The present ones are asked until then; what is being built already is begun again.

    Returns:
        The last change so far, for `Cursors.hidden` and `Cursors.erased`.
    """
    connection.execute(update(cursors).values(begun=ASKED))
    return last_seq(connection)


class Cursors:
    """Reads and moves the cursors; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last_seq(self) -> int:
        """The number of the newest change, 0 where there is none."""
        with sqlite.reading(self._engine) as connection:
            return last_seq(connection)

    def cursor(self, name: str) -> Cursor | None:
        """How far an index has come; None where it has never begun."""
        with sqlite.reading(self._engine) as connection:
            return stored_cursor(connection, name)

    def begin(self, name: str, cursor: Cursor) -> Cursor:
        """Note where a generation begins anew, whatever was noted before.

        Returns:
            What is noted: the cursor, and the last change at this moment.
        """
        index = name.removesuffix(NEXT)
        with sqlite.writing(self._engine) as connection:
            former = stored_cursor(connection, name)
            if former is not None:
                _put(connection, index + OLD, former)
            if name == index:
                connection.execute(delete(cursors).where(cursors.c.name == index + NEXT))
            begun = replace(cursor, begun=last_seq(connection))
            _put(connection, name, begun)
            _forget_taken(connection, index)
        return begun

    def advance(self, name: str, cursor: Cursor, seqs: Sequence[int]) -> int | None:
        """Note changes that a generation holds durably now, in whatever order it took them.

        Returns:
            How far it has come without a gap; None where another generation stands there now.
        """
        index = name.removesuffix(NEXT)
        with sqlite.writing(self._engine) as connection:
            stored = stored_cursor(connection, name)
            if stored is None or stored.build != cursor.build:
                return None
            rows = [{"name": index, "generation": cursor.generation, "seq": seq} for seq in seqs]
            connection.execute(sqlite.ignore(taken), rows)
            mine = taken_by(index, cursor.generation)
            gap = connection.scalar(
                select(changes.c.seq)
                .where(changes.c.seq > stored.seq, untaken(index, cursor.generation))
                .order_by(changes.c.seq)
                .limit(1)
            )
            come = gap - 1 if gap is not None else last_seq(connection)
            connection.execute(update(cursors).where(cursors.c.name == name).values(seq=come))
            connection.execute(delete(taken).where(mine, taken.c.seq <= come))
        return come

    def promote(self, name: str) -> Cursor | None:
        """Let the next generation be the one to ask; the present one is old from then on.

        Returns:
            The new one; None where it must be begun again, for something was removed meanwhile.
        """
        with sqlite.writing(self._engine) as connection:
            present, successor = (
                stored_cursor(connection, name),
                stored_cursor(connection, name + NEXT),
            )
            if present is None or successor is None or successor.begun == ASKED:
                return None
            _put(connection, name + OLD, present)
            _put(connection, name, successor)
            connection.execute(delete(cursors).where(cursors.c.name == name + NEXT))
            _forget_taken(connection, name)
        return successor

    def swept(self, name: str) -> None:
        """Note that no file of a former generation stands any more."""
        with sqlite.writing(self._engine) as connection:
            connection.execute(delete(cursors).where(cursors.c.name == name + OLD))

    def freshen(self, name: str) -> bool:
        """Let an index be built anew where that is worth it (see `wear`); whether it is.

        Where one is being built already in its place, the same of that one.
        """
        with sqlite.reading(self._engine) as connection:
            built = stored_cursor(connection, name)
            if built is not None and built.begun == ASKED:
                name += NEXT
                built = stored_cursor(connection, name)
            if built is None or built.begun == ASKED or not worn(connection, built.begun):
                return False
        still = (cursors.c.generation == built.generation, cursors.c.begun == built.begun)
        with sqlite.writing(self._engine) as connection:
            asked = update(cursors).where(cursors.c.name == name, *still).values(begun=ASKED)
            return connection.execute(asked).rowcount > 0

    def lag(self, name: str) -> int:
        """How many changes an index, or the one that is built in its place, does not hold yet."""
        with sqlite.reading(self._engine) as connection:
            last, cursor = last_seq(connection), stored_cursor(connection, name)
            if cursor is None:
                return last
            asked = {"index": name.removesuffix(NEXT), "generation": cursor.generation}
            ahead = connection.scalar(_AHEAD, {**asked, "seq": cursor.seq})
            return max(0, last - cursor.seq - int(ahead or 0))

    def ahead(self) -> int:
        """How many changes were taken out of their order: it tells two moments apart."""
        with sqlite.reading(self._engine) as connection:
            return int(connection.scalar(select(func.count()).select_from(taken)) or 0)

    # ------------------------------------------------------------ removals

    def request_erasure(self) -> int:
        """Let whoever owns the indexes build them anew, in new folders; see `erased`."""
        with sqlite.writing(self._engine) as connection:
            return ask_for_new_indexes(connection)

    def hidden(self, seq: int, first: int | None = None) -> bool:
        """Whether every index has taken the changes from ``first`` (None: ``seq``) to ``seq``."""
        wanted = and_(changes.c.seq >= (seq if first is None else first), changes.c.seq <= seq)
        with sqlite.reading(self._engine) as connection:
            for name, cursor in _present(connection).items():
                ahead = changes.c.seq > cursor.seq
                left = connection.scalar(
                    select(func.count()).where(wanted, ahead, untaken(name, cursor.generation))
                )
                if left:
                    return False
        return True

    def erased(self, seq: int) -> bool:
        """Whether no index's folder holds anything that was removed up to this change.

        Every index was begun after it, and all former folders are deleted. It says nothing of the
        docstore's own files and the vector cache.
        """
        with sqlite.reading(self._engine) as connection:
            old = connection.scalar(
                select(func.count()).where(cursors.c.name.endswith(OLD, autoescape=True))
            )
            begun = [cursor.begun for cursor in _present(connection).values()]
        return not old and all(one >= seq for one in begun)


def untaken(index: str, generation: str | ScalarSelect[str]) -> ColumnElement[bool]:
    """The condition on `changes` that a generation has not taken it out of its order."""
    return changes.c.seq.not_in(select(taken.c.seq).where(taken_by(index, generation)))


def present_generation(index: str) -> ScalarSelect[str]:
    """The generation of an index that is asked now."""
    return select(cursors.c.generation).where(cursors.c.name == index).scalar_subquery()


def reached(index: str, at_least: int) -> ColumnElement[int]:
    """The last change up to which an index holds all, if that is beyond what was known of it."""
    seq = select(cursors.c.seq).where(cursors.c.name == index).scalar_subquery()
    return func.max(at_least, func.coalesce(seq, at_least))


def taken_by(index: str, generation: str | ScalarSelect[str]) -> ColumnElement[bool]:
    """The condition on `taken` that this generation has taken the change."""
    return and_(taken.c.name == index, taken.c.generation == generation)


def last_seq(connection: Connection) -> int:
    """The number of the newest change, 0 where there is none."""
    return int(connection.scalar(_LAST) or 0)


def stored_cursor(connection: Connection, name: str) -> Cursor | None:
    """The cursor of this name; None where it has never begun."""
    row = connection.execute(_CURSOR, {"index": name}).mappings().one_or_none()
    return None if row is None else _to_cursor(row)


def _present(connection: Connection) -> dict[str, Cursor]:
    rows = connection.execute(select(cursors)).mappings()
    return {row["name"]: _to_cursor(row) for row in rows if "." not in row["name"]}


def _to_cursor(row: RowMapping) -> Cursor:
    return Cursor(**{name: row[name] for name in ("seq", "fingerprint", "generation", "begun")})


def _put(connection: Connection, name: str, cursor: Cursor) -> None:
    connection.execute(sqlite.replace(cursors, "name"), {"name": name, **asdict(cursor)})


def _forget_taken(connection: Connection, index: str) -> None:
    """What generations have taken that are no more."""
    standing = select(cursors.c.generation).where(cursors.c.name.in_((index, index + NEXT)))
    connection.execute(
        delete(taken).where(taken.c.name == index, taken.c.generation.not_in(standing))
    )
