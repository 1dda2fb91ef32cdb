"""How often, how many at once, for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_network

import pytest

from rag_assistant.config import LimitsSettings
from rag_assistant.web.doors.rates import (
    CrowdedError,
    Deadline,
    OverdueError,
    Questions,
    Rates,
    TooManyError,
)


def test_each_client_has_its_share() -> None:
    rates = Rates(2)
    assert [rates.admit("a"), rates.admit("a")] == [None, None]
    assert rates.admit("b") is None
    wait = rates.admit("a")
    assert wait is not None
    assert 58 <= wait <= 60


def test_the_share_comes_back() -> None:
    rates = Rates(1, seconds=1)
    assert rates.admit("a") is None
    assert rates.admit("a") == 1
    time.sleep(1.1)
    assert rates.admit("a") is None


def test_who_did_nothing_for_the_time_is_forgotten() -> None:
    rates = Rates(1, seconds=1)
    for number in range(50):
        rates.admit(str(number))
    assert len(rates) == 50
    time.sleep(1.1)
    rates.admit("new")
    assert len(rates) == 1


def test_no_more_are_remembered_than_may_be() -> None:
    rates = Rates(1, remembered=10)
    for number in range(100):
        assert rates.admit(str(number)) is None
    assert len(rates) == 10
    assert rates.admit("99") is not None  # the newest are
    assert rates.admit("0") is None


def questions(**limits: object) -> Questions:
    return Questions(LimitsSettings(**limits))  # type: ignore[arg-type]


def test_one_too_many_a_minute_is_refused_with_when_to_come_back() -> None:
    asked = questions(questions_per_minute=1)
    with asked.asked("198.51.100.7"):
        pass
    with pytest.raises(TooManyError) as refused, asked.asked("198.51.100.7"):
        pass
    assert 1 <= refused.value.seconds <= 60


def test_an_ipv6_network_is_one_client() -> None:
    asked = questions(questions_per_minute=1)
    with asked.asked("2001:db8::1"):
        pass
    with pytest.raises(TooManyError), asked.asked("2001:db8::2"):
        pass


def test_trusted_networks_and_the_staff_are_not_counted() -> None:
    asked = questions(questions_per_minute=1, trusted_networks=(ip_network("10.0.0.0/8"),))
    for client in ("10.1.1.1", "10.1.1.1", None, None, "::ffff:10.1.1.1"):
        with asked.asked(client):
            pass


def test_so_many_are_in_the_house_and_leave_room_when_they_go() -> None:
    asked = Questions(LimitsSettings(waiting=2), before_models=1)
    with ExitStack() as inside:
        for _ in range(3):
            inside.enter_context(asked.asked(None))
        with pytest.raises(CrowdedError) as refused, asked.asked(None):
            pass
        assert refused.value.seconds > 0
    with pytest.raises(ZeroDivisionError), asked.asked(None):
        raise ZeroDivisionError
    with ExitStack() as inside:
        for _ in range(3):
            inside.enter_context(asked.asked(None))


def test_steps_end_with_the_time() -> None:
    closed = []

    def steps() -> Iterator[int]:
        try:
            yield 1
            time.sleep(0.06)
            yield 2
            yield 3
        finally:
            closed.append(True)

    found = []
    with pytest.raises(OverdueError):
        found.extend(step for step in Deadline(0.05).within(steps()))  # type: ignore[arg-type]
    assert closed == [True]
    assert list(Deadline(5).within(steps())) == [1, 2, 3]  # type: ignore[arg-type]
