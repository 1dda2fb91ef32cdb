"""The report's plots. Colours are Okabe and Ito's, which people tell apart however they see them.

Each draws what its area measured, by the metrics' names, and nothing where there is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import targets
from evals.comparing import Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BLUE, _ORANGE, _GREEN, _RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
_INK, _PALE = "#222222", "#D9D9D9"
_LISTS = {"lexical": _ORANGE, "vectors": _GREEN, "fused": _BLUE}
_STYLES = ((_BLUE, "o"), (_ORANGE, "s"), (_GREEN, "^"), (_RED, "D"), (_INK, "v"))
_DPI = 150
_POINTS: Any = {"textcoords": "offset points", "fontsize": 8, "color": _INK}
_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1}
_INCHES = 8.0
_WIDEST = 2.5  # times the target; longer bars would leave the others no room

Metrics = Mapping[str, Metric]
Rows = Sequence[tuple[float, Metric]]
"""Where each bar stands, and what it shows."""


def draw(folder: Path, metrics: Metrics) -> dict[str, str]:
    """Write the plots as PNG; their file names by area."""
    painters: dict[str, Callable[[Metrics], Figure | None]] = {
        "retrieval": _retrieval,
        "answers": _answers,
        "abstention": _abstention,
        "support": _support,
        "bench": lambda found: bench(found) or _cost(found),
    }
    drawn = {}
    for area, paint in painters.items():
        figure = paint(metrics)
        if figure is not None:
            drawn[area] = f"{area}.png"
            figure.savefig(folder / drawn[area], dpi=_DPI)
    return drawn


def _retrieval(metrics: Metrics) -> Figure | None:
    """nDCG@10 of each set: words, vectors, fused."""
    sets = _names(metrics, "retrieval.", ".fused.ndcg@10")
    if not sets:
        return None
    figure, axes = _figure(1, height=1.0 + 0.75 * len(sets))
    for place, (name, colour) in enumerate(_LISTS.items()):
        offset = (place - (len(_LISTS) - 1) / 2) * 0.26
        found = [metrics.get(f"retrieval.{one}.{name}.ndcg@10") for one in sets]
        rows = [(y + offset, metric) for y, metric in enumerate(found) if metric]
        _bars(axes[0], rows, colour, 0.24, name)
    fused = {y + offset: f"retrieval.{one}.fused.ndcg@10" for y, one in enumerate(sets)}
    _targets(axes[0], fused, 0.13)
    _finish(axes[0], sets, "nDCG@10")
    _legend(axes[0])
    return figure


def _answers(metrics: Metrics) -> Figure | None:
    """Every measure of the answers that is a share, with its target."""
    names = [name for name in metrics if name.startswith("answers.")]
    return _shares(names, metrics, "share, or overlap from 0 to 1")


def _support(metrics: Metrics) -> Figure | None:
    """AUROC of the support check: pooled, and of each source."""
    names = [name for name in metrics if name.startswith("support.") and name.endswith(".auroc")]
    figure = _shares(names, metrics, "AUROC against human labels")
    if figure is not None:
        figure.axes[0].axvline(0.5, color=_INK, linestyle=":", label="tells nothing")
        _legend(figure.axes[0])
    return figure


def _shares(names: Sequence[str], metrics: Metrics, label: str) -> Figure | None:
    """One bar a metric, from 0 to 1, with its target."""
    if not names:
        return None
    figure, axes = _figure(1, height=1.0 + 0.34 * len(names))
    _bars(axes[0], [(y, metrics[name]) for y, name in enumerate(names)], _BLUE, 0.62, "figure")
    _targets(axes[0], dict(enumerate(names)), 0.42)
    _finish(axes[0], [_label(name.partition(".")[2]) for name in names], label)
    _legend(axes[0])
    return figure


def _abstention(metrics: Metrics) -> Figure | None:
    """Answers what it can, against silent about what it cannot: the corner is best."""
    rows = [
        row
        for row in _names(metrics, "abstention.", ".coverage")
        if f"abstention.{row}.silence" in metrics
    ]
    if not rows:
        return None
    figure, (axes,) = _figure(1, height=5.6, width=6.0)
    for (colour, marker), row in zip(cycle(_STYLES), rows, strict=False):
        x, y = metrics[f"abstention.{row}.silence"], metrics[f"abstention.{row}.coverage"]
        axes.errorbar(
            [x["value"]],
            [y["value"]],
            xerr=_arms([x]),
            yerr=_arms([y]),
            fmt=marker,
            color=colour,
            markersize=8,
            capsize=3,
            label=_label(row),
        )
    axes.plot([0, 1], [1, 0], color=_PALE, linestyle="--", zorder=0, label="chance")
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
    axes.set_xlabel("silence: unanswered, of what cannot be answered")
    axes.set_ylabel("coverage: answered, of what can be answered")
    axes.grid(color=_PALE, linewidth=0.6)
    axes.legend(loc="lower left", frameon=False)
    return figure


def _cost(metrics: Metrics) -> Figure | None:
    """Time of a query, share of the bare embedder's speed, memory and size."""
    panels = (
        ("a search, ms", ("bench.query.p50_ms", "bench.query.p95_ms")),
        ("indexing speed over\nthe bare embedder's", ("bench.pipeline.speed_over_embedder",)),
        ("memory at its peak, MB", ("bench.memory.peak_mb",)),
        ("index, bytes a passage", ("bench.index.bytes_per_passage",)),
    )
    if not all(name in metrics for _, names in panels for name in names):
        return None
    figure, axes = _figure(len(panels), height=3.0)
    for panel, (title, names) in zip(axes, panels, strict=True):
        found = [metrics[name] for name in names]
        places = range(len(names))
        panel.bar(places, _values(found), 0.5, color=_BLUE)
        panel.errorbar(places, _values(found), yerr=_arms(found), fmt="none", ecolor=_INK)
        for x, metric in enumerate(found):
            text = f"{metric['value']:,.2f}" if metric["value"] < 1 else f"{metric['value']:,.0f}"
            panel.annotate(text, (x, metric["high"]), (0, 3), ha="center", **_POINTS)
        panel.set_xticks(places, [name.rpartition(".")[2].split("_")[0] for name in names])
        if len(names) == 1:
            panel.set_xticks([])
        panel.set_xlim(-0.7, len(names) - 0.3)
        panel.set_ylim(0, max(metric["high"] for metric in found) * 1.2)
        panel.set_title(title, fontsize=9)
    return figure


