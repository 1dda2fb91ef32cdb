"""Fit the coefficients of `rag_assistant.answering.abstention` and report the held-out half.

    python -m evals.fit_abstention DATA --own FOLDER

DATA holds ``retrieval/xquad-en`` and ``answers/clapnq-dev.jsonl``; FOLDER is a data folder in
which both sample collections are indexed. Three sets:

- XQuAD: every question once with its article in the collection (answerable) and once with its
  article taken out (unanswerable). The halves share no article.
- CLAPNQ: all passages pooled; the set says which questions its passages answer. Its unanswerable
  ones keep a passage on their very subject, so this is the hard set. Halves by a hash of the id.
- The project's own questions, asked in other words than the passages'; their unanswerable ones
  are near misses. Halves by a hash of the id.

Prints coefficients, and for each set and variant balanced accuracy and coverage (the share of the
answerable questions that pass).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.gold import load
from rag_assistant import Assistant
from rag_assistant.answering import words
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
from rag_assistant.schema import Entry, Filters, Hit
from rag_assistant.splitting import sentences

Floats = NDArray[np.float64]
RIDGE = 1.0
STEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question with what the collection may hold, and whether that answers it."""

    question: str
    excluded: str | None
    answerable: bool
    held_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Passages as (group, entry), and the cases asked of them."""

    name: str
    groups: tuple[str, ...]
    entries: tuple[Entry, ...]
    cases: tuple[Case, ...]


def main() -> None:
    """Fit, then report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--own", type=Path, required=True)
    arguments = parser.parse_args()
    data = arguments.data
    settings = EmbeddingSettings()
    embedder = TorchEmbedder(find_model(settings), settings)
    for vectors in (True, False):
        name = "WITH_VECTORS" if vectors else "WITHOUT_VECTORS"
        sets = [
            measure(collection, embedder if vectors else None)
            for collection in (read_xquad(data), read_clapnq(data))
        ]
        sets.append(measure_own(arguments.own, vectors=vectors))
        model = fit(sets, (WITH_VECTORS if vectors else WITHOUT_VECTORS).threshold)
        print(f"{name} = {model}")
        for measured in sets:
            print(f"  {measured.report(model)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The features of a set's cases."""

    name: str
    vectors: Floats
    labels: NDArray[np.bool_]
    held_out: NDArray[np.bool_]

    def report(self, model: Logistic) -> str:
        """Balanced accuracy and coverage on the held-out half."""
        passed = np.array(
            [model(vector) >= model.threshold for vector in self.vectors[self.held_out]]
        )
        labels = self.labels[self.held_out]
        coverage, rejected = float(passed[labels].mean()), float((~passed[~labels]).mean())
        return (
            f"{self.name}: balanced accuracy {(coverage + rejected) / 2:.3f}, "
            f"coverage {coverage:.3f}, abstains rightly {rejected:.3f}, n {labels.size}"
        )


def fit(sets: Sequence[Measured], threshold: float) -> Logistic:
    """Ridge logistic regression by Newton's steps; each set and each label weighs the same."""
    rows = np.concatenate([m.vectors[~m.held_out] for m in sets])
    labels = np.concatenate([m.labels[~m.held_out] for m in sets]).astype(float)
    weights = np.concatenate([_balance(m.labels[~m.held_out]) for m in sets])
    weights *= len(labels) / weights.sum()
    design = np.column_stack([np.ones(len(rows)), rows])
    penalty = np.diag([0.0] + [RIDGE] * rows.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(STEPS):
        estimate = 1 / (1 + np.exp(-(design @ beta)))
        gradient = design.T @ (weights * (labels - estimate)) - penalty @ beta
        curve = (design * (weights * estimate * (1 - estimate))[:, None]).T @ design + penalty
        beta += np.linalg.solve(curve, gradient)
    return Logistic(
        intercept=round(float(beta[0]), 2),
        weights=tuple(round(float(b), 2) for b in beta[1:]),
        threshold=threshold,
    )


def _balance(labels: NDArray[np.bool_]) -> Floats:
    share = float(labels.mean())
    return np.asarray(np.where(labels, 1 / share, 1 / (1 - share)) / len(labels))


def measure(collection: Collection, embedder: Embedder | None) -> Measured:
    """Search every case, by cosine or by BM25, and measure its hits."""
    texts = [entry.embedded_text for entry in collection.entries]
    questions = [case.question for case in collection.cases]
    score = cosine_scores(embedder, texts, questions) if embedder else bm25_scores(texts, questions)
    vectors = []
    for number, case in enumerate(collection.cases):
        scores = score(number)
        allowed = [i for i, group in enumerate(collection.groups) if group != case.excluded]
        best = sorted(allowed, key=lambda i: -scores[i])[:HITS]
        hits = [
            _hit(rank, collection.entries[i], float(scores[i]) if embedder else None)
            for rank, i in enumerate(best, start=1)
        ]
        found = features(case.question, hits)
        assert found is not None  # noqa: S101 - no set is empty
        vectors.append(found.vector())
    return Measured(
        name=collection.name,
        vectors=np.array(vectors),
        labels=np.array([case.answerable for case in collection.cases]),
        held_out=np.array([case.held_out for case in collection.cases]),
    )


def measure_own(folder: Path, *, vectors: bool) -> Measured:
    """Search the sample collections for the project's own questions, and measure their hits."""
    rows, questions = [], load()
    with Assistant(load_settings(data=folder)) as assistant:
        for question in questions:
            filters = Filters(collections=(question.collection,))
            hits = assistant.search(question.question, k=HITS, filters=filters).hits
            if not vectors:
                hits = tuple(replace(hit, similarity=None) for hit in hits)
            found = features(question.question, hits)
            rows.append(found.vector() if found else [0.0] * (4 if vectors else 3))
    return Measured(
        name="own questions",
        vectors=np.array(rows),
        labels=np.array([question.answerable for question in questions]),
        held_out=np.array([_second_half(question.id) for question in questions]),
    )


def cosine_scores(
    embedder: Embedder, texts: Sequence[str], questions: Sequence[str]
) -> Callable[[int], Floats]:
    """Cosine of a question, by its number, to every text."""
    passages = embedder.embed_passages(texts)
    asked = embedder.embed_queries(questions)

    def score(number: int) -> Floats:
        return np.asarray(passages @ asked[number], dtype=np.float64)

    return score


def bm25_scores(texts: Sequence[str], questions: Sequence[str]) -> Callable[[int], Floats]:
    """Plain BM25 (k1 1.2, b 0.75) of a question, by its number, to every text."""
    counts = [Counter(words.content_words(text)) for text in texts]
    lengths = np.array([count.total() for count in counts], dtype=np.float64)
    norm = 1.2 * (0.25 + 0.75 * lengths / lengths.mean())
    frequency = Counter(word for count in counts for word in count)

    def score(number: int) -> Floats:
        total = np.zeros(len(texts))
        for word in set(words.content_words(questions[number])):
            held = np.array([count[word] for count in counts], dtype=np.float64)
            rarity = math.log(1 + (len(texts) + 0.5) / (frequency[word] + 0.5))
            total += rarity * held * 2.2 / (held + norm)
        return total

    return score


def read_xquad(data: Path) -> Collection:
    """The paragraphs, each question asked with and without its article."""
    folder = data / "retrieval" / "xquad-en"
    passages = [json.loads(line) for line in _lines(folder / "corpus.jsonl")]
    questions = {q["_id"]: q["text"] for q in map(json.loads, _lines(folder / "queries.jsonl"))}
    judged = [line.split("\t") for line in _lines(folder / "qrels" / "test.tsv")[1:]]
    cases = []
    for question_id, passage_id, _ in judged:
        article = passage_id.split("-")[0]
        for answerable in (True, False):
            excluded = None if answerable else article
            cases.append(
                Case(
                    question=questions[question_id],
                    excluded=excluded,
                    answerable=answerable,
                    held_out=_second_half(article),
                )
            )
    return Collection(
        name="xquad-en",
        groups=tuple(p["_id"].split("-")[0] for p in passages),
        entries=tuple(_entry(p["_id"], p["title"].replace("_", " "), p["text"]) for p in passages),
        cases=tuple(cases),
    )


def read_clapnq(data: Path) -> Collection:
    """All passages pooled; answerable as the set says."""
    rows = [json.loads(line) for line in _lines(data / "answers" / "clapnq-dev.jsonl")]
    passages = [row["passages"][0] for row in rows]
    return Collection(
        name="clapnq",
        groups=tuple(row["id"] for row in rows),
        entries=tuple(
            _entry(row["id"], passage["title"], passage["text"])
            for row, passage in zip(rows, passages, strict=True)
        ),
        cases=tuple(
            Case(
                question=row["input"],
                excluded=None,
                answerable=row["answerable"],
                held_out=_second_half(row["id"]),
            )
            for row in rows
        ),
    )


def _second_half(key: str) -> bool:
    return hashlib.sha256(key.encode()).digest()[0] % 2 == 1


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _entry(key: str, title: str, text: str) -> Entry:
    return Entry(
        passage_id=key,
        document_id=key,
        section_id=key,
        collection="evaluation",
        access="staff",
        use="answer",
        language="en",
        kind="",
        title=title,
        headings=(),
        start=0,
        end=len(text),
        text=text,
        sentences=tuple(sentences(text)),
        date_from=None,
        date_to=None,
        text_hash=key,
    )


def _hit(rank: int, entry: Entry, similarity: float | None) -> Hit:
    return Hit(
        rank=rank,
        score=1 / rank,
        entry=entry,
        locator="",
        uri="",
        archive_url="",
        captured_at="",
        versions=1,
        similarity=similarity,
    )


if __name__ == "__main__":
    main()
