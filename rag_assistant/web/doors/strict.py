"""Gradio's own page and routes, made strict.

Of Gradio's many routes only those that the desk needs are reachable: no uploads, no files by
path, no proxy, no monitoring. Its page runs no script and has no style but its own: what stands
inline carries a nonce, and nothing may be evaluated. References to other sites are taken out, and
the styles of single elements, which desk.css has instead.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag_assistant.web.api import problems
from rag_assistant.web.components.markup import Html, text
from rag_assistant.web.doors.guard import CSP, policy

_STYLES = ("palette.css", "style.css", "desk.css", "evidence.css", "finding.css")
_FIRST = '<script src="/web/desk/language.js"></script>'  # before Gradio asks the browser
_SCRIPTS = ("desk.js", "evidence.js", "finding.js")
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
_STYLED = re.compile(r'(<(?:html|body|gradio-app)\b[^>]*?)\s+style="[^"]*"')
_INLINE = re.compile(r"<(script|style)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dressing:
    """What a page gets beside Gradio's part.

    Attributes:
        language: Of the page.
        theme: Its colours, "" for the system's.
        title: Of the page.
        top: What stands before Gradio's part.
    """

    language: str
    theme: str
    title: str
    top: Html


class StrictPage:
    """Stands before an app that Gradio is mounted in, wherever that is mounted itself."""

    def __init__(self, app: ASGIApp, dressed: Callable[[HTTPConnection], Dressing]) -> None:
        self._app = app
        self._dressed = dressed
        self._head = _head()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path not in _PATHS and not path.startswith(_FOLDERS):
            response = problems.respond(problems.problem(404, "There is nothing here."))
            await response(scope, receive, send)
        elif path == _PAGE:
            dressing = self._dressed(HTTPConnection(scope))
            await self._app(scope, receive, _Rewritten(send, dressing, self._head))
        else:
            await self._app(scope, receive, send)


class _Rewritten:
    """Holds the page back until it is whole, then sends it with its nonces."""

    def __init__(self, send: Send, dressing: Dressing, head: str) -> None:
        self._send = send
        self._dressing = dressing
        self._head = head
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
        body = rewritten(self._body.decode(), nonce, self._dressing, self._head).encode()
        rules = policy(*(f"{one}-src 'self' 'nonce-{nonce}'" for one in ("script", "style")))
        kept = [pair for pair in self._start["headers"] if pair[0] != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        headers = [*kept, length, (CSP.encode(), rules.encode())]
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def rewritten(page: str, nonce: str, dressing: Dressing, head: str) -> str:
    """Gradio's page with our head and top, without foreign references, its own parts by nonce."""
    page = _STYLED.sub(r"\1", _FOREIGN.sub("", page))
    facts = f'lang="{text(dressing.language)}"'
    if dressing.theme:
        facts += f' data-theme="{text(dressing.theme)}"'
    page = page.replace('lang="en"', facts, 1)
    page = page.replace("<head>", f"<head>{_FIRST}", 1)
    page = page.replace("</head>", f"<title>{text(dressing.title)}</title>{head}</head>", 1)
    page = page.replace("<gradio-app", f"{dressing.top}<gradio-app", 1)
    return _INLINE.sub(rf'<\1 nonce="{nonce}"', page)


def _head() -> str:
    """Our styles and scripts."""
    return "".join(
        (
            '<meta name="robots" content="noindex">',
            '<link rel="icon" href="/web/icon.svg">',
            *(f'<link rel="stylesheet" href="/web/{one}">' for one in _STYLES),
            *(f'<script type="module" src="/web/{one}"></script>' for one in _SCRIPTS),
        )
    )
