"""What is shown of an answer that is broken off, and in which order."""

from __future__ import annotations

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag_assistant.web.desk import underway
from rag_assistant.web.desk.underway import Underway

PAGE = "one page"


class Desk:
    """Shows steps as Gradio does: each in a thread, and asks for the next once it is shown."""

    def __init__(self) -> None:
        self.underway = Underway()
        self.shown: list[str] = []
        self.ended: list[str] = []
        self.made = threading.Event()
        self.may_show = threading.Event()

    def steps(self, name: str, number: int = 3) -> Generator[str]:
        try:
            for step in range(number):
                yield f"{name} {step}"
        finally:
            self.ended.append(name)

    def answer(self, name: str, page: str = PAGE) -> threading.Thread:
        thread = threading.Thread(target=self._show, args=(name, page))
        thread.start()
        return thread

    def _show(self, name: str, page: str) -> None:
        for step in self.underway.alone(page, self.steps(name)):
            self.made.set()
            assert self.may_show.wait(10)
            self.shown.append(step)

    def stop(self) -> threading.Thread:
        thread = threading.Thread(target=self._stop)
        thread.start()
        return thread

    def _stop(self) -> None:
        self.underway.break_off(PAGE)
        self.shown.append("stopped")


def test_a_step_that_was_made_is_shown_before_it_is_stopped() -> None:
    desk = Desk()
    answer = desk.answer("first")
    assert desk.made.wait(10)
    stop = desk.stop()
    stop.join(0.1)  # it waits for the step that is still to be shown
    desk.may_show.set()
    answer.join(10)
    stop.join(10)
    assert desk.shown == ["first 0", "stopped"]
    assert desk.ended == ["first"]


def test_a_newer_answer_breaks_off_the_one_before() -> None:
    desk = Desk()
    older = desk.answer("older")
    assert desk.made.wait(10)
    newer = desk.answer("newer")
    newer.join(0.1)
    desk.may_show.set()
    older.join(10)
    newer.join(10)
    assert desk.shown == ["older 0", "newer 0", "newer 1", "newer 2"]


def test_another_page_goes_on() -> None:
    desk = Desk()
    desk.may_show.set()
    other = desk.underway.alone("another page", desk.steps("other"))
    assert next(other) == "other 0"
    desk.underway.break_off(PAGE)
    assert list(other) == ["other 1", "other 2"]


def test_a_step_that_takes_long_is_not_waited_for_and_never_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(underway, "_PATIENCE", 0.05)
    desk, begun, go_on = Desk(), threading.Event(), threading.Event()

    def slow() -> Generator[str]:
        begun.set()
        assert go_on.wait(10)
        yield "late"

    late = desk.underway.alone(PAGE, slow())
    with ThreadPoolExecutor(1) as pool:
        given = pool.submit(list, late)
        assert begun.wait(10)
        desk.underway.break_off(PAGE)
        newer = list(desk.underway.alone(PAGE, desk.steps("newer")))
        go_on.set()
    assert given.result() == []
    assert newer == ["newer 0", "newer 1", "newer 2"]


def test_nothing_is_kept_of_what_is_over() -> None:
    desk = Desk()
    assert len(list(desk.underway.alone(PAGE, desk.steps("whole")))) == 3
    left = desk.underway.alone(PAGE, desk.steps("left"))
    next(left)
    left.close()
    assert desk.ended == ["whole", "left"]
    assert not desk.underway._ways
    desk.underway.break_off(PAGE)  # at once
