"""The figures that tell two classes apart, on examples worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evals.metrics.classification import auroc, balanced_accuracy


def test_auroc_counts_the_pairs_in_the_right_order() -> None:
    """Positives .8 .4, negatives .6 .2 .1: five of six pairs are in order."""
    scores = np.array([0.8, 0.6, 0.4, 0.2, 0.1])
    labels = np.array([True, False, True, False, False])
    assert auroc(scores, labels) == pytest.approx(5 / 6)
    assert auroc(-scores, labels) == pytest.approx(1 / 6)


def test_a_tie_counts_half() -> None:
    """Positives .5 .9 against negative .5: one pair in order, one tied."""
    assert auroc(np.array([0.5, 0.9, 0.5]), np.array([True, True, False])) == pytest.approx(0.75)


def test_balanced_accuracy_weighs_the_classes_alike() -> None:
    """Three of four positives and one of two negatives are told rightly."""
    passed = np.array([True, True, True, False, True, False])
    labels = np.array([True, True, True, True, False, False])
    assert balanced_accuracy(passed, labels) == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_always_the_same_answer_is_worth_one_half() -> None:
    labels = np.array([True] * 99 + [False])
    assert balanced_accuracy(np.ones(100, dtype=bool), labels) == 0.5


@pytest.mark.parametrize("label", [True, False])
def test_one_class_alone_has_no_figure(label: bool) -> None:
    labels = np.full(3, label)
    assert math.isnan(auroc(np.array([0.1, 0.2, 0.3]), labels))
    assert math.isnan(balanced_accuracy(np.array([True, False, True]), labels))
