"""Whether memory grows with an archive: the peak of the process that indexes it, children apart."""

from __future__ import annotations

from evals.bench import measuring
from evals.bench.bench import Bench
from evals.measures import Measure

_A_VECTOR = 5_000  # bytes by which an index may grow


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.memory.…``: both peaks, and ``growth@PAGES``, the larger one over the smaller.

    What the indexes hold in memory may grow with them: up to 5 KB a vector are taken off the
    larger peak, for the passages that it has more.
    """
    small, large = bench.whole(bench.sizes.small), bench.whole(bench.sizes.pages)
    allowed = _A_VECTOR * max(0, large.passages - small.passages)
    growth = max(large.run.peak - allowed, small.run.peak) / small.run.peak
    pages = large.archive.pages
    return {
        "bench.memory.small.peak_mb": measuring.once(small.run.peak / 1e6, small.archive.pages),
        "bench.memory.large.peak_mb": measuring.once(large.run.peak / 1e6, pages),
        f"bench.memory.growth@{pages}": measuring.once(growth, pages),
    }
