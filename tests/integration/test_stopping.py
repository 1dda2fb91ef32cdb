"""The server stops soon, whoever has its pages open."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.served import Served, serving

pytestmark = pytest.mark.integration


def open_page(served: Served, language: str, begun: threading.Event) -> None:
    """Hold open what a page of the desk holds open."""
    place = f"{served.address}/{language}/gradio_api/heartbeat/{language}"
    with httpx.stream("GET", place, timeout=60, trust_env=False) as reply:
        for _ in reply.iter_lines():
            begun.set()


def test_open_pages_hold_nothing_up(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert server.token
        begun = [threading.Event(), threading.Event()]
        threads = [
            threading.Thread(target=open_page, args=(server, *one))
            for one in zip(("en", "de"), begun, strict=True)
        ]
        for thread in threads:
            thread.start()
        assert all(one.wait(20) for one in begun)
        asked = time.monotonic()
        code, written = server.stop()
        took = time.monotonic() - asked
        for thread in threads:
            thread.join()
    assert (code, took < 10) == (0, True), took  # a model that is being loaded is waited for
    assert "Cancel" not in written
    assert '"level": "error"' not in written
    assert "Traceback" not in written
