"""R3, R8, R16: only the local server is spoken to, and every failure has its own words."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from llama_index.core.llms import ChatMessage

from rag_assistant.config import OllamaSettings, Settings
from rag_assistant.errors import (
    ConfigError,
    ModelMissingError,
    ModelReplyError,
    ModelServerError,
    PromptTooLongError,
)
from rag_assistant.models import open_model
from rag_assistant.models.ollama import (
    SUGGESTED_MODEL,
    checked_url,
    connect,
    context_window,
    open_llm,
)
from rag_assistant.ports import Finished, Message
from tests.ollama_server import Fault, InstalledModel, OllamaServer

GIB = 2**30


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with OllamaServer(reply=lambda request: "The room opened in 1893 [1].") as running:
        yield running


@pytest.fixture
def nobody() -> str:
    """An address where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def install(server: OllamaServer, *models: tuple[str, int]) -> None:
    server.models = [InstalledModel(name=name, size=size * GIB) for name, size in models]


@pytest.mark.parametrize(
    ("installed", "memory", "chosen"),
    [
        ([("llama3.2:3b", 2), ("gemma3:4b", 3), ("gemma4:e2b", 7)], 16, "gemma4:e2b"),
        ([("llama3.2:3b", 2), ("gemma3:4b", 3), ("gemma4:e2b", 7)], 8, "gemma3:4b"),
        ([("llama3.2:3b", 2), ("llama3.1:8b", 5)], 16, "llama3.1:8b"),
        ([("gemma3:27b", 17), ("gemma3:12b", 8)], 4, "gemma3:12b"),
        ([("hf.co/someone/Llama-3.2-3B-GGUF:Q4", 2)], 8, "hf.co/someone/Llama-3.2-3B-GGUF:Q4"),
        ([("llama-guard3:8b", 5), ("embeddinggemma", 1), ("llama3.2:1b", 1)], 8, "llama3.2:1b"),
        ([("gemma4:31b-cloud", 0), ("llama3.2:1b", 1)], 8, "llama3.2:1b"),
    ],
)
def test_the_best_model_that_fits_is_taken(
    server: OllamaServer, installed: list[tuple[str, int]], memory: int, chosen: str
) -> None:
    install(server, *installed)
    model = connect(OllamaSettings(url=server.url), memory=memory * GIB)
    assert model.name == chosen
    assert model.digest


def test_the_configured_model_goes_before_all(server: OllamaServer) -> None:
    install(server, ("gemma3:4b", 3), ("mistral:latest", 4))
    assert connect(OllamaSettings(url=server.url, model="mistral")).name == "mistral:latest"


@pytest.mark.parametrize("installed", [[], [("mistral:7b", 4)]])
def test_without_a_fitting_family_the_hint_pulls_one(
    server: OllamaServer, installed: list[tuple[str, int]]
) -> None:
    install(server, *installed)
    with pytest.raises(ModelMissingError) as raised:
        connect(OllamaSettings(url=server.url))
    assert raised.value.hint == f"rag-assistant pull {SUGGESTED_MODEL}"


def test_a_configured_model_that_is_missing_is_named(server: OllamaServer) -> None:
    with pytest.raises(ModelMissingError) as raised:
        connect(OllamaSettings(url=server.url, model="nosuch:7b"))
    assert raised.value.hint == "rag-assistant pull nosuch:7b"


@pytest.mark.parametrize("name", ["gpt-oss:120b-cloud", "renamed"])
def test_cloud_models_are_refused(server: OllamaServer, name: str) -> None:
    server.models = [InstalledModel(name=name, remote="gpt-oss:120b")]
    with pytest.raises(ConfigError, match="cloud"):
        connect(OllamaSettings(url=server.url, model=name))
    with pytest.raises(ModelMissingError):
        connect(OllamaSettings(url=server.url))


@pytest.mark.parametrize(
    "url", ["http://192.0.2.7:11434", "http://ollama.example:11434", "http://127.0.0.1.example"]
)
def test_other_machines_need_leave(url: str) -> None:
    with pytest.raises(ConfigError, match="another machine"):
        connect(OllamaSettings(url=url))
    assert checked_url(OllamaSettings(url=url, allow_remote=True)) == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://127.8.8.8:1"]
)
def test_loopback_is_open(url: str) -> None:
    assert checked_url(OllamaSettings(url=url)) == url


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:11434", "http://"])
def test_what_is_no_address_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError, match="no address"):
        connect(OllamaSettings(url=url))


