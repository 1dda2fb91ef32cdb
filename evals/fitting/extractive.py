"""Fit the weights of `rag_assistant.answering.relevance`.

    python -m evals.fitting.extractive CACHE --own FOLDER [--held-out]

CACHE keeps the indexed sets and their vectors from run to run; FOLDER is a data folder in which
both sample collections are indexed. Four sets, each with the sentences that are right:

- XQuAD: those of the paragraph that answers which hold a gold answer. Halves by article.
- CLAPNQ, its passages pooled, and once more with each question's own passage given: those that
  anyone marked. Halves by a hash of the id.
- The project's own questions: those that overlap the evidence. Halves by a hash of the id.

A question weighs the same whatever its number of sentences, and so does a set whatever its number
of questions. Fitted is the order within a question: a logistic regression on the differences
between a right sentence and another (Herbrich, Graepel and Obermayer, "Large Margin Rank Boundaries
for Ordinal Regression", 2000, with the logistic loss). Prints the weights and, for each set, the
share of questions with a right sentence among the best three: on the first halves, and on the
second ones once ``--held-out`` is given.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals import gold, sets
from evals.evaluators.abstention import Search, clapnq_library, words_alone, xquad_library
from evals.evaluators.answers import in_passage
from evals.fitting.abstention import by_both, opened
from evals.given import as_hits
from evals.halves import held_out
from evals.libraries import Library
from evals.metrics.text import holds_answer
from evals.workbench import Workbench
from rag_assistant import Assistant
from rag_assistant.answering.relevance import Candidate, candidates
from rag_assistant.config import AnswerSettings, load_settings
from rag_assistant.ports import Embedder
from rag_assistant.schema import Filters, Hit

INVERSE_RIDGE = 100.0
"""scikit-learn's ``C``, where the weights of all pairs sum to one."""
COSINES = 3
"""The features that only vectors give; they stand first."""
BEST = 3
PASSAGES = AnswerSettings().passages
Floats = NDArray[np.float64]
Place = tuple[str | None, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with its hits, and which sentences of them are right."""

    question: str
    hits: Sequence[Hit]
    right: Callable[[Candidate], bool]
    held_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Its sentences: ``features`` of shape (sentences, features), and which are right."""

    features: Floats
    right: NDArray[np.bool_]
    held_out: bool


def main() -> None:
    """Fit both scores and print what they reach."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--own", type=Path, required=True)
    parser.add_argument("--held-out", action="store_true")
    arguments = parser.parse_args()
    with opened(arguments.cache) as bench:
        for vectors in (True, False):
            by_set = measured(bench, arguments.own, vectors=vectors)
            weights = fit(by_set, vectors=vectors)
            print(f"{'WITH' if vectors else 'WITHOUT'}_VECTORS = {weights}")
            for line in report(by_set, weights, second=arguments.held_out):
                print(f"  {line}")


# ---------------------------------------------------------------- sets


def measured(bench: Workbench, own: Path, *, vectors: bool) -> dict[str, list[Measured]]:
    """All questions with their sentences, by the set's name."""
    embedder = bench.embedder if vectors else None
    asked = {
        "xquad-en": _xquad(bench, vectors=vectors),
        "clapnq": _pooled(bench, vectors=vectors),
        "clapnq given": _given(bench, vectors=vectors),
        "own": _own(bench, own, vectors=vectors),
    }
    return {
        name: [_measured(one, embedder) for one in questions] for name, questions in asked.items()
    }


def _measured(asked: Asked, embedder: Embedder | None) -> Measured:
    found = candidates(asked.question, asked.hits, embedder)
    return Measured(
        features=np.array([one.features.vector() for one in found], dtype=np.float64),
        right=np.array([asked.right(one) for one in found], dtype=bool),
        held_out=asked.held_out,
    )


def _xquad(bench: Workbench, *, vectors: bool) -> Iterator[Asked]:
    library = xquad_library(bench)
    search = _search(library.assistant, Filters(), vectors=vectors)
    for one in sets.readings(bench.data):
        right = partial(_holds_gold, library, one)
        hits = search(one.question, PASSAGES)
        yield Asked(question=one.question, hits=hits, right=right, held_out=one.held_out)


def _pooled(bench: Workbench, *, vectors: bool) -> Iterator[Asked]:
    library = clapnq_library(bench)
    search = _search(library.assistant, Filters(), vectors=vectors)
    for one in sets.long_answers(bench.data):
        if one.answerable:
            right = partial(_is_marked_there, library, one)
            hits = search(one.question, PASSAGES)
            yield Asked(question=one.question, hits=hits, right=right, held_out=one.held_out)


def _given(bench: Workbench, *, vectors: bool) -> Iterator[Asked]:
    for one in sets.long_answers(bench.data):
        if one.answerable:
            hits = as_hits(one.question, sets.clapnq_texts([one]), bench.embedder)
            if not vectors:
                hits = [replace(hit, similarity=None, score=1.0) for hit in hits]
            right = partial(_is_marked, one)
            yield Asked(question=one.question, hits=hits, right=right, held_out=one.held_out)


def _own(bench: Workbench, folder: Path, *, vectors: bool) -> Iterator[Asked]:
    with Assistant(load_settings(data=folder), embedder=bench.embedder) as assistant:
        assistant.repair()  # indexes of another version are built anew
        documents = gold.Documents(assistant.docstore)
        for one in gold.load():
            filters = Filters(collections=(one.collection,), as_of=one.as_of)
            places = [
                (documents.of(one.collection, each.path, each.record), each.start, each.end)
                for each in one.evidence
            ]
            yield Asked(
                question=one.question,
                hits=_search(assistant, filters, vectors=vectors)(one.question, PASSAGES),
                right=partial(_overlaps, places),
                held_out=held_out(one.id),
            )


def _search(assistant: Assistant, filters: Filters, *, vectors: bool) -> Search:
    return (by_both if vectors else words_alone)(assistant, filters)


# ---------------------------------------------------------------- which sentences are right


def _holds_gold(library: Library, asked: sets.Reading, found: Candidate) -> bool:
    here = library.ids[found.hit.entry.document_id] == asked.paragraph
    return here and holds_answer(found.text, asked.answers)


def _is_marked_there(library: Library, asked: sets.LongAnswer, found: Candidate) -> bool:
    return library.ids[found.hit.entry.document_id] == asked.id and _is_marked(asked, found)


def _is_marked(asked: sets.LongAnswer, found: Candidate) -> bool:
    said = in_passage(asked.sentences, [found.text])
    return any(said & selected for selected in asked.selected)


def _overlaps(places: Sequence[Place], found: Candidate) -> bool:
    start, end = found.span
    document = found.hit.entry.document_id
    return any(document == where and start < b and end > a for where, a, b in places)


# ---------------------------------------------------------------- the fit


def fit(by_set: Mapping[str, Sequence[Measured]], *, vectors: bool) -> tuple[float, ...]:
    """Weights of the features, from the first halves."""
    from sklearn.linear_model import LogisticRegression

    known = [[_pairs(one) for one in each if _teaches(one)] for each in by_set.values()]
    pairs = np.concatenate([of_one for each in known for of_one in each])
    importance = np.concatenate(
        [np.full(len(of_one), 1 / len(of_one) / len(each)) for each in known for of_one in each]
    )
    used = np.array([vectors] * COSINES + [True] * (pairs.shape[1] - COSINES))
    pairs = pairs * used
    scale = pairs.std(axis=0)
    scale[scale == 0] = 1
    design = np.concatenate([pairs, -pairs]) / scale
    labels = np.repeat([True, False], len(pairs))
    model = LogisticRegression(C=INVERSE_RIDGE, fit_intercept=False, max_iter=10_000)
    model.fit(design, labels, sample_weight=np.tile(importance, 2) / 2 / importance.sum())
    return tuple(round(float(weight), 2) for weight in model.coef_[0] / scale)


def _teaches(one: Measured) -> bool:
    return not one.held_out and 0 < one.right.sum() < len(one.right)


def _pairs(one: Measured) -> Floats:
    """Each right sentence less each other one: shape (pairs, features)."""
    right, wrong = one.features[one.right], one.features[~one.right]
    return np.asarray((right[:, None] - wrong[None]).reshape(-1, one.features.shape[1]))


def report(
    by_set: Mapping[str, Sequence[Measured]], weights: Sequence[float], *, second: bool
) -> Iterator[str]:
    """Of each set: how often a right sentence is among the best, where there is one."""
    yield f"{'second' if second else 'first'} halves, a right sentence among the best {BEST}"
    for name, questions in by_set.items():
        found = [
            bool(one.right[np.argsort(-(one.features @ np.array(weights)))[:BEST]].any())
            for one in questions
            if one.held_out == second and one.right.any()
        ]
        said = f"{np.mean(found):.3f} of {len(found)}" if found else "nothing in this half"
        yield f"{name}: {said}"


if __name__ == "__main__":
    main()
