"""What a browser is shown where there is no page; programs are told a problem."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from rag_assistant.config import Settings
from rag_assistant.errors import NotFoundError
from rag_assistant.web.api import problems
from rag_assistant.web.pages.plain import PlainPages
from rag_assistant.wording import asked_for, say, speaking

_NOWHERE = 404
_LONGEST = 100  # characters of a path that are repeated


def install(app: FastAPI, settings: Settings) -> None:
    """Show a page where a browser asks for one that is not there."""
    pages = PlainPages(settings)

    async def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        path, accepted = request.url.path, request.headers.get("accept", "")
        if error.status_code != _NOWHERE or path.startswith("/api/") or "text/html" not in accepted:
            return problems.of_framework(error)
        with speaking(asked_for("", request.headers.get("accept-language", ""))):
            told = NotFoundError(say("There is no {item} here.", item=path[:_LONGEST]))
            return pages.problem("public", told)

    app.add_exception_handler(HTTPException, plain)
