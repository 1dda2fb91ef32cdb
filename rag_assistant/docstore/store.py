"""The docstore: everything that must not be lost, in one folder."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import sqlite
from rag_assistant.docstore.captures import Captures
from rag_assistant.docstore.changes import Changes
from rag_assistant.docstore.documents import Documents
from rag_assistant.docstore.facets import FacetCounter
from rag_assistant.docstore.files import Files
from rag_assistant.docstore.judging import Judge, judge_collection
from rag_assistant.docstore.library import Library
from rag_assistant.docstore.lifecycle import narrow_collection
from rag_assistant.docstore.migrations import migrate
from rag_assistant.docstore.queries import hashed_passages
from rag_assistant.docstore.revisits import Revisits
from rag_assistant.docstore.rows import now, shown_hash
from rag_assistant.docstore.tables import collections, meta
from rag_assistant.docstore.tombstones import UNERASED, Takedown
from rag_assistant.docstore.vector_cache import VectorCache
from rag_assistant.docstore.works import Works
from rag_assistant.errors import DocstoreError

_DOCSTORE, _VECTORS = "docstore.sqlite", "vectors.sqlite"


class Docstore:
    """One data folder's durable truth; safe to share between threads and processes.

    Attributes:
        documents: Writes documents.
        files: The ledger of files that were read.
        changes: The log that the indexes follow.
        revisits: Records that repeat another capture.
        library: Reads for people.
        captures: Reads captures.
        takedown: Hides, removes, restores.
        vectors: The vector cache.
        works: Looks works up by their identifiers and titles.
        facets: Counts documents by what filters can ask for.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._engine = sqlite.connect(folder / _DOCSTORE)
            migrate(self._engine)
            self.vectors = VectorCache(folder / _VECTORS)
        except OSError as error:
            raise DocstoreError(
                f"The data folder {folder} cannot be used: {error.strerror}.",
                "Choose another one: rag-assistant --data DIR …",
            ) from error
        self.documents = Documents(self._engine)
        self.revisits = Revisits(self._engine, self.documents)
        self.files = Files(self._engine)
        self.changes = Changes(self._engine)
        self.library = Library(self._engine)
        self.captures = Captures(self._engine)
        self.takedown = Takedown(self._engine)
        self.works = Works(self._engine)
        self.facets = FacetCounter(self._engine)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether anything was ever stored here."""
        return (folder / _DOCSTORE).is_file()

    def put_collection(self, config: CollectionConfig) -> None:
        """Store a collection's facts; where access or use narrows, its documents follow at once."""
        with sqlite.writing(self._engine) as connection:
            connection.execute(
                sqlite.replace(collections, "id"),
                {
                    "id": config.id,
                    "config": config.model_dump(mode="json"),
                    "root": str(config.root),
                    "updated": now(),
                },
            )
            narrow_collection(connection, config)

    def obey_rules(self, collection: str, fingerprint: str, judge: Judge) -> None:
        """Judge what is stored of a collection by its access rules where they have changed."""
        key = f"access rules of {collection}"
        if (self.note(key) or "") == fingerprint:
            return
        with sqlite.writing(self._engine) as connection:
            judge_collection(connection, collection, judge)
            connection.execute(sqlite.replace(meta, "key"), {"key": key, "value": fingerprint})

    def note(self, key: str) -> str | None:
        """A small fact about the folder, such as the splitter its passages were made by."""
        with sqlite.reading(self._engine) as connection:
            return connection.scalar(select(meta.c.value).where(meta.c.key == key))

    def set_note(self, key: str, value: str) -> None:
        """Store a small fact about the folder."""
        with sqlite.writing(self._engine) as connection:
            connection.execute(sqlite.replace(meta, "key"), {"key": key, "value": value})

    def finish_erasing(self) -> bool:
        """Rewrite the files once the indexes hold nothing removed; whether no byte is left.

        Raises:
            BusyError: A reader kept the old bytes; doing it again finishes it.
        """
        seq = self.note(UNERASED)
        if seq is None:
            return True
        if not self.changes.erased(int(seq)):
            return False
        self.erase()
        return self.takedown.finished(seq)

    def erase(self) -> None:
        """Forget the vectors of texts that nobody holds, and rewrite both SQLite files.

        The indexes have files of their own: see `finish_erasing`.

        Raises:
            BusyError: A reader kept the old bytes; doing it again finishes it.
        """
        with sqlite.writing(self._engine) as connection:  # nothing is stored, and so embedded, now
            rows = connection.execute(hashed_passages()).mappings()
            self.vectors.keep({shown_hash(row) for row in rows})
        self.vectors.rewrite()
        sqlite.vacuum(self._engine)

    def damage(self) -> DocstoreError | None:
        """What SQLite's own check says against one of the two files, as it is to be raised."""
        return sqlite.damage(self._engine) or self.vectors.damage()

    def close(self) -> None:
        """Release the files."""
        self._engine.dispose()
        self.vectors.close()
