"""What is noticed of requests and questions: their number, time and outcome, and no content."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from starlette.datastructures import MutableHeaders
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag_assistant.answer import Answer, Sentence
from rag_assistant.asking import AskEvent, Question, Quoted
from rag_assistant.web import logs
from rag_assistant.web.metrics import Metrics
from rag_assistant.web.retention import Retained

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

REQUEST_ID = "x-request-id"
_DESK, _DESK_FILES, _OUR_FILES, _NOWHERE = "desk", "desk files", "/web/*", "none"
_FILES = ("/assets", "/static", "/theme.css")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNANSWERED = 500
_FAILED = 500


class WatchedApp:
    """Stands before the app: numbers each request, and tells of it when it has ended.

    Args:
        app: The outermost app, with a list of ``routes``.
        log: Where a line a request is written.
        metrics: Where requests are counted.
    """

    def __init__(self, app: Any, log: FilteringBoundLogger, metrics: Metrics) -> None:
        self._app: ASGIApp = app
        self._mounts = frozenset(one.path for one in app.routes if isinstance(one, Mount))
        self._log = log
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = logs.begin_request()
        started = time.perf_counter()
        status, size = _UNANSWERED, 0

        async def noticed(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = number
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        finally:
            self._tell(scope, status, size, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        route = self._route(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.request(route, method, status, seconds)
        told = {"method": method, "route": route, "status": status}
        tell = self._log.debug if route in (_DESK_FILES, _OUR_FILES) else self._log.info
        if status >= _FAILED:
            tell = self._log.warning
        tell("request", **told, ms=round(seconds * 1000, 1), bytes=size)

    def _route(self, scope: Scope) -> str:
        """Which of our routes it was, as it is written in the code; never what was asked for."""
        path = getattr(scope.get("route"), "path", "")
        if scope.get("app") is not self._app:
            return _DESK_FILES if path.startswith(_FILES) else _DESK
        if path:
            return str(path)
        mount = scope.get("root_path", "")
        return f"{mount}/*" if mount and mount in self._mounts else _NOWHERE


class WatchedQuestions:
    """Counts questions, and keeps what is to be kept of them: a `Watch` of the assistant's."""

    def __init__(self, log: FilteringBoundLogger, metrics: Metrics, retained: Retained) -> None:
        self._log = log
        self._metrics = metrics
        self._retained = retained

    def __call__(self, question: Question, events: Generator[AskEvent]) -> Generator[AskEvent]:
        """The same events."""
        started, shown = time.monotonic(), False
        answerer, status = _NOWHERE, "stopped"
        try:
            with closing(events):
                for event in events:
                    if not shown and isinstance(event, Sentence | Quoted | Answer):
                        shown = True
                        self._metrics.first_sentence(time.monotonic() - started)
                    if isinstance(event, Answer):
                        answerer, status = event.run.answerer, event.status
                        self._keep(question, event)
                    yield event
        except Exception:
            status = "failed"
            raise
        finally:
            self._metrics.question(answerer, status)

    def _keep(self, question: Question, answer: Answer) -> None:
        """Keep it before it is told: who has it all may not wait for more."""
        try:
            self._retained.keep(question, answer)
        except OSError as error:
            self._log.error("not kept", **logs.described(error))
