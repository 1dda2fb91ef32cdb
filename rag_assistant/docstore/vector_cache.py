"""Vectors by (model fingerprint, text hash): no text is ever embedded twice.

A file of its own, so that embedding never waits for reading, nor the other way round. Vectors
are stored as 16-bit floats: their rounding changes a cosine by less than a thousandth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

import numpy as np
from sqlalchemy import delete, select

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.tables import vector_metadata, vectors
from rag_assistant.errors import DocstoreError
from rag_assistant.ports import Vectors

_PART = 4096


class VectorCache:
    """Reads and writes cached vectors; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._engine = sqlite.connect(path)
        self._log = path.with_name(f"{path.name}-wal")
        with sqlite.writing(self._engine) as connection:
            vector_metadata.create_all(connection)

    def stamp(self) -> int:
        """It differs once any process has written a batch; nothing else is to be read in it."""
        try:
            return self._log.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def get(self, fingerprint: str, hashes: Sequence[str]) -> dict[str, Vectors]:
        """The vectors that are there, float32, by text hash; one that is not finite is not."""
        found: dict[str, Vectors] = {}
        wanted = list(dict.fromkeys(hashes))
        with sqlite.reading(self._engine) as connection:
            for begin in range(0, len(wanted), sqlite.VARIABLES):
                rows = connection.execute(
                    select(vectors.c.text_hash, vectors.c.vector).where(
                        vectors.c.fingerprint == fingerprint,
                        vectors.c.text_hash.in_(wanted[begin : begin + sqlite.VARIABLES]),
                    )
                )
                for text_hash, blob in rows:
                    vector = np.frombuffer(blob, dtype=np.float16).astype(np.float32)
                    if np.isfinite(vector).all():
                        found[text_hash] = vector
        return found

    def all(self, fingerprint: str) -> Iterator[tuple[list[str], Vectors]]:
        """Every vector that `get` gives, some thousand at a time: text hashes, float32 rows."""
        asked = select(vectors.c.text_hash, vectors.c.vector)
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(asked.where(vectors.c.fingerprint == fingerprint))
            for part in rows.partitions(_PART):
                stored = np.frombuffer(b"".join(blob for _, blob in part), dtype=np.float16)
                rows_of_part = stored.reshape(len(part), -1).astype(np.float32)
                usable = np.flatnonzero(np.isfinite(rows_of_part).all(axis=1))
                yield [part[row][0] for row in usable.tolist()], rows_of_part[usable]

    def put(self, fingerprint: str, new: Mapping[str, Vectors]) -> None:
        """Store vectors; one transaction."""
        if not new:
            return
        rows = [
            {
                "fingerprint": fingerprint,
                "text_hash": text_hash,
                "vector": vector.astype(np.float16).tobytes(),
            }
            for text_hash, vector in new.items()
        ]
        with sqlite.writing(self._engine) as connection:
            connection.execute(sqlite.replace(vectors, "fingerprint", "text_hash"), rows)

    def keep(self, held: Set[str]) -> None:
        """Forget every text that is not ``held``, under every fingerprint; `rewrite` afterwards."""
        with sqlite.writing(self._engine) as connection:
            stored = connection.scalars(select(vectors.c.text_hash).distinct())
            lost = [text_hash for text_hash in stored if text_hash not in held]
            for begin in range(0, len(lost), sqlite.VARIABLES):
                part = lost[begin : begin + sqlite.VARIABLES]
                connection.execute(delete(vectors).where(vectors.c.text_hash.in_(part)))

    def rewrite(self) -> None:
        """Rewrite the file, so that nothing that was forgotten is left in it.

        Raises:
            BusyError: A reader kept the old bytes; doing it again finishes it.
        """
        sqlite.vacuum(self._engine)

    def damage(self) -> DocstoreError | None:
        """What SQLite's own check says against the file, as it is to be raised."""
        return sqlite.damage(self._engine)

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()
