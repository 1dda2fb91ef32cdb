"""Whether the words of an answer are those that people took.

XQuAD asks for short answers, each in one of 240 paragraphs; CLAPNQ for long ones, where people
marked sentences of a passage and wrote an answer of them; QuoteSum for answers that draw on
several sources. The whole product is asked, and its silence counts as a miss; but where a set hands
over the passages (CLAPNQ's own task, QuoteSum), or a name says "given", the answerer is asked by
itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals import sets
from evals.evaluators.abstention import clapnq_library, xquad_library
from evals.given import answerer_of, as_hits, draft
from evals.libraries import Library
from evals.measures import Measure, mean
from evals.metrics.text import holds_answer, precision, recall, rouge_l, sentence_f1, set_f1
from evals.sets import LongAnswer, MultiSource, Reading
from evals.workbench import Workbench
from rag_assistant.answer import Answer
from rag_assistant.ports import Answerer, Draft

Figures = dict[str, float]
"""Of one question: metric to value."""


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """Figures named ``answers.SET.METRIC``.

    - ``xquad-en``: ``gold_in_quotes``, whether a gold answer stands inside the quoted sentences;
      ``given.gold_in_quotes``, the same where silence is not allowed; ``answered``, the share of
      questions that get an answer; ``right_paragraph``, the share of these that cite the paragraph
      which answers (the complement is misattribution).
    - ``clapnq``, the answerable questions: ``sentence_f1`` and ``rouge_l`` with the question's own
      passage given; ``pooled``, the same of the whole product over the passages of all questions.
    - ``quotesum``: ``source_f1``, ``source_precision`` and ``source_recall`` of the sources that
      are quoted, in the mean over the question's summaries (people chose differently, and the mean
      asks for what most of them share); ``rouge_l``, against the nearest summary.
    """
    answerer = answerer_of(bench)
    by_set = {
        "xquad-en": _xquad(bench, answerer),
        "clapnq": _clapnq(bench, answerer),
        "quotesum": _quotesum(bench, answerer),
    }
    return {
        f"answers.{name}.{metric}": measure
        for name, by_question in by_set.items()
        for metric, measure in _means(by_question).items()
    }


def _means(by_question: Mapping[str, Figures]) -> dict[str, Measure]:
    """Each metric's mean over the questions that have it."""
    metrics = dict.fromkeys(metric for figures in by_question.values() for metric in figures)
    return {
        metric: mean({one: found[metric] for one, found in by_question.items() if metric in found})
        for metric in metrics
    }


# ---------------------------------------------------------------- sets


def _xquad(bench: Workbench, answerer: Answerer) -> dict[str, Figures]:
    library = xquad_library(bench)
    return {one.id: read(one, library, answerer) for one in bench.of(sets.readings(bench.data))}


def _clapnq(bench: Workbench, answerer: Answerer) -> dict[str, Figures]:
    library = clapnq_library(bench)
    figures = {}
    for one in bench.of(sets.long_answers(bench.data)):
        if one.answerable:
            hits = as_hits(one.question, sets.clapnq_texts([one]), bench.embedder)
            answer = library.assistant.ask(one.question, answerer=answerer.name)
            pooled = against_people(one, _said(answer)) | {"answered": float(_answered(answer))}
            figures[one.id] = {
                **against_people(one, _said(draft(answerer, one.question, hits))),
                **{f"pooled.{metric}": value for metric, value in pooled.items()},
            }
    return figures


def _quotesum(bench: Workbench, answerer: Answerer) -> dict[str, Figures]:
    figures = {}
    for one in bench.of(sets.multi_source(bench.data)):
        hits = as_hits(one.question, one.sources, bench.embedder)
        figures[one.id] = drawn(one, draft(answerer, one.question, hits))
    return figures


# ---------------------------------------------------------------- one question


def read(asked: Reading, library: Library, answerer: Answerer) -> Figures:
    """A XQuAD question's figures."""
    answer = library.assistant.ask(asked.question, answerer=answerer.name)
    if _answered(answer):
        found = float(holds_answer(" ".join(_said(answer)), asked.answers))
        cited = {library.ids[citation.document_id] for citation in answer.citations}
        return {
            "gold_in_quotes": found,
            "given.gold_in_quotes": found,
            "answered": 1.0,
            "right_paragraph": float(asked.paragraph in cited),
        }
    settings = library.assistant.settings.answer
    hits = library.search(asked.question, settings.retrieved)[: settings.passages]
    said = _said(draft(answerer, asked.question, hits))
    return {
        "gold_in_quotes": 0.0,
        "given.gold_in_quotes": float(holds_answer(" ".join(said), asked.answers)),
        "answered": 0.0,
    }


def against_people(asked: LongAnswer, said: Sequence[str]) -> Figures:
    """What is said against what people marked and wrote, the nearest one's."""
    return {
        "sentence_f1": sentence_f1(in_passage(asked.sentences, said), asked.selected),
        "rouge_l": rouge_l(" ".join(said), asked.answers),
    }


def in_passage(sentences: Sequence[str], said: Sequence[str]) -> set[str]:
    """The passage's sentences of which at least half is said.

    The set and the product do not cut all sentences alike. What is said and does not stand in the
    passage counts as a sentence of its own.
    """
    passage = " ".join(sentences)
    found: set[str] = set()
    for one in said:
        start = passage.find(one)
        covered = set() if start < 0 else _covered(sentences, start, start + len(one))
        found |= covered or {one}
    return found


def _covered(sentences: Sequence[str], start: int, end: int) -> set[str]:
    found = set()
    at = 0
    for sentence in sentences:
        overlap = min(end, at + len(sentence)) - max(start, at)
        if 2 * overlap >= len(sentence):
            found.add(sentence)
        at += len(sentence) + 1
    return found


def drawn(asked: MultiSource, made: Draft) -> Figures:
    """A QuoteSum question's figures."""
    cited = {quote.hit.entry.document_id for quote in made.quotes}
    metrics = {"source_f1": set_f1, "source_precision": precision, "source_recall": recall}
    people = len(asked.quoted)
    return {
        **{
            name: sum(of(cited, one) for one in asked.quoted) / people
            for name, of in metrics.items()
        },
        "rouge_l": rouge_l(" ".join(_said(made)), asked.summaries),
    }


def _said(answer: Answer | Draft) -> list[str]:
    return [sentence.text for sentence in answer.sentences]


def _answered(answer: Answer) -> bool:
    return bool(answer.sentences)
