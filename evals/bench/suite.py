"""Which benchmarks there are, and how a run of them is made. Each is imported when it runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from evals import running
from evals.bench.bench import Bench, Sizes
from evals.measures import Measure

BENCHMARKS = {
    "embedding": "embedding",
    "cold": "cold",
    "pipeline": "pipeline",
    "memory": "memory",
    "rerun": "rerun",
    "query": "query",
    "kills": "kills",
    "archives": "peers",
}
"""By name, the module below ``evals.bench`` whose ``measure`` measures it."""


def run(names: Sequence[str], sizes: Sizes, say: running.Say) -> running.Result:
    """Run benchmarks one after another, in a folder that is deleted afterwards."""
    chosen = {name: partial(_measure_of, name) for name in BENCHMARKS if name in names}
    with tempfile.TemporaryDirectory(prefix="rag-bench-", ignore_cleanup_errors=True) as folder:
        return running.run("bench", chosen, Bench(folder=Path(folder), sizes=sizes), say)


def _measure_of(name: str) -> Callable[[Bench], dict[str, Measure]]:
    found: Callable[[Bench], dict[str, Measure]] = import_module(
        f"evals.bench.{BENCHMARKS[name]}"
    ).measure
    return found
