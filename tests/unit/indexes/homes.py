"""Followers of one log: the docstore's own log and cursors, over documents in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.changes import Changes
from rag_assistant.docstore.migrations import migrate
from rag_assistant.docstore.queries import log_change
from rag_assistant.indexes.follower import Follower
from rag_assistant.indexes.generation import entry_key
from rag_assistant.indexes.lexical import LexicalIndex
from rag_assistant.indexes.vectors import VectorIndex
from rag_assistant.ports import EntryKey
from rag_assistant.schema import Entry
from tests.unit.indexes.samples import entry, question, vectors_of


class Log(Changes):
    """The docstore's own log and cursors, over documents in memory."""

    def __init__(self, folder: Path) -> None:
        engine = sqlite.connect(folder / "log.sqlite")
        migrate(engine)
        super().__init__(engine)
        self.documents: dict[str, list[Entry]] = {}

    def put(self, document_id: str, *texts: str, access: str = "public") -> None:
        """Put a document with one passage for each text; none removes it."""
        before = [entry_key(each) for each in self.documents.pop(document_id, [])]
        if texts:
            self.remember(document_id, *texts, access=access)
        removed = [[key.passage_id, key.collection, key.access] for key in before]
        with sqlite.writing(self._engine) as connection:
            log_change(connection, document_id, removed)

    def remember(self, document_id: str, *texts: str, access: str = "public") -> None:
        """Know a document again whose changes are in the log already."""
        self.documents[document_id] = [
            entry(f"{document_id}:{text}", text, document_id=document_id, access=access)
            for text in texts
        ]

    def entries(self, document_ids: Sequence[str]) -> list[Entry]:
        return [each for name in document_ids for each in self.documents.get(name, [])]

    def entry_count(self) -> int:
        return sum(map(len, self.documents.values()))

    def sample_entries(self, limit: int) -> list[Entry]:
        return self.entries(list(self.documents))[:limit]


class Home:
    """Opens followers of one log; ``applied`` is what the lexical ones were given."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = Log(root)
        self.applied: list[tuple[list[EntryKey], list[str]]] = []
        self._open: list[Follower] = []

    def lexical(self, fingerprint: str = "lexical-1") -> Follower:
        return self._follower("lexical", Watched, fingerprint)

    def vectors(self, fingerprint: str = "model-1") -> Follower:
        def factory(folder: Path) -> VectorIndex:
            return VectorIndex(folder, vectors=vectors_of, fingerprint=fingerprint)

        return self._follower("vectors", factory, fingerprint)

    def folders(self, name: str) -> list[str]:
        return sorted(path.name for path in (self.root / name).iterdir())

    def close(self) -> None:
        while self._open:
            self._open.pop().close()

    def _follower(self, name: str, factory: object, fingerprint: str) -> Follower:
        self.close()

        def opened(folder: Path) -> object:
            index = factory(folder)  # type: ignore[operator]
            if isinstance(index, Watched):
                index.applied = self.applied
            return index

        follower = Follower(
            root=self.root,
            name=name,
            log=self.log,
            factory=opened,  # type: ignore[arg-type]
            fingerprint=fingerprint,
        )
        self._open.append(follower)
        return follower


class Watched(LexicalIndex):
    """A lexical index that notes what it is given."""

    applied: list[tuple[list[EntryKey], list[str]]]

    def apply(self, removed: Sequence[EntryKey], entries: Sequence[Entry]) -> None:
        super().apply(removed, entries)
        self.applied.append((list(removed), [each.passage_id for each in entries]))


def catch_up(follower: Follower, limit: int = 64) -> Follower:
    while follower.step(limit):
        pass
    return follower


def found(follower: Follower, text: str) -> list[str]:
    return [passage_id for passage_id, _ in follower.index.search(question(text), 10)]
