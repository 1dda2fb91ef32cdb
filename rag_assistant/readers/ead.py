"""Finding aids in EAD 2002 and EAD3: the collection and each of its components is a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from rag_assistant.ports import Leaf
from rag_assistant.readers import components
from rag_assistant.readers.container import Inside, records


def read(stream: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """The collection and its components, as the finding aid lists them.

    Raises:
        FailedError: It is not well-formed from some place on, or describes nothing.
    """
    yield from records(components.of_stream(stream), inside)
