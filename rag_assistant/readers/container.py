"""What containers have in common: leaves inside leaves, read through the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from rag_assistant.ports import Blob, Leaf
from rag_assistant.schema import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """How a container reads what lies inside it, whatever its format.

    ``blob`` reads the payload of one record; ``archive`` the records of an archive that is a
    member of the container, from a stream that can be sought.

    Both raise `SkippedError` or `FailedError` for what they cannot read as a whole.
    """

    blob: Callable[[Blob], Document]
    archive: Callable[[BinaryIO], Iterator[Leaf]]
