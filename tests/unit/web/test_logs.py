"""The log: what stands in its lines, and that nothing of a question ever does."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from rag_assistant.config import LogSettings
from rag_assistant.errors import BusyError
from rag_assistant.web.api import problems
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.logs import described, logged, open_log
from rag_assistant.web.metrics import Metrics
from rag_assistant.web.watching import WatchedApp

SECRET = "quagmire"


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(words: str) -> None:
    raise ValueError(words)


def fail_again(words: str) -> None:
    try:
        fail(words)
    except ValueError as error:
        raise KeyError(words) from error


@contextmanager
def failing_app(stream: io.StringIO) -> Iterator[httpx.Client]:
    """A real server whose routes fail with the asker's own words."""
    app = FastAPI()
    problems.install(app, Doorkeeper(owner_token="o", staff_link_token="s"))
    app.add_api_route("/bug/{words}", fail_again)

    def busy(words: str) -> None:
        raise BusyError(f"No time for {words}.")

    app.add_api_route("/busy/{words}", busy)
    log = open_log(LogSettings(), stream)
    config = uvicorn.Config(
        WatchedApp(app, log, Metrics()), port=0, log_config=None, log_level="warning"
    )
    server = uvicorn.Server(config)
    with logged(log):
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            assert thread.is_alive()
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def test_a_bug_is_told_by_its_place_and_without_its_words() -> None:
    stream = io.StringIO()
    with failing_app(stream) as client:
        reply = client.get(f"/bug/{SECRET}?q={SECRET}", headers={"user-agent": SECRET})
    assert reply.status_code == 500
    number = reply.headers["x-request-id"]
    assert reply.json()["request_id"] == number
    assert SECRET not in stream.getvalue()
    found = {one["event"]: one for one in lines(stream)}
    request = found["request"]
    assert (request["route"], request["status"]) == ("/bug/{words}", 500)
    assert request["request_id"] == number
    bug = found["Exception in ASGI application"]
    assert bug["request_id"] == number
    assert bug["error"] == "builtins.KeyError"
    assert bug["at"].endswith("fail_again")
    assert "builtins.ValueError at" in bug["after"]


def test_an_error_of_ours_can_be_told_to_the_library_by_its_number() -> None:
    stream = io.StringIO()
    with failing_app(stream) as client:
        replies = [client.get(f"/busy/{SECRET}"), client.get("/nowhere")]
    assert replies[0].json()["request_id"] == replies[0].headers["x-request-id"]
    assert "request_id" not in replies[1].json()
    assert len({reply.headers["x-request-id"] for reply in replies}) == 2
    assert all(len(reply.headers["x-request-id"]) == 16 for reply in replies)
    assert SECRET not in stream.getvalue()


def test_a_number_that_somebody_sends_is_not_taken() -> None:
    with failing_app(io.StringIO()) as client:
        reply = client.get("/nowhere", headers={"x-request-id": SECRET})
    assert reply.headers["x-request-id"] != SECRET


def test_what_libraries_tell_and_print_says_only_where() -> None:
    stream = io.StringIO()
    before = sys.stdout, sys.stderr
    with logged(open_log(LogSettings(), stream)):
        logging.getLogger("httpx").info("HTTP Request: POST /%s", SECRET)
        logging.getLogger("gradio").warning("%s is odd", SECRET)
        logging.getLogger("asyncio").error(f"Task failed: {SECRET}")
        print(SECRET)
        print(SECRET)
        try:
            fail(SECRET)
        except ValueError:
            traceback.print_exc()
        thread = threading.Thread(target=fail, args=(SECRET,))
        thread.start()
        thread.join()
    assert (sys.stdout, sys.stderr) == before
    assert SECRET not in stream.getvalue()
    told = lines(stream)
    assert [one.get("logger") for one in told[:2]] == ["gradio", "asyncio"]
    assert [one["event"] for one in told[2:]] == ["printed", "unexpected", "unexpected"]
    assert all(one["at"].endswith(" fail") for one in told[3:])


def test_our_own_words_are_told() -> None:
    stream = io.StringIO()
    with logged(open_log(LogSettings(), stream)):
        logging.getLogger("rag_assistant.following").error("The disk is full.")
    assert lines(stream)[0]["event"] == "The disk is full."


def test_afterwards_all_is_as_before() -> None:
    root = logging.getLogger()
    before = root.level, list(root.handlers), threading.excepthook, sys.unraisablehook
    with logged(open_log(LogSettings(), io.StringIO())):
        assert list(root.handlers) != before[1]
    assert (root.level, list(root.handlers), threading.excepthook, sys.unraisablehook) == before


@pytest.mark.parametrize(
    ("settings", "begins"),
    [
        (LogSettings(), '{"'),
        (LogSettings(form="json"), '{"'),
        (LogSettings(form="plain"), "time=2"),
    ],
)
def test_its_form(settings: LogSettings, begins: str) -> None:
    stream = io.StringIO()
    open_log(settings, stream).info("request", route="/healthz")
    assert stream.getvalue().startswith(begins)
    assert "/healthz" in stream.getvalue()


def test_its_level() -> None:
    stream = io.StringIO()
    log = open_log(LogSettings(level="warning"), stream)
    log.info("request")
    log.warning("request")
    assert len(lines(stream)) == 1


def test_an_error_is_described_without_its_message() -> None:
    with pytest.raises(KeyError) as caught:
        fail_again(SECRET)
    told = described(caught.value)
    assert told["error"] == "builtins.KeyError"
    assert told["at"].endswith(" fail_again")
    assert told["after"].endswith(" fail")
    assert SECRET not in json.dumps(told)
