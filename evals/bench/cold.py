"""`search` from cold: a process of its own, from its start to its end."""

from __future__ import annotations

from evals.bench import measuring
from evals.bench.bench import Bench
from evals.measures import Measure

_ROUNDS = 5
_QUESTION = "Who restored the lighthouse after the gale?"


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.cold.…``: seconds, processor seconds, and whether torch was imported (1 or 0)."""
    data = bench.prepared()
    command = ("--data", data, "search", _QUESTION, "--json")
    measuring.run(bench.folder, *command)  # files come from the disk once
    runs = [measuring.run(bench.folder, *command) for _ in range(_ROUNDS)]
    return {
        "bench.cold.search_s": measuring.mean_of([one.seconds for one in runs]),
        "bench.cold.cpu_s": measuring.mean_of([one.cpu + one.children for one in runs]),
        "bench.cold.torch_imported": measuring.once(any(one.torch for one in runs), _ROUNDS),
    }
