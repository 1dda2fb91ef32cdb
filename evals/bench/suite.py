"""Which benchmarks there are, and how a run of them is made. Each is imported when it runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from evals import running
from evals.bench import measuring
from evals.bench.bench import Bench, Sizes
from evals.measures import Measure

if TYPE_CHECKING:
    from rag_assistant.embedding.backends import Backend

BENCHMARKS = {
    "embedding": "embedding",
    "first": "first",
    "cold": "cold",
    "pipeline": "pipeline",
    "memory": "memory",
    "rerun": "rerun",
    "query": "query",
    "kills": "kills",
    "archives": "peers",
}
"""By name, the module below ``evals.bench`` whose ``measure`` measures it."""


def run(
    names: Sequence[str], sizes: Sizes, say: running.Say
) -> tuple[running.Result, Backend | None]:
    """Run benchmarks one after another, in a folder that is deleted afterwards.

    Returns:
        What they found, and the backend that embedded; None where nothing came so far.
    """
    chosen = {name: partial(_measure_of, name) for name in BENCHMARKS if name in names}
    with tempfile.TemporaryDirectory(prefix="rag-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(folder=Path(folder), sizes=sizes)
        with measuring.own_cache(bench.folder / "cache"):
            found = running.run("bench", chosen, bench, say)
            return found, bench.chosen_backend


def _measure_of(name: str) -> Callable[[Bench], dict[str, Measure]]:
    found: Callable[[Bench], dict[str, Measure]] = import_module(
        f"evals.bench.{BENCHMARKS[name]}"
    ).measure
    return found
