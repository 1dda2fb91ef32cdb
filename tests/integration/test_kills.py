"""`index`, killed again and again, leaves what a run without kills leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.bench import kills
from evals.bench.bench import Bench, Sizes

KILLS = 3  # one after the other in rounds of all three kinds
LOST = 400  # passages; the benchmark has so many that the graph is written too


@pytest.mark.integration
@pytest.mark.slow
def test_kills_leave_what_a_clean_run_leaves(tmp_path: Path) -> None:
    found = kills.measure(Bench(folder=tmp_path, sizes=Sizes(kills=KILLS, lost=LOST)))
    figures = {name.removeprefix("bench.kills."): one.value for name, one in found.items()}
    assert figures["kills"] == KILLS
    for kind in ("new", "lost_indexes", "unmeasured"):
        assert figures[f"kills_{kind}"] > 0, figures
    assert figures["rounds_that_lost"] == 0, figures
