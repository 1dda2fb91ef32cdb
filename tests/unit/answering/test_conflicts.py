"""Sources that contradict each other are both cited; those that tell of other things are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag_assistant.answering.conflicts import with_conflicts
from rag_assistant.answering.extractive import ExtractiveAnswerer
from rag_assistant.ports import Draft, Task
from rag_assistant.schema import Hit
from tests.fakes import make_hit

OPENED = "The reading room of the library opened in 1893."


def drafted(*texts: str, most: int = 1, pages: bool = False) -> Draft:
    hits = tuple(
        replace(
            make_hit(text, rank=rank),
            uri="http://lib.example/page" if pages else "",
            captured_at="20190503000000" if pages else "",
        )
        for rank, text in enumerate(texts, start=1)
    )
    return with_conflicts(_quoted(hits, most), hits)


def _quoted(hits: tuple[Hit, ...], most: int) -> Draft:
    task = Task(question="When did the reading room of the library open?", hits=hits)
    *_, draft = ExtractiveAnswerer(None, most).answer(task)
    assert isinstance(draft, Draft)
    return draft


def test_another_year_is_cited_beside_it() -> None:
    other = "The library's reading room opened in 1895, with a tea."
    draft = drafted(OPENED, other)
    assert {one.text for one in draft.sentences} == {OPENED, other}
    assert draft.sentences[1].support == "verbatim"
    assert draft.conflicts == ((1, 2),)
    assert [quote.marker for quote in draft.quotes] == [1, 2]


def test_not_against_a_plain_statement() -> None:
    draft = drafted(
        "Women were admitted to the reading room of the library.",
        "Women were not admitted to the reading room of the library.",
    )
    assert draft.conflicts == ((1, 2),)


def test_what_is_cited_already_gets_no_second_marker() -> None:
    draft = drafted(OPENED, "The reading room of the library opened in 1895.", most=2)
    assert [quote.marker for quote in draft.quotes] == [1, 2]
    assert len(draft.sentences) == 2
    assert draft.conflicts == ((1, 2),)


@pytest.mark.parametrize(
    "other",
    [
        "The reading room of the library opened in 1893.",  # agrees
        "The reading room of the library closed in 1940 for want of coal.",
        "The swimming bath opened in 1895.",
        "The reading room of the library opened.",  # says less
        "It opened in 1895.",  # of whatever
    ],
)
def test_other_things_and_the_same_are_no_conflict(other: str) -> None:
    draft = drafted(OPENED, other)
    assert draft.conflicts == ()


def test_two_versions_of_a_page_are_no_conflict() -> None:
    draft = drafted(OPENED, "The reading room of the library opened in 1895.", pages=True)
    assert draft.conflicts == ()
