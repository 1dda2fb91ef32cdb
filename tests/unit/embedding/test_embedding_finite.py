"""A vector that is no vector is told, never kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rag_assistant import Assistant
from rag_assistant.config import EmbeddingSettings, Settings
from rag_assistant.embedding import find_model
from rag_assistant.embedding.local import LocalEmbedder
from rag_assistant.embedding.model import OFFLINE_PACKAGE
from rag_assistant.errors import EmbeddingModelError
from rag_assistant.ports import Vectors
from tests.fakes import FakeEmbedder

BRIDGE, FOG = "The iron bridge was opened on 4 May 1868.", "The harbour lay in fog for a week."


class Broken(LocalEmbedder):
    """Computes one number wrongly wherever a text is about fog."""

    def __init__(self, wrong: float) -> None:
        pytest.importorskip(OFFLINE_PACKAGE)
        settings = EmbeddingSettings()
        super().__init__(find_model(settings), settings)
        self._wrong = wrong

    def load(self) -> None:
        pass

    def _compute(self, texts: Sequence[str]) -> Vectors:
        vectors = np.ones((len(texts), self.dimension), dtype=np.float32)
        vectors[["fog" in text for text in texts], 7] = self._wrong
        return vectors


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_no_backend_may_give_is_one_sentence_and_a_hint(wrong: float) -> None:
    embedder = Broken(wrong)
    assert np.isfinite(embedder.embed_passages([BRIDGE])).all()
    for embed in (embedder.embed_passages, embedder.embed_queries):
        with pytest.raises(EmbeddingModelError, match=r"NaN or infinite\) for 1 of 2") as caught:
            embed([BRIDGE, FOG])
        assert "rag-assistant repair --backend torch" in caught.value.hint


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "bridge.txt").write_text(BRIDGE)
    (folder / "fog.txt").write_text(FOG)
    return folder


def lags(settings: Settings, embedder: FakeEmbedder, folder: Path) -> dict[str, int]:
    with Assistant(settings, embedder=embedder) as assistant:
        return assistant.index([folder]).lags


@pytest.mark.integration
def test_indexing_that_was_refused_a_vector_goes_on_once_it_gets_one(
    tmp_path: Path, collection: Path
) -> None:
    settings = Settings(data=tmp_path / "data")
    with Assistant(settings, embedder=Broken(np.nan)) as assistant:
        with pytest.raises(EmbeddingModelError, match="NaN or infinite"):
            assistant.index([collection])
        assert assistant.search("harbour").hits[0].entry.text == FOG, "its words are found"
    with Assistant(settings, embedder=Broken(2.0)) as assistant:
        assert assistant.index([collection]).lags == {"lexical": 0, "vectors": 0}
        assert assistant.status()["healthy"]


@pytest.mark.integration
def test_a_folder_that_holds_such_a_vector_from_before_is_mended_by_index(
    tmp_path: Path, collection: Path
) -> None:
    """As an earlier release left it: in the cache, and refused by the vector index."""
    settings, embedder = Settings(data=tmp_path / "data"), FakeEmbedder()
    lags(settings, embedder, collection)
    with Assistant(settings, embedder=embedder) as assistant:
        hashes = list(next(assistant.engine.all_vectors())[0])
        bad = np.full(embedder.dimension, np.nan, np.float32)
        assistant.docstore.vectors.put(embedder.fingerprint, {hashes[0]: bad})
        assistant.docstore.changes.request_erasure()  # both indexes are built anew
    embedder.embedded.clear()
    assert lags(settings, embedder, collection) == {"lexical": 0, "vectors": 0}
    assert len(embedder.embedded) == 1, "only what was not finite is computed again"
