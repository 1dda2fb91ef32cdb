"""A record beside the same question asked again."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import pytest

from rag_assistant import Assistant, rerunning
from rag_assistant.answer import Kind
from rag_assistant.cli.source import LocalSource
from rag_assistant.config import (
    AnswerSettings,
    EmbeddingSettings,
    LlmSettings,
    OllamaSettings,
    RetrievalSettings,
    Settings,
)
from rag_assistant.errors import UsageError
from rag_assistant.ports import Embedder, Turn
from rag_assistant.schema import Filters
from tests.answers import make_answer, make_run
from tests.ollama_server import OllamaServer

TEXT = "The reading room of the library opened in 1893. It held nine hundred books."
QUESTION = "When did the reading room of the library open?"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "room.txt").write_text(TEXT)
    return folder


@pytest.fixture
def assistant(tmp_path: Path, room: Path, embedder: Embedder) -> Iterator[Assistant]:
    with Assistant(Settings(data=tmp_path / "data"), embedder=embedder) as assistant:
        assistant.index([room])
        yield assistant


def again(assistant: Assistant, record: dict[str, Any]) -> rerunning.Rerun:
    answer = LocalSource(assistant).ask(rerunning.body_of(record), record["audience"])
    return rerunning.compare(record, answer)


def test_the_same_docstore_gives_exactly_the_same(assistant: Assistant) -> None:
    record = assistant.ask(QUESTION, answerer="extractive").to_dict()
    found = again(assistant, record)
    assert found.same_passages
    assert found.same_answer
    assert (found.changed, found.reasons) == ((), ())
    assert found.recorded == found.present


def test_passages_that_came_are_listed_with_the_reason(
    assistant: Assistant, tmp_path: Path
) -> None:
    record = assistant.ask(QUESTION, answerer="extractive").to_dict()
    (tmp_path / "notes" / "rooms.txt").write_text(
        "When the reading room of the library opened, in 1893, the mayor spoke."
    )
    assistant.index([tmp_path / "notes"])
    found = again(assistant, record)
    assert not found.same_passages
    (was,) = [one["passage_id"] for one in record["run"]["retrieved"]]
    (new,) = [one for one in found.changed if one.passage_id != was]
    assert new.before is None
    assert new.now in (1, 2)
    moved = () if new.now == 2 else (rerunning.Moved(passage_id=was, before=1, now=2),)
    assert tuple(one for one in found.changed if one is not new) == moved
    assert "the collections have changed since" in found.reasons[0]
    assert found.present > found.recorded


def test_the_edited_search_is_repeated(assistant: Assistant) -> None:
    record = assistant.ask("And when?", search=QUESTION, answerer="extractive").to_dict()
    assert record["search_query"] == QUESTION
    assert record["status"] == "answered"
    assert again(assistant, record).same_answer


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("model_digest", "other", "the model is another build of that name"),
        ("prompt_sha256", "other", "the prompts have changed"),
        ("settings_sha256", "other", "the settings have changed"),
    ],
)
def test_why_an_answer_differs(assistant: Assistant, name: str, value: object, told: str) -> None:
    record = assistant.ask(QUESTION, answerer="extractive").to_dict()
    other = copy.deepcopy(record)
    other["run"][name] = value
    other["sentences"][0]["text"] = "Something else."
    found = rerunning.compare(other, record)
    assert found.same_passages
    assert not found.same_answer
    assert found.reasons == (told,)


def test_another_question_is_told(assistant: Assistant) -> None:
    record = assistant.ask(QUESTION, answerer="extractive").to_dict()
    other = copy.deepcopy(record)
    other |= {"audience": "public", "search_query": "rooms"}
    other["filters"]["language"] = "en"
    other["run"] |= {"beside": {"books": 0.5}, "kind": "label", "retrieved": []}
    assert rerunning.compare(other, record).reasons == (
        "it is asked for another audience",
        "another search is made",
        "the search has other bounds",
        "another kind of text is asked for",
        "other texts are searched for beside the search",
    )


def test_where_nothing_recorded_differs_that_is_said(assistant: Assistant) -> None:
    record = assistant.ask(QUESTION, answerer="extractive").to_dict()
    other = copy.deepcopy(record)
    other["sentences"][0]["text"] = "Something else."
    assert rerunning.compare(other, record).reasons == ("nothing that is recorded differs",)


def test_filters_and_audience_are_asked_again(assistant: Assistant) -> None:
    filters = Filters(collections=("notes",), language="en")
    record = assistant.ask(QUESTION, filters=filters, answerer="extractive").to_dict()
    found = again(assistant, record)
    assert found.same_answer
    assert found.answer["filters"] == record["filters"] != asdict(Filters())
    record = assistant.ask(QUESTION, answerer="extractive").to_dict()
    record["audience"] = "public"  # who may see nothing of it
    found = again(assistant, record)
    assert found.answer["audience"] == "public"
    assert found.answer["run"]["docstore_seq"] == found.present == 0
    assert "the public is not told their state" in found.reasons[0]
    same = again(assistant, dict(found.answer))
    assert same.same_passages
    assert (same.same_answer, same.reasons) == (True, ())
    assert [one.now for one in found.changed] == [None]


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"schema_version": 1}', "[" * 100_000])
def test_what_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"run\.json") as refusal:
        rerunning.read_record(path)
    assert "ask QUESTION --json" in refusal.value.hint


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("citations", None, "'citations'"),
        ("citations", [], r"no citation \[1\]"),
        ("run", [], "'run'"),
        ("run.retrieved", None, "older version"),
        ("run.retrieved", [{"passage_id": "p"}], r"'run\.retrieved\.0\.score'"),
        ("run.coverage", None, r"'run\.coverage'"),
        ("run.kind", "poem", r"'run\.kind'"),
        ("run.beside", {"books": 0.0}, "positive"),
        ("run.beside", {"books": -1.0}, "positive"),
        ("run.beside", {"books": math.inf}, "positive"),
        ("run.beside", {"books": math.nan}, "positive"),
        ("run.beside", {"books": "much"}, r"'run\.beside\.books'"),
        ("audience", "everybody", "'audience'"),
        ("filters", {"collections": "notes"}, r"'filters\.collections'"),
    ],
)
def test_a_damaged_record_is_refused(tmp_path: Path, place: str, value: object, told: str) -> None:
    """None takes the key away."""
    record: dict[str, Any] = make_answer().to_dict()
    *above, name = place.split(".")
    part = record[above[0]] if above else record
    part.pop(name)
    if value is not None:
        part[name] = value
    path = tmp_path / "run.json"
    path.write_text(json.dumps(record))
    with pytest.raises(UsageError, match=told) as refusal:
        rerunning.read_record(path)
    assert "ask QUESTION --json" in refusal.value.hint


def test_a_record_survives_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    record = make_answer(run=make_run(beside={"books": 0.5}, kind="label")).to_dict()
    path.write_text(json.dumps(record))
    assert rerunning.read_record(path) == record
    del record["run"]["kind"]  # as it was written before there was any
    path.write_text(json.dumps(record))
    assert rerunning.read_record(path)["run"]["kind"] == "answer"


def test_another_host_is_no_other_setting(tmp_path: Path, room: Path, embedder: Embedder) -> None:
    queue: dict[str, Any] = {"parallel": 3, "waiting": 5, "patience": 7.0, "allow_remote": True}
    hosts = ("http://127.0.0.1:9",)
    elsewhere = {"url": "http://127.0.0.1:8", "hosts": hosts, "timeout": 9.0, "watts": 1.0}
    quick = Settings(
        data=tmp_path / "data",
        answer=AnswerSettings(patience=1.0),
        ollama=OllamaSettings(**queue, **elsewhere),
        llm=LlmSettings(**queue),
    )
    plain = Settings(data=tmp_path / "data")
    with Assistant(plain, embedder=embedder) as assistant:
        assistant.index([room])
        record = assistant.ask(QUESTION, answerer="extractive").to_dict()
    with Assistant(quick, embedder=embedder) as assistant:
        found = again(assistant, record)
    assert found.answer["run"]["settings_sha256"] == record["run"]["settings_sha256"]


@pytest.mark.parametrize(
    "changes",
    [
        {"answer": AnswerSettings(max_sentences=1)},
        {"retrieval": RetrievalSettings(candidates=7)},
        {"embedding": EmbeddingSettings(query_prefix="query: ")},
        {"ollama": OllamaSettings(model="gemma3:1b")},
        {"ollama": OllamaSettings(max_answer_tokens=99)},
        {"llm": LlmSettings(arguments={"temperature": 0.5})},
    ],
)
def test_what_shapes_answers_is_another_setting(changes: dict[str, Any]) -> None:
    assert Settings().model_copy(update=changes).shaping != Settings().shaping


def test_a_follow_up_is_found_again_without_the_turns_before_it(assistant: Assistant) -> None:
    before = (
        Turn(role="user", text="When did the reading room of the library open?"),
        Turn(role="assistant", text="The reading room of the library opened in 1893. [1]"),
    )
    record = assistant.ask("What did it hold?", history=before, answerer="extractive").to_dict()
    assert record["search_query"] != "What did it hold?"
    assert record["run"]["turns"] == 2
    assert record["run"]["beside"]
    found = again(assistant, record)
    assert found.same_passages
    assert found.same_answer


@pytest.mark.parametrize("kind", get_args(Kind))
def test_what_was_written_is_written_again(
    tmp_path: Path, room: Path, embedder: Embedder, kind: Kind
) -> None:
    reply = "The reading room of the library opened in 1893 [1]."
    with OllamaServer(reply=lambda request: reply) as server:
        settings = Settings(data=tmp_path / "data", ollama=OllamaSettings(url=server.url))
        with Assistant(settings, embedder=embedder) as assistant:
            assistant.index([room])
            subject = "The reading room of the library"
            if kind == "summary":
                subject = assistant.search(subject).hits[0].entry.document_id
            record = assistant.ask(subject, kind=kind, answerer="ollama").to_dict()
            prompt = server.requests[-1]["messages"]
            found = again(assistant, record)
            assert server.requests[-1]["messages"] == prompt
    assert (record["run"]["kind"], found.answer["run"]["kind"]) == (kind, kind)
    assert record["run"]["answerer"] == "ollama"
    assert (found.same_passages, found.same_answer, found.reasons) == (True, True, ())
