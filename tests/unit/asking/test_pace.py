"""How long a written answer takes is learned from the server's own counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag_assistant import Assistant
from rag_assistant.asking.pace import Pace
from rag_assistant.config import OllamaSettings, Settings
from rag_assistant.docstore import Docstore
from rag_assistant.models.llamaindex import LlamaIndexModel
from rag_assistant.ports import Task, Usage
from tests.fakes import make_hit
from tests.ollama_server import OllamaServer

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


@pytest.mark.parametrize(
    "note",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"speed": 1.0}',
        '{"prompt": "quick", "answer": 4.0, "length": 9.0}',
        '{"prompt": 0, "answer": 4.0, "length": 9.0}',
        '{"prompt": NaN, "answer": 4.0, "length": 9.0}',
    ],
)
def test_a_damaged_note_counts_as_none(docstore: Docstore, note: str) -> None:
    pace = Pace(docstore)
    docstore.set_note("pace of gemma3:4b 5ab4f592f93e", note)
    assert pace.seconds(MODEL, TASK) is None
    pace.learn(MODEL, SLOW)
    assert pace.seconds(MODEL, TASK) is not None


def test_a_prompt_that_the_server_still_had_does_not_make_it_quick(docstore: Docstore) -> None:
    pace = Pace(docstore)
    pace.learn(MODEL, SLOW)
    before = pace.seconds(MODEL, TASK)
    pace.learn(MODEL, replace(SLOW, prompt_seconds=0.01))
    after = pace.seconds(MODEL, TASK)
    assert before is not None
    assert after is not None
    assert (before - 25) / 2 < after - 25 < before - 25  # beside the seconds of the answer itself


def test_only_answers_teach_how_long_answers_take(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "room.txt").write_text("The reading room of the library opened in 1893.")
    reply = "The reading room of the library opened in 1893 [1]."
    with OllamaServer(reply=lambda request: reply) as server:
        settings = Settings(data=tmp_path / "data", ollama=OllamaSettings(url=server.url))
        with Assistant(settings) as assistant:
            assistant.index([folder])
            assert assistant.ask("The reading room", kind="keywords").run.cost
            assert not paces(tmp_path / "data")
            assert assistant.ask("When did the room open?", answerer="ollama").run.cost
            assert paces(tmp_path / "data")


def paces(data: Path) -> list[str]:
    """The notes of models' paces in a data folder."""
    with closing(sqlite3.connect(data / "docstore.sqlite")) as connection:
        found = connection.execute("SELECT key FROM meta WHERE key LIKE 'pace of %'")
        return [key for (key,) in found]
