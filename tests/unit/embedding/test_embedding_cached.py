"""The cache before the embedder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Barrier, Lock

import numpy as np
import pytest

from rag_assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.embedding import CachedEmbedder
from rag_assistant.ports import Vectors
from tests.fakes import FakeEmbedder

TEXTS = {f"hash-{n}": "word " * n + str(n) for n in range(1, 8)}


class HalfPrecisionCache:
    """A cache in memory that keeps fp16, as the docstore does; breaks off on demand."""

    def __init__(self, *, writes_left: int = 1000) -> None:
        self.held: dict[tuple[str, str], bytes] = {}
        self.writes_left = writes_left
        self._lock = Lock()

    def get(self, fingerprint: str, hashes: Sequence[str]) -> dict[str, Vectors]:
        return {
            key: np.frombuffer(self.held[fingerprint, key], dtype=np.float16).astype(np.float32)
            for key in hashes
            if (fingerprint, key) in self.held
        }

    def put(self, fingerprint: str, vectors: Mapping[str, Vectors]) -> None:
        with self._lock:
            if not self.writes_left:
                raise KeyboardInterrupt
            self.writes_left -= 1
        for key, vector in vectors.items():
            self.held[fingerprint, key] = vector.astype(np.float16).tobytes()


def test_gives_the_vector_of_each_text() -> None:
    embedder = FakeEmbedder()
    vectors = CachedEmbedder(embedder, HalfPrecisionCache(), batch_size=3).vectors(TEXTS)
    assert vectors.keys() == TEXTS.keys()
    for key, text in TEXTS.items():
        np.testing.assert_allclose(vectors[key], embedder.embed_passages([text])[0], atol=1e-3)


def test_embeds_each_missing_text_once_and_longest_first() -> None:
    embedder, cache = FakeEmbedder(), HalfPrecisionCache()
    cached = CachedEmbedder(embedder, cache)
    cached.vectors({"hash-3": TEXTS["hash-3"]})
    cached.vectors(TEXTS)
    cached.vectors(TEXTS)
    expected = sorted((TEXTS[key] for key in TEXTS if key != "hash-3"), key=len, reverse=True)
    assert embedder.embedded == [TEXTS["hash-3"], *expected]


def test_fresh_and_kept_vectors_are_the_same_to_the_bit() -> None:
    cached = CachedEmbedder(FakeEmbedder(), HalfPrecisionCache())
    fresh, kept = cached.vectors(TEXTS), cached.vectors(TEXTS)
    assert all(np.array_equal(fresh[key], kept[key]) for key in TEXTS)


def test_a_kill_loses_no_more_than_the_batches_under_way() -> None:
    embedder, cache = FakeEmbedder(), HalfPrecisionCache(writes_left=2)
    with pytest.raises(KeyboardInterrupt):
        CachedEmbedder(embedder, cache, batch_size=2).vectors(TEXTS)
    held = {key for _, key in cache.held}
    assert len(held) in (3, 4), "two batches, of which the shortest text may be one"
    cache.writes_left = 1000
    embedder.embedded.clear()
    CachedEmbedder(embedder, cache, batch_size=2).vectors(TEXTS)
    assert sorted(embedder.embedded) == sorted(TEXTS[key] for key in TEXTS.keys() - held)


class Meeting(FakeEmbedder):
    """Goes on when two have come."""

    def __init__(self) -> None:
        super().__init__()
        self.together = Barrier(2)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.together.wait(20)
        return super().embed_passages(texts)


def test_two_batches_are_under_way_at_once() -> None:
    texts = {f"hash-{n}": f"text {n}" for n in range(8)}
    vectors = CachedEmbedder(Meeting(), HalfPrecisionCache(), batch_size=2).vectors(texts)
    assert vectors.keys() == texts.keys()


def test_another_model_does_not_take_these_vectors() -> None:
    cache, other = HalfPrecisionCache(), FakeEmbedder(passage_prefix="passage: ")
    CachedEmbedder(FakeEmbedder(), cache).vectors(TEXTS)
    CachedEmbedder(other, cache).vectors(TEXTS)
    assert len(other.embedded) == len(TEXTS)


def test_nothing_asked_nothing_done() -> None:
    embedder = FakeEmbedder()
    assert CachedEmbedder(embedder, HalfPrecisionCache()).vectors({}) == {}
    assert embedder.embedded == []


def test_a_vector_that_is_forgotten_as_soon_as_it_is_kept_is_given_all_the_same() -> None:
    class Forgetting(HalfPrecisionCache):
        """A take-down erases between writing and reading back."""

        def put(self, fingerprint: str, vectors: Mapping[str, Vectors]) -> None:
            super().put(fingerprint, vectors)
            del self.held[fingerprint, "hash-3"]

    embedder = FakeEmbedder()
    vectors = CachedEmbedder(embedder, Forgetting()).vectors(TEXTS)
    assert vectors.keys() == TEXTS.keys()
    expected = embedder.embed_passages([TEXTS["hash-3"]])[0]
    np.testing.assert_array_equal(vectors["hash-3"], expected)


class Batches(FakeEmbedder):
    """Notes how many passages it gets at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.sizes.append(len(texts))
        return super().embed_passages(texts)


@pytest.mark.integration
@pytest.mark.parametrize("size", [3, 64])
def test_indexing_embeds_as_many_at_a_time_as_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    folder = tmp_path / "town"
    folder.mkdir()
    paragraphs = "\n\n".join(f"Letter {n} tells of the harbour. " * 40 for n in range(70))
    (folder / "letters.txt").write_text(paragraphs)
    monkeypatch.setenv("RAG_EMBEDDING__BATCH_SIZE", str(size))
    settings, embedder = Settings(data=tmp_path / "data"), Batches()
    with Assistant(settings, embedder=embedder) as assistant:
        assistant.index([folder])
    assert max(embedder.sizes) == size