def test_nobody_there_is_known_within_half_a_second(nobody: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ModelServerError) as raised:
        connect(OllamaSettings(url=nobody))
    assert time.perf_counter() - started < 0.5
    assert raised.value.hint == "ollama serve"


def test_proxies_are_never_asked(server: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert connect(OllamaSettings(url=server.url)).name == "gemma3:4b"
    assert say(server).endswith("1893 [1].")


def test_another_program_on_the_port_is_said(server: OllamaServer) -> None:
    with pytest.raises(ModelServerError, match="does not speak as Ollama"):
        connect(OllamaSettings(url=f"{server.url}/elsewhere"))


def say(
    server: OllamaServer,
    model: str = "gemma3:4b",
    *,
    timeout: float = 10,
    stall: float | None = None,
    window: int = 8192,
    question: str = "When did it open?",
) -> str:
    settings = OllamaSettings(url=server.url, timeout=timeout, context_window=window)
    installed = connect(settings)
    if model != installed.name:
        server.models = ()
    llm = open_llm(settings, installed, stall=stall)
    text = ""
    for reply in llm.stream_chat([ChatMessage(role="user", content=question)]):
        text += reply.delta or ""
    return text


def test_every_request_is_bounded_and_repeatable(server: OllamaServer) -> None:
    assert say(server) == "The room opened in 1893 [1]."
    request = server.requests[-1]
    assert request["options"] == {
        "temperature": 0.0,
        "num_ctx": 8192,
        "num_predict": 512,
        "seed": 1,
    }
    assert request["think"] is False
    assert (request["truncate"], request["shift"]) == (False, False)
    assert "/api/show" not in server.paths


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("error", ModelServerError, "unexpected EOF"),
        ("cut", ModelServerError, "connection to Ollama broke"),
        ("no_done", ModelReplyError, "broke off"),
        ("busy", ModelServerError, "busy"),
    ],
)
def test_a_reply_that_is_not_whole_is_an_error(
    server: OllamaServer, fault: Fault, error: type[Exception], words: str
) -> None:
    server.fault = fault
    with pytest.raises(error, match=words):
        say(server)


def test_a_model_removed_meanwhile_is_missing(server: OllamaServer) -> None:
    with pytest.raises(ModelMissingError) as raised:
        say(server, model="removed")
    assert raised.value.hint == "rag-assistant pull gemma3:4b"


def test_a_silent_server_runs_into_the_time_limit(server: OllamaServer) -> None:
    server.fault = "silent"
    with pytest.raises(ModelServerError, match=r"within 0\.3 seconds"):
        say(server, timeout=0.3)
    assert server.dropped.wait(2)


def test_a_server_that_has_gone_is_not_reachable(server: OllamaServer, nobody: str) -> None:
    model = connect(OllamaSettings(url=server.url))
    llm = open_llm(OllamaSettings(url=nobody), model)
    with pytest.raises(ModelServerError) as raised:
        list(llm.stream_chat([ChatMessage(role="user", content="When?")]))
    assert raised.value.hint == "ollama serve"


def test_closing_the_stream_drops_the_connection(server: OllamaServer) -> None:
    server.delay = 0.05
    server.reply = lambda request: "word " * 200
    settings = OllamaSettings(url=server.url)
    stream = open_llm(settings, connect(settings)).stream_chat(
        [ChatMessage(role="user", content="When?")]
    )
    next(stream)
    assert not server.dropped.is_set()
    stream.close()
    assert server.dropped.wait(2)


LONG = "word " * 2000


@pytest.mark.parametrize(
    ("old", "told"), [(False, (2016, 1024)), (True, (None, None))], ids=["json", "0.24.0"]
)
def test_a_prompt_that_is_too_long_is_refused(
    server: OllamaServer, old: bool, told: tuple[int | None, int | None]
) -> None:
    server.old = old
    with pytest.raises(PromptTooLongError, match="does not fit") as raised:
        say(server, question=LONG, window=1024)
    assert (raised.value.tokens, raised.value.window) == told


