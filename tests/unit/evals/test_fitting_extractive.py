"""The fit finds the feature that tells, and never looks at the second halves."""

from __future__ import annotations

import numpy as np

from evals.fitting.extractive import Measured, fit, report

FEATURES = 11
COSINE, TELLING = 0, 3


def measured(*, held_out: bool, turned: bool, seed: int) -> Measured:
    """Six sentences, of which the second is right: noise, but for one feature."""
    features = np.random.default_rng(seed).normal(size=(6, FEATURES))
    features[:, [COSINE, TELLING]] = 0
    features[1, [COSINE, TELLING]] = -3 if turned else 3
    right = np.arange(6) == 1
    return Measured(features=features, right=right, held_out=held_out)


def by_set() -> dict[str, list[Measured]]:
    return {
        "one": [measured(held_out=False, turned=False, seed=n) for n in range(30)],
        "two": [measured(held_out=True, turned=True, seed=n) for n in range(90)],
        "three": [measured(held_out=False, turned=False, seed=n + 100) for n in range(5)],
    }


def test_the_feature_that_tells_gets_the_weight() -> None:
    weights = fit(by_set(), vectors=True)
    assert len(weights) == FEATURES
    assert weights[COSINE] > 0
    assert weights[TELLING] > 0
    others = (w for place, w in enumerate(weights) if place not in (COSINE, TELLING))
    assert weights[TELLING] > max(map(abs, others))


def test_without_vectors_cosines_get_none() -> None:
    weights = fit(by_set(), vectors=False)
    assert weights[:3] == (0, 0, 0)
    assert weights[TELLING] == max(weights, key=abs)


def test_each_half_is_reported_by_itself() -> None:
    weights = [0.0] * FEATURES
    weights[TELLING] = 1.0
    _, one, two, three = report(by_set(), weights, second=False)
    assert (one, three) == ("one: 1.000 of 30", "three: 1.000 of 5")
    assert two == "two: nothing in this half"
    _, _, two, _ = report(by_set(), weights, second=True)
    assert two == "two: 0.000 of 90"
