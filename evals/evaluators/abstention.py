"""Whether the product answers where it can, and keeps silent where it cannot.

Two sets. XQuAD, "article removed": each question is asked once as it is (answerable) and once of a
library without the article that answers it. CLAPNQ: the passages of all questions pooled, and the
set says which questions its passages answer; an unanswerable one keeps a passage on its very
subject. ``coverage`` is the share of answerable questions that pass and ``silence`` the share of
the others that do not: balanced accuracy is their mean. ``auroc`` is that of the estimate behind
the decision, ``without_vectors`` what words alone tell while the vectors are still being made.

No article is really removed: its passages are dropped from a longer list of hits. What is left is
what a library without it would find, since a cosine depends on no other passage; BM25 does, through
the rarity of words, and so does the order of the hits, but the decision looks at what stands in
them more than at their order (a test removes documents really, and compares).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals import sets
from evals.libraries import Library
from evals.measures import Measure, mean, statistic
from evals.metrics.classification import auroc, balanced_accuracy
from evals.sets import LongAnswer, Query
from evals.workbench import Workbench
from rag_assistant import Assistant
from rag_assistant.answering import answerable
from rag_assistant.answering.abstention import HITS
from rag_assistant.engine import Engine
from rag_assistant.ports import Embedder, Index, Vectors
from rag_assistant.retrieval import Retriever
from rag_assistant.schema import Filters, Hit

XQUAD, CLAPNQ = "xquad-en", "clapnq"
SPARE = 20
"""Further hits that take the place of an article's: more than any article has passages."""
Search = Callable[[str, int], Sequence[Hit]]
"""The best passages for a question, as many as are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question with what was found for it, and whether that answers it."""

    id: str
    question: str
    hits: Sequence[Hit]
    answerable: bool
    held_out: bool


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``abstention.<set>.<metric>``, and XQuAD once more ``without_vectors``."""
    xquad, clapnq = xquad_library(bench), clapnq_library(bench)
    queries = bench.of(sets.retrieval(bench.data, XQUAD).queries)
    questions = bench.of(sets.long_answers(bench.data))
    by_set = {
        XQUAD: article_removed(xquad, queries, xquad.search),
        f"{XQUAD}.without_vectors": article_removed(xquad, queries, words_alone(xquad.assistant)),
        CLAPNQ: pooled(questions, clapnq.search),
    }
    return {
        f"abstention.{name}.{metric}": measure
        for name, cases in by_set.items()
        for metric, measure in figures(cases, bench.embedder).items()
    }


def figures(cases: Sequence[Case], embedder: Embedder) -> dict[str, Measure]:
    """What the decision is worth on these cases, by metric."""
    told = [answerable(case.question, case.hits, None, embedder) for case in cases]
    passed = np.array([good for good, _ in told])
    estimates = np.array([estimate for _, estimate in told])
    labels = np.array([case.answerable for case in cases])
    by_case = list(zip(cases, passed, strict=True))
    return {
        "balanced_accuracy": statistic(
            cases, lambda chosen: balanced_accuracy(passed[chosen], labels[chosen])
        ),
        "coverage": mean({one.id: float(good) for one, good in by_case if one.answerable}),
        "silence": mean({one.id: float(not good) for one, good in by_case if not one.answerable}),
        "auroc": statistic(cases, lambda chosen: auroc(estimates[chosen], labels[chosen])),
    }


# ---------------------------------------------------------------- cases


def article_removed(library: Library, queries: Iterable[Query], search: Search) -> list[Case]:
    """Each question twice, with its article in the library and without it."""
    cases = []
    for query in queries:
        found = search(query.text, HITS + SPARE)
        for here, hits in ((True, found), (False, without_article(library, found, query))):
            cases.append(
                Case(
                    id=query.id,
                    question=query.text,
                    hits=hits[:HITS],
                    answerable=here,
                    held_out=query.held_out,
                )
            )
    return cases


def without_article(library: Library, hits: Sequence[Hit], query: Query) -> list[Hit]:
    """The hits of other articles than the one that answers the question."""
    articles = {_article(paragraph) for paragraph in query.relevant}
    return [hit for hit in hits if _article(library.ids[hit.entry.document_id]) not in articles]


def pooled(questions: Iterable[LongAnswer], search: Search) -> list[Case]:
    """Each question asked of all passages; answerable as the set says."""
    return [
        Case(
            id=one.id,
            question=one.question,
            hits=search(one.question, HITS),
            answerable=one.answerable,
            held_out=one.held_out,
        )
        for one in questions
    ]


def _article(paragraph: str) -> str:
    """Paragraphs are named ``article-paragraph``."""
    return paragraph.partition("-")[0]


# ---------------------------------------------------------------- libraries


def xquad_library(bench: Workbench) -> Library:
    """The paragraphs of all articles."""
    return bench.library(XQUAD, lambda: sets.retrieval(bench.data, XQUAD).texts)


def clapnq_library(bench: Workbench) -> Library:
    """The passages of all questions."""
    return bench.library(CLAPNQ, lambda: sets.clapnq_texts(sets.long_answers(bench.data)))


def words_alone(assistant: Assistant, filters: Filters | None = None) -> Search:
    """A search as the product makes it while there are no vectors."""
    indexes = _WordsAlone(assistant.engine)
    retriever = Retriever(assistant.docstore, indexes, assistant.settings.retrieval)

    def search(question: str, k: int) -> Sequence[Hit]:
        bounds = filters or Filters()
        return retriever.search(question, k=k, filters=bounds, audience="staff").hits

    return search


class _WordsAlone:
    """The lexical index of an engine; vectors are never asked."""

    vectors: Index | None = None

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def lexical(self) -> Index | None:
        return self._engine.lexical

    def held(self) -> dict[str, int]:
        return {name: seq for name, seq in self._engine.held().items() if name == "lexical"}

    def embed_question(self, question: str) -> Vectors:
        return self._engine.embed_question(question)

    def passage_vectors(self, hashes: Mapping[str, str]) -> dict[str, Vectors]:
        return {}

    def all_vectors(self) -> Iterator[tuple[Sequence[str], Vectors]]:
        return iter(())
