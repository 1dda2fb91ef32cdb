"""Questions in Spanish and German to an English library.

Is the paragraph found, and does the product answer where it can and keep silent where the article
is not there? The questions are XQuAD's translations, so what answers them is known.
``silent_without_article`` is the share of rightful silences when the article is taken out of the
hits; it stands beside ``answered``, the share that passes when it is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from evals import sets
from evals.evaluators.abstention import SPARE, without_article
from evals.libraries import Library
from evals.measures import Measure, mean
from evals.metrics.retrieval import NDCG_10, RECALL_10, scores
from evals.sets import Query
from evals.workbench import Workbench
from rag_assistant.answering import answerable
from rag_assistant.answering.abstention import HITS

LANGUAGES = ("es", "de")
LIBRARY = "xquad-en"
EACH = 2
"""Every second question is asked: some five of them belong to one paragraph."""


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``languages.xquad-<language>-en.…``: retrieval, ``answered``, ``silent_without_article``."""
    texts = sets.retrieval(bench.data, LIBRARY).texts
    library = bench.library(LIBRARY, lambda: texts)
    measured: dict[str, Measure] = {}
    for language in LANGUAGES:
        queries = bench.of(sets.retrieval(bench.data, f"xquad-{language}").queries)[::EACH]
        for what, values in across(library, queries).items():
            measured[f"languages.xquad-{language}-en.{what}"] = mean(values)
    return measured


def across(library: Library, queries: Sequence[Query]) -> dict[str, dict[str, float]]:
    """Values by measure and query."""
    ranked: dict[str, list[str]] = {}
    answered: dict[str, float] = {}
    silent: dict[str, float] = {}
    embedder = library.assistant.engine.embedder
    for query in queries:
        hits = library.search(query.text, HITS + SPARE)
        ranked[query.id] = library.ranked(hits)
        answered[query.id] = float(answerable(query.text, hits[:HITS], None, embedder)[0])
        others = without_article(library, hits, query)[:HITS]
        silent[query.id] = float(not answerable(query.text, others, None, embedder)[0])
    found = scores({query.id: query.relevant for query in queries}, ranked, (NDCG_10, RECALL_10))
    return {
        **{f"fused.{name}": values for name, values in found.items()},
        "answered": answered,
        "silent_without_article": silent,
    }
