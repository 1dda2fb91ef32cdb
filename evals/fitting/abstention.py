"""Fit the coefficients of `rag_assistant.answering.abstention`.

    python -m evals.fitting.abstention CACHE --own FOLDER [--held-out]

CACHE keeps the indexed sets and their vectors from run to run; FOLDER is a data folder in which
both sample collections are indexed. Three sets, all searched by the product itself:

- XQuAD with and without the article that answers, and CLAPNQ with its passages pooled (see
  `evals.evaluators.abstention`). Halves by article, and by a hash of the id.
- The project's own questions, asked in other words than the passages'; their unanswerable ones
  are near misses. Halves by a hash of the id.

Each set weighs the same, whatever its number, and in it the answerable questions weigh twice the
others: a wrong silence hides what the library holds, while a weak answer shows its quotes. Prints
the coefficients fitted on the first halves, and for each set coverage (the share of answerable
questions that pass) and silence (the share of the others that do not) over the thresholds among
which a person chooses: on the first halves, and on the second ones once ``--held-out`` is given.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals import gold, sets
from evals.embeddings import RememberingEmbedder
from evals.evaluators.abstention import (
    CLAPNQ,
    XQUAD,
    Case,
    Search,
    article_removed,
    clapnq_library,
    pooled,
    words_alone,
    xquad_library,
)
from evals.halves import held_out
from evals.workbench import Workbench
from rag_assistant import Assistant
from rag_assistant.answering.abstention import (
    HITS,
    WITH_VECTORS,
    WITHOUT_VECTORS,
    Logistic,
    features,
)
from rag_assistant.config import EmbeddingSettings, load_settings
from rag_assistant.embedding import TorchEmbedder, find_model
from rag_assistant.ports import Embedder
from rag_assistant.schema import Filters, Hit

INVERSE_RIDGE = 10.0
"""scikit-learn's ``C``: a light penalty, there are many cases for few coefficients."""
ANSWERABLE_WEIGHT = 2.0
"""Of all answerable questions of a set, against all others of it."""
THRESHOLDS = tuple(n / 100 for n in range(40, 62, 2))
Find = Callable[[Assistant, Filters], Search]
"""How an assistant is asked: by both indexes, or by words alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The features of a set's cases: ``(n, features)``, and of each its label and half."""

    name: str
    vectors: NDArray[np.float64]
    labels: NDArray[np.bool_]
    held_out: NDArray[np.bool_]

    def half(self, *, second: bool) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Features and labels of one half."""
        chosen = self.held_out == second
        return self.vectors[chosen], self.labels[chosen]


def main() -> None:
    """Fit both functions and print what there is to choose from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--own", type=Path, required=True)
    parser.add_argument("--held-out", action="store_true")
    arguments = parser.parse_args()
    with opened(arguments.cache) as bench:
        for name, find, model in (
            ("WITH_VECTORS", by_both, WITH_VECTORS),
            ("WITHOUT_VECTORS", words_alone, WITHOUT_VECTORS),
        ):
            measured = [
                measure(one, cases, bench.embedder)
                for one, cases in cases_of(bench, arguments.own, find).items()
            ]
            fitted = fit(measured, model.threshold)
            print(f"{name} = {fitted}")
            for line in report(measured, fitted, second=arguments.held_out):
                print(f"  {line}")


@contextmanager
def opened(cache: Path) -> Iterator[Workbench]:
    """A bench over the evaluation data, with the configured embedding model."""
    settings = EmbeddingSettings()
    embedder = RememberingEmbedder(
        TorchEmbedder(find_model(settings), settings), cache / "embeddings.sqlite"
    )
    bench = Workbench(data=sets.data_folder(), cache=cache, embedder=embedder)
    try:
        yield bench
    finally:
        bench.close()
        embedder.close()


def by_both(assistant: Assistant, filters: Filters) -> Search:
    """The product's own search."""

    def search(question: str, k: int) -> Sequence[Hit]:
        return assistant.search(question, k=k, filters=filters).hits

    return search


def cases_of(bench: Workbench, own: Path, find: Find) -> dict[str, list[Case]]:
    """All cases of the three sets, by the set's name."""
    xquad, clapnq = xquad_library(bench), clapnq_library(bench)
    everything = Filters()
    return {
        XQUAD: article_removed(
            xquad,
            sets.retrieval(bench.data, XQUAD).queries,
            find(xquad.assistant, everything),
        ),
        CLAPNQ: pooled(sets.long_answers(bench.data), find(clapnq.assistant, everything)),
        "own": own_cases(own, bench.embedder, find),
    }


def own_cases(folder: Path, embedder: Embedder, find: Find) -> list[Case]:
    """The project's own questions, each asked of its collection."""
    with Assistant(load_settings(data=folder), embedder=embedder) as assistant:
        assistant.repair()  # indexes of another version are built anew
        searches: dict[str, Search] = {}
        cases = []
        for one in gold.load():
            if one.collection not in searches:
                searches[one.collection] = find(assistant, Filters(collections=(one.collection,)))
            cases.append(
                Case(
                    id=one.id,
                    question=one.question,
                    hits=searches[one.collection](one.question, HITS),
                    answerable=one.answerable,
                    held_out=held_out(one.id),
                )
            )
        return cases


def measure(name: str, cases: Sequence[Case], embedder: Embedder) -> Measured:
    """The features of all cases; one for which nothing was found cannot be weighed."""
    found = [(case, features(case.question, case.hits, embedder)) for case in cases]
    known = [(case, one.vector()) for case, one in found if one is not None]
    return Measured(
        name=name,
        vectors=np.array([vector for _, vector in known]),
        labels=np.array([case.answerable for case, _ in known]),
        held_out=np.array([case.held_out for case, _ in known]),
    )


def fit(measured: Sequence[Measured], threshold: float) -> Logistic:
    """Ridge logistic regression on the first halves; each set weighs the same."""
    from sklearn.linear_model import LogisticRegression

    halves = [one.half(second=False) for one in measured]
    weights = np.concatenate([_balance(labels) for _, labels in halves])
    model = LogisticRegression(C=INVERSE_RIDGE, max_iter=10_000).fit(
        np.concatenate([vectors for vectors, _ in halves]),
        np.concatenate([labels for _, labels in halves]),
        sample_weight=weights * len(weights) / weights.sum(),
    )
    return Logistic(
        intercept=round(float(model.intercept_[0]), 2),
        weights=tuple(round(float(weight), 2) for weight in model.coef_[0]),
        threshold=threshold,
    )


def _balance(labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    share = float(labels.mean())
    each = np.where(labels, ANSWERABLE_WEIGHT / share, 1 / (1 - share))
    return np.asarray(each / len(labels))


def report(
    measured: Sequence[Measured],
    model: Logistic,
    *,
    second: bool,
    thresholds: Sequence[float] = THRESHOLDS,
) -> Iterator[str]:
    """For each threshold, and each set: coverage and silence on one half."""
    yield f"{'second' if second else 'first'} halves, coverage/silence"
    for threshold in sorted({*thresholds, model.threshold}):
        figures = []
        for one in measured:
            vectors, labels = one.half(second=second)
            passed = np.array([model(vector) >= threshold for vector in vectors])
            coverage, silence = passed[labels].mean(), (~passed[~labels]).mean()
            figures.append(f"{one.name} {coverage:.3f}/{silence:.3f}")
        yield f"{threshold:.2f}: {', '.join(figures)}"


if __name__ == "__main__":
    main()