@pytest.mark.parametrize(("old", "read"), [(False, 515), (True, 1024)])
def test_a_prompt_cut_all_the_same_is_an_error(server: OllamaServer, old: bool, read: int) -> None:
    server.ignores_truncate, server.old = True, old
    with pytest.raises(PromptTooLongError, match=f"cut the prompt.* only {read} tokens") as raised:
        say(server, question=LONG, window=1024)
    assert raised.value.tokens is None


def test_the_reply_ends_where_the_window_ends(server: OllamaServer) -> None:
    server.reply = lambda request: [" word"] * 100
    said = say(server, question="word " * 958, window=1024)  # 974 tokens of prompt
    assert said.split() == ["word"] * 50


@pytest.mark.parametrize(
    ("model", "hint"),
    [("gemma3:4b", "rag-assistant pull gemma3:1b"), ("gemma3:1b", "Close other programs")],
)
def test_a_model_that_does_not_fit_into_memory_is_said(
    server: OllamaServer, model: str, hint: str
) -> None:
    server.models = [InstalledModel(name=model)]
    server.fault = "memory"
    with pytest.raises(ModelServerError, match=r"more memory than there is: 3\.6 GiB") as raised:
        say(server, model)
    assert hint in raised.value.hint


def test_a_reply_of_thought_alone_is_none(server: OllamaServer) -> None:
    server.fault = "thinking"
    with pytest.raises(ModelReplyError, match="only thought"):
        say(server)


@pytest.mark.parametrize("reply", ["", [" ", "\n"]])
def test_an_empty_reply_is_none(server: OllamaServer, reply: str | list[str]) -> None:
    server.reply = lambda request: reply
    with pytest.raises(ModelReplyError, match="empty"):
        say(server)


def test_the_first_word_may_take_longer_than_the_next(server: OllamaServer) -> None:
    server.first_delay = 0.6
    assert say(server, stall=0.3).endswith("1893 [1].")


def test_a_reply_that_stalls_is_an_error_long_before_the_time_limit(server: OllamaServer) -> None:
    server.fault = "stall"
    started = time.perf_counter()
    with pytest.raises(ModelServerError, match="stopped in the middle"):
        say(server, stall=0.3, timeout=30)
    assert 0.3 <= time.perf_counter() - started < 5
    assert server.dropped.wait(2)


@pytest.mark.parametrize("listed", [True, False])
def test_a_model_trained_on_less_has_a_smaller_window(server: OllamaServer, listed: bool) -> None:
    server.models = [InstalledModel(name="gemma3:4b", context_length=2048, listed_length=listed)]
    model = open_model(Settings(ollama=OllamaSettings(url=server.url)))
    assert model.context_window == 2048
    list(model.write([Message(role="user", text="When?")], max_tokens=64))
    assert server.requests[-1]["options"]["num_ctx"] == 2048
    assert ("/api/show" in server.paths) is not listed


def test_a_model_that_has_gone_before_its_window_is_asked_is_missing(server: OllamaServer) -> None:
    server.models = [InstalledModel(name="gemma3:4b", listed_length=False)]
    settings = OllamaSettings(url=server.url)
    model = connect(settings)
    server.models = ()
    with pytest.raises(ModelMissingError) as raised:
        context_window(settings, model)
    assert raised.value.hint == "rag-assistant pull gemma3:4b"


def test_a_reply_of_many_pieces_counts_what_it_cost(server: OllamaServer) -> None:
    model = open_model(Settings(ollama=OllamaSettings(url=server.url)))
    *pieces, end = model.write([Message(role="user", text="When did it open?")], max_tokens=64)
    assert isinstance(end, Finished)
    assert end.usage.prompt_tokens == 15 + 5
    assert end.usage.answer_tokens == len(pieces)


@pytest.mark.parametrize(("asked", "sent"), [(24, 24), (512, 100)])
def test_a_reply_has_no_more_tokens_than_asked_for_nor_than_are_set(
    server: OllamaServer, asked: int, sent: int
) -> None:
    server.reply = lambda request: [" word"] * 200
    settings = OllamaSettings(url=server.url, max_answer_tokens=100)
    model = open_model(Settings(ollama=settings))
    *pieces, end = model.write([Message(role="user", text="When?")], max_tokens=asked)
    options = server.requests[-1]["options"]
    assert options == {"temperature": 0.0, "num_ctx": 8192, "num_predict": sent, "seed": 1}
    assert "".join(one for one in pieces if isinstance(one, str)).split() == ["word"] * sent
    assert isinstance(end, Finished)
    assert end.cut
