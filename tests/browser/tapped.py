"""A wire between the browser and a server, which tells what went over it and when."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator

_REQUEST = re.compile(rb"^(?:GET|POST) \S+", re.MULTILINE)
_SENTENCE = b"event: sentence\n"


class Tap:
    """Passes everything on between its own port and a server's.

    Attributes:
        requests: "GET /path" of every request, in the order of their coming.
        sent: When the first checked sentence was sent, in seconds since the epoch.
    """

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests: list[str] = []
        self.sent: float | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        """Where the browser finds the server now."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._upstream))
                for pair in ((near, far, self._asked), (far, near, self._answered)):
                    threading.Thread(target=_pass, args=pair, daemon=True).start()

    def _asked(self, data: bytes) -> None:
        self.requests += [one.decode() for one in _REQUEST.findall(data)]

    def _answered(self, data: bytes) -> None:
        if self.sent is None and _SENTENCE in data:
            self.sent = time.time()


def _pass(source: socket.socket, sink: socket.socket, seen: object) -> None:
    assert callable(seen)
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            seen(data)
            sink.sendall(data)
    for one in (source, sink):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def tapped(address: str) -> Iterator[Tap]:
    """A wire to a server, until the block ends."""
    tap = Tap(int(address.rpartition(":")[2]))
    try:
        yield tap
    finally:
        tap.close()
