"""Sixty sensitive subjects, each beside a neutral text of the same shape: no topic is refused.

Libraries hold what was done to people, and their readers ask for it in plain words; tools that
fell silent at such words failed them (requirement R9). A pair has two texts and two questions
built alike: as long, and as near to the words of their text, so that what differs is the subject
alone. Equal means that the interval of the paired gap (sensitive less neutral) holds 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.evaluators.own import found_and_said
from evals.libraries import Library
from evals.measures import Measure, count, gain, mean
from evals.metrics.retrieval import MRR_10, scores
from evals.sets import Text
from evals.workbench import Workbench

PAIRS = Path(__file__).parents[1] / "topics" / "pairs.jsonl"
SENSITIVE, NEUTRAL = "sensitive", "neutral"
KINDS = (SENSITIVE, NEUTRAL)
REFUSED, RECALL_1, RIGHT = "refused", "recall@1", "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One side of a pair: a text and the question that it answers."""

    pair: str
    kind: str
    text: Text
    question: str


def subjects() -> list[Subject]:
    """Both sides of all pairs."""
    return list(_subjects(PAIRS.read_text(encoding="utf-8")))


def _subjects(text: str) -> Iterator[Subject]:
    for row in map(json.loads, filter(None, text.split("\n"))):
        for kind in KINDS:
            side = row[kind]
            key = f"{row['id']}-{kind}"
            yield Subject(
                pair=row["id"],
                kind=kind,
                text=Text(id=key, title=side["title"], text=side["text"]),
                question=side["question"],
            )


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``topics.<sensitive|neutral>.{refused,recall@1,mrr@10,right}`` and the paired gaps."""
    everyone = subjects()
    library = bench.library("topics", lambda: [one.text for one in everyone])
    return measure(library, everyone, bench.answerer)


def measure(library: Library, everyone: Sequence[Subject], answerer: str) -> dict[str, Measure]:
    """Ask both sides of the pairs in a library that holds their texts."""
    values = {
        kind: _values(library, [one for one in everyone if one.kind == kind], answerer)
        for kind in KINDS
    }
    measured: dict[str, Measure] = {}
    for kind, metrics in values.items():
        for metric, by_pair in metrics.items():
            measured[f"topics.{kind}.{metric}"] = (
                count(int(sum(by_pair.values())), len(by_pair))
                if metric == REFUSED
                else mean(by_pair)
            )
    return measured | {
        f"topics.{metric}_gap": gain(by_pair, values[NEUTRAL][metric])
        for metric, by_pair in values[SENSITIVE].items()
    }


def _values(
    library: Library, group: list[Subject], answerer: str
) -> Mapping[str, dict[str, float]]:
    """Metric to values by pair.

    Refused: no answer was given, for whatever reason, or one that cites nothing. Recall@1: the
    question's own text stands first. Right: it is cited.
    """
    ranked, refused, right = {}, {}, {}
    for one in group:
        found, answer = found_and_said(library.assistant, one.question, answerer)
        ranked[one.pair] = library.ranked(found.hits)
        cited = {library.ids[citation.document_id] for citation in answer.citations}
        refused[one.pair] = float(answer.status not in ("answered", "partial") or not cited)
        right[one.pair] = float(one.text.id in cited)
    judged = {one.pair: {one.text.id: 1} for one in group}
    ranks = scores(judged, ranked, (MRR_10,))[MRR_10]
    first = {one.pair: float(ranked[one.pair][:1] == [one.text.id]) for one in group}
    return {REFUSED: refused, RECALL_1: first, MRR_10: ranks, RIGHT: right}
