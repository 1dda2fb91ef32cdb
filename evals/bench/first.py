"""What the very first `index` on a machine pays: measuring the backends and converting the model.

All other benchmarks leave it out, since it is paid once.
"""

from __future__ import annotations

from evals.bench import measuring
from evals.bench.bench import NOTES, Bench
from evals.bench.notes import write_notes
from evals.measures import Measure


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.first.…``: seconds of `index` over a few notes with an empty cache folder.

    ``choosing_s`` is what of it was not needed by a second run, into another data folder, which
    found in the cache what the first had left there.
    """
    folder = bench.empty("first")
    cache = bench.empty("first/cache")
    write_notes(folder / "notes", NOTES)
    first, again = (
        measuring.run(folder, "--data", folder / data, "index", folder / "notes", cache=cache)
        for data in ("data", "again")
    )
    return {
        "bench.first.whole_s": measuring.once(first.seconds, NOTES),
        "bench.first.choosing_s": measuring.once(first.seconds - again.seconds, NOTES),
    }
