"""Fit the coefficients of `rag_assistant.answering.support`.

    python -m evals.fitting.support CACHE

Reads AttributionBench dev from the evaluation data; CACHE is the folder that keeps embeddings
between runs. Fitted on the first half alone: a ridge logistic regression on `Features`, and on its
cross-validated estimates the threshold that decides best together with the check's rules. Prints
both sets of coefficients as they stand in the module, and what they reach in the cross-validation;
the other half is for ``evals.evaluators.support``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evals import sets
from evals.embeddings import RememberingEmbedder
from evals.evaluators.support import references, statement
from evals.metrics.classification import Labels, auroc, balanced_accuracy
from rag_assistant.answering.abstention import Logistic
from rag_assistant.answering.support import features, ruled
from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import TorchEmbedder, find_model
from rag_assistant.ports import Embedder

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
INVERSE_RIDGE = 10.0
"""scikit-learn's ``C``: a light penalty."""
FOLDS = 10
SHUFFLES = 10
THRESHOLDS = np.linspace(0.4, 0.7, 61)
SMOOTHED = 9
"""Neighbouring thresholds whose mean is compared: one lucky point decides nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The claims of one half: features ``(n, 4)``, labels and what the rules say, each ``(n,)``."""

    vectors: Floats
    labels: Labels
    verbatim: Labels
    refused: Labels

    def passed(self, estimates: Floats, threshold: float) -> Labels:
        """What the check lets pass with these estimates."""
        return self.verbatim | (~self.refused & (estimates >= threshold))


def main() -> None:
    """Fit with vectors and without."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("cache", type=Path)
    settings = EmbeddingSettings()
    embedder = RememberingEmbedder(
        TorchEmbedder(find_model(settings), settings),
        parser.parse_args().cache / "embeddings.sqlite",
    )
    claims = [claim for claim in sets.claims(sets.data_folder()) if not claim.held_out]
    for name, used in (("WITH_VECTORS", embedder), ("WITHOUT_VECTORS", None)):
        print(f"{name} = {fit(measure(claims, used))}")
    embedder.close()


def measure(claims: Sequence[sets.Claim], embedder: Embedder | None) -> Measured:
    """The features of claims, and what the rules alone say of them."""
    vectors, findings = [], []
    for claim in claims:
        told, sources = statement(claim), references(claim)
        vectors.append(features(told, sources, embedder).vector())
        ruling = ruled(told, sources)
        findings.append(ruling[0] if ruling else None)
    return Measured(
        vectors=np.array(vectors),
        labels=np.array([claim.attributable for claim in claims], dtype=np.bool_),
        verbatim=np.array([finding == "verbatim" for finding in findings], dtype=np.bool_),
        refused=np.array([finding == "unsupported" for finding in findings], dtype=np.bool_),
    )


def fit(measured: Measured) -> Logistic:
    """Coefficients and threshold, rounded as they are kept."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=INVERSE_RIDGE)
    labels, estimates = measured.labels, cross_validated(model, measured)
    reached = [
        balanced_accuracy(measured.passed(estimates, threshold), labels) for threshold in THRESHOLDS
    ]
    smooth = np.convolve(reached, np.ones(SMOOTHED) / SMOOTHED, "valid")
    best = THRESHOLDS[int(smooth.argmax()) + SMOOTHED // 2]
    print(f"# AUROC {auroc(estimates, labels):.3f}, balanced accuracy {smooth.max():.3f}")
    fitted = model.fit(measured.vectors, labels)
    return Logistic(
        intercept=round(float(fitted.intercept_[0]), 2),
        weights=tuple(round(float(weight), 2) for weight in fitted.coef_[0]),
        threshold=round(float(best), 3),
    )


def cross_validated(model: LogisticRegression, measured: Measured) -> Floats:
    """Estimates ``(n,)`` by models that did not see the claim: the mean over the shuffles."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = (StratifiedKFold(FOLDS, shuffle=True, random_state=seed) for seed in range(SHUFFLES))
    estimates = [
        cross_val_predict(model, measured.vectors, measured.labels, cv=cv, method="predict_proba")
        for cv in folds
    ]
    return np.asarray(np.mean(estimates, axis=0)[:, 1], dtype=np.float64)


if __name__ == "__main__":
    main()
