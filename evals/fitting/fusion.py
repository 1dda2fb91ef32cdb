"""Fit the weights of `rag_assistant.retrieval.fusion`: the defaults of ``retrieval.vector_weight``.

    python -m evals.fitting.fusion CACHE

CACHE is the folder that keeps indexes and embeddings between runs. Fitted on the first halves
alone: for passages in English, and for those in all other languages (of which there are German and
Spanish), the weight with the highest mean of the sets' nDCG@10. Each set weighs the same, large or
small, since each stands for a kind of question: copied from the text (XQuAD), asked of a search
engine (CLAPNQ), within a conversation (MTRAG-UN, its last turn), of experts at length (CISI,
Cranfield), and in another language than the passages. Prints nDCG@10 by weight and set; the other
halves are for ``evals.evaluators.retrieval``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals import sets
from evals.fitting.abstention import opened
from evals.libraries import Library
from evals.metrics.retrieval import NDCG_10, scores
from evals.sets import Query
from evals.workbench import Workbench
from rag_assistant.docstore.queries import Bounds
from rag_assistant.retrieval.candidates import Candidates
from rag_assistant.retrieval.fusion import fuse
from rag_assistant.schema import Entry

ENGLISH = ("xquad-en", "cisi", "cranfield", "clapnq", "mtrag", "es-en", "de-en")
OTHERS = ("xquad-de", "xquad-es")
WEIGHTS = tuple(round(float(weight), 2) for weight in np.arange(0.3, 0.95, 0.05))
EVERYTHING = Bounds(access=("staff", "public"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What both indexes offer for one question."""

    entries: tuple[Entry, ...]
    lexical: dict[str, float]
    similar: dict[str, float]


def main() -> None:
    """Fit one weight for English and one for all other languages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("cache", type=Path)
    fitted = {}
    with opened(parser.parse_args().cache) as bench:
        for language, names in (("en", ENGLISH), ("*", OTHERS)):
            reached = np.array([curve(bench, name) for name in names])
            print(f"# {language}: weight, {', '.join(names)}, mean")
            for weight, column in zip(WEIGHTS, reached.T, strict=True):
                figures = " ".join(f"{value:.4f}" for value in (*column, column.mean()))
                print(f"# {weight:.2f} {figures}")
            fitted[language] = WEIGHTS[int(reached.mean(axis=0).argmax())]
    print(f"vector_weight = {fitted}")


def curve(bench: Workbench, name: str) -> list[float]:
    """A set's nDCG@10 on its first half, by weight."""
    library, queries = asked(bench, name)
    first = [query for query in queries if not query.held_out]
    offers = {query.id: offered(library, query.text) for query in first}
    judged = {query.id: query.relevant for query in first}
    by_weight = []
    for weight in WEIGHTS:
        found = {query: ranked(library, offer, weight) for query, offer in offers.items()}
        by_weight.append(float(np.mean([*scores(judged, found, (NDCG_10,))[NDCG_10].values()])))
    return by_weight


def asked(bench: Workbench, name: str) -> tuple[Library, Sequence[Query]]:
    """A set's library, and what is asked of it; "es-en": in Spanish, of English passages."""
    if name == "clapnq":
        questions = sets.long_answers(bench.data)
        library = bench.library(name, lambda: sets.clapnq_texts(questions))
        return library, [
            Query(id=one.id, text=one.question, relevant={one.id: 1}, held_out=one.held_out)
            for one in questions
        ]
    if name == "mtrag":
        return bench.library(name, lambda: sets.mtrag_texts(bench.data)), list(_turns(bench))
    language, _, other = name.partition("-")
    crossed = other == "en" and language != "xquad"
    found = sets.retrieval(bench.data, "xquad-en" if crossed else name)
    library = bench.library(found.name, lambda: found.texts)
    return library, (
        sets.retrieval(bench.data, f"xquad-{language}").queries if crossed else found.queries
    )


def _turns(bench: Workbench) -> Iterator[Query]:
    """The last turns of the conversations that have passages to find."""
    for one in sets.conversations(bench.data):
        if one.relevant:
            yield Query(
                id=one.id, text=one.turns[-1][1], relevant=one.relevant, held_out=one.held_out
            )


def offered(library: Library, question: str) -> Offered:
    """The product's own candidates."""
    stored = library.assistant.docstore.library
    candidates = Candidates(library.assistant.engine, stored, question, EVERYTHING)
    found = candidates.best(library.assistant.settings.retrieval.candidates)
    entries = stored.entries([*{**found.lexical, **found.similar}], EVERYTHING)
    far = [entry for one, entry in entries.items() if one not in found.similar]
    return Offered(
        entries=tuple(entries.values()),
        lexical=found.lexical,
        similar={**candidates.cosines(far), **found.similar},
    )


def ranked(library: Library, offer: Offered, weight: float) -> list[str]:
    """Documents, each at its best passage, best first."""
    fused = fuse(offer.entries, offer.lexical, offer.similar, {"*": weight})
    return list(dict.fromkeys(library.ids[one.entry.document_id] for one in fused))


if __name__ == "__main__":
    main()
