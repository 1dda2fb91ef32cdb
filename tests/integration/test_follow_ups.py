"""R8: a conversation over the sample collections: what is searched, shown, and found."""

from __future__ import annotations

import pytest

from rag_assistant import Assistant
from rag_assistant.ports import Turn

pytestmark = pytest.mark.integration

FIRST = "Who was the policeman who drowned saving children?"
NEXT = "How old was he?"
DOBBS = "Constable Henry Dobbs"


@pytest.fixture
def history(assistant: Assistant) -> tuple[Turn, ...]:
    said = assistant.ask(FIRST, answerer="extractive")
    return Turn(role="user", text=FIRST), Turn(role="assistant", text=said.text)


def test_a_follow_up_is_searched_for_with_its_subject(
    assistant: Assistant, history: tuple[Turn, ...]
) -> None:
    answer = assistant.ask(NEXT, history=history, answerer="extractive")
    assert answer.question == NEXT
    assert answer.search_query == f"{NEXT} (policeman who drowned saving children; {DOBBS})"
    assert "Dobbs, 29" in answer.text
    assert "Dobbs" not in assistant.ask(NEXT, answerer="extractive").text


def test_what_its_asker_has_edited_is_searched_as_it_stands(
    assistant: Assistant, history: tuple[Turn, ...]
) -> None:
    search = "first woman on the borough council"
    answer = assistant.ask(NEXT, history=history, answerer="extractive", search=search)
    assert answer.search_query == search
    assert "Dobbs" not in answer.text


def test_another_subject_is_searched_for_by_itself(
    assistant: Assistant, history: tuple[Turn, ...]
) -> None:
    question = "Who was the first woman on the council?"
    answer = assistant.ask(question, history=history, answerer="extractive")
    alone = assistant.ask(question, answerer="extractive")
    assert answer.search_query == question
    assert answer.citations[0].quote == alone.citations[0].quote
    assert "Dobbs" not in answer.text
