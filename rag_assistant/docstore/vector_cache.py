"""Vectors by (model fingerprint, text hash): no text is ever embedded twice.

A file of its own, so that embedding never waits for reading, nor the other way round. Vectors
are stored as 16-bit floats: their rounding changes a cosine by less than a thousandth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import bindparam, delete, select

from rag_assistant.docstore import sqlite
from rag_assistant.docstore.tables import vector_metadata, vectors
from rag_assistant.errors import DocstoreError
from rag_assistant.ports import Vectors

_PART = 4096
_ASKED = select(vectors.c.text_hash, vectors.c.vector).where(
    vectors.c.fingerprint == bindparam("fingerprint"), sqlite.among(vectors.c.text_hash, "hashes")
)


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
        asked = {"fingerprint": fingerprint, "hashes": json.dumps(list(dict.fromkeys(hashes)))}
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(_ASKED, asked).all()
        if not rows:
            return {}
        found, usable = _unpacked(rows)
        return {rows[row][0]: found[row] for row in usable}

    def all(self, fingerprint: str) -> Iterator[tuple[list[str], Vectors]]:
        """Every vector that `get` gives, some thousand at a time: text hashes, float32 rows."""
        asked = select(vectors.c.text_hash, vectors.c.vector)
        with sqlite.reading(self._engine) as connection:
            rows = connection.execute(asked.where(vectors.c.fingerprint == fingerprint))
            for part in rows.partitions(_PART):
                found, usable = _unpacked(part)
                yield [part[row][0] for row in usable], found[usable]

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


def _unpacked(rows: Sequence[Any]) -> tuple[Vectors, list[int]]:
    """The vectors of rows that end in one, as float32 rows, and which of them are finite."""
    stored = np.frombuffer(b"".join(blob for _, blob in rows), dtype=np.float16)
    found = stored.reshape(len(rows), -1).astype(np.float32)
    return found, np.flatnonzero(np.isfinite(found).all(axis=1)).tolist()
