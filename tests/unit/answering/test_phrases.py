"""A title or a keyword is made of one source's words, or it is not supported."""

from __future__ import annotations

import pytest

from rag_assistant.answering.comparing import Source
from rag_assistant.answering.phrases import check_phrase

SOURCE = Source(text="The weavers of Ollerbridge struck in 1911; Ada Venn spoke.", language="en")
OTHER = Source(text="The mayor opened the bridge.", language="en")


@pytest.mark.parametrize(
    "phrase",
    ["Weavers", "The weavers of 1911", "Ada Venn of Ollerbridge", "ollerbridge 1911"],
)
def test_words_of_the_source_are_supported(phrase: str) -> None:
    assert check_phrase(phrase, [SOURCE]) == ("supported", None)


@pytest.mark.parametrize(
    ("phrase", "missing"),
    [("Weavers of 1912", "1912"), ("Ada Marsh", "Marsh"), ("Glorious weavers", "Glorious")],
)
def test_a_word_that_it_lacks_is_named(phrase: str, missing: str) -> None:
    support, reason = check_phrase(phrase, [SOURCE])
    assert support == "unsupported"
    assert reason == f"the word {missing} is not in the cited source"


def test_one_of_several_sources_must_hold_all_of_it() -> None:
    assert check_phrase("The weavers", [OTHER, SOURCE])[0] == "supported"
    assert check_phrase("Weavers and the mayor", [OTHER, SOURCE])[0] == "unsupported"


def test_without_a_source_it_stands_on_nothing() -> None:
    assert check_phrase("Weavers", []) == ("unsupported", "no source is cited")
