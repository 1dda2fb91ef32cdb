"""How well a yes or no, or the score behind it, tells two classes apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]


def auroc(scores: NDArray[Any], labels: Labels) -> float:
    """The area under the ROC curve, from the ranks: a bootstrap takes thousands of them.

    ``(#{s+ > s-} + #{s+ = s-} / 2) / (#positive * #negative)`` over all pairs of a positive with
    a negative: the chance that a positive scores above a negative, .5 where the score tells
    nothing (Hanley and McNeil, "The meaning and use of the area under a receiver operating
    characteristic (ROC) curve", Radiology 143, 1982).

    Args:
        scores: ``(n,)``, higher where the label is likelier to be true.
        labels: ``(n,)``.

    Returns:
        0..1; NaN where one class is absent.
    """
    positive = int(labels.sum())
    pairs = positive * (labels.size - positive)
    if not pairs:
        return float("nan")
    _, place, ties = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[place]  # ties share their mean rank
    return float(ranks[labels].sum() - positive * (positive + 1) / 2) / pairs


def balanced_accuracy(passed: Labels, labels: Labels) -> float:
    """The mean of the two classes' own accuracies: ``(TP / P + TN / N) / 2``.

    .5 for whoever always says the same (Brodersen, Ong, Stephan and Buhmann, "The balanced
    accuracy and its posterior distribution", ICPR 2010).

    Args:
        passed: ``(n,)``, what was said.
        labels: ``(n,)``, what is so.

    Returns:
        0..1; NaN where one class is absent.
    """
    if labels.all() or not labels.any():
        return float("nan")
    return (float(passed[labels].mean()) + float((~passed[~labels]).mean())) / 2
