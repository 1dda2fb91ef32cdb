"""What it costs: time of indexing and asking, memory, and the size of the indexes.

A process of its own indexes XQuAD's English paragraphs into a new folder, with the product's own
embedder and no memory of earlier runs, then embeds the same texts with the bare embedder. Figures
of one run on one machine: times move with whatever else it does.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from evals import sets
from evals.libraries import Library
from evals.measures import Measure, statistic
from evals.sets import Text
from evals.workbench import Workbench
from rag_assistant.config import load_settings

SET = "xquad-en"
QUESTIONS = 200
_K = 10
_OWN_PEAK = Path("/proc/self/status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the process found: seconds for all passages, milliseconds by question, bytes."""

    passages: int
    indexing: float
    embedding: float
    queries: tuple[float, ...]
    peak_memory: int
    index_size: int


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``bench.pipeline.…``, ``bench.query.…``, ``bench.memory.…``, ``bench.index.…``."""
    found = sets.retrieval(bench.data, SET)
    questions = [query.text for query in bench.of(found.queries)][:QUESTIONS]
    apart = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="rag-evals-") as folder,
        ProcessPoolExecutor(1, mp_context=apart) as process,
    ):
        cost = process.submit(spend, Path(folder), found.texts, questions).result()
    return measures(cost)


def measures(cost: Cost) -> dict[str, Measure]:
    """The figures: ``efficiency`` is the pipeline's passages/s over the bare embedder's."""
    times = np.array(cost.queries)
    return {
        "bench.pipeline.efficiency": _once(cost.embedding / cost.indexing, cost.passages),
        "bench.query.p50_ms": statistic(
            cost.queries, lambda chosen: float(np.percentile(times[chosen], 50))
        ),
        "bench.query.p95_ms": statistic(
            cost.queries, lambda chosen: float(np.percentile(times[chosen], 95))
        ),
        "bench.memory.peak_mb": _once(cost.peak_memory / 1e6, cost.passages),
        "bench.index.bytes_per_passage": _once(cost.index_size / cost.passages, cost.passages),
    }


def spend(folder: Path, texts: Sequence[Text], questions: Sequence[str]) -> Cost:
    """Index, ask and embed, in this process; ``folder`` must be new."""
    from rag_assistant.docstore.queries import Bounds
    from rag_assistant.embedding import TorchEmbedder, find_model

    settings = load_settings(data=folder).embedding
    embedder = TorchEmbedder(find_model(settings), settings)
    embedder.embed_passages(["The model is loaded before the clock starts."])
    library = Library(SET, folder, texts, embedder)
    docstore = library.assistant.docstore
    everything = sorted(docstore.library.document_ids(Bounds()))
    passages = [entry.embedded_text for entry in docstore.changes.entries(everything)]
    queries = tuple(_seconds(partial(library.search, one, _K)) * 1000 for one in questions)
    indexing, peak = library.report.seconds, peak_memory()
    library.close()
    return Cost(
        passages=len(passages),
        indexing=indexing,
        embedding=_seconds(partial(embedder.embed_passages, passages)),
        queries=queries,
        peak_memory=peak,
        index_size=sum(
            path.stat().st_size
            for path in (folder / SET / "data" / "indexes").rglob("*")
            if path.is_file()
        ),
    )


def _once(value: float, n: int) -> Measure:
    """A figure of one run: it has no interval."""
    return Measure(value=value, low=value, high=value, n=n)


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def peak_memory() -> int:
    """This process's own peak in bytes. Linux's getrusage also counts who started it."""
    if _OWN_PEAK.is_file():
        words = dict(line.split(":", 1) for line in _OWN_PEAK.read_text().splitlines())
        return int(words["VmHWM"].split()[0]) * 1024
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
