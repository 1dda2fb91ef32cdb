"""How long a whole search takes, its question embedded, in a folder of very many passages.

``python -m evals.bench.query TOLD.json DATA QUESTIONS.json`` asks in a process of its own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evals.bench import measuring
from evals.bench.bench import OF_FRONTS, Bench
from evals.measures import Measure
from rag_assistant.ports import IndexQuery, Vectors
from rag_assistant.schema import Filters

if TYPE_CHECKING:
    from rag_assistant import Assistant

_SMALL = 10_000
_K = 10
_NEAR = 1e-3  # within which cosines are equal: they are stored in 16 bits
FILTERS: Mapping[str, Sequence[Filters]] = {
    "language": (Filters(language="en"), Filters(language="de")),
    "kind": (Filters(kind="page"), Filters(kind="letter")),
    "dates": (Filters(date_from="1800", date_to="1899"), Filters(date_to="1950")),
    "collection": (Filters(collections=("papers",)), Filters(collections=("town",))),
    "as_of": tuple(Filters(as_of=f"{year}-06-01") for year in range(2006, 2021, 2)),
    "early_pages": (
        Filters(kind="page", as_of="2006-06-01"),
        Filters(kind="page", as_of="2008-06-01"),
        Filters(kind="page", as_of="2014-06-01"),
    ),
    "several": (
        Filters(language="en", kind="letter", date_from="1700", date_to="1900"),
        Filters(collections=("town",), language="en", kind="page", as_of="2016-01-01"),
    ),
}
"""What is tried, one after the other, question by question."""


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.query.…@SIZE``: p50 and p95 in ms, plain and by filter, and the graph's recall."""
    found: dict[str, Measure] = {}
    for size in sorted({min(_SMALL, bench.sizes.passages), bench.sizes.passages}):
        stocked = bench.stocked(size)
        folder = stocked.data.parent
        asked = folder / "questions.json"
        asked.write_text(json.dumps(stocked.questions), encoding="utf-8")
        told = measuring.told("evals.bench.query", folder, stocked.data, asked)
        found |= figures(told, measuring.size_name(size))
    return found


def figures(told: Mapping[str, Any], size: str) -> dict[str, Measure]:
    """The figures of what `facts` tells, named by the size."""
    found: dict[str, Measure] = {}
    plain, filtered = told["plain"], told["filtered"]
    kinds = {"": plain, "many_versions.": plain[::OF_FRONTS]}
    for kind, times in (kinds | {f"{kind}.": times for kind, times in filtered.items()}).items():
        found[f"bench.query.{kind}p50_ms@{size}"] = measuring.percentile(times, 50)
        found[f"bench.query.{kind}p95_ms@{size}"] = measuring.percentile(times, 95)
    slowest = max(found[f"bench.query.{kind}.p95_ms@{size}"].value for kind in filtered)
    over = measuring.once(slowest / found[f"bench.query.p95_ms@{size}"].value, len(filtered))
    found[f"bench.query.filtered_over_plain@{size}"] = over
    found[f"bench.query.recall@10@{size}"] = measuring.mean_of(told["recalls"])
    return found


def facts(assistant: Assistant, questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds of each search, plain and by filter, and the recall of each question."""
    return {
        "plain": timed(assistant, questions, (Filters(),)),
        "filtered": {
            kind: timed(assistant, questions, filters) for kind, filters in FILTERS.items()
        },
        "recalls": recalls(assistant, questions),
    }


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


def recalls(assistant: Assistant, questions: Sequence[str]) -> list[float]:
    """recall@10 of the vector index, question by question, against an exact comparison.

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
    return shares


def _tenth_best(assistant: Assistant, asked: Vectors) -> Vectors:
    """The cosine of the tenth nearest passage to each question, shape (questions,)."""
    from rag_assistant.docstore.queries import Bounds

    passages: dict[str, int] = {}  # of each text
    for text in assistant.docstore.library.text_hashes(Bounds()).values():
        passages[text] = passages.get(text, 0) + 1
    best = np.full((_K, len(asked)), -1, dtype=np.float32)
    for hashes, vectors in assistant.engine.all_vectors():
        # a text that many passages share fills as many of the ten places
        numbers = [min(_K, passages.get(one, 0)) for one in hashes]
        cosines = np.repeat(vectors @ asked.T, numbers, axis=0)
        best = np.sort(np.vstack([best, cosines]), axis=0)[-_K:]
    tenth: Vectors = best[0]
    return tenth


def main() -> None:
    """Ask, and tell what it took."""
    from rag_assistant import Assistant
    from rag_assistant.config import load_settings

    told, data, asked = map(Path, sys.argv[1:])
    questions = json.loads(asked.read_text(encoding="utf-8"))
    with Assistant(load_settings(data=data)) as assistant:
        found = facts(assistant, questions)
    told.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
