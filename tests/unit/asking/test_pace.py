"""How long a written answer takes is learned from the server's own counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag_assistant.asking.pace import Pace
from rag_assistant.docstore import Docstore
from rag_assistant.models.llamaindex import LlamaIndexModel
from rag_assistant.ports import Task, Usage
from tests.fakes import make_hit

TASK = Task(question="When did it open?", hits=(make_hit("It opened in 1893. " * 100),))
MODEL = LlamaIndexModel(None, name="gemma3:4b", digest="5ab4f592f93e6f", context_window=8192)  # type: ignore[arg-type]
SLOW = Usage(prompt_tokens=1000, prompt_seconds=20.0, answer_tokens=100, answer_seconds=25.0)


@pytest.fixture
def docstore(tmp_path: Path) -> Iterator[Docstore]:
    found = Docstore(tmp_path)
    yield found
    found.close()


def test_nothing_is_told_before_an_answer_was_written(docstore: Docstore) -> None:
    assert Pace(docstore).seconds(MODEL, TASK) is None


def test_it_is_learned_and_kept_for_the_next_process(docstore: Docstore) -> None:
    Pace(docstore).learn(MODEL, SLOW)
    seconds = Pace(docstore).seconds(MODEL, TASK)
    assert seconds is not None
    assert 25 + 10 < seconds < 25 + 30  # a hundred tokens at 4 a second, about 1,000 at 50


def test_other_models_have_a_pace_of_their_own(docstore: Docstore) -> None:
    Pace(docstore).learn(MODEL, SLOW)
    other = LlamaIndexModel(None, name="gemma3:1b", context_window=8192)  # type: ignore[arg-type]
    assert Pace(docstore).seconds(other, TASK) is None


def test_newer_answers_count_for_more_and_more(docstore: Docstore) -> None:
    pace = Pace(docstore)
    pace.learn(MODEL, SLOW)
    before = pace.seconds(MODEL, TASK)
    quick = Usage(prompt_tokens=1000, prompt_seconds=2.0, answer_tokens=100, answer_seconds=2.5)
    for _ in range(6):
        pace.learn(MODEL, quick)
    after = pace.seconds(MODEL, TASK)
    assert before is not None
    assert after is not None
    assert after < before / 4


@pytest.mark.parametrize("usage", [None, Usage(), Usage(prompt_tokens=5, prompt_seconds=0.0)])
def test_what_the_server_does_not_tell_teaches_nothing(
    docstore: Docstore, usage: Usage | None
) -> None:
    pace = Pace(docstore)
    pace.learn(MODEL, usage)
    assert pace.seconds(MODEL, TASK) is None
