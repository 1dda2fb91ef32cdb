"""The report: one Markdown page of a result's JSON, with its plots beside it.

Each table has one row a thing measured and one column a metric, so that what belongs together
(precision and coverage) stands side by side. A figure that must not stand alone is withheld where
its companion was not measured.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from evals import plots, targets
from evals.comparing import Comparison, Metric, Verdict

PAGE = "report.md"
_AREAS = {
    "retrieval": "Retrieval",
    "answers": "Answers",
    "abstention": "Abstention",
    "citations": "Citations",
    "support": "The support check",
    "injection": "Injection",
    "topics": "Sensitive questions",
    "followups": "Follow-ups",
    "languages": "Across languages",
    "scans": "Scanned text",
    "bench": "Speed and cost",
}
_NOTES = {
    "abstention": "Balanced accuracy is the mean of coverage (answered, of what can be) and "
    "silence (unanswered, of what cannot).",
    "citations": "Extractive answers are quotations, so support by our own check is circular: "
    "read it with the correctness of the answers and the corruptions that it catches.",
    "bench": "Times and memory are those of one run on one machine, and move with its load; no "
    "comparison fails on them.",
}
_WHOLE = ("quick", "full")  # the suites that are to measure every target of the evaluations
_BENCH = "bench"  # the suite that is to measure the benchmarks' own


def write(folder: Path, result: Mapping[str, Any], comparison: Comparison | None = None) -> Path:
    """Write the page and its plots, all of them or none; the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as made:
        drawn = plots.draw(Path(made), result["metrics"])
        Path(made, PAGE).write_text(page(result, drawn, comparison), encoding="utf-8")
        for path in Path(made).iterdir():
            os.replace(path, folder / path.name)
    return folder / PAGE


def page(
    result: Mapping[str, Any], drawn: Mapping[str, str], comparison: Comparison | None = None
) -> str:
    """The page; ``drawn`` are the plots' file names by area."""
    metrics: Mapping[str, Metric] = result["metrics"]
    areas = sorted({_area(name) for name in metrics}, key=_place)
    parts = [
        "# Benchmarks" if result["suite"] == _BENCH else f"# Evaluation: {result['suite']}",
        _introduction(result),
        *_failures(result["failures"]),
        *_targets(metrics, result),
        *(("## Against the baseline", compared(comparison)) if comparison else ()),
    ]
    for area in areas:
        parts += section(area, metrics, drawn.get(area))
    parts += ["## What it stood on", _table(("what", "value"), _facts(result["environment"]))]
    return "\n\n".join(parts) + "\n"


def _introduction(result: Mapping[str, Any]) -> str:
    environment = result["environment"]
    day = f"{environment['date'][:10]} · version {environment['version']}"
    if result["suite"] == _BENCH:
        return f"{day}\n\nWhat each figure means: docs/benchmarks.md."
    model = environment.get("model")
    answerer = f"{environment['answerer']} ({model})" if model else environment["answerer"]
    halves = (
        "**Both halves of each set are in these figures, also the halves that weights and "
        "thresholds were fitted on: read the quick suite against the targets.**"
        if result["suite"] == "full"
        else "Where anything was fitted on a set, only the half that it was not fitted on is "
        "reported."
    )
    return f"{day} · answerer {answerer}\n\nBrackets hold bootstrap 95 % intervals. {halves}"


def _failures(failures: Sequence[Mapping[str, str]]) -> Iterator[str]:
    if failures:
        yield "## Failures"
        yield "\n".join(f"- **{one['evaluator']}**: {one['error']}" for one in failures)


def _targets(metrics: Mapping[str, Metric], result: Mapping[str, Any]) -> Iterator[str]:
    """The targets; those of what was not measured only where all should have been."""
    rows = [
        _target_row(name, target, metrics)
        for name, target in targets.TARGETS.items()
        if name in metrics or _is_due(name, result)
    ]
    if rows:
        yield "## Targets"
        yield _table(("measure", "target", "figure", "beside it", "n", ""), rows)


def _is_due(name: str, result: Mapping[str, Any]) -> bool:
    """Whether this run was to measure a target; of the benchmarks, those that were asked for."""
    if _area(name) != _BENCH:
        return result["suite"] in _WHOLE
    return result["suite"] == _BENCH and _set(name) in result["environment"]["seconds"]


