"""What an evaluation reports: a figure, its 95 % interval, and on how much it stands.

Intervals are percentile bootstraps over the items (Efron and Tibshirani, "An Introduction to the
Bootstrap", 1993, chapter 13), with a fixed seed, so that two runs over one result agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
RESAMPLES = 2000
_SEED = 20_26
_TAILS = (2.5, 97.5)
_DIGITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure with its interval (both ends equal ``value`` where nothing varies).

    ``n`` is the number of items. ``values`` are the items' own, in the order of their ids, where
    the figure is their mean; ``items`` is a hash of these ids. Two runs over the same items can
    then be compared item by item.
    """

    value: float
    low: float
    high: float
    n: int
    values: tuple[float, ...] | None = None
    items: str | None = None

    def to_dict(self, target: float | None) -> dict[str, Any]:
        """The contracts' form, with the items' values beside it."""
        plain: dict[str, Any] = {
            "value": round(self.value, _DIGITS),
            "low": round(self.low, _DIGITS),
            "high": round(self.high, _DIGITS),
            "n": self.n,
            "target": target,
        }
        if self.values is not None:
            plain |= {"items": self.items, "values": [round(value, 4) for value in self.values]}
        return plain


def mean(values: Mapping[str, float]) -> Measure:
    """The mean over items, by item id.

    Raises:
        ValueError: There are no items: nothing was measured.
    """
    if not values:
        raise ValueError("nothing was measured: there are no items")
    ids = sorted(values)
    sample = np.array([values[one] for one in ids], dtype=np.float64)
    low, high = interval(len(ids), lambda chosen: float(sample[chosen].mean()))
    return Measure(
        value=float(sample.mean()),
        low=low,
        high=high,
        n=len(ids),
        values=tuple(map(float, sample)),
        items=hashlib.sha256("\x00".join(ids).encode()).hexdigest()[:16],
    )


def gain(new: Mapping[str, float], old: Mapping[str, float]) -> Measure:
    """The mean of the paired differences ``new - old``, over the same items.

    Raises:
        ValueError: The items differ.
    """
    if new.keys() != old.keys():
        raise ValueError("a paired gain needs the same items on both sides")
    return mean({one: new[one] - old[one] for one in new})


def statistic(rows: Sequence[object], of: Callable[[Indices], float]) -> Measure:
    """A figure that is no mean (an AUROC, a percentile).

    Args:
        rows: The items; only their number counts here.
        of: The figure over items, given by their positions (with repetitions).

    Raises:
        ValueError: There are no items.
    """
    if not rows:
        raise ValueError("nothing was measured: there are no items")
    low, high = interval(len(rows), of)
    return Measure(value=of(np.arange(len(rows))), low=low, high=high, n=len(rows))


def count(number: int, of: int) -> Measure:
    """How many of ``of`` things were so; a plain number without chance in it."""
    return Measure(value=float(number), low=float(number), high=float(number), n=of)


def interval(size: int, of: Callable[[Indices], float]) -> tuple[float, float]:
    """The 95 % interval; resamples in which the figure is undefined (NaN) are left out."""
    draw = np.random.default_rng(_SEED)
    figures = np.array([of(draw.integers(0, size, size)) for _ in range(RESAMPLES)])
    figures = figures[~np.isnan(figures)]
    if not figures.size:
        return float("nan"), float("nan")
    low, high = np.percentile(figures, _TAILS)
    return float(low), float(high)
