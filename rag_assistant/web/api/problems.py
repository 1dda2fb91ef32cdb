"""Errors as RFC 9457 problem details. They never repeat what was asked."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from rag_assistant.errors import (
    BusyError,
    ConfigError,
    GoneError,
    NotFoundError,
    RagAssistantError,
    TooLongError,
    UsageError,
)
from rag_assistant.schema import Audience
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.doors.rates import LaterError, TooManyError
from rag_assistant.web.logs import request_id
from rag_assistant.wording import say

_TABLES = ("beside",)  # their keys are texts
MEDIA_TYPE = "application/problem+json"
_NAME = re.compile(r"[\w.]{1,80}")
_STATUS: tuple[tuple[type[RagAssistantError], HTTPStatus], ...] = (  # the first that fits
    (GoneError, HTTPStatus.GONE),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ConfigError, HTTPStatus.INTERNAL_SERVER_ERROR),
    (UsageError, HTTPStatus.BAD_REQUEST),
    (BusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (TooManyError, HTTPStatus.TOO_MANY_REQUESTS),
    (LaterError, HTTPStatus.SERVICE_UNAVAILABLE),
)


class ForbiddenError(RagAssistantError):
    """Only the staff may have this."""


class ConflictError(RagAssistantError):
    """What is there is not what the request takes it for."""


class NoSpaceError(RagAssistantError):
    """The disk is full."""


class NotReadyError(NotFoundError):
    """Nothing was ever indexed; said without naming the data folder."""

    def __init__(self) -> None:
        super().__init__(say("Nothing has been indexed yet."), "rag-assistant index FOLDER")


_OURS: tuple[tuple[type[RagAssistantError], HTTPStatus], ...] = (
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (ConflictError, HTTPStatus.CONFLICT),
    (NoSpaceError, HTTPStatus.INSUFFICIENT_STORAGE),
)
_THEIRS = (
    UsageError,
    NotFoundError,
    ForbiddenError,
    ConflictError,
    LaterError,
)  # what an asker can do something about


def problem(status: int, detail: str, hint: str = "", **more: Any) -> dict[str, Any]:
    """The body of a problem; one of ours has the request's number, by which the log tells more."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and (number := request_id()):
        more["request_id"] = number
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "hint": hint,
        **more,
    }


def problem_of(error: RagAssistantError, audience: Audience) -> dict[str, Any]:
    """The problem that an error means, in words for that audience."""
    more: dict[str, Any] = {"date": error.date} if isinstance(error, GoneError) else {}
    if isinstance(error, LaterError):
        more = {"retry_after": error.seconds}
    told = told_to(audience, error)
    return problem(status_of(error), told.message, told.hint, **more)


def told_to(audience: Audience, error: RagAssistantError) -> RagAssistantError:
    """The error as an audience may read it: the public learns nothing of the server's inside."""
    theirs = isinstance(error, _THEIRS) and not isinstance(error, ConfigError)
    if audience == "staff" or theirs:
        return error
    return RagAssistantError(
        say("The collections cannot be asked just now."), say("Try again later.")
    )


def status_of(error: RagAssistantError) -> int:
    """The status that an error means."""
    if isinstance(error, TooLongError):
        return 413
    known = (*_OURS, *_STATUS)
    fitting = (status for kind, status in known if isinstance(error, kind))
    return next(fitting, HTTPStatus.INTERNAL_SERVER_ERROR)


def respond(body: dict[str, Any]) -> JSONResponse:
    """A problem as a response."""
    later = {"retry-after": str(body["retry_after"])} if "retry_after" in body else None
    return JSONResponse(body, status_code=body["status"], headers=later, media_type=MEDIA_TYPE)


def install(app: FastAPI, doorkeeper: Doorkeeper) -> None:
    """Let all errors of an app be told as problems, in words for who asks."""

    async def expected(request: Request, error: Exception) -> Response:
        assert isinstance(error, RagAssistantError)  # noqa: S101 - registered for it
        audience = doorkeeper.audience(request.headers, request.cookies)
        return respond(problem_of(error, audience))

    app.add_exception_handler(RagAssistantError, expected)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Exception, _bug)


async def _malformed(request: Request, error: Exception) -> Response:
    """The first fault, by the key's name: values are never repeated."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    fault = error.errors()[0]
    key = _key(fault)
    if fault["type"] == "extra_forbidden":
        detail = f"Unknown key '{key}'." if _NAME.fullmatch(key) else "Unknown key."
    elif fault["type"] == "json_invalid":
        detail = "The body is not JSON."
    else:
        detail = f"Key '{key}': {fault['msg']}." if key else f"{fault['msg']}."
    return respond(problem(422, detail, "See /api/openapi.json."))


def _key(fault: Any) -> str:
    """Where it is, as far as the names are the schema's: those within a table are the asker's."""
    names = [str(part) for part in fault["loc"][1:]]
    table = next((place for place, name in enumerate(names) if name in _TABLES), len(names))
    return ".".join(names[: table + 1])


def of_framework(error: HTTPException) -> Response:
    """The problem that an error of the framework's means, with its headers."""
    response = respond(problem(error.status_code, f"{error.detail}."))
    response.headers.update(error.headers or {})  # such as which methods are allowed
    return response


async def _bug(request: Request, error: Exception) -> Response:
    """What no one foresaw; the server's log has the traceback."""
    return respond(problem(500, "Something went wrong here.", "The server's log says more."))
