"""What containers have in common: leaves inside leaves, read through the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from rag_assistant.ports import Blob, Leaf
from rag_assistant.schema import Document

_ELSEWHERE = "read elsewhere"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """How a container reads what lies inside it, whatever its format.

    ``blob`` reads the payload of one record; ``archive`` the records of an archive that is a
    member of the container, from a stream that can be sought. ``turns`` is asked for each item.

    Both readers raise `SkippedError` or `FailedError` for what they cannot read as a whole.
    """

    blob: Callable[[Blob], Document]
    archive: Callable[[BinaryIO], Iterator[Leaf]]
    turns: Turns = field(default_factory=Turns)


def elsewhere(record: str | None) -> Leaf:
    """What stands for a leaf that another process reads: only its record's name."""
    return Leaf(record=record, outcome="skipped", reason=_ELSEWHERE)


def is_elsewhere(leaf: Leaf) -> bool:
    """Whether another process reads this leaf."""
    return leaf.reason == _ELSEWHERE
