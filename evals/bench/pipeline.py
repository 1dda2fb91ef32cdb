"""How near a whole run of `index` comes to what its parts cost alone, and how soon it is of use."""

from __future__ import annotations

from evals.bench import measuring
from evals.bench.bench import Bench
from evals.measures import Measure

_ALLOWED_S = 2.0  # beside raw extraction, until all pages can be found by words
_PARTS = {
    "lexical": "indexes/lexical",
    "vectors": "indexes/vectors",
    "docstore": "docstore.sqlite",
    "cache": "vectors.sqlite",
}


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.pipeline.…`` and ``bench.size.…``.

    ``efficiency`` is the processor time of extraction alone and embedding alone, spread over all
    cores, as a share of the whole run's wall time. ``by_words`` is the time until all pages could
    be found by words, less two seconds, over that of extraction alone.
    """
    whole = bench.whole(bench.sizes.pages)
    archive, pages = whole.archive.path, whole.archive.pages
    raw = measuring.told("evals.bench.raw", bench.folder, whole.data, archive)
    busy = (raw["extraction_cpu_s"] + raw["embedding_cpu_s"]) / measuring.cores()
    figures = {
        "efficiency": busy / whole.run.seconds,
        "by_words": max(0.0, whole.by_words - _ALLOWED_S) / raw["extraction_s"],
        "whole_s": whole.run.seconds,
        "first_searchable_s": whole.first,
        "all_by_words_s": whole.by_words,
        "pages_per_s": pages / whole.run.seconds,
        "passages_per_s": whole.passages / whole.run.seconds,
        "extraction_alone_s": raw["extraction_s"],
        "extraction_cpu_s": raw["extraction_cpu_s"],
        "embedding_alone_s": raw["embedding_s"],
        "embedding_cpu_s": raw["embedding_cpu_s"],
    }
    found = {
        f"bench.pipeline.{name}": measuring.once(value, pages) for name, value in figures.items()
    }
    for name, place in _PARTS.items():
        held = measuring.size_of(whole.data / place) / max(1, whole.passages)
        found[f"bench.size.{name}.bytes_per_passage"] = measuring.once(held, whole.passages)
    return found
