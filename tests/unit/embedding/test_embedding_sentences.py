"""Sentences of sources are embedded once; questions are never remembered here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag_assistant.embedding import SentenceVectors
from rag_assistant.ports import Vectors
from tests.fakes import FakeEmbedder


class Counting(FakeEmbedder):
    """Tells what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.passages: list[list[str]] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.passages.append(list(texts))
        return super().embed_passages(texts)


def test_a_sentence_is_embedded_once() -> None:
    inside = Counting()
    sentences = SentenceVectors(inside)
    first = sentences.embed_passages(["The mill burnt down.", "The bridge was opened."])
    again = sentences.embed_passages(
        ["The bridge was opened.", "The weir stood.", "The mill burnt down.", "The weir stood."]
    )
    assert inside.passages == [
        ["The mill burnt down.", "The bridge was opened."],
        ["The weir stood."],
    ]
    assert np.array_equal(again[[2, 0]], first)
    assert np.array_equal(again[1], again[3])
    assert np.array_equal(
        again,
        inside.embed_passages(
            ["The bridge was opened.", "The weir stood.", "The mill burnt down.", "The weir stood."]
        ),
    )


def test_what_was_used_least_lately_is_forgotten() -> None:
    inside = Counting()
    sentences = SentenceVectors(inside, most=2)
    sentences.embed_passages(["a bridge", "a mill"])
    sentences.embed_passages(["a bridge"])
    sentences.embed_passages(["a weir"])
    sentences.embed_passages(["a bridge", "a weir"])
    sentences.embed_passages(["a mill"])
    assert inside.passages == [["a bridge", "a mill"], ["a weir"], ["a mill"]]


def test_questions_pass_through_and_nothing_gives_nothing() -> None:
    inside = Counting()
    sentences = SentenceVectors(inside)
    asked = sentences.embed_queries(["Who opened the bridge?"])
    assert np.array_equal(asked, inside.embed_queries(["Who opened the bridge?"]))
    assert sentences.embed_passages([]).shape == (0, inside.dimension)
    assert sentences.fingerprint == inside.fingerprint
    assert inside.passages == []
