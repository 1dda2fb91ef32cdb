"""What data folders hold whose runs were killed, beside one whose run nothing disturbed.

``python -m evals.bench.leftovers TOLD.json WHOLE KILLED…`` compares in a process of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.bench import prose
from evals.bench.query import recalls
from rag_assistant import Assistant
from rag_assistant.config import load_settings
from rag_assistant.docstore.queries import Bounds
from rag_assistant.indexes.generation import index_folder
from rag_assistant.ports import Embedder, IndexQuery, Vectors
from rag_assistant.schema import Access

_STORED = (
    "SELECT id, collection, path, title, access, date_from, date_to FROM documents ORDER BY id",
    "SELECT id, sha256, text FROM sections ORDER BY id",
    "SELECT collection, path, record, document_id, timestamp FROM captures ORDER BY 1, 2, 3",
    'SELECT id, document_id, start, "end", sentences, text_hash FROM passages ORDER BY id',
    "SELECT collection, path, record, reason FROM failures ORDER BY 1, 2, 3",
)
_K = 10
_PART = 1_000  # vectors read at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Whether documents, texts, captures and passages are the same, and lexical results identical.

    Results are passages in their order. ``healthy`` is what `status` says of the killed folder.
    ``cached`` is the least cosine of a passage's two vectors in the caches, ``indexed`` in the
    vector indexes themselves; -1 where one lacks it. ``recall`` is that of the killed folder's
    vector index at 10, against an exact scan.
    """

    healthy: bool
    stored: bool
    lexical: bool
    cached: float
    indexed: float
    recall: float

    @property
    def holds(self) -> bool:
        """Whether nothing was lost."""
        same = self.healthy and self.stored and self.lexical
        cosine = min(self.cached, self.indexed)
        return same and cosine >= 0.999 and self.recall >= 0.98  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holdings:
    """What is compared of one data folder; vectors by passage id."""

    healthy: bool
    stored: list[list[tuple[object, ...]]]
    lexical: list[list[str]]
    cached: dict[str, Vectors]
    indexed: dict[str, Vectors]
    recall: float


def compare(
    whole: Path, killed: Sequence[Path], words: Sequence[str], embedder: Embedder | None = None
) -> list[Comparison]:
    """Compare data folders of the same collections with one of a run that nothing disturbed.

    Args:
        whole: That one.
        killed: Each of runs that were killed, and one that then came to its end.
        words: What is searched.
        embedder: Whose vectors all hold; None takes the configured one.
    """
    right = _holdings(whole, words, embedder)
    return [_compared(right, _holdings(data, words, embedder)) for data in killed]


def _compared(right: _Holdings, left: _Holdings) -> Comparison:
    return Comparison(
        healthy=left.healthy,
        stored=right.stored == left.stored,
        lexical=right.lexical == left.lexical,
        cached=least_cosine(right.cached, left.cached),
        indexed=least_cosine(right.indexed, left.indexed),
        recall=left.recall,
    )


def _holdings(data: Path, words: Sequence[str], embedder: Embedder | None) -> _Holdings:
    with Assistant(load_settings(data=data), embedder=embedder) as assistant:
        if not assistant.engine.own("command"):
            raise RuntimeError(f"{data} is in use")
        found: dict[str, Any] = {
            "healthy": assistant.status()["healthy"],
            "lexical": _lexical(assistant, words),
            "cached": assistant.engine.passage_vectors(
                assistant.docstore.library.text_hashes(Bounds())
            ),
            "recall": float(np.mean(recalls(assistant, words))),
        }
        cursor = assistant.docstore.changes.cursor("vectors")
    folder = index_folder(data / "indexes", "vectors", cursor) if cursor else None
    indexed = vectors_in(folder) if folder else {}
    return _Holdings(stored=stored(data), indexed=indexed, **found)


def stored(data: Path) -> list[list[tuple[object, ...]]]:
    """All that must be the same."""
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{data / 'docstore.sqlite'}")
    with engine.connect() as connection:
        found = [[tuple(row) for row in connection.execute(text(sql))] for sql in _STORED]
    engine.dispose()
    return found


def vectors_in(folder: Path) -> dict[str, Vectors]:
    """What a vector index holds by passage id, as Chroma gives it; nobody else has it open.

    None of it where Chroma cannot read the folder.
    """
    import chromadb
    from chromadb.errors import ChromaError

    settings = chromadb.Settings(anonymized_telemetry=False)
    found: dict[str, Vectors] = {}
    try:
        client = chromadb.PersistentClient(str(folder), settings=settings)
        try:
            for one in client.list_collections():
                shelf = client.get_collection(one.name, embedding_function=None)
                for start in range(0, shelf.count(), _PART):
                    part = shelf.get(limit=_PART, offset=start, include=["embeddings"])
                    rows = np.asarray(part["embeddings"], dtype=np.float32)
                    found |= dict(zip(part["ids"], rows, strict=True))
        finally:
            client.close()
    except ChromaError:
        return {}
    return found


def least_cosine(one: dict[str, Vectors], other: dict[str, Vectors]) -> float:
    """The least cosine of a passage's two vectors; -1 where a passage lacks one."""
    if one.keys() != other.keys():
        return -1.0
    return min(
        (
            float(vector @ other[key] / np.linalg.norm(vector) / np.linalg.norm(other[key]))
            for key, vector in one.items()
        ),
        default=-1.0,
    )


def _lexical(assistant: Assistant, words: Sequence[str]) -> list[list[str]]:
    index = assistant.engine.lexical
    if index is None:
        return []
    collections = tuple(sorted(assistant.docstore.library.collections()))
    access: tuple[Access, ...] = ("staff", "public")
    queries = (
        IndexQuery(text=word, vector=None, collections=collections, access=access) for word in words
    )
    return [[passage_id for passage_id, _ in index.search(one, _K)] for one in queries]


def main() -> None:
    """Compare, searching for things that the notes and pages are about, and tell each round."""
    told, whole, *killed = map(Path, sys.argv[1:])
    words = sorted({word for things in prose.ENGLISH.topics.values() for word in things})[::3]
    rounds = [asdict(one) for one in compare(whole, killed, words)]
    told.write_text(json.dumps({"rounds": rounds}), encoding="utf-8")


if __name__ == "__main__":
    main()
