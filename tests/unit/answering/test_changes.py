"""Which changes of a page are told, and by which of its sentences."""

from __future__ import annotations

from typing import Literal

import pytest

from rag_assistant.answering.changes import Choice, Matter, choose, coverage, names_the_page
from rag_assistant.diffing import Block, compare, units
from rag_assistant.ports import Embedder
from rag_assistant.schema import Section
from tests.fakes import FakeEmbedder

FIRST = """The ferry crosses the river every day.
The last boat leaves at 5.15 pm.
A single costs £1.20 for adults and 60p for children.
Dogs travel free.
"""
SECOND = """The ferry crosses the river every day.
The last boat leaves at 6.20 pm.
A single costs £1.80 for adults and 90p for children.
Dogs travel free.
"""
THIRD = """The ferry crosses the river every day.
The last boat leaves at 6.20 pm.
A single costs £2.10 for adults and 90p for children.
Bicycles are not carried on Sundays.
"""


def change(before: str, after: str) -> tuple[Block, ...]:
    old, new = (
        units([(name, Section(text=text))]) for name, text in (("old", before), ("new", after))
    )
    return compare(old, new)


CHANGES = (change(FIRST, SECOND), change(SECOND, THIRD))


def ask(
    topic: str,
    *,
    asks: Literal["change", "since", "still"] = "change",
    announced: bool = True,
    embedder: Embedder | None = None,
    most: int = 3,
    latest: bool = False,
) -> Choice:
    matter = Matter(
        topic=topic, page="Senn Ferry timetable", language="en", announced=announced, asks=asks
    )
    return choose(matter, CHANGES, embedder, most=most, latest=latest)


def told(choice: Choice) -> list[tuple[int, str, str]]:
    return [
        (
            one.change,
            one.before.text.strip() if one.before else "",
            one.after.text.strip() if one.after else "",
        )
        for one in choice.stretches
    ]


@pytest.mark.parametrize("embedder", [None, FakeEmbedder()])
def test_a_question_about_the_page_is_told_all_that_changed(embedder: Embedder | None) -> None:
    choice = ask("the ferry timetable", embedder=embedder)
    assert choice.changes == 2
    assert {number for number, _, _ in told(choice)} == {0, 1}
    assert (
        0,
        "The last boat leaves at 5.15 pm.",
        "The last boat leaves at 6.20 pm.",
    ) in told(choice)


@pytest.mark.parametrize("embedder", [None, FakeEmbedder()])
def test_a_matter_on_the_page_is_told_alone(embedder: Embedder | None) -> None:
    (only,) = told(ask("the last boat of the ferry", embedder=embedder))
    assert only == (0, "The last boat leaves at 5.15 pm.", "The last boat leaves at 6.20 pm.")


def test_each_change_that_fits_is_told_in_order() -> None:
    assert [before[:22] for _, before, _ in told(ask("a single for adults"))] == [
        "A single costs £1.20 f",
        "A single costs £1.80 f",
    ]


def test_only_the_last_change_where_that_is_wanted() -> None:
    assert [number for number, _, _ in told(ask("a single for adults", latest=True))] == [1]


def test_of_many_changes_the_last_ones_are_told_and_all_are_counted() -> None:
    choice = ask("a single for adults", most=1)
    assert choice.changes == 2
    assert [number for number, _, _ in told(choice)] == [1]


def test_what_no_version_changed_is_steady() -> None:
    choice = ask("how often it crosses the river")
    assert not choice.stretches
    assert choice.steady
    assert not ask("the captain's parrot").steady


def test_since_when_wants_what_came_and_was_not_said_before() -> None:
    ((number, _, after),) = told(ask("no bicycles on Sundays", asks="since"))
    assert (number, after) == (1, "Bicycles are not carried on Sundays.")
    assert not ask("the last boat leaves", asks="since").stretches


def test_still_wants_what_is_put_in_other_words_by_now() -> None:
    ((number, before, after),) = told(ask("does a single cost £1.20", asks="still"))
    assert number == 0
    assert "£1.20" in before
    assert "£1.80" in after
    assert not ask("does the ferry cross every day", asks="still").stretches


def test_what_only_went_is_no_proof_that_it_is_no_longer_so() -> None:
    assert not ask("do dogs travel free", asks="still").stretches


def test_what_went_stands_beside_what_came_in_its_place() -> None:
    (only,) = told(ask("dogs travel free"))
    assert only == (1, "Dogs travel free.", "Bicycles are not carried on Sundays.")


def test_no_sentence_is_told_twice() -> None:
    for topic in ("the ferry timetable", "a single for adults", "boat"):
        of_change = [(n, text) for n, *both in told(ask(topic)) for text in both if text]
        assert len(of_change) == len(set(of_change))


def test_one_word_that_pages_do_not_announce_is_too_little() -> None:
    assert not ask("the boat", announced=False).stretches
    assert ask("the last boat", announced=False).stretches


def test_nothing_fits_nothing() -> None:
    assert not ask("the wages of the weavers").stretches
    matter = Matter(topic="the ferry", page="", language="en")
    assert choose(matter, (), None, most=3) == Choice(stretches=(), changes=0, steady=False)


def test_a_question_names_the_page_when_nothing_else_is_left_of_it() -> None:
    def matter(topic: str, *, announced: bool = True) -> Matter:
        return Matter(topic=topic, page="Opening hours", language="en", announced=announced)

    assert names_the_page(matter("the opening hours"))
    assert names_the_page(matter("the opening time"))
    assert not names_the_page(matter("the opening hours of the café"))
    assert not names_the_page(matter("the opening hours", announced=False))
    assert not names_the_page(matter("the"))


def test_coverage_counts_the_name_and_the_text() -> None:
    matter = Matter(topic="museum opening hours", page="Opening hours", language="en")
    assert coverage(matter, "The library is open.") == pytest.approx(2 / 3)
    assert coverage(matter, "The museum is open.") == 1
