"""How near a whole run of `index` comes to what its parts cost alone, and how soon it is of use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.bench import measuring
from evals.bench.bench import Bench
from evals.bench.whole import Whole
from evals.measures import Measure

_ALLOWED_S = 2.0  # beside raw extraction, until all pages can be found by words
_PARTS = {
    "lexical": "indexes/lexical",
    "vectors": "indexes/vectors",
    "docstore": "docstore.sqlite",
    "cache": "vectors.sqlite",
}


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.pipeline.…`` and ``bench.size.…``; see `figures`."""
    bench.prepared()
    archive = bench.archive(bench.sizes.pages)
    before = measuring.told("evals.bench.raw", bench.folder, archive.path)
    whole = bench.whole(bench.sizes.pages)
    after = measuring.told("evals.bench.raw", bench.folder, archive.path, whole.data)
    alone = {name: [*before.get(name, ()), *samples] for name, samples in after.items()}
    found = figures(whole, alone, measuring.cores())
    for name, place in _PARTS.items():
        held = measuring.size_of(whole.data / place) / max(1, whole.passages)
        found[f"bench.size.{name}.bytes_per_passage"] = measuring.once(held, whole.passages)
    return found


def figures(whole: Whole, alone: Mapping[str, Sequence[float]], cores: int) -> dict[str, Measure]:
    """What a whole run comes to, beside two samples of what its parts cost alone.

    ``efficiency`` is the processor time of extraction alone and embedding alone, spread over all
    cores, as a share of the whole run's wall time. ``by_words`` is the time until all pages could
    be found by words, less two seconds, over that of extraction alone. Both stand on the means of
    the samples; their low and high are what each sample alone would give.
    """
    pages = whole.archive.pages
    spent = zip(alone["extraction_cpu_s"], alone["embedding_cpu_s"], strict=True)
    waited = max(0.0, whole.by_words - _ALLOWED_S)
    seconds = alone["extraction_alone_s"]
    found = {
        "efficiency": measuring.span_of(
            [sum(both) / cores / whole.run.seconds for both in spent], pages
        ),
        "by_words": Measure(
            value=waited / (sum(seconds) / len(seconds)),
            low=waited / max(seconds),
            high=waited / min(seconds),
            n=pages,
        ),
        "whole_s": measuring.once(whole.run.seconds, pages),
        "first_searchable_s": measuring.once(whole.first, pages),
        "all_by_words_s": measuring.once(whole.by_words, pages),
        "pages_per_s": measuring.once(pages / whole.run.seconds, pages),
        "passages_per_s": measuring.once(whole.passages / whole.run.seconds, pages),
    }
    for name, samples in alone.items():
        found[name] = measuring.span_of(samples, pages)
    return {f"bench.pipeline.{name}": measure for name, measure in found.items()}
