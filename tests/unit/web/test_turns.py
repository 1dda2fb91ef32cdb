"""Of a conversation only what was answered is what a later question may be about."""

from __future__ import annotations

from rag_assistant.answer import Answer
from rag_assistant.answering.followups import stand_alone
from rag_assistant.web.components.conversation import Exchange, turns
from tests.answers import make_answer, silent


def _asked(question: str, answer: Answer) -> Exchange:
    return Exchange(question=question, audience="public", answer=answer)


def test_what_had_no_answer_gives_no_later_question_its_subject() -> None:
    nothing = silent(text="No passage was found in 93 documents.")
    said = turns(
        [
            _asked("When was the bridge opened?", make_answer()),
            _asked("What does a zeppelin to Mars cost?", nothing),
        ]
    )
    assert [turn.text for turn in said] == ["When was the bridge opened?", make_answer().text]
    assert stand_alone("And its length?", said) == "And its length? (bridge opened)"
    assert turns([_asked("What does a zeppelin to Mars cost?", nothing)]) == ()
