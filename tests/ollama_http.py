"""How the stand-in for Ollama speaks HTTP: bodies as Go's server sends them, clients that go."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.ollama_protocol import RefusedError, Request

JSON = "application/json; charset=utf-8"
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]", "::1")
_CHUNKED_ABOVE = 2048  # bytes: what Go sends without a length
_TICK = 0.02


class LoopbackHandler(BaseHTTPRequestHandler):
    """Sends and waits. ``dropped`` is set when a client has gone, ``stopping`` when all ends."""

    protocol_version = "HTTP/1.1"
    dropped: threading.Event
    stopping: threading.Event

    def log_message(self, format: str, *args: object) -> None:
        """Tests read ``requests``, not a log."""

    def pause(self, seconds: float) -> None:
        """Wait as a slow model does, and notice a client that goes meanwhile."""
        until = time.monotonic() + seconds
        while True:
            if self.gone():
                raise ConnectionResetError
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, _TICK))

    def silence(self) -> None:
        while not self.stopping.wait(_TICK):
            if self.gone():
                self.dropped.set()
                break
        self.close_connection = True

    def gone(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""

    def foreign(self) -> bool:
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        origin = self.headers.get("Origin")
        local_origin = origin is None or any(f"//{name}" in origin for name in _LOCAL_HOSTS)
        if host in _LOCAL_HOSTS and local_origin:
            return False
        self.send(403, b"", "")
        return True

    def chunked(self, status: int, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def send_json(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        if len(body) <= _CHUNKED_ABOVE or self.path == "/api/tags":
            self.send(status, body, JSON)
            return
        self.chunked(status, JSON)
        self.chunk(body)
        self.wfile.write(b"0\r\n\r\n")

    def send(self, status: int, body: bytes, content_type: str, *, allow: str = "") -> None:
        self.send_response(status)
        named = {"Content-Type": content_type, "Allow": allow, "Content-Length": str(len(body))}
        for name, value in named.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def parsed(body: bytes) -> Request:
    if not body:
        raise RefusedError(400, "missing request body")
    try:
        request: Request = json.loads(body)
    except ValueError:
        raise RefusedError(400, "unexpected EOF") from None
    return request
