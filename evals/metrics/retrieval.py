"""How well documents are ranked, one value a question; the counting is that of `ir_measures`.

With documents ranked best first, ``gain(i)`` the judged gain of the one at rank i (0 where it is
not judged) and R the judged documents of a question:

- ``ndcg@10``: DCG@10 / IDCG@10 with DCG@10 = sum of gain(i) / log2(i + 1) over i = 1..10, and
  IDCG@10 the same over the gains in descending order (Järvelin and Kekäläinen, "Cumulated
  gain-based evaluation of IR techniques", 2002, in trec_eval's form).
- ``recall@n``: the judged documents among the first n, divided by |R|.
- ``mrr@10``: 1 / rank of the first judged document, 0 where it is beyond 10; its mean over the
  questions is the mean reciprocal rank (Voorhees, "The TREC-8 Question Answering Track Report",
  1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Judged = Mapping[str, Mapping[str, int]]
"""Query to its relevant documents with their gains, 1 or more."""
Ranked = Mapping[str, Sequence[str]]
"""Query to its documents, best first, each once."""

NDCG_10, RECALL_5, RECALL_10, RECALL_100, MRR_10 = (
    "ndcg@10",
    "recall@5",
    "recall@10",
    "recall@100",
    "mrr@10",
)
USUAL = (NDCG_10, RECALL_10, RECALL_100, MRR_10)
_MEASURES = {
    NDCG_10: "nDCG@10",
    RECALL_5: "R@5",
    RECALL_10: "R@10",
    RECALL_100: "R@100",
    MRR_10: "RR@10",
}
RRF_K = 60


def scores(
    judged: Judged, ranked: Ranked, names: Sequence[str] = USUAL
) -> dict[str, dict[str, float]]:
    """Each measure's values by query, for all judged queries: 0 where nothing was found.

    Args:
        judged: What is relevant.
        ranked: What was found.
        names: The measures, of those described above.

    Raises:
        KeyError: A measure has no such name.
    """
    import ir_measures

    measures = {name: ir_measures.parse_measure(_MEASURES[name]) for name in names}
    qrels = {query: dict(gains) for query, gains in judged.items()}
    run = {  # ties would be broken by id: descending numbers keep the order
        query: {document: -float(rank) for rank, document in enumerate(documents)}
        for query, documents in ranked.items()
    }
    values: dict[str, dict[str, float]] = {name: dict.fromkeys(judged, 0.0) for name in names}
    named = {measure: name for name, measure in measures.items()}
    for one in ir_measures.iter_calc(list(named), qrels, run):
        values[named[one.measure]][one.query_id] = float(one.value)
    return values


def reciprocal_rank_fusion(lists: Sequence[Sequence[str]], k: int = RRF_K) -> list[str]:
    """Several rankings as one: the plain fusion that others are compared with.

    score(d) = sum over the lists that hold d of 1 / (k + rank of d), ranks from 1; equal scores
    stand in the order of ids (Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms
    Condorcet and individual Rank Learning Methods", 2009, with their k = 60).
    """
    totals: dict[str, float] = {}
    for ranking in lists:
        for rank, one in enumerate(ranking, start=1):
            totals[one] = totals.get(one, 0.0) + 1 / (k + rank)
    return sorted(totals, key=lambda one: (-totals[one], one))
