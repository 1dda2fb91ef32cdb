"""The support check itself, against what people found in AttributionBench dev.

Measured is what the product does: `score` orders the claims, and `check` decides, with the
threshold that was fitted on the other half (``python -m evals.fitting.support``). The pool hides
the hard sources, so the mean over the four sources stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals import measures, sets
from evals.measures import Indices, Measure
from evals.metrics.classification import Labels, auroc, balanced_accuracy
from evals.workbench import Workbench
from rag_assistant.answering.comparing import Source
from rag_assistant.answering.support import check, score
from rag_assistant.ports import Embedder

_AREA = "support.attributionbench-dev"
_MARKER = re.compile(r"\s*\[\d+(?:,\s*\d+)*\]")
_LANGUAGE = "en"

Metric = Callable[[NDArray[Any], Labels], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Claims as people and as the product judge them, each array of shape ``(n,)``."""

    attributable: Labels
    sources: NDArray[np.str_]
    scores: NDArray[np.float64]
    passed: Labels


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """AUROC of the score and balanced accuracy of the check: pooled, by source, and their mean."""
    judged = judge(bench.of(sets.claims(bench.data)), bench.embedder)
    return _measured("auroc", judged, judged.scores, auroc) | _measured(
        "balanced_accuracy", judged, judged.passed, balanced_accuracy
    )


def judge(claims: list[sets.Claim], embedder: Embedder | None) -> Judged:
    """Score and check every claim."""
    scores, passed = [], []
    for claim in claims:
        told, sources = statement(claim), references(claim)
        scores.append(score(told, sources, embedder))
        passed.append(check(told, sources, embedder)[0] != "unsupported")
    return Judged(
        attributable=np.array([claim.attributable for claim in claims], dtype=np.bool_),
        sources=np.array([claim.source for claim in claims]),
        scores=np.array(scores),
        passed=np.array(passed, dtype=np.bool_),
    )


def statement(claim: sets.Claim) -> str:
    """The claim without its markers, as the product checks sentences."""
    return _MARKER.sub("", claim.claim).strip()


def references(claim: sets.Claim) -> list[Source]:
    """Its references as cited texts."""
    return [Source(text=text, language=_LANGUAGE) for text in claim.references]


def _measured(
    what: str, judged: Judged, values: NDArray[Any], metric: Metric
) -> dict[str, Measure]:
    def within(rows: Indices) -> Callable[[Indices], float]:
        return lambda chosen: metric(values[rows[chosen]], judged.attributable[rows[chosen]])

    def macro(chosen: Indices) -> float:
        return float(np.mean([pooled(chosen[judged.sources[chosen] == name]) for name in names]))

    everything = np.arange(judged.sources.size)
    names = sorted(set(judged.sources.tolist()))
    pooled = within(everything)
    found = {
        f"{_AREA}.{what}": measures.statistic(everything.tolist(), pooled),
        f"{_AREA}.{what}_macro": measures.statistic(everything.tolist(), macro),
    }
    for name in names:
        rows = np.flatnonzero(judged.sources == name)
        found[f"{_AREA}.{name.lower()}.{what}"] = measures.statistic(rows.tolist(), within(rows))
    return found
