"""What two data folders hold, side by side: one whose runs were killed, and one that ran whole."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag_assistant import Assistant
from rag_assistant.config import load_settings
from rag_assistant.docstore.queries import Bounds
from rag_assistant.ports import Embedder, IndexQuery, Vectors

_STORED = (
    "SELECT id, collection, path, title, access, date_from, date_to FROM documents ORDER BY id",
    "SELECT id, sha256, text FROM sections ORDER BY id",
    "SELECT collection, path, record, document_id, timestamp FROM captures ORDER BY 1, 2, 3",
    'SELECT id, document_id, start, "end", sentences, text_hash FROM passages ORDER BY id',
    "SELECT collection, path, record, reason FROM failures ORDER BY 1, 2, 3",
)
_K = 10
_NEAR = 1e-3  # within which cosines are equal: vectors are stored in 16 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Whether documents, texts, captures and passages are the same, and lexical results identical.

    ``healthy`` is what `status` says of the killed folder, ``cosine`` the least of a passage's two
    vectors, ``recall`` that of the killed folder's vector index at 10, against an exact scan.
    """

    healthy: bool
    stored: bool
    lexical: bool
    cosine: float
    recall: float

    @property
    def holds(self) -> bool:
        """Whether nothing was lost."""
        same = self.healthy and self.stored and self.lexical
        return same and self.cosine >= 0.999 and self.recall >= 0.98  # noqa: PLR2004


def compare(
    whole: Path, killed: Path, words: Sequence[str], embedder: Embedder | None = None
) -> Comparison:
    """Compare two data folders of the same collections.

    Args:
        whole: Of a run that nothing disturbed.
        killed: Of runs that were killed, and one that then came to its end.
        words: What is searched.
        embedder: Whose vectors both hold; None takes the configured one.
    """
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(Assistant(load_settings(data=data), embedder=embedder))
            for data in (whole, killed)
        )
        for assistant in (one, other):
            if not assistant.engine.own("command"):
                raise RuntimeError(f"{assistant.settings.data} is in use")
        asked = one.engine.embedder.embed_queries(words)
        return Comparison(
            healthy=other.status()["healthy"],
            stored=stored(whole) == stored(killed),
            lexical=_lexical(one, words) == _lexical(other, words),
            cosine=_least_cosine(_vectors(one), _vectors(other)),
            recall=recall(other, asked),
        )


def stored(data: Path) -> list[list[tuple[object, ...]]]:
    """All that must be the same."""
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{data / 'docstore.sqlite'}")
    with engine.connect() as connection:
        found = [[tuple(row) for row in connection.execute(text(sql))] for sql in _STORED]
    engine.dispose()
    return found


def recall(assistant: Assistant, asked: Vectors) -> float:
    """recall@10 of the vector index against all its vectors, compared one by one.

    Equal texts have equal cosines, so what is counted are cosines and not passages.
    """
    index = assistant.engine.vectors
    matrix = np.stack(list(_vectors(assistant).values()))
    found = wanted = 0
    for vector in asked:
        exact = np.sort(matrix @ vector)[::-1][:_K]
        near = index.search(_query(assistant, "", vector), _K) if index else []
        found += sum(cosine >= exact[-1] - _NEAR for _, cosine in near)
        wanted += len(exact)
    return found / wanted


def _lexical(assistant: Assistant, words: Sequence[str]) -> list[list[tuple[str, float]]]:
    index = assistant.engine.lexical
    return [index.search(_query(assistant, word), _K) for word in words] if index else []


def _vectors(assistant: Assistant) -> dict[str, Vectors]:
    """By passage id."""
    hashes = assistant.docstore.library.text_hashes(Bounds())
    return assistant.engine.passage_vectors(hashes)


def _least_cosine(one: dict[str, Vectors], other: dict[str, Vectors]) -> float:
    """-1 where a passage lacks its vector."""
    if one.keys() != other.keys():
        return -1.0
    return min(
        float(vector @ other[key] / np.linalg.norm(vector) / np.linalg.norm(other[key]))
        for key, vector in one.items()
    )


def _query(assistant: Assistant, words: str, vector: Vectors | None = None) -> IndexQuery:
    return IndexQuery(
        text=words,
        vector=vector,
        collections=tuple(sorted(assistant.docstore.library.collections())),
        access=("staff", "public"),
    )
