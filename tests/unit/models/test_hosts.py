"""R38: several Ollama servers share the work, and one that fails is replaced."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag_assistant.config import OllamaSettings, Settings
from rag_assistant.errors import ConfigError, ModelMissingError, ModelServerError
from rag_assistant.models import Models
from rag_assistant.ports import LanguageModel, Message, ModelEvent, Waiting
from tests.ollama_server import Fault, InstalledModel, OllamaServer

MESSAGES = (Message(role="user", text="When did it open?"),)
GEMMA = InstalledModel(name="gemma3:4b", digest="a" * 64)
OTHER_GEMMA = InstalledModel(name="gemma3:4b", digest="b" * 64)


@pytest.fixture
def first() -> Iterator[OllamaServer]:
    with OllamaServer(reply=lambda _: "First host.", models=(GEMMA,)) as server:
        yield server


@pytest.fixture
def second() -> Iterator[OllamaServer]:
    with OllamaServer(reply=lambda _: "Second host.", models=(OTHER_GEMMA,)) as server:
        yield server


@pytest.fixture
def nobody() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def models_at(*urls: str, parallel: int = 1) -> Models:
    hosts = OllamaSettings(url=urls[0], hosts=urls[1:], parallel=parallel, timeout=10)
    return Models(Settings(ollama=hosts))


def start(model: LanguageModel) -> Generator[ModelEvent]:
    return model.write(MESSAGES, max_tokens=64)


def said(model: LanguageModel) -> str:
    return "".join(event for event in start(model) if isinstance(event, str))


def fault_at(models: Models, server: OllamaServer) -> str | None:
    (host,) = [one for one in models.standing()["hosts"] if one["url"] == server.url]
    fault: str | None = host["fault"]
    return fault


def test_two_hosts_write_at_once_and_the_third_waits(
    first: OllamaServer, second: OllamaServer
) -> None:
    first.delay = second.delay = 0.05
    first.reply = second.reply = lambda _: "word " * 100
    models = models_at(first.url, second.url)
    replies = [start(models.current()) for _ in range(3)]
    assert all(isinstance(next(reply), str) for reply in replies[:2])
    assert len(first.requests) == len(second.requests) == 1
    assert next(replies[2]) == Waiting(position=1)
    standing = models.standing()
    assert standing["waiting"] == 1
    assert [host["writing"] for host in standing["hosts"]] == [1, 1]
    replies[0].close()
    assert first.dropped.wait(2)
    while isinstance(next(replies[2]), Waiting):
        pass
    assert len(first.requests) == 2
    for reply in replies[1:]:
        reply.close()
    assert [host["writing"] for host in models.standing()["hosts"]] == [0, 0]


def test_a_host_where_nothing_listens_is_left_out(first: OllamaServer, nobody: str) -> None:
    models = models_at(nobody, first.url)
    model = models.current()
    started = time.monotonic()
    assert said(model) == "First host."
    assert time.monotonic() - started < 1
    assert "No Ollama server answers" in models.standing()["hosts"][0]["fault"]


@pytest.mark.parametrize("fault", ["busy", "error", "cut"])
def test_a_host_that_fails_before_the_first_word_is_replaced(
    first: OllamaServer, second: OllamaServer, fault: Fault
) -> None:
    first.fault, first.fault_after = fault, 0
    models = models_at(first.url, second.url)
    model = models.current()
    assert said(model) == "Second host."
    assert model.digest == OTHER_GEMMA.digest
    assert fault_at(models, first)
    first.fault = "none"
    assert said(models.current()) == "Second host."  # it is left out for a while
    assert len(first.requests) == 1


def test_after_the_first_word_the_failure_is_told(
    first: OllamaServer, second: OllamaServer
) -> None:
    first.fault, first.fault_after = "cut", 1
    with pytest.raises(ModelServerError, match="broke"):
        said(models_at(first.url, second.url).current())
    assert not second.requests


def test_another_host_is_tried_once(first: OllamaServer, second: OllamaServer) -> None:
    first.fault = second.fault = "busy"
    with pytest.raises(ModelServerError, match="busy"):
        said(models_at(first.url, second.url).current())
    assert len(first.requests) + len(second.requests) == 2


def test_one_host_that_failed_is_tried_by_the_next_question(first: OllamaServer) -> None:
    first.fault = "busy"
    models = models_at(first.url)
    with pytest.raises(ModelServerError):
        said(models.current())
    first.fault = "none"
    assert said(models.current()) == "First host."


def test_only_hosts_that_have_the_model_are_asked(
    first: OllamaServer, second: OllamaServer
) -> None:
    second.models = (InstalledModel(name="llama3.2:1b"),)
    models = models_at(first.url, second.url, parallel=4)
    assert [said(models.current()) for _ in range(3)] == ["First host."] * 3
    assert models.current().digest == GEMMA.digest


def test_a_model_removed_meanwhile_is_missing(first: OllamaServer) -> None:
    models = models_at(first.url)
    model = models.current()
    first.models = ()
    with pytest.raises(ModelMissingError) as raised:
        said(model)
    assert raised.value.hint == "rag-assistant pull gemma3:4b"


def test_a_look_is_good_for_some_seconds(first: OllamaServer) -> None:
    models = models_at(first.url)
    assert {said(models.current()) for _ in range(5)} == {"First host."}
    assert first.paths.count("/api/tags") == 1


def test_where_none_answers_that_is_said(nobody: str, first: OllamaServer) -> None:
    with pytest.raises(ModelServerError, match="None of the 2"):
        models_at(nobody, f"{first.url}/elsewhere").current()
    with pytest.raises(ModelServerError, match=f"at {nobody}"):
        models_at(nobody).current()


def test_further_hosts_must_be_on_this_computer_too(first: OllamaServer) -> None:
    with pytest.raises(ConfigError, match="another machine"):
        models_at(first.url, "http://192.0.2.7:11434").current()


def seconds_of(models: Models, questions: int) -> list[float]:
    """How long each of so many questions at once took, the quickest first."""

    def ask(_: int) -> float:
        started = time.monotonic()
        assert said(models.current()) == "First host."
        return time.monotonic() - started

    with ThreadPoolExecutor(questions) as pool:
        return sorted(pool.map(ask, range(questions)))


@pytest.mark.parametrize("hangs_first", [False, True])
def test_a_host_that_hangs_holds_up_one_question_of_many(
    first: OllamaServer,
    second: OllamaServer,
    monkeypatch: pytest.MonkeyPatch,
    hangs_first: bool,
) -> None:
    monkeypatch.setattr("rag_assistant.models.hosts._BELIEVED", 0.3)
    servers = (second, first) if hangs_first else (first, second)
    models = models_at(*(server.url for server in servers), parallel=8)
    second.models = ()
    assert said(models.current()) == "First host."
    second.models, second.fault = (GEMMA,), "hung"
    time.sleep(0.4)
    *others, last = seconds_of(models, 8)
    assert others[-1] < 0.9  # none waits for a look, which takes a second
    assert 1 <= last < 1.5
    slowest = [seconds_of(models, 8)[-1] for _ in range(3)]  # other work may come between
    assert min(slowest) < 0.9  # it is passed over now
    assert second.paths.count("/api/tags") == 2


def test_a_host_is_asked_less_and_less_while_it_fails(
    first: OllamaServer, second: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.models.hosts._LEFT_OUT", 0.05)
    monkeypatch.setattr("rag_assistant.models.hosts._LONGEST", 0.4)
    monkeypatch.setattr("rag_assistant.models.hosts._BELIEVED", 0.0)
    elsewhere = f"{second.url}/elsewhere"
    models = models_at(first.url, elsewhere)
    until = time.monotonic() + 1.3  # looks at 0, .05, .15, .35, .75, 1.15
    while time.monotonic() < until:
        models.current()
    assert 3 <= len(second.paths) <= 6


def test_a_host_that_comes_back_is_found_again(
    first: OllamaServer, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.models.hosts._LEFT_OUT", 0.2)
    models = models_at(first.url, nobody)
    assert models.standing()["hosts"][1]["fault"]
    with OllamaServer(port=int(nobody.rpartition(":")[2])) as back:
        assert fault_at(models, back)
        time.sleep(0.3)
        assert fault_at(models, back) is None


def test_before_the_first_word_it_can_be_closed(first: OllamaServer) -> None:
    first.fault = "silent"
    models = models_at(first.url)
    reply = start(models.current())
    started = time.monotonic()
    assert next(reply) == Waiting(position=0)
    reply.close()
    assert first.dropped.wait(1)
    assert time.monotonic() - started < 2
    assert models.standing()["hosts"][0]["writing"] == 0


def test_a_reply_that_nobody_reads_does_not_keep_its_slot(first: OllamaServer) -> None:
    models = models_at(first.url)
    unread = start(models.current())
    assert next(unread) == "First"
    assert said(models.current()) == "First host."  # the server has long been done
    assert "".join(one for one in unread if isinstance(one, str)) == " host."


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files by /proc")
@pytest.mark.parametrize("fault", ["none", "error", "busy", "silent"])
def test_no_reply_leaves_a_connection_open(first: OllamaServer, fault: Fault) -> None:
    models = models_at(first.url)
    said(models.current())
    first.fault = fault
    gc.collect()
    gc.disable()
    try:
        before = open_files()
        for _ in range(20):
            reply = start(models.current())
            with contextlib.suppress(ModelServerError), contextlib.closing(reply):
                next(reply) if fault == "silent" else list(reply)
        until = time.monotonic() + 2
        while open_files() > before and time.monotonic() < until:
            time.sleep(0.02)  # the server's ends, in this very process
        assert open_files() <= before
    finally:
        gc.enable()
