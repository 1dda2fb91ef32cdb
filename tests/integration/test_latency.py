"""What checking costs in time: the staff's first word, and the public's each sentence.

Both against the same stand-in for a model, with fixed delays, asked in the same run.
"""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.ollama_server import OllamaServer
from tests.served import Served, index_town, serving

pytestmark = pytest.mark.integration

QUESTION = "When was the iron bridge opened?"
REPLY = (
    "The iron bridge was opened on 4 May 1868 by the mayor, Ada Venn [1]. "
    "It was opened by the mayor on 4 May 1868 [1]. "
    "Ada Venn opened the iron bridge in 1868 [1]."
)
FIRST, BETWEEN = 0.3, 0.01  # seconds before the first piece, and before each
ALLOWED = 0.05 + 0.05  # seconds: what is aimed at, and what a busy machine may add
TIMES = 5  # at most: once is enough where it was quick


@dataclass(slots=True, kw_only=True)
class Timeline:
    """When what came, in seconds from the request."""

    retrieved: float = 0.0
    pieces: list[tuple[float, str]] = field(default_factory=list)
    sentences: list[float] = field(default_factory=list)


@pytest.fixture(scope="module")
def model() -> Iterator[OllamaServer]:
    with OllamaServer(reply=lambda request: REPLY) as server:
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, model: OllamaServer) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("latency")
    town = index_town(folder)
    with serving(town.data, RAG_OLLAMA__URL=model.url) as server:
        while not asked(server, "ollama", "staff").sentences:
            time.sleep(0.2)
        for audience in ("staff", "public"):
            asked(server, "ollama", audience)  # everything is loaded then
        model.first_delay, model.delay = FIRST, BETWEEN
        yield server


def bare(model: OllamaServer, prompt: list[dict[str, str]]) -> Timeline:
    """The same prompt, asked of the model itself."""
    found = Timeline()
    body = {"model": "gemma3:4b", "messages": prompt, "think": False}
    with httpx.Client(trust_env=False, timeout=30) as client:
        started = time.monotonic()  # a client's certificates are read by now
        with client.stream("POST", f"{model.url}/api/chat", json=body) as reply:
            for line in reply.iter_lines():
                piece = json.loads(line)["message"]["content"]
                if piece:
                    found.pieces.append((time.monotonic() - started, piece))
    return found


def asked(served: Served, answerer: str, audience: str) -> Timeline:
    """The question, asked of the product over HTTP."""
    found = Timeline()
    proof = {"Authorization": f"Bearer {served.token}"} if audience == "staff" else {}
    body: dict[str, Any] = {"question": QUESTION, "answerer": answerer}
    headers = {"Accept": "text/event-stream", **proof}
    with httpx.Client(trust_env=False, timeout=30, base_url=served.address) as client:
        started = time.monotonic()
        with client.stream("POST", "/api/ask", json=body, headers=headers) as reply:
            name = ""
            for line in reply.iter_lines():
                now = time.monotonic() - started
                key, _, value = line.partition(": ")
                if key == "event":
                    name = value
                elif key == "data" and name == "retrieved":
                    found.retrieved = now
                elif key == "data" and name == "token":
                    found.pieces.append((now, json.loads(value)["text"]))
                elif key == "data" and name == "sentence":
                    found.sentences.append(now)
    return found


def ends(timeline: Timeline) -> list[float]:
    """When each sentence of the bare reply could be told: with the word after it, or the end."""
    said, times = "", []
    for now, piece in timeline.pieces:
        begins = bool(re.search(r"\]\.\s*$", said)) and piece.strip()
        if begins:
            times.append(now)
        said += piece
    return [*times, timeline.pieces[-1][0]]


@pytest.mark.parametrize("answerer", ["ollama", "auto"])
def test_the_first_word_comes_as_soon_as_the_models(
    served: Served, model: OllamaServer, answerer: str
) -> None:
    late = []
    for _ in range(TIMES):
        found = asked(served, answerer, "staff")
        prompt = model.requests[-1]["messages"]
        late.append(found.pieces[0][0] - found.retrieved - bare(model, prompt).pieces[0][0])
        if late[-1] <= ALLOWED:  # what runs beside it only adds
            break
    print(f"\n{answerer}: the first word is {statistics.median(late) * 1000:.0f} ms later", late)
    assert min(late) <= ALLOWED


def test_each_sentence_is_checked_as_soon_as_it_is_written(
    served: Served, model: OllamaServer
) -> None:
    late: list[list[float]] = []
    for _ in range(TIMES):
        found = asked(served, "ollama", "public")
        assert not found.pieces
        told = ends(bare(model, model.requests[-1]["messages"]))
        assert len(found.sentences) == len(told) == 3
        sentences = zip(found.sentences, told, strict=True)
        late.append([one - found.retrieved - other for one, other in sentences])
        least = [min(one) for one in zip(*late, strict=True)]
        if max(least) <= ALLOWED:
            break
    medians = [statistics.median(one) for one in zip(*late, strict=True)]
    print("\nafter its end each sentence comes", [f"{one * 1000:.0f} ms" for one in medians])
    assert max(least) <= ALLOWED
