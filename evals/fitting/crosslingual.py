"""Fit the decision on questions in another language than the hits.

    python -m evals.fitting.crosslingual CACHE [--held-out]

XQuAD's German and Spanish questions over its English paragraphs, each asked once as it is and once
of a library without the article that answers it (see `evals.evaluators.abstention`; CACHE as in
`evals.fitting.abstention`, whose fit and weights are used). Prints the coefficients fitted on the
first halves, and coverage and silence over the thresholds. In the sets "paragraph" that are printed
as well only the answering paragraph is taken away: the nearest misses, on which nothing is fitted.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evals import sets
from evals.evaluators.abstention import Case, article_removed, words_alone, xquad_library
from evals.evaluators.languages import LANGUAGES
from evals.fitting.abstention import Measured, by_both, fit, opened, report
from evals.libraries import Library
from evals.workbench import Workbench
from rag_assistant.answering.abstention import ACROSS_WITH_VECTORS, ACROSS_WITHOUT_VECTORS
from rag_assistant.answering.crosslingual_features import crosslingual_features
from rag_assistant.schema import Filters

PARAGRAPH = "paragraph"
THRESHOLDS = tuple(n / 100 for n in range(60, 92, 2))


def main() -> None:
    """Fit both functions and print what there is to choose from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--held-out", action="store_true")
    arguments = parser.parse_args()
    with opened(arguments.cache) as bench:
        fit_both(bench, second=arguments.held_out)


def fit_both(bench: Workbench, *, second: bool) -> None:
    """With vectors and without; prints one half."""
    library = xquad_library(bench)
    for name, find, model in (
        ("ACROSS_WITH_VECTORS", by_both, ACROSS_WITH_VECTORS),
        ("ACROSS_WITHOUT_VECTORS", words_alone, ACROSS_WITHOUT_VECTORS),
    ):
        search = find(library.assistant, Filters())
        cases = {
            language: article_removed(
                library,
                [one for one in _queries(bench, language) if second or not one.held_out],
                search,
            )
            for language in LANGUAGES
        }
        fitted = fit([measure(one, cases[one], one) for one in LANGUAGES], model.threshold)
        print(f"{name} = {fitted}")
        shown = [measure(one, cases[one], one) for one in LANGUAGES]
        shown += [
            measure(f"{one} {PARAGRAPH}", nearest_misses(bench, library, cases[one], one), one)
            for one in LANGUAGES
        ]
        for line in report(shown, fitted, second=second, thresholds=THRESHOLDS):
            print(f"  {line}")


def nearest_misses(
    bench: Workbench, library: Library, cases: Sequence[Case], language: str
) -> list[Case]:
    """The questions as they are, and once more without the one paragraph that answers."""
    relevant = {query.id: query.relevant for query in _queries(bench, language)}
    answerable = [case for case in cases if case.answerable]
    missing = [
        replace(
            case,
            hits=[
                hit
                for hit in case.hits
                if library.ids[hit.entry.document_id] not in relevant[case.id]
            ],
            answerable=False,
        )
        for case in answerable
    ]
    return [*answerable, *missing]


def measure(name: str, cases: Sequence[Case], language: str) -> Measured:
    """The features of all cases for which something was found."""
    found = [case for case in cases if case.hits]
    return Measured(
        name=name,
        vectors=np.array(
            [crosslingual_features(one.question, language, one.hits).vector() for one in found]
        ),
        labels=np.array([case.answerable for case in found]),
        held_out=np.array([case.held_out for case in found]),
    )


def _queries(bench: Workbench, language: str) -> Sequence[sets.Query]:
    return sets.retrieval(bench.data, f"xquad-{language}").queries


if __name__ == "__main__":
    main()
