"""Runs a suite's evaluators one after another, and writes what came of it.

An evaluator that crashes is a failure with its reason, never a score, and the others go on.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from evals import targets
from evals.measures import Measure
from rag_assistant.errors import RagAssistantError, UsageError

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An evaluator that gave no figures, or a figure that is none, and why."""

    evaluator: str
    error: str


@dataclass(slots=True, kw_only=True)
class Result:
    """What a suite found. ``seconds`` are by evaluator."""

    suite: str
    metrics: dict[str, Measure] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def to_dict(self, environment: Mapping[str, Any]) -> dict[str, Any]:
        """The contracts' form."""
        return {
            "suite": self.suite,
            "environment": {**environment, "seconds": self.seconds},
            "metrics": {
                name: _compact(measure.to_dict(targets.number(name)))
                for name, measure in sorted(self.metrics.items(), key=_place)
            },
            "failures": [{"evaluator": one.evaluator, "error": one.error} for one in self.failures],
        }


def run(
    suite: str,
    evaluators: Mapping[str, Callable[[], Callable[[Given], dict[str, Measure]]]],
    bench: Given,
    say: Say,
) -> Result:
    """Run evaluators, or benchmarks, in their order.

    Args:
        suite: The suite's name.
        evaluators: By name, what gives the evaluator when its turn comes.
        bench: What they are given.
        say: Takes a line of progress.
    """
    result = Result(suite=suite)
    for name, load in evaluators.items():
        started = time.monotonic()
        figures = _figures(name, load, bench, result.failures)
        result.metrics |= figures
        result.seconds[name] = round(time.monotonic() - started, 1)
        found = f"{len(figures)} figures" if figures else "failed"
        say(f"{name:<12} {found:>11} {result.seconds[name]:>8.1f} s")
    return result


Say = Callable[[str], None]


def _figures(
    name: str,
    load: Callable[[], Callable[[Given], dict[str, Measure]]],
    bench: Given,
    failures: list[Failure],
) -> dict[str, Measure]:
    """What an evaluator measured; what it could not is noted in ``failures``."""
    try:
        found = load()(bench)
    except RagAssistantError as error:
        failures.append(Failure(evaluator=name, error=f"{error.message} {error.hint}".strip()))
        return {}
    except Exception as error:  # noqa: BLE001 - it becomes a failure of the run
        traceback.print_exc(file=sys.stderr)
        failures.append(Failure(evaluator=name, error=f"{type(error).__name__}: {error}"))
        return {}
    if not found:
        failures.append(Failure(evaluator=name, error="It measured nothing."))
    undefined = [key for key, one in found.items() if not _is_defined(one)]
    failures += [Failure(evaluator=name, error=f"{key} is undefined.") for key in undefined]
    return {key: one for key, one in found.items() if key not in undefined}


def read(path: Path) -> dict[str, Any]:
    """A result that was written before.

    Raises:
        UsageError: The file is missing or is no result.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}.", "Name a file that --json wrote."
        ) from error
    if not isinstance(found, dict) or not {"suite", "metrics", "failures"} <= found.keys():
        raise UsageError(f"{path} is no result of an evaluation.", "Name a file that --json wrote.")
    return found


def write(path: Path, text: str) -> None:
    """Write a file whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def dumps(result: Mapping[str, Any]) -> str:
    """As JSON with one metric a line, so that a change of a baseline can be read."""
    head = json.dumps({key: result[key] for key in ("suite", "environment")}, indent=1)
    metrics = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(metric, separators=(',', ':'), allow_nan=False)}"
        for name, metric in result["metrics"].items()
    )
    failures = json.dumps(result["failures"], indent=1)
    return f'{head[:-2]},\n "metrics": {{\n{metrics}\n }},\n "failures": {failures}\n}}\n'


def _place(item: tuple[str, object]) -> tuple[list[str | int], str]:
    """Row by row, the whole before its parts, 5 before 20."""
    row, _, metric = item[0].rpartition(".")
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", row)], metric


def _is_defined(measure: Measure) -> bool:
    return all(map(math.isfinite, (measure.value, measure.low, measure.high)))


def _compact(plain: dict[str, Any]) -> dict[str, Any]:
    """Whole values as integers: a baseline holds thousands of zeros and ones."""
    if "values" in plain:
        plain["values"] = [int(one) if one == int(one) else one for one in plain["values"]]
    return plain
