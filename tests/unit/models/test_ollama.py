"""R3, R8, R16: only the local server is spoken to, and every failure has its own words."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from llama_index.core.llms import ChatMessage

from rag_assistant.config import OllamaSettings
from rag_assistant.errors import (
    ConfigError,
    ModelMissingError,
    ModelReplyError,
    ModelServerError,
)
from rag_assistant.models.ollama import SUGGESTED_MODEL, checked_url, connect, open_llm
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


def say(server: OllamaServer, model: str = "gemma3:4b", timeout: float = 10) -> str:
    settings = OllamaSettings(url=server.url, timeout=timeout)
    installed = connect(settings)
    if model != installed.name:
        server.models = ()
    llm = open_llm(settings, installed)
    text = ""
    for reply in llm.stream_chat([ChatMessage(role="user", content="When did it open?")]):
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
