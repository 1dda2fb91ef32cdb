"""The lexical index for those who do not own it: read-only, whatever its owner does meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

from rag_assistant.errors import IndexDamagedError, RagAssistantError
from rag_assistant.indexes import lexical
from rag_assistant.indexes.follower import Fault
from rag_assistant.indexes.generation import ChangeLog, index_folder
from rag_assistant.ports import Index

_TRIES = 2


class LexicalReader:
    """Opens the generation that stands now; its owner may put another in its place at any moment.

    Args:
        root: The folder of all indexes.
        name: The index's own name.
        log: The docstore's change log, which knows the generation.

    Attributes:
        error: Why there is no index, None where there is one or never was.
    """

    def __init__(self, root: Path, name: str, log: ChangeLog) -> None:
        self.error: RagAssistantError | None = None
        self._root = root
        self._name = name
        self._log = log
        self._lock = threading.Lock()
        self._open: tuple[str, Index] | None = None

    def index(self) -> Index | None:
        """The index that stands now; None before it is first built, or where it cannot be read."""
        with self._lock:
            self.error = None
            for _ in range(_TRIES):
                cursor = self._log.cursor(self._name)
                if cursor is None:
                    return None
                if self._open and self._open[0] == cursor.generation:
                    return self._open[1]
                folder = index_folder(self._root, self._name, cursor)
                try:
                    if cursor.fingerprint != lexical.FINGERPRINT:
                        raise faulty(self._name, Fault.OTHER_FINGERPRINT)
                    index = lexical.LexicalIndex(folder, readonly=True)
                except RagAssistantError as error:
                    self.error = error
                    continue
                self.error = None
                self._drop()
                self._open = (cursor.generation, index)
                return index
            return None

    def close(self) -> None:
        """Release it."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._open:
            self._open[1].close()
            self._open = None


def faulty(name: str, fault: Fault) -> IndexDamagedError:
    """What a person is told of an index that cannot be trusted."""
    return IndexDamagedError(f"The {name} index {fault}.", "rag-assistant repair")