def bench(metrics: Metrics) -> Figure | None:
    """Each benchmark as a multiple of its target, and the time of a search by what narrows it."""
    aimed = [name for name in metrics if name.startswith("bench.") and targets.number(name)]
    sizes = sorted(_names(metrics, "bench.query.p95_ms@"), key=_size)
    panels = [bool(aimed), bool(sizes)].count(True)
    if not panels:
        return None
    figure, axes = _figure(panels, height=1.4 + 0.4 * max(len(aimed), 9), width=10.0)
    if aimed:
        _multiples(axes[0], metrics, aimed)
    if sizes:
        _searches(axes[-1], metrics, sizes)
    return figure


def _multiples(axes: Axes, metrics: Metrics, aimed: Sequence[str]) -> None:
    """Figures over their targets; what is far beyond is cut off, and its figure stands there."""
    found = [metrics[name] for name in aimed]
    ratios = [
        metric["value"] / (targets.number(name) or 1)
        for name, metric in zip(aimed, found, strict=True)
    ]
    colours = [_BLUE if targets.TARGETS[name].is_met(metrics[name]) else _RED for name in aimed]
    axes.barh(range(len(aimed)), [min(one, _WIDEST) for one in ratios], 0.6, color=colours)
    for y, (ratio, metric) in enumerate(zip(ratios, found, strict=True)):
        place = (min(ratio, _WIDEST), y)
        text = f"{metric['value']:.3g}"
        axes.annotate(text, place, (4, 0), va="center", bbox=_ON_WHITE, **_POINTS)
    axes.axvline(1, color=_INK, linestyle="--")
    _rows(axes, [f"{_label(one[6:])} {targets.TARGETS[one]}" for one in aimed])
    axes.set_xlim(0, _WIDEST * 1.15)
    axes.set_xlabel("times the target (blue: met, red: not met)")


