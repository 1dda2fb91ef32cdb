"""What a running server tells of itself: log lines, figures, what it keeps."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag_assistant.errors import BusyError
from rag_assistant.web.metrics import Metrics, metrics_served
from tests.served import Served, index_town, serving

from .conftest import CommandLine

pytestmark = pytest.mark.integration

QUESTION = "When was the iron bridge opened?"
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? ([\d.e+-]+)$", re.MULTILINE)
VISITOR = "203.0.113.9"
_PUBLIC = 4


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        found: int = free.getsockname()[1]
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Served]:
    data = index_town(tmp_path_factory.mktemp("watched")).data
    environment = {
        "RAG_ANSWER__ANSWERER": "extractive",
        "RAG_METRICS__PORT": str(port),
        "RAG_RETENTION__DAYS": "3",
        "RAG_WEB__TRUSTED_PROXIES": '["127.0.0.1/32"]',
        "RAG_LIMITS__QUESTIONS_PER_MINUTE": "2",  # of clients behind the proxy
        "RAG_LIMITS__BODY_BYTES": "4096",
    }
    with serving(data, **environment) as server:
        assert server.token
        yield server


def figures(port: int) -> dict[str, float]:
    """Each sample by its name and labels."""
    reply = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    assert reply.status_code == 200
    found = SAMPLE.findall(reply.text)
    return {
        f"{name}{{{labels}}}" if labels else name: float(value) for name, labels, value in found
    }


def logged(served: Served) -> list[dict[str, Any]]:
    return [json.loads(line) for line in served.logged().splitlines()]


def requests_told(served: Served, known: int, number: int) -> list[dict[str, Any]]:
    """The lines of so many requests after the known ones: a line may come after its reply."""
    deadline = time.monotonic() + 10
    while True:
        told = [one for one in logged(served)[known:] if one["event"] == "request"]
        if len(told) >= number or time.monotonic() > deadline:
            return told
        time.sleep(0.05)


def test_each_request_is_one_line_without_content(served: Served) -> None:
    with served.client() as client:
        asked = client.post("/api/ask?mark=quagmire", json={"question": QUESTION})
        passage = asked.json()["citations"][0]["passage_id"]
        for path in (
            f"/api/passages/{passage}",
            f"/read/{passage}?start=1",
            "/",
            "/en/",
            "/quagmire",
        ):
            client.get(path, headers={"user-agent": "quagmire", "cookie": "quagmire=1"})
        client.get("/web/style.css")
    told = requests_told(served, 0, 6)
    assert [(one["method"], one["route"], one["status"]) for one in told] == [
        ("POST", "/api/ask", 200),
        ("GET", "/api/passages/{item}", 200),
        ("GET", "/read/{item}", 200),
        ("GET", "/", 303),
        ("GET", "desk", 200),
        ("GET", "none", 404),
    ]
    assert all(
        one.keys()
        == {
            *("time", "level", "event", "request_id", "method", "route", "status", "ms", "bytes"),
        }
        for one in told
    )
    assert told[0]["bytes"] == len(asked.content)
    assert told[0]["request_id"] == asked.headers["x-request-id"]
    assert len({one["request_id"] for one in told}) == len(told)
    written = served.logged()
    for content in ("quagmire", passage, "127.0.0.1", "iron", "httpx"):
        assert content not in written


def test_what_is_refused_at_the_door_is_told_and_counted_too(served: Served, port: int) -> None:
    before, known = figures(port), len(logged(served))
    with served.client() as client:
        client.headers["x-forwarded-for"] = VISITOR
        asked = {"question": QUESTION}
        elsewhere = "http://quagmire.example"
        replies = [
            client.get("/", headers={"host": "quagmire.example"}),
            client.post("/api/ask", json=asked, headers={"origin": elsewhere}),
            client.post("/api/ask", content=b"quagmire" * 1000),
            *(client.post("/api/ask", json=asked) for _ in range(3)),
            client.post("/api/search", json={"query": "quagmire"}),
        ]
    statuses = [403, 403, 413, 200, 200, 429, 429]
    assert [one.status_code for one in replies] == statuses
    told = requests_told(served, known, len(statuses))
    assert [one["status"] for one in told] == statuses
    assert [one["request_id"] for one in told] == [one.headers["x-request-id"] for one in replies]
    assert len({one["request_id"] for one in told}) == len(told)
    written = served.logged()
    for content in ("quagmire", VISITOR, "127.0.0.1"):
        assert content not in written
    after = figures(port)
    refused = "rag_assistant_too_many_total"
    assert after[refused] - before.get(refused, 0) == 2


def test_figures_tell_what_happened_and_nothing_of_what_was_asked(
    served: Served, port: int
) -> None:
    before = figures(port)
    with served.client() as client:
        for question in (QUESTION, "Who was the first astronaut on Mars?"):
            client.post("/api/ask", json={"question": question})
        client.post("/api/ask", json={"question": " "})
        client.get("/api/documents/quagmire")
    after = figures(port)

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    questions = 'rag_assistant_questions_total{{answerer="{}",status="{}"}}'
    assert more(questions.format("extractive", "answered")) == 1
    assert more(questions.format("extractive", "no_answer")) == 1
    requests = 'rag_assistant_requests_total{{method="{}",route="{}",status="{}"}}'
    assert more(requests.format("POST", "/api/ask", "2xx")) == 2
    assert more(requests.format("POST", "/api/ask", "4xx")) == 1
    assert more(requests.format("GET", "/api/documents/{item}", "4xx")) == 1
    assert more("rag_assistant_first_sentence_seconds_count") == 2
    assert after["rag_assistant_public_documents"] == _PUBLIC
    assert after['rag_assistant_index_lag{index="lexical"}'] == 0
    assert after["rag_assistant_waiting"] == 0
    told = json.dumps(list(after))
    for content in ("quagmire", "town", "vault", "iron", "127.0.0.1"):
        assert content not in told


def test_only_this_computer_reads_the_figures(served: Served, port: int) -> None:
    with served.client() as client:
        assert client.get("/metrics").status_code == 404
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(trust_env=False) as client:
        rebound = client.get(f"{url}/metrics", headers={"host": "evil.example"})
        assert rebound.status_code == 404
        assert client.get(f"{url}/").status_code == 404
    own = socket.gethostbyname(socket.gethostname())
    if not own.startswith("127."):
        with pytest.raises(OSError), socket.create_connection((own, port), timeout=2):
            pass


def test_without_a_port_no_figures_are_served(tmp_path: Path) -> None:
    with metrics_served(Metrics(), None):
        pass
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(BusyError, match="is in use"),
        metrics_served(Metrics(), taken.getsockname()[1]),
    ):
        pass


def test_helped_is_counted_and_no_more() -> None:
    metrics = Metrics()
    for yes in (True, True, False):
        metrics.helped(yes)
    value = metrics.registry.get_sample_value
    assert value("rag_assistant_helped_total", {"reply": "yes"}) == 2
    assert value("rag_assistant_helped_total", {"reply": "no"}) == 1
    metrics.request("/api/ask", "POST", 429, 0.1)
    assert value("rag_assistant_too_many_total") == 1


def test_what_is_kept_is_told_everywhere(served: Served, tmp_path: Path) -> None:
    command_line = CommandLine(served.data, tmp_path)
    told = "Questions and answers are kept here for 3 days, then deleted."
    with served.client() as client:
        found = client.post("/api/ask", json={"question": QUESTION}).json()
        page = client.get(f"/read/{found['citations'][0]['passage_id']}").text
        assert told in page
        assert told in client.get("/staff?token=wrong").text
    with served.client(owner=True) as client:
        assert client.get("/api/status").json()["retention"] == {"days": 3}
    status = command_line.here.run("status")
    assert "questions and answers: kept for 3 days" in status.stdout, status.stderr
    retained = command_line.here.run("retained")
    last = json.loads(retained.stdout.splitlines()[-1])
    assert (last["question"], last["text"]) == (QUESTION, found["text"])
    deleted = command_line.run("retained", "--delete")
    assert "Deleted: 1 day" in deleted.stdout, deleted.stderr
    assert not (served.data / "retained").exists()
