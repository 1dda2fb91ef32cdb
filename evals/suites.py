"""Which evaluators a suite runs, and how. Evaluators are imported when they run."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from evals.workbench import Evaluator

_EVERYTHING = (
    "own",
    "retrieval",
    "answers",
    "abstention",
    "citations",
    "support",
    "injection",
    "topics",
    "followups",
    "languages",
    "scans",
    "references",
    "cost",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One row of the table below.

    ``everything`` also reports on the halves of the sets that were fitted on.
    """

    name: str
    evaluators: tuple[str, ...]
    answerer: str = "extractive"
    everything: bool = False


SUITES = {
    suite.name: suite
    for suite in (
        Suite(name="smoke", evaluators=("own",)),
        Suite(name="quick", evaluators=_EVERYTHING),
        Suite(name="full", evaluators=_EVERYTHING, everything=True),
        Suite(name="references", evaluators=("references",)),
        Suite(name="llm", evaluators=("own", "answers", "injection"), answerer="ollama"),
    )
}


def evaluator(name: str) -> Evaluator:
    """The ``evaluate`` of ``evals/evaluators/<name>.py``."""
    found: Evaluator = import_module(f"evals.evaluators.{name}").evaluate
    return found