def _searches(axes: Axes, metrics: Metrics, sizes: Sequence[str]) -> None:
    """The p95 of a search by size and by what narrows it."""
    kinds = ["", *(f"{one}." for one in _names(metrics, "bench.query.", f".p95_ms@{sizes[0]}"))]
    for place, ((colour, _), size) in enumerate(zip(_STYLES, sizes, strict=False)):
        found = [metrics.get(f"bench.query.{kind}p95_ms@{size}") for kind in kinds]
        offset = (place - (len(sizes) - 1) / 2) * 0.3
        rows = [(y + offset, metric) for y, metric in enumerate(found) if metric]
        _bars(axes, rows, colour, 0.28, f"{size} passages", digits=0)
    _rows(axes, [kind.rstrip(".").replace("_", " ") or "no filter" for kind in kinds])
    axes.margins(x=0.12)
    of_one = f" ({sizes[0]} passages)" if len(sizes) == 1 else ""  # else the legend tells
    axes.set_xlabel(f"p95 of a search, ms{of_one}")
    _legend(axes)


def _size(name: str) -> int:
    """Of "10k" or "1m", the number."""
    return int(name.rstrip("km")) * {"k": 1_000, "m": 1_000_000}.get(name[-1], 1)


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.grid(axis="x", color=_PALE, linewidth=0.6)
    axes.set_axisbelow(True)


# ---------------------------------------------------------------- parts


def _figure(panels: int, *, height: float, width: float = _INCHES) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = list(figure.subplots(1, panels, squeeze=False)[0])
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=9)
    return figure, axes


def _bars(
    axes: Axes, rows: Rows, colour: str, height: float, label: str, *, digits: int = 3
) -> None:
    found = [metric for _, metric in rows]
    places = [y for y, _ in rows]
    axes.barh(places, _values(found), height, color=colour, label=label)
    axes.errorbar(
        _values(found), places, xerr=_arms(found), fmt="none", ecolor=_INK, elinewidth=1, capsize=2
    )
    for y, metric in rows:
        text = f"{metric['value']:.{digits}f}"
        axes.annotate(text, (metric["high"], y), (4, 0), va="center", **_POINTS)


def _targets(axes: Axes, names: Mapping[float, str], half: float) -> None:
    """The targets of the bars, by place, as upright strokes."""
    marked = {y: targets.number(name) for y, name in names.items()}
    found = {y: target for y, target in marked.items() if target is not None}
    if found:
        low, high = [y - half for y in found], [y + half for y in found]
        axes.vlines([*found.values()], low, high, color=_RED, linewidth=2.5, label="target")


def _finish(axes: Axes, rows: Sequence[str], label: str) -> None:
    axes.set_yticks(range(len(rows)), rows)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.09)
    axes.set_xlabel(label)
    axes.grid(axis="x", color=_PALE, linewidth=0.6)
    axes.set_axisbelow(True)


def _legend(axes: Axes) -> None:
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=9
        )


def _label(name: str) -> str:
    return name.removesuffix(".auroc").replace("_", " ").replace(".", ": ")


def _names(metrics: Metrics, before: str, after: str = "") -> list[str]:
    """What stands between the two in the metrics' names, in their order."""
    return [
        name.removeprefix(before).removesuffix(after)
        for name in metrics
        if name.startswith(before)
        and name.endswith(after)
        and len(name) > len(before) + len(after)  # else both may be one and the same dot
    ]


def _values(metrics: Sequence[Metric]) -> list[float]:
    return [metric["value"] for metric in metrics]


def _arms(metrics: Sequence[Metric]) -> list[list[float]]:
    """From the value down and up to the ends of its interval."""
    return [
        [max(metric["value"] - metric["low"], 0.0) for metric in metrics],
        [max(metric["high"] - metric["value"], 0.0) for metric in metrics],
    ]
