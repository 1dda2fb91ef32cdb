"""R5: another model server by configuration alone, and never another machine unasked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from llama_index.core.llms import (
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
)
from llama_index.core.llms.callbacks import llm_completion_callback

from rag_assistant.config import LlmSettings, OllamaSettings, Settings
from rag_assistant.errors import ConfigError, ModelServerError
from rag_assistant.models import Models
from rag_assistant.ports import Finished, Message, Usage

HERE = f"{__name__}.CompletionsLLM"
MESSAGES = (Message(role="user", text="When did it open?"),)


class CompletionsLLM(CustomLLM):
    """Speaks to `/completions` as OpenAI's clients do."""

    api_base: str = "https://api.example.org/v1"
    max_tokens: int = 0

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=4096, model_name="tiny")

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        *_, last = self.stream_complete(prompt)
        return last

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **_: Any
    ) -> CompletionResponseGen:
        import httpx

        body = {"prompt": prompt, "max_tokens": self.max_tokens, "stream": True}
        text = ""
        with httpx.stream("POST", f"{self.api_base}/completions", json=body) as reply:
            reply.raise_for_status()
            for line in reply.iter_lines():
                if line.startswith("data: {"):
                    choices = json.loads(line[6:])["choices"]
                    delta = choices[0]["text"] if choices else ""
                    text += delta
                    yield CompletionResponse(text=text, delta=delta, raw=self.raw(line[6:]))

    def raw(self, sent: str) -> Any:
        return json.loads(sent)


class ObjectsLLM(CompletionsLLM):
    """Hands on objects, as OpenAI's own client does."""

    def raw(self, sent: str) -> Any:
        return json.loads(sent, object_hook=lambda parts: SimpleNamespace(**parts))


class Server(ThreadingHTTPServer):
    """Says one sentence in two pieces, as vLLM and llama-server stream.

    ``reason`` ends the second; where it does, a last piece without words tells the counts.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, Any]] = []
        self.reason: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None: ...

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        chat = self.path.endswith("/chat/completions")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece, reason in (("It opened ", None), ("in 1893 [1].", self.server.reason)):
            words = {"delta": {"role": "assistant", "content": piece}} if chat else {"text": piece}
            self._event(choices=[{"index": 0, "finish_reason": reason, **words}])
        if self.server.reason:
            counts = {"prompt_tokens": 20, "completion_tokens": 7, "total_tokens": 27}
            self._event(choices=[], usage=counts)
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, **told: Any) -> None:
        event = {"id": "1", "object": "chunk", "created": 1, "model": "tiny", **told}
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join(timeout=5)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def models(class_name: str = HERE, **llm: Any) -> Models:
    settings = LlmSettings(class_name=class_name, **llm)
    return Models(Settings(llm=settings, ollama=OllamaSettings(max_answer_tokens=99)))


def test_it_writes_through_the_queue(server: Server) -> None:
    made = models(arguments={"api_base": server.url}, name="Tiny 1B", parallel=2)
    model = made.current()
    *pieces, last = model.write(MESSAGES, max_tokens=99)
    assert "".join(one for one in pieces if isinstance(one, str)) == "It opened in 1893 [1]."
    assert isinstance(last, Finished)
    assert (model.name, model.digest, model.seed) == ("Tiny 1B", None, None)
    assert model.context_window == 4096
    assert server.bodies[0]["max_tokens"] == 99
    host = {"url": server.url, "writing": 0, "fault": None}
    assert made.standing() == {
        "model": "Tiny 1B",
        "digest": None,
        "context_window": 4096,
        "size": None,
        "waiting": 0,
        "hosts": [host],
    }


OBJECTS = f"{__name__}.ObjectsLLM"
LIKE_OPENAI = "llama_index.llms.openai_like.OpenAILike"


@pytest.mark.parametrize("reason", ["length", "stop"])
@pytest.mark.parametrize("kind", [HERE, OBJECTS, LIKE_OPENAI])
def test_how_a_reply_ended_is_read_of_dictionaries_and_objects(
    server: Server, kind: str, reason: str
) -> None:
    arguments = {"api_base": server.url}
    if kind == LIKE_OPENAI:
        pytest.importorskip("llama_index.llms.openai_like")
        arguments |= {"model": "tiny", "api_key": "x", "is_chat_model": True}
    server.reason = reason
    *pieces, last = models(kind, arguments=arguments).current().write(MESSAGES, max_tokens=99)
    assert "".join(one for one in pieces if isinstance(one, str)) == "It opened in 1893 [1]."
    assert last == Finished(cut=reason == "length", usage=Usage(prompt_tokens=20, answer_tokens=7))


@pytest.mark.parametrize(("asked", "sent"), [(24, 24), (512, 99)])
def test_openai_like_is_told_the_smaller_limit(server: Server, asked: int, sent: int) -> None:
    pytest.importorskip("llama_index.llms.openai_like")
    arguments = {"model": "tiny", "api_base": server.url, "api_key": "x", "is_chat_model": True}
    list(models(LIKE_OPENAI, arguments=arguments).current().write(MESSAGES, max_tokens=asked))
    assert server.bodies[0]["max_tokens"] == sent


def test_a_server_that_has_gone_fails_as_ollama_does(server: Server) -> None:
    made = models(arguments={"api_base": "http://127.0.0.1:9/v1"})
    with pytest.raises(ModelServerError, match="The language model failed"):
        list(made.current().write(MESSAGES, max_tokens=99))


def refused(class_name: str = HERE, **llm: Any) -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        models(class_name, **llm).current()
    return raised.value


@pytest.mark.parametrize(
    "arguments",
    [
        {"api_base": "http://192.0.2.7/v1"},
        {"api_base": "https://api.openai.com/v1"},
        {"api_base": "HTTP://model.example/v1"},
        {"api_base": "http://127.0.0.1.example/v1"},
        {"api_base": "http://127.0.0.1/v1", "more": {"urls": ["wss://there.example"]}},
        {},  # its own default is elsewhere
    ],
)
def test_other_machines_need_leave(arguments: dict[str, Any]) -> None:
    assert "another machine" in refused(arguments=arguments).message
    assert models(arguments={"api_base": "http://192.0.2.7/v1"}, allow_remote=True).current()


def test_a_model_that_names_no_address_needs_leave_too() -> None:
    mock = "llama_index.core.llms.MockLLM"
    assert "no address" in refused(mock).message
    assert models(mock, allow_remote=True).current()


def test_a_proxy_would_read_the_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    error = refused(arguments={"api_base": "http://127.0.0.1:8080/v1"})
    assert "proxy" in error.message
    assert error.hint == "export NO_PROXY=127.0.0.1"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert models(arguments={"api_base": "http://127.0.0.1:8080/v1"}).current()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("llama_index.llms.nosuch_server.Nosuch", "pip install llama-index-llms-nosuch-server"),
        ("nosuch_models.Model", "pip install nosuch-models"),
        ("pathlib.Path", "It must be a class derived from llama_index.core.llms.LLM."),
        ("llama_index.core.llms.ChatMessage", "derived from"),
        ("llama_index.core.llms.Nosuch", "derived from"),
        ("OpenAILike", "Write it in full"),
        ("os;evil.Model", "Write it in full"),
    ],
)
def test_only_a_language_model_of_llamaindex_is_made(name: str, hint: str) -> None:
    assert hint in refused(name).hint


def test_wrong_arguments_are_a_configuration_error() -> None:
    assert "llm.arguments" in refused(arguments={"max_tokens": "many"}).message
