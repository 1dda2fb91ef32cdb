"""Wrong citations and wrong words: does the support check catch them?

**Corruption.** True statements of three sets, each with its source: the sentences of XQuAD's
paragraphs (word for word), the answers that people wrote of CLAPNQ's passages, and the claims of
AttributionBench that people found attributable. One digit, name or "not" is changed in those that
pass the check; *caught* is the share that no longer pass.

**False alarms** are the share of true statements, not word for word, with a digit (a name, an
auxiliary verb) that the check refuses because of a figure (a name, a "not"), before anything was
changed. The two sets stand apart as well: on CLAPNQ people wrote from the passage and nothing else;
on AttributionBench they had seen the page and judged whole claims, so that some hold a figure that
their reference lacks, which the check is right to refuse.

**Misattribution** is told in `evals.evaluators.misattribution`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evals import corruption, measures, sets
from evals.corruption import Change
from evals.evaluators import misattribution, support
from evals.evaluators.misattribution import source_of
from evals.measures import Measure
from evals.workbench import Workbench
from rag_assistant.answering.comparing import Source
from rag_assistant.answering.support import check
from rag_assistant.splitting import sentences

_QUOTED = "xquad-en"
_WRITTEN = "clapnq"
_JUDGED = "attributionbench-dev"
_REASONS = {"digits": "figure", "names": "the name", "negations": "'not'"}
"""What the check's reason says of each kind of change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A true sentence with what it cites."""

    id: str
    set: str
    text: str
    sources: tuple[Source, ...]
    held_out: bool


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """Corruption and misattribution; see the module for what each figure says."""
    told = bench.of(statements(bench))
    plain = {one: refusal(bench, one.text, one.sources) for one in told}
    names = corruption.name(one.text for one in told)
    found = misattribution.evaluate(bench)
    for kind, change in (
        ("digits", corruption.digit),
        ("names", names),
        ("negations", corruption.negation),
    ):
        found |= _caught(bench, plain, kind, change) | _false_alarms(plain, kind, change)
    return found


def statements(bench: Workbench) -> Iterator[Statement]:
    """The true sentences of both halves."""
    yield from _quoted(bench)
    yield from _written(bench)
    yield from _judged(bench)


def _quoted(bench: Workbench) -> Iterator[Statement]:
    held_out = {one.paragraph: one.held_out for one in sets.readings(bench.data)}
    for text in sets.retrieval(bench.data, _QUOTED).texts:
        for start, end in sentences(text.text):
            yield Statement(
                id=f"{text.id}:{start}",
                set=_QUOTED,
                text=text.text[start:end],
                sources=(source_of(text),),
                held_out=held_out[text.id],
            )


def _written(bench: Workbench) -> Iterator[Statement]:
    answerable = [one for one in sets.long_answers(bench.data) if one.answerable]
    for question, text in zip(answerable, sets.clapnq_texts(answerable), strict=True):
        for answer in question.answers:
            for start, end in sentences(answer):
                yield Statement(
                    id=f"{question.id}:{answer[start:end]}",
                    set=_WRITTEN,
                    text=answer[start:end],
                    sources=(source_of(text),),
                    held_out=question.held_out,
                )


def _judged(bench: Workbench) -> Iterator[Statement]:
    for claim in sets.claims(bench.data):
        if claim.attributable:
            yield Statement(
                id=claim.id,
                set=_JUDGED,
                text=support.statement(claim),
                sources=tuple(support.references(claim)),
                held_out=claim.held_out,
            )


def _caught(
    bench: Workbench, plain: Mapping[Statement, str | None], kind: str, change: Change
) -> dict[str, Measure]:
    """The share of corrupted sentences that are refused: over all sets, and in each."""
    caught: dict[str, dict[str, float]] = {}
    for one, reason in plain.items():
        changed = change(one.text)
        if changed is not None and reason is None:
            refused = refusal(bench, changed, one.sources) is not None
            caught.setdefault(one.set, {})[one.id] = float(refused)
    return _by_set(f"{kind}.caught", caught)


def _false_alarms(
    plain: Mapping[Statement, str | None], kind: str, change: Change
) -> dict[str, Measure]:
    """The share of true sentences with something of the kind that are refused because of it.

    Sentences that stand word for word in their source are never refused, and left out.
    """
    alarms: dict[str, dict[str, float]] = {}
    for one, reason in plain.items():
        if one.set != _QUOTED and change(one.text) is not None:
            alarm = reason is not None and _REASONS[kind] in reason
            alarms.setdefault(one.set, {})[one.id] = float(alarm)
    return _by_set(f"{kind}.false_alarms", alarms)


def _by_set(what: str, values: Mapping[str, Mapping[str, float]]) -> dict[str, Measure]:
    """The mean over the items of all sets, and over those of each."""
    everything = {key: value for found in values.values() for key, value in found.items()}
    return {f"citations.{what}": measures.mean(everything)} | {
        f"citations.{name}.{what}": measures.mean(found) for name, found in values.items()
    }


def refusal(bench: Workbench, told: str, sources: Sequence[Source]) -> str | None:
    """Why the check does not let a sentence pass; None where it does."""
    found, reason = check(told, sources, bench.embedder)
    return (reason or found) if found == "unsupported" else None
