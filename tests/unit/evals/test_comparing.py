"""What moved beyond noise, and which way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from evals.comparing import Comparison, compare
from evals.measures import Measure, count, mean
from rag_assistant.errors import UsageError


def result(metrics: Mapping[str, Measure], **environment: Any) -> dict[str, Any]:
    """A result's JSON."""
    found = {name: measure.to_dict(None) for name, measure in metrics.items()}
    return {"suite": "s", "environment": environment, "metrics": found, "failures": []}


def moved(old: Mapping[str, Measure], new: Mapping[str, Measure]) -> Comparison:
    return compare(result(old), result(new))


def shares(right: int, of: int = 40, prefix: str = "q") -> Measure:
    """``right`` ones, then zeros."""
    return mean({f"{prefix}{number:03}": float(number < right) for number in range(of)})


def test_a_result_is_not_beyond_noise_of_itself() -> None:
    found = moved({"own.a.right": shares(30)}, {"own.a.right": shares(30)})
    assert found.compared == 1
    assert found.moves == ()


def test_few_items_are_noise_and_many_are_not() -> None:
    old = {"own.a.right": shares(30)}
    assert moved(old, {"own.a.right": shares(28)}).moves == ()
    (move,) = moved(old, {"own.a.right": shares(24)}).worse
    assert move.paired
    assert (move.old, move.new) == (0.75, 0.6)
    assert move.low < -0.15 < move.high < 0


def test_pairing_sees_what_intervals_apart_do_not() -> None:
    """40 questions each a little worse: far within the spread between questions."""
    spread = {str(number): number / 40 for number in range(40)}
    lowered = {one: value - 0.01 for one, value in spread.items()}
    (move,) = moved({"own.a.f1": mean(spread)}, {"own.a.f1": mean(lowered)}).moves
    assert move.verdict == "worse"
    others = {f"other {one}": value for one, value in lowered.items()}
    assert moved({"own.a.f1": mean(spread)}, {"own.a.f1": mean(others)}).moves == ()


def test_over_other_items_the_intervals_decide() -> None:
    old = {"own.a.right": shares(36)}
    (move,) = moved(old, {"own.a.right": shares(20, prefix="other")}).moves
    assert not move.paired
    assert move.verdict == "worse"
    assert moved(old, {"own.a.right": shares(33, prefix="other")}).moves == ()


def test_better_is_lower_where_a_metric_counts_harm() -> None:
    name = "injection.own.canaries_executed"
    (move,) = moved({name: count(0, 40)}, {name: count(1, 40)}).moves
    assert move.verdict == "worse"
    (move,) = moved({name: count(1, 40)}, {name: count(0, 40)}).moves
    assert move.verdict == "better"


def test_times_never_fail() -> None:
    found = moved({"bench.query.p95_ms": count(10, 9)}, {"bench.query.p95_ms": count(90, 9)})
    assert [move.verdict for move in found.moves] == ["neither"]
    assert found.worse == ()


def test_what_appeared_and_vanished_and_what_else_differs_is_named() -> None:
    old = result({"a.b.gone": count(1, 1)}, settings_sha256="1", date="x", version="1")
    new = result({"a.b.new": count(1, 1)}, settings_sha256="2", date="y", version="1")
    found = compare(old, new)
    assert (found.compared, found.appeared, found.vanished) == (0, ("a.b.new",), ("a.b.gone",))
    assert found.differs == ("settings_sha256",)


def test_where_a_target_is_exact_nothing_is_noise() -> None:
    old = {"citations.gold.quote_fidelity": shares(150, of=150), "own.a.right": shares(150, of=150)}
    new = {"citations.gold.quote_fidelity": shares(149, of=150), "own.a.right": shares(149, of=150)}
    assert [move.name for move in moved(old, new).worse] == ["citations.gold.quote_fidelity"]


def test_what_is_no_longer_measured_does_not_pass() -> None:
    assert moved({"a.b.c": count(1, 1)}, {"a.b.c": count(1, 1), "a.b.new": count(1, 1)}).passes
    assert not moved({"a.b.c": count(1, 1), "a.b.gone": count(1, 1)}, {"a.b.c": count(1, 1)}).passes


def test_results_of_two_suites_are_not_compared() -> None:
    with pytest.raises(UsageError, match="two suites, s and other"):
        compare(result({}), {**result({}), "suite": "other"})
