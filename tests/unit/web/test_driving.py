"""R38: whoever goes away ends the work, at whichever moment that is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator

import anyio
import pytest
from anyio import CapacityLimiter

from rag_assistant.web.api.driving import Driven


class Work:
    """Steps of which the first waits for leave; ``ended`` is set when they are closed."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.ended = threading.Event()

    def steps(self) -> Generator[int]:
        try:
            self.begun.set()
            assert self.go_on.wait(5)
            yield 1
            yield 2
        finally:
            self.ended.set()


def test_the_first_step_is_given_first() -> None:
    work = Work()
    work.go_on.set()

    async def all_steps() -> list[int]:
        driven = Driven(work.steps())
        await driven.begin(CapacityLimiter(1))
        return [step async for step in driven]

    assert anyio.run(all_steps) == [1, 2]


def test_who_goes_during_the_first_step_ends_the_work() -> None:
    work = Work()
    steps = work.steps()  # kept, so that nothing is closed by being collected

    async def leave() -> None:
        driven = Driven(steps)
        async with anyio.create_task_group() as group:
            group.start_soon(_begin_and_close, driven)
            await _until(work.begun.is_set)
            group.cancel_scope.cancel()
            work.go_on.set()

    anyio.run(leave)
    assert work.ended.is_set()


async def _begin_and_close(driven: Driven[int]) -> None:
    """As a request does: what has begun is closed by what is made of it."""
    await driven.begin(CapacityLimiter(1))
    try:
        await anyio.sleep_forever()
    finally:
        await driven.close()


async def _until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(5):
        while not condition():
            await anyio.sleep(0.01)


def test_a_first_step_that_fails_is_raised() -> None:
    def failing() -> Generator[int]:
        raise ValueError("no such thing")
        yield 1

    async def begin() -> None:
        await Driven(failing()).begin(CapacityLimiter(1))

    with pytest.raises(ValueError, match="no such thing"):
        anyio.run(begin)
