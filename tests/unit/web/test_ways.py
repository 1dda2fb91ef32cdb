"""Ways on: what can be asked next, and what is asked when one is chosen."""

from __future__ import annotations

from typing import Any

import pytest

from rag_assistant.answer import Answer, Clarification, Suggestion
from rag_assistant.asking import Question
from rag_assistant.schema import Filters
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.desk import ways
from rag_assistant.web.desk.ways import Way
from tests.answers import QUESTION, make_answer, silent

BACK = Clarification(question="Which bridge?", choices=("The iron one?", "The old one?"))


def exchange(answer: Answer | None = None, **facts: Any) -> Exchange:
    return Exchange(question=QUESTION, audience="public", answer=answer, **facts)


def asked(way: Way | None, *exchanges: Exchange) -> Question:
    assert way is not None
    return way.asked(Filters(), exchanges, exchange())


def labels(*exchanges: Exchange) -> list[str]:
    return [way.label for way in ways.ways(exchanges)]


def test_a_choice_is_asked_and_nothing_is_asked_back_again() -> None:
    now = exchange(silent("clarify", clarification=BACK))
    assert labels(now) == ["The iron one?", "The old one?", ways.SKIP]
    choice = asked(ways.chosen("The old one?", [now]), now)
    assert (choice.text, choice.clarify) == ("The old one?", False)
    skipped = asked(ways.chosen(ways.SKIP, [now]), now)
    assert (skipped.text, skipped.clarify, skipped.history) == (QUESTION, False, ())


def test_many_choices_leave_room_to_skip() -> None:
    many = Clarification(question="Which?", choices=tuple("abcdefg"))
    found = labels(exchange(silent("clarify", clarification=many)))
    assert found == ["a", "b", "c", "d", ways.SKIP]


def test_a_question_is_asked_back_once_in_a_conversation() -> None:
    typed = ways.typed(" And the mill? ")
    assert asked(typed).clarify
    assert asked(typed, exchange(make_answer())).clarify
    before = exchange(silent("clarify", clarification=BACK))
    question = asked(typed, before, exchange(make_answer()))
    assert (question.text, question.clarify) == ("And the mill?", False)
    assert ways.typed("  ") is None


def test_an_offer_asks_the_same_question_of_the_model() -> None:
    offer = Suggestion(kind="written", text="A written answer needs about 40 seconds. Write it?")
    now = exchange(make_answer(suggestions=(offer,), search_query="iron bridge"))
    assert labels(now) == [ways.WRITE]
    question = asked(ways.chosen(ways.WRITE, [now]), exchange(make_answer()), now)
    assert (question.text, question.search, question.answerer) == (
        QUESTION,
        "iron bridge",
        "ollama",
    )
    assert len(question.history) == 2  # of the first exchange, not of the one that is repeated


def test_other_words_are_asked_as_they_are() -> None:
    found = (
        Suggestion(kind="passage", text="The iron bridge", passage_id="p"),
        *(Suggestion(kind="search", text=one) for one in ("bridge", "mill")),
        Suggestion(kind="person", text="Ask a librarian", url="https://library.example"),
    )
    now = exchange(silent(suggestions=found))
    assert labels(now) == ["Search: bridge", "Search: mill"]
    question = asked(ways.chosen("Search: mill", [now]), now)
    assert (question.text, question.search, question.answerer) == ("mill", None, None)


def test_where_the_model_failed_it_can_be_asked_again() -> None:
    now = exchange(make_answer(status="model_failed", reason="It does not run."))
    assert labels(now) == [ways.AGAIN]
    question = asked(ways.chosen(ways.AGAIN, [now]), now)
    assert (question.text, question.history) == (QUESTION, ())


def test_only_what_the_last_answer_offers_can_be_chosen() -> None:
    first = exchange(silent("clarify", clarification=BACK))
    assert ways.chosen("The old one?", [first, exchange(make_answer())]) is None
    assert ways.chosen("The old one?", [first, exchange()]) is None
    assert ways.chosen("Something else", [first]) is None
    assert ways.chosen("Something else", []) is None
    assert labels() == []


@pytest.mark.parametrize(
    ("words", "search"), [(" the iron bridge ", "the iron bridge"), (" ", None)]
)
def test_the_last_question_can_be_searched_with_other_words(words: str, search: str | None) -> None:
    now = exchange(make_answer())
    question = asked(ways.searched_again(words, [now]), now)
    assert (question.text, question.search, question.history) == (QUESTION, search, ())
    assert not question.clarify
    assert ways.searched_again(words, []) is None
