"""Looking ahead: while one file's leaves are stored, the next files are already being read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag_assistant.docstore.files import FileState
from rag_assistant.reading import Item
from rag_assistant.sources import Found

_MOST_BYTES = 32 << 20  # of files that are being read behind the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A file and what is to be done with it.

    Attributes:
        found: The file.
        before: What is known of it, None where nothing is.
        state: What it is now, None where it is not looked at (refused, a sidecar).
        known: Whether it gives again what it gave before.
        items: Its leaves, None where it need not be read.
        fault: Why it could not be looked at.
    """

    found: Found
    before: FileState | None = None
    state: FileState | None = None
    known: bool = False
    items: Iterator[Item] | None = None
    fault: str = ""


def looking_ahead(
    files: Sequence[Found], begin: Callable[[Found], Step], most: int
) -> Iterator[Step]:
    """Steps in the order of the files; the reading of some begins before their turn.

    Args:
        files: The files.
        begin: Looks at a file, and begins to read it where that is needed.
        most: How many files may be read behind the first.
    """
    waiting: deque[Step] = deque()
    for found in files:
        waiting.append(begin(found))
        while waiting and (not waiting[0].items or _enough(waiting, most)):
            yield waiting.popleft()
    yield from waiting


def _enough(waiting: deque[Step], most: int) -> bool:
    sizes = [step.state.size for step in waiting if step.items and step.state]
    return len(sizes) > most or len(waiting) > 8 * most or sum(sizes) > _MOST_BYTES
