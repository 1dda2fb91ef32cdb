"""A question's vector is made once for a request, and not kept beyond it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag_assistant import Assistant
from rag_assistant.asking import Question
from rag_assistant.config import Settings
from rag_assistant.embedding import QuestionVectors
from rag_assistant.ports import Vectors
from tests.fakes import FakeEmbedder

QUESTION = "When was the iron bridge opened?"


class Counting(FakeEmbedder):
    """Notes every question that it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().embed_queries(texts)


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def assistant(tmp_path: Path, counting: Counting) -> Iterator[Assistant]:
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "note.txt").write_text("The iron bridge was opened on 4 May 1868 by the mayor.")
    settings = Settings(data=tmp_path / "data")
    with Assistant(settings, embedder=counting) as opened:
        opened.index([folder])
        yield opened


def test_what_is_asked_again_is_not_made_again(counting: Counting) -> None:
    questions = QuestionVectors(counting)
    once = questions.embed_queries(["a", "b", "a"])
    assert np.array_equal(once, FakeEmbedder().embed_queries(["a", "b", "a"]))
    again = questions.embed_queries(["b", "c"])
    assert np.array_equal(again, FakeEmbedder().embed_queries(["b", "c"]))
    assert counting.asked == ["a", "b", "c"]
    assert questions.embed_queries([]).shape == (0, counting.dimension)


def test_what_is_forgotten_is_made_again(counting: Counting) -> None:
    questions = QuestionVectors(counting)
    questions.embed_queries(["a"])
    questions.forget()
    questions.embed_queries(["a"])
    assert counting.asked == ["a", "a"]


def test_it_never_holds_more_than_some(counting: Counting) -> None:
    questions = QuestionVectors(counting)
    for number in range(200):
        questions.embed_queries([str(number)])
    assert len(questions._known) < 100


def test_an_answer_asks_for_its_question_once(assistant: Assistant, counting: Counting) -> None:
    answer = assistant.ask(QUESTION, answerer="extractive")
    assert answer.status == "answered"
    assert counting.asked.count(QUESTION) == 1
    assistant.ask(QUESTION, answerer="extractive")
    assert counting.asked.count(QUESTION) == 2, "a question was kept beyond its request"


def test_nothing_is_kept_of_an_answer_that_nobody_waited_for(assistant: Assistant) -> None:
    stream = assistant.stream(Question(text=QUESTION, answerer="extractive"))
    next(stream)
    assert assistant.engine.questions._known
    stream.close()
    assert not assistant.engine.questions._known


def test_a_search_leaves_nothing_behind(assistant: Assistant, counting: Counting) -> None:
    assistant.search(QUESTION)
    assert counting.asked.count(QUESTION) == 1
    assert not assistant.engine.questions._known