def _target_row(
    name: str, target: targets.Target, metrics: Mapping[str, Metric]
) -> tuple[str, ...]:
    if name not in metrics:
        return f"`{name}`", str(target), "–", "", "", "not measured"
    metric, beside = metrics[name], targets.companion(name)
    shown = ""
    if beside and beside in metrics:
        shown = f"{_words(beside.rpartition('.')[2])} {figure(metrics[beside])}"
    met = "met" if target.is_met(metric) else "**not met**"
    return f"`{name}`", str(target), _shown(name, metrics), shown, f"{metric['n']:,}", met


def compared(comparison: Comparison) -> str:
    """What moved beyond noise, in a line and a table; what appeared and what vanished."""
    parts = [_summary(comparison)]
    if comparison.moves:
        rows = (
            (f"`{move.name}`", number(move.old), number(move.new), _span(move), move.verdict)
            for move in comparison.moves
        )
        parts.append(_table(("measure", "before", "now", "difference", ""), rows))
    for word, names in (("Appeared", comparison.appeared), ("Vanished", comparison.vanished)):
        if names:
            parts.append(f"{word}: {', '.join(f'`{name}`' for name in names)}.")
    return "\n\n".join(parts)


def _summary(comparison: Comparison) -> str:
    """One line on what moved."""
    found = [move.verdict for move in comparison.moves]
    counts = (f"{found.count(verdict)} {verdict}" for verdict in get_args(Verdict))
    line = f"{comparison.compared} figures compared; beyond noise: {', '.join(counts)}."
    if comparison.differs:
        line += f" The runs also differ in {', '.join(comparison.differs)}."
    return line


def section(area: str, metrics: Mapping[str, Metric], plot: str | None = None) -> Iterator[str]:
    """The parts of an area: what to know of it, its plot, its tables."""
    yield f"## {_AREAS.get(area, area)}"
    if area in _NOTES:
        yield _NOTES[area]
    if plot:
        yield f"![{_AREAS.get(area, area)}]({plot})"
    rows: dict[str, None] = {}
    by_set: dict[str, dict[str, None]] = {}  # the metrics of each, in their order
    for name in metrics:
        row, _, metric = name.rpartition(".")
        if _area(name) == area:
            rows[row] = None
            by_set.setdefault(_set(row), {})[metric] = None
    tables: dict[tuple[str, ...], list[str]] = {}
    for one, columns in by_set.items():
        tables.setdefault(tuple(columns), []).append(one)
    for shown, members in tables.items():
        yield _table(
            (area, *map(_words, shown), "n"),
            (_row(row, shown, metrics) for row in rows if _set(row) in members),
        )


def _row(row: str, columns: Sequence[str], metrics: Mapping[str, Metric]) -> tuple[str, ...]:
    names = [f"{row}.{column}" for column in columns]
    sizes = [f"{metrics[name]['n']:,}" for name in names if name in metrics]
    size = sizes[0] if len(set(sizes)) == 1 else " / ".join(sizes)
    shown = (_shown(name, metrics) if name in metrics else "" for name in names)
    return (row.partition(".")[2] or row, *shown, size)


def _shown(name: str, metrics: Mapping[str, Metric]) -> str:
    beside = targets.companion(name)
    if beside and beside not in metrics:
        return f"withheld: {_words(beside.rpartition('.')[2])} was not measured"
    return figure(metrics[name])


def figure(metric: Metric) -> str:
    """A figure with its interval, where it has one."""
    if metric["low"] == metric["high"]:
        return number(metric["value"])
    return f"{number(metric['value'])} [{number(metric['low'])}, {number(metric['high'])}]"


def number(value: float) -> str:
    """As people read it: three digits that matter."""
    if value == int(value):
        return f"{int(value):,}"
    if abs(value) >= 100:  # noqa: PLR2004
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"  # noqa: PLR2004


def _span(move: Any) -> str:
    return f"{move.new - move.old:+.3f} [{move.low:+.3f}, {move.high:+.3f}]"


def _facts(environment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in environment.items():
        if isinstance(value, Mapping):
            yield _words(key), ", ".join(f"{name} {_told(one)}" for name, one in value.items())
        elif value is not None:
            yield _words(key), str(value)


def _told(value: object) -> str:
    return "none" if value is None else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _area(name: str) -> str:
    return name.partition(".")[0]


def _set(row: str) -> str:
    """The set that a row is about; "" where its figures are about the whole area."""
    return (*row.split("."), "")[1]


def _place(area: str) -> tuple[int, str]:
    known = list(_AREAS)
    return (known.index(area) if area in known else len(known)), area
