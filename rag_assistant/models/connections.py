"""The connections of one HTTP client, so that another thread can end what they wait for."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any


class Connections:
    """Hand `watch` to a client as its hook for requests; `cut` then ends all that it opened.

    Closing a response is no help while its headers are awaited: Ollama sends them only with the
    first word.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._ended = False
        self._lock = threading.Lock()

    def watch(self, request: Any) -> None:
        """Learn of the connection that an `httpx.Request` is sent by."""
        request.extensions["trace"] = self._learn

    def _learn(self, event: str, information: dict[str, Any]) -> None:
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        opened = information["return_value"].get_extra_info("socket")
        with self._lock:
            self._sockets.append(opened)
            ended = self._ended
        if ended:
            _shut(opened)

    def cut(self) -> None:
        """End every connection, also those still to be opened."""
        with self._lock:
            self._ended = True
            sockets = tuple(self._sockets)
        for one in sockets:
            _shut(one)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        one.shutdown(socket.SHUT_RDWR)
