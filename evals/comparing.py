"""What moved between two runs beyond noise.

Over the same items the paired differences are resampled (paired bootstrap, Efron and Tibshirani
1993, chapter 13): a figure moved where the 95 % interval of their mean leaves out 0. Else the runs
count as independent: a figure moved where the difference exceeds ``sqrt(a² + b²)``, ``a`` and ``b``
being half the widths of the two intervals. Where a target is exact (a quotation is faithful or
not) nothing counts as noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from evals import environment, targets
from evals.measures import interval
from rag_assistant.errors import UsageError

Metric = Mapping[str, Any]
"""One metric as it stands in a result's JSON."""
Verdict = Literal["better", "worse", "neither"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A metric that moved; ``low`` and ``high`` bound the difference ``new - old``."""

    name: str
    old: float
    new: float
    low: float
    high: float
    paired: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two results, compared. ``differs`` names what else differed: settings, model, versions."""

    compared: int
    moves: tuple[Move, ...]
    appeared: tuple[str, ...]
    vanished: tuple[str, ...]
    differs: tuple[str, ...]

    @property
    def passes(self) -> bool:
        """Whether nothing got worse, and all that was measured before still is."""
        return not self.worse and not self.vanished

    @property
    def worse(self) -> tuple[Move, ...]:
        """What got worse beyond noise."""
        return tuple(move for move in self.moves if move.verdict == "worse")

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Compare two results as their JSON states them.

    Raises:
        UsageError: They are of two suites, so that one name stands for other items.
    """
    if old["suite"] != new["suite"]:
        raise UsageError(
            f"These are results of two suites, {old['suite']} and {new['suite']}.",
            "Compare results of one suite.",
        )
    before, after = old["metrics"], new["metrics"]
    both = sorted(before.keys() & after.keys())
    moves = (_move(name, before[name], after[name]) for name in both)
    return Comparison(
        compared=len(both),
        moves=tuple(move for move in moves if move is not None),
        appeared=tuple(sorted(after.keys() - before.keys())),
        vanished=tuple(sorted(before.keys() - after.keys())),
        differs=tuple(
            environment.differences(old.get("environment", {}), new.get("environment", {}))
        ),
    )


def _move(name: str, old: Metric, new: Metric) -> Move | None:
    """The move, None where it is within the noise."""
    paired = "items" in old and old.get("items") == new.get("items")
    low, high = _paired(old, new) if paired else _unpaired(old, new)
    if targets.is_exact(name):
        low = high = new["value"] - old["value"]
    if low <= 0 <= high:
        return None
    return Move(
        name=name,
        old=old["value"],
        new=new["value"],
        low=round(low, 5),
        high=round(high, 5),
        paired=paired,
        verdict=_verdict(name, grew=low > 0),
    )


def _verdict(name: str, *, grew: bool) -> Verdict:
    wanted = targets.better(name)
    if wanted is None:
        return "neither"
    return "better" if grew == (wanted == "higher") else "worse"


def _paired(old: Metric, new: Metric) -> tuple[float, float]:
    difference = np.subtract(new["values"], old["values"])
    if not difference.any():
        return 0.0, 0.0
    return interval(len(difference), lambda chosen: float(difference[chosen].mean()))


def _unpaired(old: Metric, new: Metric) -> tuple[float, float]:
    difference = new["value"] - old["value"]
    noise = math.hypot(*((one["high"] - one["low"]) / 2 for one in (old, new)))
    return difference - noise, difference + noise
