"""The project's own questions over both sample collections: found, answered, cited, kept silent.

All of them count, as a guard against regressions, though half took part in fitting the silence and
the choice of sentences: ``abstention.own`` and ``held_out`` stand on the other half. Each question
is asked once, as of its own date where it has one, and what the two indexes hold is asked within
the same bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evals import gold, scoring
from evals.evaluators.retrieval import DEPTH, FUSED, LEXICAL, VECTORS
from evals.gold import Question
from evals.halves import held_out
from evals.measures import Measure, mean, statistic
from evals.metrics.classification import balanced_accuracy
from evals.metrics.retrieval import MRR_10, NDCG_10, RECALL_10, scores
from evals.workbench import Workbench
from rag_assistant import Assistant, asking, dates, page_changes
from rag_assistant.answer import Answer
from rag_assistant.assistant import answer_of
from rag_assistant.config import load_settings, resource
from rag_assistant.docstore.queries import Bounds
from rag_assistant.retrieval import Retrieved
from rag_assistant.retrieval.candidates import Candidates
from rag_assistant.schema import Entry, Filters, Hit, Span

COLLECTIONS = ("local-history", "web-archive")
_METRICS = (NDCG_10, RECALL_10, MRR_10)
_DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, where its evidence stands (by document and section), what was found and said."""

    question: Question
    evidence: dict[tuple[str, str], list[Span]]
    retrieved: Retrieved
    answer: Answer

    def holds(self, document_id: str, section_id: str, start: int, end: int) -> bool:
        """Whether a place overlaps the evidence."""
        spans = self.evidence.get((document_id, section_id), [])
        return any(start < last and end > first for first, last in spans)

    @property
    def answered(self) -> bool:
        """Whether anything was said."""
        return self.answer.status in ("answered", "partial")

    @property
    def right(self) -> bool:
        """Whether a citation overlaps the evidence."""
        return any(
            self.holds(one.document_id, one.section_id, one.start, one.end)
            for one in self.answer.citations
        )

    @property
    def astray(self) -> bool:
        """Whether no cited document holds any evidence."""
        documents = {document for document, _ in self.evidence}
        return self.answered and not any(
            one.document_id in documents for one in self.answer.citations
        )


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``retrieval.gold``, ``answers.gold``, ``citations.gold|history``, ``abstention.own``."""
    settings = load_settings(data=bench.cache / "samples")
    with Assistant(settings, embedder=bench.embedder) as assistant:
        assistant.index([resource("corpora", name) for name in COLLECTIONS])
        asked = ask(assistant, gold.load(), bench.answerer)
        return (
            _retrieval(assistant, [one for one in asked if one.question.answerable])
            | _answers([one for one in asked if one.question.answerable])
            | _citations(assistant, asked, bench)
            | _abstention([one for one in asked if bench.everything or held_out(one.question.id)])
        )


def ask(assistant: Assistant, questions: Sequence[Question], answerer: str) -> list[Asked]:
    """Ask each question in its collection."""
    documents = gold.Documents(assistant.docstore)
    asked = []
    for one in questions:
        filters = Filters(collections=(one.collection,), as_of=one.as_of)
        retrieved, answer = found_and_said(assistant, one.question, answerer, filters)
        evidence = _evidence(assistant, documents, one)
        asked.append(Asked(question=one, evidence=evidence, retrieved=retrieved, answer=answer))
    return asked


def found_and_said(
    assistant: Assistant, question: str, answerer: str, filters: Filters | None = None
) -> tuple[Retrieved, Answer]:
    """What was found for a question and what was answered, asked once."""
    events = assistant.stream(
        asking.Question(text=question, filters=filters or Filters(), answerer=answerer)
    )
    found = next(event for event in events if isinstance(event, Retrieved))
    return found, answer_of(events)


def _evidence(
    assistant: Assistant, documents: gold.Documents, question: Question
) -> dict[tuple[str, str], list[Span]]:
    places: dict[tuple[str, str], list[Span]] = {}
    for one in question.evidence:
        document = documents.of(question.collection, one.path, one.record)
        if document is None:
            raise RuntimeError(f"{question.id}: the evidence in {one.path} is not indexed")
        section = assistant.docstore.library.sections(document)[one.section].id
        places.setdefault((document, section), []).append((one.start, one.end))
    return places


def _retrieval(assistant: Assistant, asked: Sequence[Asked]) -> dict[str, Measure]:
    """A passage is relevant where it overlaps the evidence."""
    library = assistant.docstore.library
    everything = Bounds()
    entries = library.entries(list(library.text_hashes(everything)), everything).values()
    judged = {one.question.id: _relevant(one, entries) for one in asked}
    lists: dict[str, dict[str, list[str]]] = {LEXICAL: {}, VECTORS: {}, FUSED: {}}
    for one in asked:
        key, bounds = one.question.id, one.retrieved.bounds
        found = Candidates(assistant.engine, library, one.question.question, bounds).best(DEPTH)
        lists[LEXICAL][key] = list(found.lexical)
        lists[VECTORS][key] = list(found.similar)
        lists[FUSED][key] = _passages(one.retrieved.hits, judged[key])
    return {
        f"retrieval.gold.{name}.{metric}": mean(values)
        for name, ranked in lists.items()
        for metric, values in scores(judged, ranked, _METRICS).items()
    }


def _relevant(asked: Asked, entries: Iterable[Entry]) -> dict[str, int]:
    return {
        one.passage_id: 1
        for one in entries
        if asked.holds(one.document_id, one.section_id, one.start, one.end)
    }


def _passages(hits: Sequence[Hit], relevant: dict[str, int]) -> list[str]:
    """A hit stands for what says nearly the same beneath it, where that is the relevant passage."""
    found: list[str] = []
    for hit in hits:
        stands_for = (hit.entry.passage_id, *hit.beneath)
        found += [one for one in stands_for if one in relevant] or stands_for[:1]
    return list(dict.fromkeys(found))


def _answers(asked: Sequence[Asked]) -> dict[str, Measure]:
    """``right`` and ``misattributed`` count over all answerable questions, silence as neither."""
    right = {one.question.id: float(one.right) for one in asked}
    return {
        "answers.gold.right": mean(right),
        "answers.gold.held_out.right": mean(
            {key: value for key, value in right.items() if held_out(key)}
        ),
        "answers.gold.answered": mean({one.question.id: float(one.answered) for one in asked}),
        "citations.gold.misattributed": mean({one.question.id: float(one.astray) for one in asked}),
    }


def _citations(
    assistant: Assistant, asked: Sequence[Asked], bench: Workbench
) -> dict[str, Measure]:
    """Scores of all answers, and whether the days are right that are told of captures.

    What was written of captures ("It changed between …") stands on their dates, not on quotes:
    recall and precision leave it out.
    """
    texts = scoring.stored_texts(assistant.docstore)
    scored: dict[str, scoring.AnswerScore] = {}
    days: dict[str, float] = {}
    for one in asked:
        key = one.question.id
        score = scoring.score_answer(one.answer, texts, bench.embedder)
        if one.answer.run.answerer == page_changes.NAME:
            score = replace(score, recall=(), precision=())
            days |= {f"{key}#{n}": known for n, known in enumerate(_days_known(one.answer))}
        scored[key] = score
    found = scoring.measures(scored, "citations.gold")
    return found | ({"citations.history.days_right": mean(days)} if days else {})


def _days_known(answer: Answer) -> list[float]:
    """For each sentence that names days: 1 where each is the day of a capture that it cites."""
    captured = {
        one.marker: dates.capture_day(one.capture.timestamp)
        for one in answer.citations
        if one.capture is not None
    }
    known = []
    for sentence in answer.sentences:
        days = [dates.parse_date(written) for written in _DAY.findall(sentence.text)]
        cited = {captured.get(marker) for marker in sentence.citations}
        if sentence.support == "supported" and days:
            known.append(float(all(day is not None and day.first in cited for day in days)))
    return known


def _abstention(asked: Sequence[Asked]) -> dict[str, Measure]:
    """Near misses must meet silence, all others an answer (whether it is right counts above)."""
    known = {one.question.id: float(one.answered) for one in asked if one.question.answerable}
    near = {one.question.id: float(not one.answered) for one in asked if not one.evidence}
    passed = np.array([one.answered for one in asked])
    labels = np.array([one.question.answerable for one in asked])
    return {
        "abstention.own.coverage": mean(known),
        "abstention.own.silence": mean(near),
        "abstention.own.balanced_accuracy": statistic(
            asked, lambda chosen: balanced_accuracy(passed[chosen], labels[chosen])
        ),
    }
