"""The stand-in for Ollama against a real one: to recorded requests it says what was recorded."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ollama_server import Fault, InstalledModel, OllamaServer

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("RAG_TEST_DATA", ROOT.parent / "shared" / "data")) / "ollama"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(),
    reason=f"The recordings are not in {DATA}: set RAG_TEST_DATA to the folder above them.",
)

MODELS = [
    InstalledModel(name=f"{name}:latest", family="llama", context_length=8192)
    for name in ("rep", "slow", "tinynative", "notmpl", "tiny")
]
NOT_OURS = (
    "17_", "24_format_bads", "24_format_uns", "30_unknown_embed", "30_unknown_gen", "44_", "45_",
    "46_", "60_token_repeat_gen", "76_",  # other endpoints, log-probabilities, bad schemas
    "80_cancel", "81_", "82_", "88_",  # what a client or nobody did
)  # fmt: skip
FAULTS: dict[str, Fault] = {
    "60_token_repeat_nostream": "no_done",
    "60_token_repeat_stream": "no_done",
    "85_runner_killed_nostream": "error",
    "85_runner_killed_stream": "error",
    "86_serve_killed_stream": "cut",
    "87_serve_sigterm_stream": "cut",
}
NAMES = sorted(
    path.stem
    for path in DATA.glob("*.json")
    if not path.stem.startswith(NOT_OURS) and "cpu_trace" not in path.stem
)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A status, the headers that are held against the recording, and the body's lines."""

    status: int
    content_type: str | None
    allow: str | None
    body: str
    whole: bool

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with OllamaServer(models=MODELS) as running:
        yield running


def recorded(name: str) -> tuple[dict[str, Any], Reply]:
    found = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    headers = found["headers"]
    reply = Reply(
        status=found["status"],
        content_type=headers.get("Content-Type"),
        allow=headers.get("Allow"),
        body=found["body"],
        whole=found["exception"] is None,
    )
    return found["request"], reply


def counts(name: str) -> int | None:
    """The prompt's tokens, where the model is one whose template the stand-in counts by."""
    request, reply = recorded(name)
    body = request["body"]
    if not isinstance(body, dict) or body.get("model") not in ("tiny", "slow"):
        return None
    if body.get("options", {}).get("num_ctx") == 0 or reply.status != 200 or not reply.whole:
        return None
    last = reply.lines[-1]
    return last.get("prompt_eval_count")


def script(server: OllamaServer, name: str, expected: Reply) -> None:
    """Let the stand-in say the recorded words, and fail where the real server failed."""
    if expected.status == 503:
        server.fault = "busy"
    server.fault = FAULTS.get(name, server.fault)
    if not (expected.content_type or "").startswith("application/"):
        return
    contents = [
        line["message"]["content"]
        for line in expected.lines
        if "message" in line and line["message"]["content"]
    ]
    if len(expected.lines) == 1 and (written := expected.lines[0].get("eval_count")):
        contents = [contents[0], *["" for _ in range(written - 1)]]  # sent whole
    server.fault_after = len(contents)
    server.reply = lambda request: contents


def replay(server: OllamaServer, request: dict[str, Any]) -> Reply:
    body = request["body"]
    data = body if isinstance(body, str) else None if body is None else json.dumps(body)
    headers = {"Content-Type": "application/json"} if data else {}
    given = request["headers"]
    headers |= {one: given[one] for one in ("Origin",) if one in given}
    if "127.0.0.1" not in given["Host"]:
        headers["Host"] = given["Host"]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(request["method"], request["path"], body=data, headers=headers)
    response = connection.getresponse()
    try:
        text, whole = response.read(), True
    except http.client.IncompleteRead as error:
        text, whole = error.partial, False
    finally:
        connection.close()
    return Reply(
        status=response.status,
        content_type=response.headers.get("Content-Type"),
        allow=response.headers.get("Allow"),
        body=text.decode(),
        whole=whole,
    )


def shape(value: Any, *, inside: bool = True) -> Any:
    """Keys and types; of lists that of the first item, of ``model_info`` and details no more."""
    match value:
        case dict():
            free = ("model_info", "tensors")
            return {k: type(v) if k in free else shape(v) for k, v in value.items()}
        case list():
            return [shape(value[0])] if value else []
        case _:
            return type(value)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_request_gets_the_same_protocol(server: OllamaServer, name: str) -> None:
    request, expected = recorded(name)
    if request["path"] == "/api/ps" and '"name"' in expected.body:
        server.loaded["tiny:latest"] = 512
    script(server, name, expected)
    got = replay(server, request)
    assert (got.status, got.content_type) == (expected.status, expected.content_type)
    assert (got.allow, got.whole) == (expected.allow, expected.whole)
    if not (expected.content_type or "").startswith("application/"):
        assert got.body == expected.body
        return
    if expected.status >= 400:
        assert got.lines == expected.lines
        return
    assert [shape(line) for line in got.lines] == [shape(line) for line in expected.lines]
    for line, known in zip(got.lines, expected.lines, strict=True):
        for key in ("done", "done_reason", "model", "error", "eval_count"):
            if key == "eval_count" and name.startswith("20_"):
                continue  # one token of it came without a line
            assert line.get(key) == known.get(key), key


@pytest.mark.parametrize("name", [name for name in NAMES if counts(name) is not None])
def test_prompts_are_counted_and_cut_alike(server: OllamaServer, name: str) -> None:
    request, expected = recorded(name)
    script(server, name, expected)
    assert replay(server, request).lines[-1]["prompt_eval_count"] == counts(name)


def test_most_recordings_are_replayed() -> None:
    assert len(NAMES) >= 95
