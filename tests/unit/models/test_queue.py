"""R38: first come, first served; whoever leaves frees the place at once, wherever it is left."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Generator, Sequence

import pytest

from rag_assistant.errors import ModelBusyError, ModelServerError
from rag_assistant.models.queue import HEARTBEAT, Queue, Slot
from rag_assistant.ports import Waiting

Turn = Generator[Waiting, None, Slot]


def queue_of(parallel: int = 1, waiting: int = 8, patience: float = 60) -> Queue:
    return Queue(parallel=parallel, waiting=waiting, patience=patience)


def turn(queue: Queue, hosts: Sequence[str] = ("a",)) -> Turn:
    return queue.turn(queue.ticket(), lambda: hosts)


def served(turn: Turn) -> Slot:
    """The slot, which must come without waiting."""
    with pytest.raises(StopIteration) as end:
        position = next(turn)
        pytest.fail(f"waits as {position}")
    slot: Slot = end.value.value
    return slot


def position(turn: Turn) -> int:
    return next(turn).position


def test_who_must_wait_is_told_at_once_and_moves_up() -> None:
    queue = queue_of()
    slot = served(turn(queue))
    started = time.monotonic()
    first, second = turn(queue), turn(queue)
    assert (position(first), position(second)) == (1, 2)
    assert time.monotonic() - started < 0.2
    slot.leave()
    slot = served(first)
    assert position(second) == 1
    slot.leave()
    served(second)


def test_a_place_that_was_told_is_never_taken_back() -> None:
    queue = queue_of()
    slot = served(turn(queue))
    early, late = turn(queue), turn(queue)
    assert position(late) == 1  # who came before it still looks for passages
    assert position(early) == 1
    assert position(late) == 1
    slot.leave()
    served(early).leave()
    served(late)


def test_nobody_overtakes() -> None:
    queue = queue_of()
    slot = served(turn(queue))
    first = turn(queue)
    assert position(first) == 1
    slot.leave()
    late = turn(queue)
    assert position(late) == 2  # the slot is free, but the first has not taken it yet
    served(first)


def test_the_wait_is_cut_into_heartbeats() -> None:
    queue = queue_of()
    served(turn(queue))
    waiting = turn(queue)
    assert position(waiting) == 1
    started = time.monotonic()
    assert position(waiting) == 1
    assert HEARTBEAT * 0.8 < time.monotonic() - started < HEARTBEAT * 3


def test_leaving_the_queue_moves_the_others_up() -> None:
    queue = queue_of()
    served(turn(queue))
    first, second = turn(queue), turn(queue)
    assert (position(first), position(second)) == (1, 2)
    first.close()
    assert queue.waiting == 1
    assert position(second) == 1


def test_a_question_that_is_never_carried_on_holds_nothing() -> None:
    queue = queue_of()
    never = turn(queue)
    served(turn(queue)).leave()
    assert queue.waiting == 0
    never.close()
    served(turn(queue))


def test_one_that_is_forgotten_leaves_when_it_is_collected() -> None:
    queue = queue_of()
    served(turn(queue))
    circle: list[object] = [turn(queue)]
    circle.append(circle)
    assert position(circle[0]) == 1  # type: ignore[arg-type]
    del circle
    gc.collect()
    assert queue.waiting == 0


def test_one_that_stands_still_does_not_block_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag_assistant.models.queue._STALLED", 0.1)
    queue = queue_of()
    slot = served(turn(queue))
    stalled, next_one = turn(queue), turn(queue)
    assert (position(stalled), position(next_one)) == (1, 2)
    slot.leave()
    time.sleep(0.15)
    served(next_one)


def test_a_full_queue_takes_nobody_more() -> None:
    queue = queue_of(waiting=1)
    served(turn(queue))
    queue.check()
    turns = turn(queue)
    assert position(turns) == 1
    with pytest.raises(ModelBusyError, match="busy"):
        next(turn(queue))
    with pytest.raises(ModelBusyError):
        queue.check()
    turns.close()
    assert position(turn(queue)) == 1


def test_patience_ends() -> None:
    queue = queue_of(patience=0.2)
    served(turn(queue))
    waiting = turn(queue)
    assert position(waiting) == 1
    with pytest.raises(ModelBusyError, match=r"0\.2 seconds"):
        for _ in range(5):
            next(waiting)
    assert queue.waiting == 0


def test_no_host_left_ends_the_wait() -> None:
    queue = queue_of()
    served(turn(queue))
    hosts = iter([("a",)])

    def usable() -> Sequence[str]:
        for found in hosts:
            return found
        raise ModelServerError("None answers.")

    waiting = queue.turn(queue.ticket(), usable)
    assert position(waiting) == 1
    with pytest.raises(ModelServerError):
        next(waiting)
    assert queue.waiting == 0


def test_the_least_busy_host_is_taken() -> None:
    queue = queue_of(parallel=2)
    slots = [served(turn(queue, "abc")) for _ in range(6)]
    assert [slot.host for slot in slots] == [*"abcabc"]
    assert position(waiting := turn(queue, "abc")) == 1
    slots[4].leave()
    slots[4].leave()  # twice frees it once
    assert served(waiting).host == "b"
    assert queue.writing("b") == 2


def test_threads_take_turns() -> None:
    queue = queue_of(parallel=3, waiting=100)
    written, most = [], []

    def question(number: int) -> None:
        slot = yield_all(turn(queue))
        most.append(queue.writing("a"))
        time.sleep(0.005)
        written.append(number)
        slot.leave()

    threads = [threading.Thread(target=question, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(written) == [*range(60)]
    assert max(most) == 3
    assert (queue.waiting, queue.writing("a")) == (0, 0)


def yield_all(turn: Turn) -> Slot:
    while True:
        try:
            next(turn)
        except StopIteration as end:
            slot: Slot = end.value
            return slot
