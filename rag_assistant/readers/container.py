"""What containers have in common: leaves inside leaves, read through the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from rag_assistant.errors import FailedError, LeafError, SkippedError
from rag_assistant.ports import Blob, Leaf
from rag_assistant.readers.guard import failures_recorded
from rag_assistant.schema import Document

_ELSEWHERE = "read elsewhere"
Make = Callable[[], Document]


class Turns:
    """Counts the items of a file, and says which of them are read here: all of them.

    Several processes may read one file. Each goes over all of it and counts the same, but takes
    apart only the items whose turn is its own.

    Attributes:
        number: Of the present item, from 0; -1 before the first.
        given_up: Why the present item must not be tried again, "" where it may.
        place: The byte of the file up to which it was last read.
    """

    number = -1
    given_up = ""
    place = 0

    def next(self, *, heavy: bool = True) -> bool:
        """Go on to the next item; whether it is read here.

        Args:
            heavy: Whether it takes work: that is what is shared out.
        """
        self.number += 1
        return True

    def hold(self) -> None:
        """Say that the present item's leaf comes later."""

    def moved(self, place: int, size: int) -> None:
        """Say that so many bytes of the file were read, up to a place."""
        self.place = place
        self.worked(size)

    def worked(self, size: int) -> None:
        """Say that as much was done as reading so many bytes takes: it may go on for long."""


def _as_it_is(document: Document) -> Document:
    return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """How a container reads what lies inside it, whatever its format.

    ``blob`` reads the payload of one record; ``archive`` the records of an archive that is a
    member of the container, from a stream that can be sought. ``finish`` settles what holds for
    the documents of all formats. ``turns`` is asked for each item. ``path`` is where the file
    lies, ``name`` what it is called in its collection.

    Both readers raise `SkippedError` or `FailedError` for what they cannot read as a whole.
    """

    blob: Callable[[Blob], Document]
    archive: Callable[[BinaryIO], Iterator[Leaf]]
    finish: Callable[[Document], Document] = _as_it_is
    turns: Turns = field(default_factory=Turns)
    path: Path = Path()
    name: str = ""


def records(found: Iterable[tuple[str, Make]], inside: Inside) -> Iterator[Leaf]:
    """The leaves of a file of records, each one document or a reason why not.

    Args:
        found: Each record's id, which no other of the file has, and what makes its document;
            that is called at once or never, and may raise whatever a parser raises.
        inside: Asked for each record whether it is read here.
    """
    for record, make in found:
        if not inside.turns.next():
            yield elsewhere(record)
            continue
        yield _leaf(record, make, inside)


def elsewhere(record: str | None) -> Leaf:
    """What stands for a leaf that another process reads: only its record's name."""
    return Leaf(record=record, outcome="skipped", reason=_ELSEWHERE)


def is_elsewhere(leaf: Leaf) -> bool:
    """Whether another process reads this leaf."""
    return leaf.reason == _ELSEWHERE


def _leaf(record: str, make: Make, inside: Inside) -> Leaf:
    try:
        with failures_recorded():
            if inside.turns.given_up:
                raise FailedError(inside.turns.given_up)
            return Leaf(record=record, outcome="read", document=inside.finish(make()))
    except LeafError as error:
        return Leaf(
            record=record,
            outcome="skipped" if isinstance(error, SkippedError) else "failed",
            reason=error.reason,
            detail=error.detail,
        )
