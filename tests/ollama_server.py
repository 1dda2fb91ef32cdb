"""A server that behaves as recorded Ollama servers do: real HTTP on loopback, scripted replies.

In a test::

    with OllamaServer(reply=lambda request: "The library opened in 1893 [1].") as server:
        OllamaSettings(url=server.url)

By hand, answering from the passages of the prompt: ``python tests/ollama_server.py --port 11434``
"""

from __future__ import annotations

import argparse
import json
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

VERSION = "0.32.15"
CREATED = "2026-11-23T17:55:57.508018982Z"
DEMO_MODEL = "gemma3:4b"
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]", "::1")
_PASSAGE = re.compile(r"<passage (\d+)>.*?\nText:\n(.*?)\n</passage \1>", re.DOTALL)

Request = dict[str, Any]
Fault = Literal[
    "none",
    "error",  # a line {"error": …} in the middle, the body ended properly (runner killed)
    "cut",  # the connection ends in the middle of the body (server killed)
    "no_done",  # 200, the body ended properly, the last line missing (token repeat)
    "busy",  # 503, the queue is full
    "silent",  # no answer at all until the server closes
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel:
    """A model as ``/api/tags`` lists it; ``remote`` names the cloud model that it stands for."""

    name: str
    size: int = 3_000_000_000
    digest: str = "5ab4f592f93e6fc9bf933584638a367b9599ae99e357976a08891c6cbfd30529"
    family: str = "gemma3"
    capabilities: tuple[str, ...] = ("completion",)
    remote: str = ""

    def listed(self) -> dict[str, Any]:
        item: dict[str, Any] = {
            "name": self.name,
            "model": self.name,
            "modified_at": CREATED,
            "size": self.size,
            "digest": self.digest,
            "details": {
                "parent_model": "",
                "format": "gguf",
                "family": self.family,
                "families": [self.family],
                "parameter_size": "4.3B",
                "quantization_level": "Q4_K_M",
            },
            "capabilities": list(self.capabilities),
        }
        if self.remote:
            item |= {"remote_model": self.remote, "remote_host": "https://ollama.com:443"}
        return item


def first_sentences(request: Request) -> str:
    """Answer as an obedient model would: the first sentence of each passage, with its number."""
    passages = _PASSAGE.findall(request["messages"][-1]["content"])
    firsts = [(number, re.split(r"(?<=[.!?])\s", text.strip())[0]) for number, text in passages]
    return " ".join(f"{sentence} [{number}]" for number, sentence in firsts[:2]) or "NO_ANSWER"


@dataclass(kw_only=True)
class OllamaServer:
    """Start with ``with``; ``requests`` are the bodies received, ``dropped`` the clients lost.

    ``writing`` replies are written now, ``most_written`` were at once; ``lost`` counts the clients
    that went before their reply was whole.

    Args:
        reply: The words for a chat request.
        models: What is installed.
        fault: What goes wrong, after ``fault_after`` pieces.
        delay: Seconds before each piece.
        done_reason: The last line's reason; "length" means cut by ``num_predict``.
        parallel: Replies written at once; the others wait inside, however many. None: all at once.
        port: 0 takes a free one.
    """

    reply: Callable[[Request], str] = first_sentences
    models: Sequence[InstalledModel] = (InstalledModel(name=DEMO_MODEL),)
    fault: Fault = "none"
    fault_after: int = 3
    delay: float = 0.0
    done_reason: str = "stop"
    parallel: int | None = None
    port: int = 0
    writing: int = 0
    most_written: int = 0
    lost: int = 0
    slots: threading.Condition = field(default_factory=threading.Condition)
    requests: list[Request] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    dropped: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        owner: OllamaServer = self

        class Handler(_Handler):
            server_script = owner

        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    def find(self, name: str) -> InstalledModel | None:
        return next((m for m in self.models if m.name in (name, f"{name}:latest")), None)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_script: OllamaServer

    def log_message(self, format: str, *args: object) -> None:
        """Tests read ``requests``, not a log."""

    def do_GET(self) -> None:
        script = self.server_script
        script.paths.append(self.path)
        if self._foreign():
            return
        match self.path:
            case "/":
                self._send(200, b"Ollama is running", "text/plain; charset=utf-8")
            case "/api/version":
                self._json(200, {"version": VERSION})
            case "/api/tags":
                self._json(200, {"models": [model.listed() for model in script.models]})
            case "/api/ps":
                self._json(200, {"models": []})
            case _:
                self._send(404, b"404 page not found", "text/plain")

    def do_POST(self) -> None:
        script = self.server_script
        script.paths.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self._foreign():
            return
        request: Request = json.loads(body or b"{}")
        match self.path:
            case "/api/show":
                self._show(request)
            case "/api/chat":
                script.requests.append(request)
                self._chat(request)
            case _:
                self._send(404, b"404 page not found", "text/plain")

    def _show(self, request: Request) -> None:
        name = request.get("model", "")
        model = self.server_script.find(name)
        if model is None:
            full = name if ":" in name else f"{name}:latest"
            self._json(404, {"error": f"model '{full}' not found"})
            return
        listed = model.listed()
        info = {"general.architecture": model.family, f"{model.family}.context_length": 131072}
        shown = {"details": listed["details"], "model_info": info}
        self._json(200, shown | {"capabilities": listed["capabilities"]})

    def _chat(self, request: Request) -> None:
        script = self.server_script
        name = request.get("model", "")
        if not name:
            self._json(400, {"error": "model is required"})
        elif script.find(name) is None:
            self._json(404, {"error": f"model '{name}' not found"})
        elif request.get("think"):
            self._json(400, {"error": f'"{name}" does not support thinking'})
        elif script.fault == "busy":
            busy = "server busy, please try again.  maximum pending requests exceeded"
            self._json(503, {"error": busy})
        elif script.fault == "silent":
            self._wait()
        elif not request.get("messages"):
            self._json(200, _line(name, "", done=True, reason="load"))
        elif request.get("stream", True):
            self._in_turn(request)
        else:
            self._whole(request)

    def _in_turn(self, request: Request) -> None:
        """Stream when a slot is free; a client that goes while it waits is noticed."""
        script = self.server_script
        with script.slots:
            while script.parallel is not None and script.writing >= script.parallel:
                script.slots.wait(0.02)
                if self._gone():
                    self._lose()
                    return
            script.writing += 1
            script.most_written = max(script.most_written, script.writing)
        try:
            self._stream(request)
        finally:
            with script.slots:
                script.writing -= 1
                script.slots.notify_all()

    def _lose(self) -> None:
        """Its client has gone."""
        with self.server_script.slots:
            self.server_script.lost += 1
        self.server_script.dropped.set()
        self.close_connection = True

    def _whole(self, request: Request) -> None:
        script = self.server_script
        if script.fault == "error":
            text = "an error was encountered while running the model: unexpected EOF"
            self._json(500, {"error": text})
            return
        done = script.fault != "no_done"
        content = script.reply(request)
        self._json(200, _line(request["model"], content, done=done, reason=script.done_reason))

    def _stream(self, request: Request) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for line in self._lines(request):
                self._chunk(json.dumps(line).encode() + b"\n")
            if self.server_script.fault == "cut":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self.wfile.write(b"0\r\n\r\n")
        except OSError:  # the client has gone
            self._lose()

    def _lines(self, request: Request) -> Iterator[dict[str, Any]]:
        script = self.server_script
        name = request["model"]
        broken = script.fault in ("error", "cut", "no_done")
        for number, piece in enumerate(re.findall(r"\s*\S{1,5}", script.reply(request))):
            if broken and number == script.fault_after:
                break
            self._pause()
            yield _line(name, piece, done=False)
        if script.fault == "error":
            text = "an error was encountered while running the model: unexpected EOF"
            yield {"error": text}
        if not broken:
            yield _line(name, "", done=True, reason=script.done_reason)

    def _pause(self) -> None:
        """Wait as a slow model does, and notice a client that goes meanwhile."""
        end = time.monotonic() + self.server_script.delay
        while True:
            if self._gone():
                raise ConnectionResetError
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.02))

    def _wait(self) -> None:
        while not self.server_script.stopping.wait(0.02):
            if self._gone():
                self.server_script.dropped.set()
                break
        self.close_connection = True

    def _gone(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""

    def _foreign(self) -> bool:
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        origin = self.headers.get("Origin")
        local_origin = origin is None or any(f"//{name}" in origin for name in _LOCAL_HOSTS)
        if host in _LOCAL_HOSTS and local_origin:
            return False
        self._send(403, b"", "text/plain")
        return True

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, status: int, value: dict[str, Any]) -> None:
        self._send(status, json.dumps(value).encode(), "application/json; charset=utf-8")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _line(model: str, content: str, *, done: bool, reason: str = "stop") -> dict[str, Any]:
    line: dict[str, Any] = {
        "model": model,
        "created_at": CREATED,
        "message": {"role": "assistant", "content": content},
        "done": done,
    }
    if done:
        line |= {
            "done_reason": reason,
            "total_duration": 44406005,
            "load_duration": 1920169,
            "prompt_eval_count": 23,
            "prompt_eval_duration": 1393000,
            "eval_count": 16,
            "eval_duration": 28140000,
        }
    return line


def main() -> None:
    """Serve until Ctrl-C, answering from the passages of each prompt."""
    parser = argparse.ArgumentParser(description="A stand-in for Ollama, for demonstrations.")
    parser.add_argument("--port", type=int, default=11434)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before each piece")
    arguments = parser.parse_args()
    with OllamaServer(port=arguments.port, delay=arguments.delay) as server:
        print(f"Answering as {DEMO_MODEL} at {server.url}; Ctrl-C ends.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
