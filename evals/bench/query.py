"""How long a whole search takes, its question embedded, in a folder of very many passages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import cycle
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from evals.bench import measuring, prose
from evals.bench.bench import Bench
from evals.bench.stocked import Stock
from evals.measures import Measure
from rag_assistant.ports import IndexQuery, Vectors
from rag_assistant.schema import Filters

if TYPE_CHECKING:
    from rag_assistant import Assistant

_THOUSAND = 1_000
_SMALL = 10 * _THOUSAND
_QUESTIONS = 100
_K = 10
_NEAR = 1e-3  # within which cosines are equal: they are stored in 16 bits
FILTERS: Mapping[str, Sequence[Filters]] = {
    "language": (Filters(language="en"), Filters(language="de")),
    "kind": (Filters(kind="page"), Filters(kind="letter")),
    "dates": (Filters(date_from="1800", date_to="1899"), Filters(date_to="1950")),
    "collection": (Filters(collections=("papers",)), Filters(collections=("town",))),
    "as_of": tuple(Filters(as_of=f"{year}-06-01") for year in range(2011, 2021)),
    "several": (
        Filters(language="en", kind="letter", date_from="1700", date_to="1900"),
        Filters(collections=("town",), language="en", kind="page", as_of="2016-01-01"),
    ),
}
"""What is tried, one after the other, question by question."""


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.query.…@SIZE``: p50 and p95 in ms, plain and by filter, and the graph's recall."""
    from rag_assistant import Assistant
    from rag_assistant.config import load_settings

    bench.prepared()
    data = bench.empty("stocked") / "data"
    found: dict[str, Measure] = {}
    settings = load_settings(data=data)
    with Assistant(settings) as assistant:
        stock = Stock(data, assistant.engine.embedder)
    for size in sorted({min(_SMALL, bench.sizes.passages), bench.sizes.passages}):
        stock.fill(size)
        with Assistant(settings) as assistant:
            assistant.following.to_the_end(lambda event: None)
            found |= _sized(assistant, size)
    return found


def _sized(assistant: Assistant, size: int) -> dict[str, Measure]:
    questions = prose.questions(Random(size), _QUESTIONS)  # noqa: S311 - the same each time
    name = f"{size // _THOUSAND}k" if size < _THOUSAND**2 else f"{size // _THOUSAND**2}m"
    plain = timed(assistant, questions, (Filters(),))
    slowest = 0.0
    found = {
        f"bench.query.p50_ms@{name}": measuring.percentile(plain, 50),
        f"bench.query.p95_ms@{name}": measuring.percentile(plain, 95),
    }
    for kind, filters in FILTERS.items():
        times = timed(assistant, questions, filters)
        p95 = measuring.percentile(times, 95)
        found[f"bench.query.{kind}.p50_ms@{name}"] = measuring.percentile(times, 50)
        found[f"bench.query.{kind}.p95_ms@{name}"] = p95
        slowest = max(slowest, p95.value)
    over = slowest / found[f"bench.query.p95_ms@{name}"].value
    found[f"bench.query.filtered_over_plain@{name}"] = measuring.once(over, len(FILTERS))
    found[f"bench.query.recall@10@{name}"] = recall(assistant, questions)
    return found


def timed(
    assistant: Assistant, questions: Sequence[str], filters: Sequence[Filters]
) -> list[float]:
    """Milliseconds of each search, the filters in turn, after one of each to warm up."""
    for one in filters:
        assistant.search(questions[-1], k=_K, filters=one)
    times = []
    for question, one in zip(questions, cycle(filters), strict=False):
        started = time.perf_counter()
        assistant.search(question, k=_K, filters=one)
        times.append((time.perf_counter() - started) * 1000)
    return times


def recall(assistant: Assistant, questions: Sequence[str]) -> Measure:
    """recall@10 of the vector index against all vectors, compared one by one.

    Equal texts have equal cosines, so what is counted are cosines and not passages.
    """
    engine = assistant.engine
    asked = engine.embedder.embed_queries(questions)
    tenth = _tenth_best(assistant, asked)
    library = assistant.docstore.library
    shares = []
    for vector, least in zip(asked, tenth, strict=True):
        query = IndexQuery(
            text="",
            vector=vector,
            collections=tuple(sorted(library.collections())),
            access=("staff", "public"),
        )
        near = engine.vectors.search(query, _K) if engine.vectors else []
        shares.append(sum(cosine >= least - _NEAR for _, cosine in near) / _K)
    return measuring.mean_of(shares)


def _tenth_best(assistant: Assistant, asked: Vectors) -> Vectors:
    """The cosine of the tenth nearest passage to each question, shape (questions,)."""
    from rag_assistant.docstore.queries import Bounds

    held = set(assistant.docstore.library.text_hashes(Bounds()).values())
    best = np.full((_K, len(asked)), -1, dtype=np.float32)
    for hashes, vectors in assistant.engine.all_vectors():
        kept = vectors[[one in held for one in hashes]]
        best = np.sort(np.vstack([best, kept @ asked.T]), axis=0)[-_K:]
    tenth: Vectors = best[0]
    return tenth
