"""A line that a model is asked for, which comes soon or not at all."""

from __future__ import annotations

import pytest

from rag_assistant.answering.one_line import one_line
from rag_assistant.errors import ModelServerError
from rag_assistant.ports import Message
from tests.fakes import FakeLanguageModel, outcome

PROMPT = [Message(role="user", text="Rewrite it.")]


@pytest.mark.parametrize(
    "reply", ["When was it built?", 'Search: "When was it built?"', "  When was it built?\n"]
)
def test_the_line_stands_alone(reply: str) -> None:
    model = FakeLanguageModel(reply)
    assert outcome(one_line(model, PROMPT, max_tokens=50)) == "When was it built?"


@pytest.mark.parametrize("reply", ["One.\nTwo.", "", "word " * 400, ModelServerError("Away.")])
def test_all_else_is_none(reply: str | ModelServerError) -> None:
    assert outcome(one_line(FakeLanguageModel(reply), PROMPT, max_tokens=50)) is None


def test_a_cut_one_is_none() -> None:
    model = FakeLanguageModel("When was", cut=True)
    assert outcome(one_line(model, PROMPT, max_tokens=50)) is None


def test_one_that_takes_too_long_is_broken_off() -> None:
    model = FakeLanguageModel("When was it built?")
    assert outcome(one_line(model, PROMPT, max_tokens=50, patience=-1)) is None
