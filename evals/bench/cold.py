"""`search` from cold: a process of its own, from its start to its end."""

from __future__ import annotations

from pathlib import Path

from evals.bench import measuring
from evals.bench.bench import Bench
from evals.measures import Measure

_ROUNDS = 5
_QUESTION = "Who restored the lighthouse after the gale?"


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.cold.…``: seconds, processor seconds, and whether torch was imported (1 or 0).

    In the stocked folder, plain and with a filter, and in a small one, which shows what a process
    takes by itself.
    """
    size = measuring.size_name(bench.sizes.passages)
    stocked = bench.stocked(bench.sizes.passages).data
    tried: dict[str, tuple[Path, tuple[str, ...]]] = {
        f"bench.cold.{{}}@{size}": (stocked, ()),
        f"bench.cold.filtered.{{}}@{size}": (stocked, ("--lang", "en")),
        "bench.cold.small.{}": (bench.prepared(), ()),
    }
    found: dict[str, Measure] = {}
    torch = False
    for name, (data, options) in tried.items():
        command: tuple[str | Path, ...] = ("--data", data, "search", _QUESTION, "--json", *options)
        measuring.run(bench.folder, *command)  # files come from the disk once
        runs = [measuring.run(bench.folder, *command) for _ in range(_ROUNDS)]
        found[name.format("search_s")] = measuring.mean_of([one.seconds for one in runs])
        cpu = [one.cpu + one.children for one in runs]
        found[name.format("cpu_s")] = measuring.mean_of(cpu)
        torch = torch or any(one.torch for one in runs)
    found["bench.cold.torch_imported"] = measuring.once(torch, len(tried) * _ROUNDS)
    return found
