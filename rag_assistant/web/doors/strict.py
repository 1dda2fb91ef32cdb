"""Gradio's own page and routes, made strict.

Of Gradio's many routes only those that the desk needs are reachable: no uploads, no files by
path, no proxy, no monitoring. Its page runs no script but its own: inline scripts carry a nonce,
and nothing may be evaluated. References to other sites are taken out.
"""

from __future__ import annotations

import re
import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag_assistant.web.api import problems
from rag_assistant.web.doors.guard import CSP, policy

_PAGE = "/"
_PATHS = frozenset(
    {
        *(_PAGE, "/config", "/theme.css", "/favicon.ico"),
        *("/gradio_api/queue/join", "/gradio_api/queue/data"),
        *("/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/startup-events"),
    }
)
_FOLDERS = ("/assets/", "/static/", "/gradio_api/heartbeat/")
_FOREIGN = re.compile(
    r'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>'
    r'|\s*<link\s+rel="manifest"[^>]*>'
    r"|\s*<base\s[^>]*>"
)
_OURS = (
    '<meta name="robots" content="noindex">'
    '<link rel="icon" href="/web/icon.svg">'
    '<link rel="stylesheet" href="/web/palette.css">'
    '<link rel="stylesheet" href="/web/style.css">'
    '<link rel="stylesheet" href="/web/finding.css">'
    '<script src="/web/desk.js" defer></script>'
    '<script src="/web/finding.js" defer></script>'
    '<link rel="stylesheet" href="/web/evidence.css">'
    '<script src="/web/desk.js" defer></script>'
    '<script src="/web/evidence.js" defer></script>'
)


class StrictPage:
    """Stands before the app that Gradio is mounted in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope["path"]
        if path not in _PATHS and not path.startswith(_FOLDERS):
            response = problems.respond(problems.problem(404, "There is nothing here."))
            await response(scope, receive, send)
        elif path == _PAGE:
            await self._app(scope, receive, _Rewritten(send))
        else:
            await self._app(scope, receive, send)


class _Rewritten:
    """Holds the page back until it is whole, then sends it with its nonces."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        nonce = secrets.token_urlsafe(16)
        body = rewritten(self._body.decode(), nonce).encode()
        rules = policy(f"script-src 'self' 'nonce-{nonce}'", "style-src 'self' 'unsafe-inline'")
        kept = [pair for pair in self._start["headers"] if pair[0] != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        headers = [*kept, length, (CSP.encode(), rules.encode())]
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def rewritten(page: str, nonce: str) -> str:
    """Gradio's page with our style, without foreign references, its scripts allowed by nonce."""
    page = _FOREIGN.sub("", page).replace("</head>", f"{_OURS}</head>", 1)
    return page.replace("<script", f'<script nonce="{nonce}"')
