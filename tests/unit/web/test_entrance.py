"""The desks are made when they are first visited, and by one task alone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag_assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.web.desk import entrance
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.doors.rates import Questions


def test_a_server_begins_without_gradio() -> None:
    code = (
        "import sys, rag_assistant.web.server; "
        "print(sorted({'gradio', 'torch', 'chromadb'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_nobody_uses_is_forgotten_without_anybody_leaving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "_SWEEP_SECONDS", 0.01)
    settings = Settings(data=tmp_path)
    questions = Questions(settings.limits)
    keeper = Doorkeeper(owner_token="owner", staff_link_token="link", questions=questions)

    async def swept(desks: entrance.Desks) -> int:
        sweeps = 0
        twice = asyncio.Event()

        def sweep() -> None:
            nonlocal sweeps
            sweeps += 1
            if sweeps > 1:
                twice.set()

        desk: Any = SimpleNamespace(sweep=sweep)
        async with desks.running():
            desks._open.append(desk)
            await asyncio.wait_for(twice.wait(), 10)
        ended = sweeps
        await asyncio.sleep(0.1)
        return sweeps - ended

    with Assistant(settings) as assistant:
        assert asyncio.run(swept(entrance.Desks(assistant, settings, keeper))) == 0
