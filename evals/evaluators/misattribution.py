"""The right sentence with the wrong source: does the support check refuse it?

Sentences that people wrote from a source that was before them: CLAPNQ's answers, and the summaries
of QuoteSum, where people noted of which source each span is. Each is checked against its own
source (a *false alarm* where it is refused) and against the hardest wrong one (*caught*): of
QuoteSum another source of the same question, of CLAPNQ another article among the passages of all
questions, in both cases the nearest to the sentence which does not hold the answer.

Left out are QuoteSum's sentences that quote several sources or none, and those whose other sources
all hold the short answer too. Where CLAPNQ has no short answer, a passage of another title counts
as wrong. Sentences count once, however many people wrote them; "NA" and its like are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals import measures, sets
from evals.evaluators.abstention import clapnq_library
from evals.given import as_hits
from evals.measures import Measure
from evals.workbench import Workbench
from rag_assistant.answering.comparing import Source
from rag_assistant.answering.support import check
from rag_assistant.splitting import sentences

_DEPTH = 10
_LEAST_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """A sentence with its source and the hardest wrong one, None where there is none."""

    id: str
    set: str
    text: str
    right: sets.Text
    wrong: sets.Text | None
    held_out: bool


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``citations.misattribution.*`` over both sets, and the same of each by its name."""
    caught: dict[str, dict[str, float]] = {}
    alarms: dict[str, dict[str, float]] = {}
    for one in bench.of(attributed(bench)):
        alarms.setdefault(one.set, {})[one.id] = _refused(bench, one, one.right)
        if one.wrong is not None:
            caught.setdefault(one.set, {})[one.id] = _refused(bench, one, one.wrong)
    return {
        f"citations.{area}misattribution.{what}": measures.mean(items)
        for what, by_set in (("caught", caught), ("false_alarms", alarms))
        for area, items in _areas(by_set)
    }


def _areas(by_set: dict[str, dict[str, float]]) -> Iterator[tuple[str, dict[str, float]]]:
    yield "", {key: value for items in by_set.values() for key, value in items.items()}
    yield from ((f"{name}.", items) for name, items in by_set.items())


def _refused(bench: Workbench, one: Attributed, text: sets.Text) -> float:
    return float(check(one.text, [source_of(text)], bench.embedder)[0] == "unsupported")


def source_of(text: sets.Text) -> Source:
    """A document as it is cited: its title before its words."""
    return Source(text=f"{text.title}\n{text.text}", language=text.language)


def attributed(bench: Workbench) -> Iterator[Attributed]:
    """The sentences of both halves."""
    for one in (*_of_clapnq(bench), *_of_quotesum(bench)):
        if len(one.text.split()) >= _LEAST_WORDS:
            yield one


def _of_clapnq(bench: Workbench) -> Iterator[Attributed]:
    library = clapnq_library(bench)
    questions = sets.long_answers(bench.data)
    texts = {text.id: text for text in sets.clapnq_texts(questions)}
    for question in questions:
        said = [answer[a:b] for answer in question.answers for a, b in sentences(answer)]
        for sentence in dict.fromkeys(said if question.answerable else ()):
            ranked = library.ranked(library.search(sentence, _DEPTH))
            others = [texts[one] for one in ranked if texts[one].title != question.title]
            yield Attributed(
                id=f"{question.id}:{sentence}",
                set="clapnq",
                text=sentence,
                right=texts[question.id],
                wrong=next(iter(others), None),
                held_out=question.held_out,
            )


def _of_quotesum(bench: Workbench) -> Iterator[Attributed]:
    for one in sets.quoting(bench.data):
        others = [text for text in one.others if one.answer.casefold() not in text.text.casefold()]
        yield Attributed(
            id=one.id,
            set="quotesum",
            text=one.text,
            right=one.source,
            wrong=_nearest(one.text, others, bench) if others else None,
            held_out=one.held_out,
        )


def _nearest(sentence: str, texts: Sequence[sets.Text], bench: Workbench) -> sets.Text:
    by_id = {text.id: text for text in texts}
    return by_id[as_hits(sentence, texts, bench.embedder)[0].entry.passage_id]
