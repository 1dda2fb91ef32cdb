"""Checked references on the web: few lists at a time, under a heading of their own."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any, cast

import anyio
from starlette.requests import Request

from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.web.api.routes import Api
from rag_assistant.web.api.wire import CheckBody
from rag_assistant.web.desk import checker
from rag_assistant.web.doors.access import Doorkeeper


class Slow:
    """Checks slowly, and counts how many are at it."""

    def __init__(self) -> None:
        self.most = self.now = 0
        self.changes = SimpleNamespace(last_seq=lambda: 1)
        self.docstore = self
        self._lock = threading.Lock()

    def check_references(self, text: str, *, audience: str) -> Any:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.05)
        with self._lock:
            self.now -= 1
        return SimpleNamespace(to_dict=lambda: {"text": text, "audience": audience})


def test_two_lists_are_checked_at_a_time() -> None:
    slow = Slow()
    keeper = Doorkeeper(owner_token="owner", staff_link_token="link")
    replies: list[dict[str, Any]] = []

    async def all_of_them() -> None:
        api = Api(cast("Assistant", slow), Settings(), keeper)
        request = Request({"type": "http", "headers": []})

        async def one(number: int) -> None:
            replies.append(await api.check_reference(CheckBody(text=f"{number}"), request))

        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(one, number)

    anyio.run(all_of_them)
    assert len(replies) == 6
    assert slow.most == 2


def test_the_tab_has_a_heading_between_the_page_and_the_cards() -> None:
    assert "<h2" in checker._intro()
