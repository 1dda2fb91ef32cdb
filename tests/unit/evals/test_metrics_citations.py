"""ALCE's citation recall and precision on worked examples."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from evals.metrics.citations import precision, recall

STATEMENT = "clock bell"
CLOCK, BELL, BOTH, RAIN = "the clock", "the bell", "the clock and the bell", "the rain"


def holds_all_words(texts: Sequence[str], statement: str) -> bool:
    return set(statement.split()) <= set(" ".join(texts).split())


@pytest.mark.parametrize(
    ("cited", "recalled", "precise"),
    [
        ([], 0, []),
        ([BOTH], 1, [1]),
        ([RAIN], 0, [0]),
        # Each holds half: both are needed.
        ([CLOCK, BELL], 1, [1, 1]),
        # The first says it alone; the rain adds nothing and the rest does without it.
        ([BOTH, RAIN], 1, [1, 0]),
        # Half of it beside all of it is irrelevant as well; all of it twice is not.
        ([BOTH, CLOCK], 1, [1, 0]),
        ([BOTH, BOTH], 1, [1, 1]),
        # Two halves and the whole: the whole supports alone, each half can be missed.
        ([CLOCK, BELL, BOTH], 1, [0, 0, 1]),
        # Nothing supports it: no citation is precise, whatever it holds.
        ([CLOCK, RAIN], 0, [0, 0]),
    ],
)
def test_citations_are_judged_together_and_alone(
    cited: list[str | None], recalled: float, precise: list[float]
) -> None:
    assert recall(STATEMENT, cited, holds_all_words) == recalled
    assert precision(STATEMENT, cited, holds_all_words) == precise


@pytest.mark.parametrize(
    ("cited", "recalled", "precise"),
    [
        ([None], 0, [0]),
        ([BOTH, None], 1, [1, 0]),
        ([CLOCK, None], 0, [0, 0]),
        ([CLOCK, None, BELL], 1, [1, 0, 1]),
    ],
)
def test_a_citation_that_leads_nowhere_counts_against_precision(
    cited: list[str | None], recalled: float, precise: list[float]
) -> None:
    assert recall(STATEMENT, cited, holds_all_words) == recalled
    assert precision(STATEMENT, cited, holds_all_words) == precise
