"""A hundred patrons within a minute, each with another question: none is lost, none waits long.

They come through a proxy, and all limits are the usual ones.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from rag_assistant import Assistant
from rag_assistant.config import Settings
from tests.served import Served, serving, write_collection

pytestmark = pytest.mark.integration

PATRONS, WITHIN, SLOWEST = 100, 60.0, 15.0
_PATIENCE = 120.0
_A_MINUTE = 30
_PLACES = ("Aldwick", "Barrow", "Cawdor", "Denby", "Eskdale", "Farnley", "Garside", "Holt")
_THINGS = ("bridge", "mill", "chapel", "market", "school", "ferry", "library", "station")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one patron got, and after how long."""

    status: int
    answered: str
    seconds: float


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A county of 64 places whose passages are of ten sentences each, behind a proxy."""
    folder = tmp_path_factory.mktemp("county")
    files = {
        f"{place}-{thing}.md": f"---\ntitle: The {thing} of {place}\n---\n"
        + " ".join(
            f"In {1800 + 10 * year + number} the {thing} of {place} was {what} by the council."
            for year, what in enumerate(
                (
                    "planned",
                    "paid for",
                    "begun",
                    "finished",
                    "opened",
                    "painted",
                    "widened",
                    "sold",
                    "repaired",
                    "photographed",
                )
            )
        )
        for number, place in enumerate(_PLACES)
        for thing in _THINGS
    }
    county = write_collection(folder / "county", files, 'id = "county"', 'access = "public"')
    settings = Settings(data=folder / "data")
    with Assistant(settings) as assistant:
        assert assistant.index([county]).outcomes.failed == {}
    with serving(
        settings.data,
        RAG_ANSWER__ANSWERER="extractive",
        RAG_WEB__TRUSTED_PROXIES='["127.0.0.1/32"]',
        RAG_LIMITS__TRUSTED_NETWORKS="[]",
    ) as server:
        with server.client(owner=True) as client:
            while client.get("/readyz").status_code != 200:
                time.sleep(0.2)
            client.post("/api/ask", json={"question": "What is in the county?"})
        yield server


def test_who_asks_too_often_waits_and_nobody_else_does(served: Served) -> None:
    with served.client() as client:

        def status(address: str) -> int:
            """Of a question from there that costs next to nothing."""
            told = {"X-Forwarded-For": address}
            return client.post("/api/history", json={"url": "x"}, headers=told).status_code

        often = [status("198.51.100.1") for _ in range(_A_MINUTE + 1)]
        assert 429 not in often[:_A_MINUTE]
        assert often[_A_MINUTE] == 429
        assert status("198.51.100.2") == often[0]
        assert status("198.51.100.9, 198.51.100.1") == 429  # what the visitor wrote is not believed


async def ask(client: httpx.AsyncClient, number: int) -> Reply:
    """One patron's question."""
    place, thing = _PLACES[number % 8], _THINGS[number // 8 % 8]
    question = f"When was the {thing} of {place} {('opened', 'repaired')[number % 2]}?"
    started = time.monotonic()
    reply = await client.post(
        "/api/ask",
        json={"question": question},
        headers={"X-Forwarded-For": f"203.0.113.{number + 1}"},
    )
    found = reply.json()
    return Reply(
        status=reply.status_code,
        answered=found.get("text", "") if place in str(found.get("citations")) else "",
        seconds=time.monotonic() - started,
    )


async def minute(address: str) -> list[Reply]:
    """All patrons at once, which is the hardest minute there is."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=address, limits=limits, timeout=_PATIENCE, trust_env=False
    ) as client:
        return await asyncio.gather(*(ask(client, one) for one in range(PATRONS)))


def test_a_hundred_patrons_are_answered(served: Served) -> None:
    started = time.monotonic()
    replies = asyncio.run(minute(served.address))
    took = time.monotonic() - started
    assert [one.status for one in replies] == [200] * PATRONS
    assert all(one.answered for one in replies)
    p95 = sorted(one.seconds for one in replies)[math.ceil(0.95 * PATRONS) - 1]
    assert p95 <= SLOWEST
    assert took <= WITHIN
