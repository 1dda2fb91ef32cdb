"""Which words of a question stand in a passage."""

from __future__ import annotations

import pytest

from rag_assistant.indexes.lexical_analysis import Analysis
from tests.unit.indexes.samples import entry


@pytest.mark.parametrize(
    ("language", "text", "question", "matched"),
    [
        ("en", "The bridges were opening.", "When was the iron Bridge opened?", "Bridge opened"),
        ("en", "Nobody was hurt.", "When was the mill burnt?", ""),
        ("de", "Alle Brucken der Stadt.", "Welche Brücke steht in der Stadt?", "Brücke Stadt"),
        ("fr", "Les écoles du village", "Où est l'école du village ?", "école village"),
        ("und", "Ledgers of 1868", "ledgers 1868 1869", "ledgers 1868"),
        ("ja", "東京には橋がある", "東京の橋", "東京"),
        ("en", "a bro-\nken word", "broken", "broken"),
        ("en", "Who?", "", ""),
    ],
)
def test_words_meet_as_in_the_index(language: str, text: str, question: str, matched: str) -> None:
    one = entry("p", language=language, text=text, title="", headings=())
    assert Analysis().matched(question, [one]) == [tuple(matched.split())]


def test_titles_and_headings_count_and_each_word_once() -> None:
    one = entry("p", language="en", text="Nothing.", title="Iron bridge", headings=("Tolls",))
    other = entry("q", language="en", text="Nothing.", title="", headings=())
    found = Analysis().matched("toll, iron, iron and the mill", [one, other])
    assert found == [("toll", "iron"), ()]
