"""How large the body of a request may be, and how long it may take to come."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NoReturn

from anyio import fail_after
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag_assistant.config import LimitsSettings
from rag_assistant.web.api import problems
from rag_assistant.web.doors.access import Doorkeeper

_CLOSED = {"connection": "close"}  # what is left of the body is not waited for


class _RefusedError(Exception):
    """The body is not taken; what the app makes of that is not sent."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Bodies:
    """Stands before an app, and answers 413 or 408 in its place.

    Args:
        app: What reads the bodies.
        limits: Bytes and seconds of a body.
        doorkeeper: Tells the staff.
        larger: Bytes that the staff may send to paths that begin so; they may take as much longer.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: LimitsSettings,
        doorkeeper: Doorkeeper,
        larger: Mapping[str, int],
    ) -> None:
        self._app = app
        self._limits = limits
        self._doorkeeper = doorkeeper
        self._larger = dict(larger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        most = self._most(scope)
        pace = max(1.0, most / self._limits.body_bytes)
        body = _Body(receive, send, most=most, seconds=pace * self._limits.body_seconds)
        try:
            body.measure(_announced(scope))
            await self._app(scope, body.receive, body.send)
        except _RefusedError:
            pass  # also known where the app made something else of it
        if body.refused and not body.answered:
            problem = problems.problem(body.refused.status, body.refused.detail)
            response = problems.respond(problem)
            response.headers.update(_CLOSED)
            await response(scope, receive, send)

    def _most(self, scope: Scope) -> int:
        for prefix, most in self._larger.items():
            if scope["path"].startswith(prefix):
                request = HTTPConnection(scope)
                if self._doorkeeper.audience(request.headers, request.cookies) == "staff":
                    return max(most, self._limits.body_bytes)
        return self._limits.body_bytes


class _Body:
    """What comes in, measured; and what goes out, unless the body was refused before."""

    def __init__(self, receive: Receive, send: Send, *, most: int, seconds: float) -> None:
        self._receive = receive
        self._send = send
        self._most = most
        self._seconds = seconds
        self._end: float | None = None
        self._taken = 0
        self._whole = False
        self.refused: _RefusedError | None = None
        self.answered = False

    def measure(self, more: int) -> None:
        """See whether the body may be that much longer."""
        if self._taken + more > self._most:
            self._refuse(413, "The request is too large.")

    async def receive(self) -> Message:
        """The next part, in time; after the last one whatever comes, whenever it does."""
        if self._whole:
            return await self._receive()
        if self._end is None:
            self._end = time.monotonic() + self._seconds
        try:
            with fail_after(max(0.0, self._end - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            self._refuse(408, "The request came too slowly.")
        part = len(message.get("body", b""))
        self.measure(part)
        self._taken += part
        self._whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Answer, unless another answer is due."""
        if self.refused is None or self.answered:
            self.answered = True
            await self._send(message)

    def _refuse(self, status: int, detail: str) -> NoReturn:
        self.refused = _RefusedError(status, detail)
        raise self.refused


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isdigit() else 0
