"""Coefficients and threshold of the support check, on claims made up for it."""

from __future__ import annotations

import numpy as np

from evals import sets
from evals.fitting.support import Measured, fit, measure
from rag_assistant.answering.support import Features


def test_the_feature_that_tells_gets_the_weight_and_the_threshold_parts_the_classes() -> None:
    draw = np.random.default_rng(1)
    labels = np.arange(200) % 2 == 0
    telling = np.where(labels, 0.8, 0.3) + draw.normal(0, 0.15, 200)
    vectors = np.column_stack([telling, draw.random(200)])
    nothing = np.zeros(200, dtype=np.bool_)
    measured = Measured(vectors=vectors, labels=labels, verbatim=nothing, refused=nothing)
    model = fit(measured)
    assert model.weights[0] > 5 * abs(model.weights[1])
    passed = measured.passed(np.array([model(row.tolist()) for row in vectors]), model.threshold)
    assert (passed == labels).mean() > 0.9


def test_rules_come_before_estimates() -> None:
    said = np.array([True, False, False])
    against = np.array([False, True, False])
    measured = Measured(vectors=np.zeros((3, 2)), labels=said, verbatim=said, refused=against)
    assert measured.passed(np.array([0.0, 1.0, 1.0]), 0.5).tolist() == [True, False, True]


def test_claims_are_measured_as_the_product_does() -> None:
    reference = "Margaret Holt paid for the clock in 1893."
    claims = [
        sets.Claim(
            id=claim,
            source="A",
            claim=claim,
            references=(reference,),
            attributable=True,
            held_out=False,
        )
        for claim in (f"{reference} [1]", "The clock cost 12 pounds.", "Holt gave a clock.")
    ]
    measured = measure(claims, None)
    assert measured.verbatim.tolist() == [True, False, False]
    assert measured.refused.tolist() == [False, True, False]
    held = Features(place=1.0, names=1.0, figures=1.0, similarity=None)
    assert measured.vectors[0].tolist() == held.vector()
