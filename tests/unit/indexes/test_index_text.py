"""Text as the lexical index reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_assistant.indexes.text import normalised, pairs, pieces, quoted, split_scripts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exam-\nple", "example"),
        ("exam\u00ad\n  ple", "example"),
        ("Smith-\nJones", "Smith-\nJones"),
        ("1914-\n1918", "1914-\n1918"),
        ("soft\u00adhyphen", "softhyphen"),
        ("ﬁne ſtone ２", "fine stone 2"),
        ("e\u0301te\u0301", "été"),
        ("שָׁלוֹם", "שלום"),
        ("a\ud800b", "a?b"),
    ],
)
def test_normalised(text: str, expected: str) -> None:
    assert normalised(text) == expected


@given(st.text(st.characters()))
def test_normalised_text_can_be_encoded(text: str) -> None:
    normalised(text).encode()


def test_scripts_are_told_apart() -> None:
    spaced, runs = split_scripts("The 東京 office, サウス棟2")
    assert spaced.split() == ["The", "office,", "2"]
    assert runs == ["東京", "サウス棟"]


def test_runs_of_characters_give_pairs() -> None:
    assert [*pairs(["東京都", "都"])] == ["東京", "京都", "都"]


def test_words_are_taken_apart() -> None:
    assert [*pieces(["toll", "the", "bridge"])] == [
        *("_toll", "toll_"),
        *("_brid", "bridg", "ridge", "idge_"),
    ]


def test_figures_are_not_taken_apart() -> None:
    """Neighbouring years and shelfmarks share characters and nothing else."""
    assert [*pieces(["1934", "ms12345", "12345678"])] == []


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ('the "old mill" and "new mill"', ["old mill", "new mill"]),
        ("“a b” „c d“ «e f» »g h« 「東京」", ["a b", "c d", "e f", "g h", "東京"]),
        ('a 12" disc and a 7" disc', []),
        ('unclosed "phrase', []),
        ('""', []),
    ],
)
def test_quoted(text: str, phrases: list[str]) -> None:
    assert quoted(text) == phrases
