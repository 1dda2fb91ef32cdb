"""Figures and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evals.measures import count, gain, interval, mean, statistic


def test_a_mean_has_the_interval_that_the_normal_approximation_gives() -> None:
    measure = mean({str(number): number % 2 for number in range(400)})
    half = 1.96 * math.sqrt(0.25 / 400)
    assert measure.value == 0.5
    assert measure.low == pytest.approx(0.5 - half, abs=0.006)
    assert measure.high == pytest.approx(0.5 + half, abs=0.006)
    assert measure.n == 400


def test_values_are_in_the_order_of_their_ids_whatever_order_they_came_in() -> None:
    one, other = mean({"b": 1, "a": 0}), mean({"a": 0, "b": 1})
    assert one == other
    assert one.values == (0.0, 1.0)
    assert one.items != mean({"a": 0, "c": 1}).items


def test_a_gain_is_the_mean_of_paired_differences() -> None:
    measure = gain({"a": 0.9, "b": 0.6}, {"a": 0.5, "b": 0.6})
    assert measure.value == pytest.approx(0.2)
    assert measure.values == pytest.approx((0.4, 0.0))
    with pytest.raises(ValueError, match="same items"):
        gain({"a": 1}, {"b": 1})


def test_a_statistic_is_taken_over_each_resample() -> None:
    values = np.arange(101.0)
    measure = statistic(list(values), lambda chosen: float(np.median(values[chosen])))
    assert measure.value == 50
    assert 30 < measure.low < 50 < measure.high < 70
    assert measure.values is None


def test_resamples_in_which_a_figure_is_undefined_are_left_out() -> None:
    def of(chosen: np.ndarray) -> float:
        return float("nan") if 0 in chosen else 1.0

    assert interval(5, of) == (1.0, 1.0)
    assert all(map(math.isnan, interval(5, lambda chosen: float("nan"))))


def test_what_nothing_was_measured_on_is_no_figure() -> None:
    with pytest.raises(ValueError, match="no items"):
        mean({})
    with pytest.raises(ValueError, match="no items"):
        statistic([], lambda chosen: 1.0)


def test_as_json_with_the_values_only_where_there_are_any() -> None:
    assert count(2, 40).to_dict(0) == {"value": 2, "low": 2, "high": 2, "n": 40, "target": 0}
    plain = mean({"a": 1 / 3}).to_dict(None)
    assert plain["value"] == 0.33333
    assert plain["values"] == [0.3333]
    assert len(plain["items"]) == 16
