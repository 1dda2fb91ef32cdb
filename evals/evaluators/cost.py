"""What it costs: time of indexing and asking, memory, and the size of the indexes.

A process of its own indexes XQuAD's English paragraphs into a new folder, with the product's own
embedder and no memory of earlier runs, then embeds the same texts with the bare embedder. Figures
of one run on one machine: times move with whatever else it does.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from evals import sets
from evals.bench.measuring import once, peak_memory, percentile, seconds, size_of
from evals.libraries import Library
from evals.measures import Measure
from evals.sets import Text
from evals.workbench import Workbench
from rag_assistant.config import load_settings

SET = "xquad-en"
QUESTIONS = 200
_K = 10


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
    """The figures; the pipeline's speed is its passages/s over the bare embedder's."""
    return {
        "bench.pipeline.speed_over_embedder": once(cost.embedding / cost.indexing, cost.passages),
        "bench.query.p50_ms": percentile(cost.queries, 50),
        "bench.query.p95_ms": percentile(cost.queries, 95),
        "bench.memory.peak_mb": once(cost.peak_memory / 1e6, cost.passages),
        "bench.index.bytes_per_passage": once(cost.index_size / cost.passages, cost.passages),
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
    queries = tuple(seconds(partial(library.search, one, _K)) * 1000 for one in questions)
    indexing, peak = library.report.seconds, peak_memory()
    library.close()
    return Cost(
        passages=len(passages),
        indexing=indexing,
        embedding=seconds(partial(embedder.embed_passages, passages)),
        queries=queries,
        peak_memory=peak,
        index_size=size_of(folder / SET / "data" / "indexes"),
    )
