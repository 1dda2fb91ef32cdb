"""What the server writes of itself: a line for each request, and errors by their type and place.

No line holds what anybody asked or what a source says, nor a visitor's address, browser or cookie.
Messages of unexpected errors, and what libraries tell or print, may repeat such things: of these it
is written where they arose, and never their words.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import io
import logging
import secrets
import sys
import threading
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from rag_assistant.config import LogSettings

if TYPE_CHECKING:
    from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

_MOST_FRAMES = 20
_MOST_CAUSES = 4
_FIRST = ("time", "level", "event", "request_id")
_TALKATIVE = ("chromadb", "fastapi", "gradio", "httpcore", "httpx", "ollama", "starlette")
_OURS = "rag_assistant."  # its messages are written for people
_CUT = "Cancel %s running task(s)"
_LITERAL = "uvicorn."  # its messages are literals, what they tell of a request is put in later
_request = contextvars.ContextVar("request", default="")


def begin_request() -> str:
    """A number for the request that is served now; ``request_id`` gives it until it has ended."""
    number = secrets.token_hex(8)
    _request.set(number)
    return number


def request_id() -> str:
    """The number of the request that is served now, "" outside of one."""
    return _request.get()


def described(error: BaseException) -> dict[str, str]:
    """An unexpected error's type, where it arose, innermost last, and its causes; no message."""
    found = {"error": _kind(error), "at": _places(error)}
    causes: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(causes) < _MOST_CAUSES:
        causes.append(f"{_kind(cause)} at {_places(cause).rpartition(' > ')[2]}")
        cause = cause.__cause__ or cause.__context__
    return found | ({"after": ", ".join(causes)} if causes else {})


def open_log(settings: LogSettings, stream: TextIO) -> FilteringBoundLogger:
    """The log that writes to a stream: JSON, or on a terminal key=value."""
    import structlog

    plain = settings.form == "plain" or (settings.form == "auto" and stream.isatty())
    renderer = (
        structlog.processors.LogfmtRenderer(key_order=_FIRST, drop_missing=True)
        if plain
        else structlog.processors.JSONRenderer()
    )
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.TimeStamper(fmt="iso", key="time"),
            structlog.processors.add_log_level,
            _with_request,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(settings.level),
        context_class=dict,
    )
    return log


@contextlib.contextmanager
def logged(log: FilteringBoundLogger) -> Iterator[None]:
    """In this block whatever the process tells goes to the log, without words of its own."""
    root, handler = logging.getLogger(), _Handler(log)
    before = root.level, threading.excepthook, sys.unraisablehook
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    threading.excepthook = lambda args: _crashed(log, args.exc_value)
    sys.unraisablehook = lambda args: _crashed(log, args.exc_value)
    printed = _Printed(log)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield
    finally:
        root.removeHandler(handler)
        level, threading.excepthook, sys.unraisablehook = before
        root.setLevel(level)


class _Handler(logging.Handler):
    """What is told by way of the standard library."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        told = {"logger": record.name, "at": f"{record.module}:{record.lineno} {record.funcName}"}
        if record.exc_info and record.exc_info[1]:
            told |= described(record.exc_info[1])
        level = max(logging.DEBUG, min(logging.CRITICAL, record.levelno // 10 * 10))
        if _is_end(record):
            level = logging.INFO
        self._log.log(level, _words(record), **told)


class _Printed(io.TextIOBase):
    """Takes what libraries print: that they do is told once a place, a traceback each time."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._places: set[str] = set()

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        """Take it, and tell that it was said."""
        error = sys.exception()
        place = str(sys._getframe(1).f_globals.get("__name__", "?"))
        if error is not None and text.startswith("Traceback"):
            _crashed(self._log, error)
        elif text.strip() and error is None and place not in self._places:
            self._places.add(place)
            self._log.info("printed", at=place)
        return len(text)


def _crashed(log: FilteringBoundLogger, error: BaseException | None) -> None:
    if error is not None:
        log.error("unexpected", **described(error))


def _is_end(record: logging.LogRecord) -> bool:
    """Whether a reply was cut off because the server stops, which uvicorn takes for an error."""
    error = record.exc_info[1] if record.exc_info else None
    return isinstance(error, asyncio.CancelledError) or str(record.msg).startswith(_CUT)


def _words(record: logging.LogRecord) -> str:
    if record.name.startswith(_OURS):
        return record.getMessage()
    if record.name.startswith(_LITERAL):
        return str(record.msg).strip()
    return "told by a library"


def _with_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    number = request_id()
    return {**event, "request_id": number} if number else event


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _places(error: BaseException) -> str:
    steps = list(traceback.walk_tb(error.__traceback__))[-_MOST_FRAMES:]
    return " > ".join(_place(frame, line) for frame, line in steps)


def _place(frame: Any, line: int) -> str:
    return f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
