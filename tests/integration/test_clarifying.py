"""A question back over the sample collections: asked where there is a choice, and only there."""

from __future__ import annotations

import pytest

from rag_assistant import Assistant
from rag_assistant.answer import Clarification
from rag_assistant.answering.clarifying import ambiguity

pytestmark = pytest.mark.integration

AMBIGUOUS = {
    "Who was Lindner?": {"Charles Lindner", "Friedrich August Lindner"},
    "Wer war Herr Lindner?": {"Charles Lindner", "Friedrich August Lindner"},
    "Who was Tolley?": {"Reuben Tolley", "Amos Tolley"},
    "When did Tolley die?": {"Alfred Tolley", "Martha Tolley"},
    "What trade was Tolley in?": {"Reuben Tolley", "Amos Tolley"},
    "Who was Marrable?": {"Josiah Marrable", "Edwin Marrable"},
    "Who was Mrs Marrable?": {"Mrs Constance Marrable", "Mrs Edwin Marrable"},
    "Who was Rudge?": {"Thomas Rudge", "Bethan Rudge"},
    "Who was Garland?": {"Matthew Garland", "Hannah Garland"},
    "Who was Miss Fripp?": {"Lucy Fripp", "Joyce Fripp"},
    "who was fripp?": {"Lucy Fripp", "Ernest Fripp"},
    "Who was Minton?": {"Beryl Minton", "Clara Minton"},
    "Who was Gooch?": {"George Gooch", "Jane Gooch"},
    "Who was Nash?": {"Albert Nash", "Kenneth Nash"},
    "Who was Nolan?": {"Patrick Nolan", "Agnes Nolan"},
    "Who was Penn?": {"Josiah Penn", "Maureen Penn"},
    "Qui était Delvaux ?": {"Paul Delvaux", "Hortense Delvaux"},
    "How many people died in the flood?": {"flood of 30 October 2000", "flood of 1923"},
    "What happened in the flood?": {"flood of 8 and 9 February 1923", "flood of 2020"},
    "Who was Mr Marrable?": {"Mr Josiah Marrable", "Mr Hugh Marrable"},
    "How high did the river rise in the flood?": {"flood of 30 October 2000", "of November 1852"},
}
CLEAR = (
    "Who was Ruth Askew?",
    "Who was Askew?",
    "Who was Pym?",
    "Who was Charles Lindner?",
    "Was Lindner interned?",
    "What happened to the butcher Lindner?",
    "Who was Josiah Marrable?",
    "When was the flood?",
    "How many people drowned in the flood of November 1852?",
    "What happened in the flood in 1923?",
    "Which floods have there been in Ollerbridge?",
    "How many floods were there?",
    "List all people called Tolley.",
    "When did the bridge open?",
    "Who built the bridge?",
    "What caused the strike?",
    "How much is the ferry?",
    "What is the museum's entrance fee?",
    "When does the library open?",
    "When did the mill close and how many lost their jobs?",
    "Is the flood siren still tested on a Monday?",
    "Wie viel kostet der Eintritt?",
)


def back(assistant: Assistant, question: str) -> Clarification | None:
    hits = assistant.search(question).hits
    return ambiguity(question, hits, assistant.engine.questions)


@pytest.mark.parametrize(("question", "readings"), AMBIGUOUS.items(), ids=AMBIGUOUS)
def test_a_choice_is_put_in_the_words_of_the_collection(
    assistant: Assistant, question: str, readings: set[str]
) -> None:
    found = back(assistant, question)
    assert found
    assert found.question.endswith("?")
    assert 2 <= len(found.choices) <= 4
    assert len(set(found.choices)) == len(found.choices)
    for reading in readings:
        assert any(reading in choice for choice in found.choices), found
    assert all(
        choice.split(maxsplit=1)[0] == question.split(maxsplit=1)[0] for choice in found.choices
    )


@pytest.mark.parametrize("question", CLEAR)
def test_what_the_question_or_the_collection_decides_is_not_asked_back(
    assistant: Assistant, question: str
) -> None:
    assert back(assistant, question) is None


@pytest.mark.parametrize("question", ["Who was Lindner?", "How many people died in the flood?"])
def test_a_choice_asks_no_further(assistant: Assistant, question: str) -> None:
    found = back(assistant, question)
    assert found
    assert all(back(assistant, choice) is None for choice in found.choices)
