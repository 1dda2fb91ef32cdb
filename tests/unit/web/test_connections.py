"""Connections that bring no request."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network

import anyio
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from rag_assistant.web.doors.clients import Network
from rag_assistant.web.doors.connections import Bounds, bounded

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers after a second where it is asked to be slow."""
    if scope["path"] == "/slow":
        await anyio.sleep(1)
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def served(
    *, seconds: float = 0.5, most: int = 100, trusted: tuple[Network, ...] = ()
) -> Iterator[int]:
    """A server that runs until the block ends; its port."""
    http = bounded(Bounds(seconds=seconds, most=most, trusted=trusted))
    config = uvicorn.Config(app, http=http, lifespan="off", log_config=None, timeout_keep_alive=60)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def ended(client: socket.socket) -> bool:
    """Whether the server closes the connection; waits for it."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", b"GET / HT", HEAD], ids=["nothing", "a line", "no end"])
def test_a_head_that_does_not_come_ends_the_connection(sent: bytes) -> None:
    with served() as port, connected(port) as client:
        client.sendall(sent)
        assert ended(client)


def test_a_head_that_comes_byte_by_byte_wins_no_time() -> None:
    with served() as port, connected(port) as client:
        begun = time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() - begun < 5:
                client.sendall(b"x")
                time.sleep(0.1)


def test_what_is_worked_on_is_not_ended_and_the_next_head_has_its_own_time() -> None:
    with served() as port, connected(port) as client:
        for path in (b"/slow", b"/"):
            client.sendall(HEAD.replace(b"/", path, 1) + b"\r\n")
            assert client.recv(1000).endswith(b"ok")
        client.sendall(HEAD)
        assert ended(client)


def test_one_address_holds_no_more_connections_than_it_may() -> None:
    with served(seconds=60, most=3) as port, ExitStack() as held:
        first = [held.enter_context(connected(port)) for _ in range(3)]
        time.sleep(0.2)
        assert ended(held.enter_context(connected(port)))
        first[0].sendall(HEAD + b"\r\n")
        assert first[0].recv(1000).endswith(b"ok")


def test_proxies_hold_as_many_as_they_like() -> None:
    trusted = (ip_network("127.0.0.0/8"),)
    with served(seconds=60, most=1, trusted=trusted) as port, ExitStack() as held:
        for _ in range(5):
            client = held.enter_context(connected(port))
            client.sendall(HEAD + b"\r\n")
            assert client.recv(1000).endswith(b"ok")
