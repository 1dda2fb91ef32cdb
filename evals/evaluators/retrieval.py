"""Retrieval: words alone, vectors alone and both fused, on five judged sets.

The first two are queries to the product's own indexes, the third is the product's own search. A
document stands where its best passage does, and each list holds the 100 best passages: recall@100
is that of their documents. On XQuAD the fused list is cut at 50, for speed, and has no recall@100.
``plain`` is what the fusion is compared with: reciprocal rank fusion of the first two lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals import sets
from evals.libraries import Library
from evals.measures import Measure, gain, mean
from evals.metrics.retrieval import NDCG_10, RECALL_100, reciprocal_rank_fusion, scores
from evals.sets import Query
from evals.workbench import Workbench
from rag_assistant.docstore.queries import Bounds
from rag_assistant.ports import Index, IndexQuery, Vectors

SETS = ("xquad-en", "xquad-de", "xquad-es", "cisi", "cranfield")
COMPARED = ("cisi", "cranfield")
"""The sets on which the fusion is compared with reciprocal rank fusion."""
DEPTH = 100
"""Passages in a list."""
SHORT = 50
"""Passages in the fused list of the other sets."""
LEXICAL, VECTORS, FUSED, PLAIN = "lexical", "vectors", "fused", "plain"
Rankings = dict[str, dict[str, list[str]]]
"""By name of the list and by query: document ids, best first."""


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``retrieval.<set>.<list>.<measure>``, and the gain over plain fusion."""
    values = {name: _values(bench, name) for name in SETS}
    measured = {
        f"retrieval.{name}.{listed}.{metric}": mean(by_query)
        for name, lists in values.items()
        for listed, metrics in lists.items()
        for metric, by_query in metrics.items()
        if listed != PLAIN or (name in COMPARED and metric == NDCG_10)
    }
    fused = {name: values[name][FUSED][NDCG_10] for name in COMPARED}
    plain = {name: values[name][PLAIN][NDCG_10] for name in COMPARED}
    fused["both"], plain["both"] = _pooled(fused), _pooled(plain)
    return measured | {
        f"retrieval.{name}.{FUSED}.{NDCG_10}_gain_over_plain": gain(fused[name], plain[name])
        for name in fused
    }


def _values(bench: Workbench, name: str) -> dict[str, dict[str, dict[str, float]]]:
    """Values by list, measure and query."""
    found = sets.retrieval(bench.data, name)
    queries = bench.of(found.queries)
    library = bench.library(name, lambda: found.texts)
    vectors = bench.embedder.embed_queries([query.text for query in queries])
    judged = {query.id: query.relevant for query in queries}
    depth = DEPTH if name in COMPARED else SHORT
    lists = rankings(library, queries, vectors, depth)
    values = {listed: scores(judged, ranked) for listed, ranked in lists.items()}
    if depth < DEPTH:
        del values[FUSED][RECALL_100]
    return values


def rankings(
    library: Library, queries: Sequence[Query], vectors: Vectors, depth: int = DEPTH
) -> Rankings:
    """All lists of all queries.

    Args:
        library: The indexed set.
        queries: What is asked.
        vectors: The queries' vectors, row by row.
        depth: Passages in the fused list.
    """
    document_of = _documents(library)
    lists: Rankings = {name: {} for name in (LEXICAL, VECTORS, FUSED, PLAIN)}
    for query, vector in zip(queries, vectors, strict=True):
        passages = nearest(library, query.text, vector)
        plain = reciprocal_rank_fusion([*passages.values()])
        for name, found in {**passages, PLAIN: plain}.items():
            documents = (document_of[one] for one in found)
            lists[name][query.id] = list(dict.fromkeys(documents))
        lists[FUSED][query.id] = library.ranked(library.search(query.text, depth))
    return lists


def nearest(library: Library, text: str, vector: Vectors) -> dict[str, list[str]]:
    """What each index holds best for a question, by its name: passage ids, best first."""
    query = IndexQuery(
        text=text, vector=vector, collections=(library.name,), access=("staff", "public")
    )
    engine = library.assistant.engine
    return {LEXICAL: _best(engine.lexical, query), VECTORS: _best(engine.vectors, query)}


def _best(index: Index | None, query: IndexQuery) -> list[str]:
    if index is None:
        raise RuntimeError("an index of an evaluation set is not open")
    return [passage for passage, _ in index.search(query, DEPTH)]


def _documents(library: Library) -> dict[str, str]:
    """Passage id to the set's document id."""
    stored, everything = library.assistant.docstore.library, Bounds()
    entries = stored.entries(list(stored.text_hashes(everything)), everything)
    return {one: library.ids[entry.document_id] for one, entry in entries.items()}


def _pooled(by_set: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The values of all sets, each under its set's name."""
    return {
        f"{name}/{query}": value
        for name, values in by_set.items()
        for query, value in values.items()
    }
