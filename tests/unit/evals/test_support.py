"""The support check against judged claims: a small set of two sources."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evals import sets
from evals.evaluators.support import evaluate, judge, statement
from evals.workbench import Workbench
from tests.fakes import FakeEmbedder

REFERENCE = "Margaret Holt paid for the clock in 1893. The reading room opened in June."
CLAIMS = [
    ("A", "The clock was paid for by Margaret Holt [2].", True),
    ("A", "Margaret Holt paid for the clock in 1834 [2].", False),
    ("B", "The reading room opened in June.", True),
    ("B", "Rain fell on Lisbon for a week.", False),
]


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    folder = tmp_path / "citations"
    folder.mkdir()
    rows = [
        {
            "id": str(number),
            "source": source,
            "claim": claim,
            "references": [REFERENCE],
            "label": "attributable" if attributable else "not attributable",
        }
        for number, (source, claim, attributable) in enumerate(CLAIMS * 5)
    ]
    path = folder / "attributionbench-dev.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return Workbench(data=tmp_path, cache=tmp_path, embedder=FakeEmbedder(), everything=True)


def test_markers_are_no_part_of_a_claim(bench: Workbench) -> None:
    claim = sets.claims(bench.data)[0]
    assert statement(claim) == "The clock was paid for by Margaret Holt."


def test_claims_are_judged_by_the_product(bench: Workbench) -> None:
    judged = judge(sets.claims(bench.data), None)
    assert judged.passed[:4].tolist() == [True, False, True, False]
    assert judged.scores[0] > judged.scores[1]


def test_every_source_is_reported_and_the_mean_of_them(bench: Workbench) -> None:
    found = evaluate(bench)
    area = "support.attributionbench-dev"
    assert found.keys() == {
        f"{area}.{part}{figure}"
        for figure in ("auroc", "balanced_accuracy")
        for part in ("", "a.", "b.")
    } | {f"{area}.auroc_macro", f"{area}.balanced_accuracy_macro"}
    assert found[f"{area}.auroc"].n == 20
    assert found[f"{area}.a.auroc"].n == 10
    assert found[f"{area}.auroc"].value == found[f"{area}.auroc_macro"].value == 1.0
    assert np.isclose(found[f"{area}.balanced_accuracy"].value, 1.0)
