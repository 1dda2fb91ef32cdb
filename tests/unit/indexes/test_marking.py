"""The words of a question are marked where they stand in the stored text."""

from __future__ import annotations

import pytest

from rag_assistant.indexes.marking import Marking


@pytest.fixture(scope="module")
def marking() -> Marking:
    return Marking()


@pytest.mark.parametrize(
    ("query", "text", "language", "marked"),
    [
        ("bridges of iron", "The Iron Bridge was opened.", "en", ["Iron", "Bridge"]),
        ("who opened the bridge", "The bridge: who was the mayor?", "en", ["bridge"]),
        ("brucke", "Zwei Brücken, ein Steg", "de", ["Brücken"]),
        ("Brücke", "Die Bru\u0308cke am Fluß", "de", ["Bru\u0308cke"]),
        ("cooperation", "all co-\noperation ended", "en", ["co-\noperation"]),
        ("弘法大師", "これは弘法大師の書です", "ja", ["弘法大師"]),
        ("mill", "A ridge, a weir", "en", []),
        ('"paper mill"', "the paper mill", "en", ["paper", "mill"]),
        ("naïve <b>", "a naive <b>text</b>", "en", ["naive", "b", "b"]),
        ("", "anything", "en", []),
    ],
)
def test_spans_are_of_the_stored_text(
    marking: Marking, query: str, text: str, language: str, marked: list[str]
) -> None:
    spans = marking.spans(query, text, language)
    assert [text[start:end] for start, end in spans] == marked
