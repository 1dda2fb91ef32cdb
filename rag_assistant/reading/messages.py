"""What reading processes and their parent say to each other.

Frames of known length, whose contents are pickles. A reader that hostile bytes have taken over
must not take over its parent: only the house's own data types are ever made of a pickle.
"""

from __future__ import annotations

import io
import pickle
import struct
from dataclasses import dataclass, fields
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from rag_assistant import ports, schema
from rag_assistant.schema import Passage

_HEAD = struct.Struct("<BQQ")
_LARGEST = 1 << 30
_PROTOCOL = 5


class Kind(IntEnum):
    """What a frame is about."""

    READY = 1  # the process can work
    ALIVE = 2  # it goes on between items
    AT = 3  # it begins an item
    LEAF = 4  # what the item gave; the contents are a leaf and its passages
    HELD = 5  # what the item gives comes later
    END = 6  # the file, or this process's share of it, is done
    TOLD = 7  # what the parent says


class Frame(NamedTuple):
    """One message; ``number`` is that of an item."""

    kind: Kind
    number: int = 0
    contents: bytes = b""


Groups = list[list[Passage]]
"""The passages of each section of a document."""


class Item(NamedTuple):
    """A leaf with its number in the file, and the passages of each of its sections.

    ``place`` is the byte of the file up to which its reader had come.
    """

    number: int
    leaf: ports.Leaf
    groups: Groups
    place: int = 0

    @classmethod
    def of(cls, said: Any) -> Item:
        """What a process has said, if it is one.

        Raises:
            TypeError, ValueError: It is none.
        """
        number, leaf, groups, place = said
        passages = [passage for group in groups for passage in group]
        numbers = isinstance(number, int) and isinstance(place, int)
        if not (numbers and isinstance(leaf, ports.Leaf)):
            raise TypeError("no leaf")
        if not all(isinstance(passage, Passage) for passage in passages):
            raise TypeError("no passages")
        return cls(number, leaf, groups, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a process is told once: how to split, and its limits.

    ``seconds`` are of processor time for each item, ``memory`` is in bytes.
    """

    tokenizer: Path
    limit: int
    seconds: float
    memory: int

    def told(self) -> bytes:
        """As the contents of a frame."""
        return packed((str(self.tokenizer), self.limit, self.seconds, self.memory))

    @classmethod
    def parsed(cls, contents: bytes) -> Setup:
        """From the contents of a frame."""
        tokenizer, limit, seconds, memory = unpacked(contents)
        return cls(tokenizer=Path(tokenizer), limit=limit, seconds=seconds, memory=memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file, or a share of it: every ``of``-th of its items that take work.

    ``start`` is the first item that is still wanted, beside those ``held`` before it; ``given_up``
    says why an item must not be tried again.
    """

    path: Path
    name: str
    share: int = 0
    of: int = 1
    start: int = 0
    held: frozenset[int] = frozenset()
    given_up: tuple[tuple[int, str], ...] = ()

    def told(self) -> bytes:
        """As the contents of a frame."""
        facts = {field.name: getattr(self, field.name) for field in fields(self)}
        return packed(facts | {"path": str(self.path), "held": tuple(self.held)})

    @classmethod
    def parsed(cls, contents: bytes) -> Job:
        """From the contents of a frame."""
        facts = unpacked(contents)
        held = frozenset(facts["held"])
        return cls(**facts | {"path": Path(facts["path"]), "held": held})


_HOUSE = {
    (kind.__module__, kind.__name__): kind
    for module in (schema, ports)
    for kind in vars(module).values()
    if isinstance(kind, type) and f"{kind.__module__}.".startswith(f"{module.__name__}.")
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str, /) -> Any:
        known = _HOUSE.get((module, name))
        if known is None:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected here")
        return known


def packed(value: object) -> bytes:
    """A value as the contents of a frame."""
    return pickle.dumps(value, _PROTOCOL)


def unpacked(contents: bytes) -> Any:
    """The value that a frame holds.

    Raises:
        pickle.UnpicklingError: It holds something else than data of the house.
    """
    try:
        return _Unpickler(io.BytesIO(contents)).load()
    except Exception as error:  # damaged pickles raise almost anything
        raise pickle.UnpicklingError(str(error)) from error


def write(stream: BinaryIO, frame: Frame) -> None:
    """Write a frame at once."""
    stream.write(_HEAD.pack(frame.kind, frame.number, len(frame.contents)) + frame.contents)
    stream.flush()


def read(stream: BinaryIO) -> Frame | None:
    """The next frame; None where the stream ends or holds none."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, number, size = _HEAD.unpack(head)
    if kind not in set(Kind) or size > _LARGEST:
        return None
    contents = stream.read(size)
    return Frame(Kind(kind), number, contents) if len(contents) == size else None
