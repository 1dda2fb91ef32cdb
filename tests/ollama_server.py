"""A server that behaves as recorded Ollama servers do: real HTTP on loopback, scripted replies.

In a test::

    with OllamaServer(reply=lambda request: "The library opened in 1893 [1].") as server:
        OllamaSettings(url=server.url)

By hand, answering from the passages of the prompt: ``python -m tests.ollama_server --port 11434``

`tests/unit/models/test_ollama_recordings.py` holds it against the recordings.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any, Literal, Self, get_args

from tests.ollama_http import LoopbackHandler, parsed
from tests.ollama_protocol import (
    BUSY,
    DISK_FULL,
    KILLED,
    NO_MANIFEST,
    VERSION,
    InstalledModel,
    Line,
    Read,
    RefusedError,
    Request,
    check,
    check_loaded,
    end,
    first_sentences,
    needs_memory,
    piece,
    pull_lines,
    read_prompt,
)

__all__ = ["Fault", "InstalledModel", "OllamaServer", "Request", "first_sentences"]

DEMO_MODEL = "gemma3:4b"

Fault = Literal[
    "none",
    "error",  # a line {"error": …} in the middle, the body ended properly (runner killed)
    "cut",  # the connection ends in the middle of the body (server killed)
    "no_done",  # 200, the body ended properly, the last line missing (token repeat)
    "stall",  # some pieces, then silence
    "busy",  # 503, the queue is full
    "memory",  # 500, the model does not fit
    "silent",  # no answer to a chat until the server closes
    "hung",  # connections are taken, and nothing at all is answered
    "thinking",  # the reply is thought only, its content empty
    "disk",  # a pull finds the disk full
]
_BREAKS: tuple[Fault, ...] = ("error", "cut", "no_done", "stall")
assert set(_BREAKS) < set(get_args(Fault))


@dataclass(kw_only=True)
class OllamaServer:
    """Start with ``with``; ``requests`` are the chats received, ``dropped`` the clients lost.

    ``writing`` replies are written now, ``most_written`` were at once; ``lost`` counts the clients
    that went before their reply was whole.

    Args:
        reply: The words for a chat request, or its tokens; it sees the prompt as it was cut.
        models: What is installed.
        available: What can be pulled.
        fault: What goes wrong, after ``fault_after`` pieces (of a reply, or lines of a pull).
        delay: Seconds before each piece.
        first_delay: Seconds before the headers, which come with the first piece.
        done_reason: The last line's reason, where ``num_predict`` does not end the reply.
        parallel: Replies written at once; the others wait inside, however many. None: all at once.
        old: Cuts prompts and says so as 0.24.0.
        ignores_truncate: As servers that do not know it, and cut all the same.
        port: 0 takes a free one.
    """

    reply: Callable[[Request], str | Sequence[str]] = first_sentences
    models: Sequence[InstalledModel] = (InstalledModel(name=DEMO_MODEL),)
    available: Sequence[InstalledModel] = ()
    fault: Fault = "none"
    fault_after: int = 3
    delay: float = 0.0
    first_delay: float = 0.0
    done_reason: str = "stop"
    parallel: int | None = None
    old: bool = False
    ignores_truncate: bool = False
    port: int = 0
    writing: int = 0
    most_written: int = 0
    lost: int = 0
    slots: threading.Condition = field(default_factory=threading.Condition)
    requests: list[Request] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    loaded: dict[str, int] = field(default_factory=dict)
    """The window that each model in memory was loaded with."""
    pulled: dict[str, int] = field(default_factory=dict)
    """Bytes kept of each pull that was broken off."""
    dropped: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        owner: OllamaServer = self

        class Handler(_Handler):
            server_script = owner
            dropped, stopping = owner.dropped, owner.stopping

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
        return _named(self.models, name)

    def load(self, model: InstalledModel, window: int) -> bool:
        """Put a model into memory; whether it was not there, or with another window."""
        cold = self.loaded.get(model.name) != window
        self.loaded[model.name] = window
        return cold

    def pieces(self, read: Read) -> tuple[list[str], str]:
        """The tokens of a reply, as far as they may go, and why it ends."""
        said = self.reply(read.request)
        pieces = re.findall(r"\s*\S{1,5}", said) if isinstance(said, str) else list(said)
        most = int(read.request.get("options", {}).get("num_predict", -1))
        limit = most if most > 0 else len(pieces) + 1
        if read.request.get("shift") is False:
            limit = min(limit, max(1, read.window - read.tokens))
        return pieces[:limit], "length" if len(pieces) >= limit else self.done_reason


def _named(models: Iterable[InstalledModel], name: str) -> InstalledModel | None:
    return next((model for model in models if model.name in (name, f"{name}:latest")), None)


class _Handler(LoopbackHandler):
    server_script: OllamaServer

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        script = self.server_script
        script.paths.append(self.path)
        if script.fault == "hung":
            self.silence()
            return
        if self.foreign():
            return
        match self.path:
            case "/":
                self.send(200, b"Ollama is running", "text/plain; charset=utf-8")
            case "/api/version":
                self.send_json(200, {"version": VERSION})
            case "/api/tags":
                self.send_json(200, {"models": [model.listed() for model in script.models]})
            case "/api/ps":
                self.send_json(200, {"models": self._running()})
            case "/api/chat" | "/api/show" | "/api/pull":
                self.send(405, b"405 method not allowed", "text/plain", allow="POST")
            case _:
                self.send(404, b"404 page not found", "text/plain")

    def do_POST(self) -> None:
        self.server_script.paths.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.foreign():
            return
        doing = {"/api/show": self._show, "/api/chat": self._chat, "/api/pull": self._pull}
        act = doing.get(self.path)
        if act is None:
            self.send(404, b"404 page not found", "text/plain")
            return
        try:
            act(parsed(body))
        except RefusedError as error:
            self._refuse(error)
        except ConnectionResetError:  # gone before the first byte
            self.dropped.set()
            self.close_connection = True

    def _running(self) -> list[dict[str, Any]]:
        script = self.server_script
        found = ((script.find(name), window) for name, window in script.loaded.items())
        return [model.loaded(window) for model, window in found if model is not None]

    def _show(self, request: Request) -> None:
        name = request.get("model") or request.get("name", "")
        if not name:
            raise RefusedError(400, "model is required")
        model = self.server_script.find(name)
        if model is None:
            full = name if ":" in name else f"{name}:latest"
            raise RefusedError(404, f"model '{full}' not found")
        self.send_json(200, model.shown())

    # ---------------------------------------------------------------- chat

    def _chat(self, request: Request) -> None:
        script = self.server_script
        script.requests.append(request)
        model = script.find(request.get("model", ""))
        check(request, model)
        assert model is not None
        if script.fault == "busy":
            raise RefusedError(503, BUSY)
        if script.fault == "memory":
            raise needs_memory(model)
        if script.fault in ("silent", "hung"):
            self.silence()
            return
        if not request.get("messages"):
            self._only_load(request, model)
            return
        read = read_prompt(request, model, old=script.old, ignores=script.ignores_truncate)
        cold = script.load(model, read.window)
        check_loaded(request)
        if request.get("keep_alive") == 0:
            script.loaded.pop(model.name)
        reply = self._lines(read, cold=cold)
        if request.get("stream", True):
            self._in_turn(reply)
        else:
            self._whole(list(reply), read)

    def _in_turn(self, reply: Iterator[Line]) -> None:
        """Stream when a slot is free; a client that goes while it waits is noticed."""
        script = self.server_script
        with script.slots:
            while script.parallel is not None and script.writing >= script.parallel:
                script.slots.wait(0.02)
                if self.gone():
                    self._lose()
                    return
            script.writing += 1
            script.most_written = max(script.most_written, script.writing)
        try:
            self._stream(reply)
        finally:
            with script.slots:
                script.writing -= 1
                script.slots.notify_all()

    def _lose(self) -> None:
        """Its client has gone."""
        with self.server_script.slots:
            self.server_script.lost += 1
        self.dropped.set()
        self.close_connection = True

    def _only_load(self, request: Request, model: InstalledModel) -> None:
        script = self.server_script
        unload = request.get("keep_alive") == 0
        if unload:
            script.loaded.pop(model.name, None)
        else:
            script.load(model, min(4096, model.context_length))
        reason = "unload" if unload else "load"
        self.send_json(200, piece(request["model"], "") | {"done": True, "done_reason": reason})

    def _lines(self, read: Read, *, cold: bool) -> Iterator[Line]:
        script = self.server_script
        name = read.request["model"]
        pieces, reason = script.pieces(read)
        self.pause(script.first_delay)
        for number, text in enumerate(pieces):
            if script.fault in _BREAKS and number == script.fault_after:
                break
            self.pause(script.delay)
            yield piece(name, text, thinking=script.fault == "thinking")
        if script.fault == "error":
            yield {"error": KILLED}
        elif script.fault == "stall":
            self.silence()
        elif script.fault not in _BREAKS:
            last = piece(name, "")
            yield end(last, reason=reason, prompt=read.tokens, written=len(pieces), cold=cold)

    def _whole(self, lines: list[Line], read: Read) -> None:
        last = lines[-1]
        if "error" in last:
            raise RefusedError(500, last["error"])
        if self.server_script.fault == "stall":
            return
        message = {"role": "assistant", "content": _joined(lines, "content")}
        if thought := _joined(lines, "thinking"):
            message["thinking"] = thought
        self.send_json(200, last | {"message": message})

    # ---------------------------------------------------------------- pull

    def _pull(self, request: Request) -> None:
        script = self.server_script
        name = request.get("model") or request.get("name", "")
        if not name:
            raise RefusedError(400, "model is required")
        model = _named((*script.available, *script.models), name)
        if model is None:
            self._stream([{"status": "pulling manifest"}, {"error": NO_MANIFEST}])
        else:
            self._stream(self._progress(model))

    def _progress(self, model: InstalledModel) -> Iterator[Line]:
        script = self.server_script
        held = script.pulled.get(model.name, 0)
        for number, line in enumerate(pull_lines(model, held=held)):
            if number == script.fault_after and script.fault == "disk":
                yield {"error": DISK_FULL}
                return
            if number == script.fault_after and script.fault in ("cut", "no_done"):
                return
            self.pause(script.delay)
            held = line.get("completed", held)
            script.pulled[model.name] = held
            yield line
        script.pulled.pop(model.name)
        script.models = (*(one for one in script.models if one.name != model.name), model)

    # ---------------------------------------------------------------- bytes

    def _stream(self, lines: Iterable[Line]) -> None:
        """Send lines as they come. The headers wait for the first."""
        begun = False
        try:
            for line in lines:
                if not begun:
                    self.chunked(200, "application/x-ndjson")
                    begun = True
                self.chunk(json.dumps(line).encode() + b"\n")
            if self.server_script.fault == "cut":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            elif not self.close_connection:
                self.wfile.write(b"0\r\n\r\n")
        except OSError:  # the client has gone
            self._lose()

    def _refuse(self, error: RefusedError) -> None:
        body = {"error": error.text}
        if error.by_runner and self.path == "/api/chat" and self._streams():
            self.chunked(error.status, "application/json")
            self.chunk(json.dumps(body).encode())
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_json(error.status, body)

    def _streams(self) -> bool:
        return bool(self.server_script.requests[-1].get("stream", True))


def _joined(lines: Iterable[Line], name: str) -> str:
    return "".join(line["message"].get(name, "") for line in lines)


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
