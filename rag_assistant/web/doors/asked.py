"""Stands before the routes that cost work: so many questions, each for so long, so many looks."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

from anyio import move_on_after
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag_assistant.web.api import problems
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.doors.rates import LaterError, OverdueError
from rag_assistant.wording import LANGUAGES

_QUESTIONS = frozenset(
    {
        *("/api/ask", "/api/search", "/api/history", "/api/check-reference", "/api/references"),
        "/embed",  # its form, where scripts are off
    }
)
_LOOKS = ("/api/", "/read/", "/history/", "/collections")
_DESK_LOOKS = ("", "config", "gradio_api/queue/join")  # under each language's path
_LOOKS_AT = frozenset(
    {"/embed", *(f"/{language}/{one}" for language in LANGUAGES for one in _DESK_LOOKS)}
)
_EVENTS = "text/event-stream"


class Asked:
    """Lets questions through to an app while there is room, and gives up those that take too long.

    Args:
        app: What answers.
        doorkeeper: Lets questions in.
        seconds: What one may take. A search that has begun is not broken off, only what follows.
    """

    def __init__(self, app: ASGIApp, *, doorkeeper: Doorkeeper, seconds: float) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] != "POST" or scope["path"] not in _QUESTIONS:
            await self._looked(scope, receive, send)
            return
        reply = _Reply(send)
        with ExitStack() as held:
            try:
                held.enter_context(self._doorkeeper.asking(HTTPConnection(scope)))
            except LaterError as error:
                await problems.respond(_problem(error))(scope, receive, send)
                return
            with move_on_after(self._seconds) as time:
                await self._app(scope, receive, reply)
            if time.cancelled_caught:
                await reply.give_up(scope, receive)

    async def _looked(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in _LOOKS_AT or scope["path"].startswith(_LOOKS):
            try:
                self._doorkeeper.looking(HTTPConnection(scope))
            except LaterError as error:
                await problems.respond(_problem(error))(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Reply:
    """Passes a reply on, and knows how far it is."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = self._streams = self._ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            kind = Headers(raw=message["headers"]).get("content-type", "")
            self._streams = kind.startswith(_EVENTS)
        elif message["type"] == "http.response.body":
            self._ended = not message.get("more_body", False)
        await self._send(message)

    async def give_up(self, scope: Scope, receive: Receive) -> None:
        """Say that it took too long, as far as that can still be said."""
        problem = _problem(OverdueError())
        if not self._begun:
            await problems.respond(problem)(scope, receive, self._send)
        elif self._streams and not self._ended:
            event = f"event: error\ndata: {json.dumps(problem)}\n\n"
            await self._send({"type": "http.response.body", "body": event.encode()})


def _problem(error: LaterError) -> dict[str, Any]:
    return problems.problem_of(error, "public")
