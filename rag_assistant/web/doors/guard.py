"""The middleware around everything: who may speak to us, how much, and what browsers may do."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag_assistant.web.api import problems
from rag_assistant.web.doors.access import refusal
from rag_assistant.wording import LANGUAGES

CSP = "content-security-policy"
_POLICY = (
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "object-src 'none'",
    "frame-src 'none'",
    "frame-ancestors 'self'",
    "base-uri 'self'",
    "form-action 'self'",
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_CACHED = ("/web/", *(f"/{one}/{folder}/" for one in LANGUAGES for folder in ("assets", "static")))
_LARGEST_BODY = 1 << 20


def policy(*more: str) -> str:
    """The Content-Security-Policy, with further directives."""
    return "; ".join((*_POLICY, *more))


class Guard:
    """Checks Host, Origin and size, and puts the security headers on every response."""

    def __init__(self, app: ASGIApp, *, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        self._allowed_hosts = tuple(allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        protected = _protected(scope["path"], send)
        refused = refusal(headers, self._allowed_hosts)
        if refused:
            response = problems.respond(problems.problem(403, refused))
            await response(scope, receive, protected)
        elif _announced(headers) > _LARGEST_BODY:
            response = problems.respond(problems.problem(413, "The request is too large."))
            await response(scope, receive, protected)
        else:
            await self._app(scope, _bounded(receive), protected)


def _protected(path: str, send: Send) -> Send:
    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if CSP not in headers:
                headers[CSP] = policy()
            if not path.startswith(_CACHED):  # a shared computer keeps no answers
                headers["cache-control"] = "no-store"
        await send(message)

    return protected


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdigit() else 0


def _bounded(receive: Receive) -> Receive:
    """The body, cut off where one without an announced length grows too large."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > _LARGEST_BODY else message

    return bounded
