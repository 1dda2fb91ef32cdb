"""How far a harvest is: a bar on a terminal, else a line now and then; what it came to at last."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rag_assistant.cli.printing import visible
from rag_assistant.harvesting import Harvested

_EVERY = 1000  # records between two lines


def show_harvest(
    steps: Iterable[Harvested], folder: Path, *, quiet: bool, console: Console | None = None
) -> Harvested:
    """Show a harvest until it ends.

    Args:
        steps: What `harvest` yields.
        folder: Where the records go.
        quiet: Nothing at all.
        console: Where bars or lines go; None is standard error.

    Returns:
        The last step.
    """
    console = console or Console(stderr=True)
    if quiet:
        *_, last = (Harvested(), *steps)
        return last
    last = _draw(steps, console) if console.is_terminal else _tell(steps, console)
    for line in _summary(last, folder):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return last


def _draw(steps: Iterable[Harvested], console: Console) -> Harvested:
    bars = Progress(
        TextColumn("harvesting"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
    last = Harvested()
    with bars:
        task = bars.add_task("", total=None)
        for last in steps:
            bars.update(task, completed=last.records + last.deleted, total=last.total)
    return last


def _tell(steps: Iterable[Harvested], console: Console) -> Harvested:
    last, told = Harvested(), 0
    for last in steps:
        if last.records - told >= _EVERY:
            told = last.records
            of = f" of {last.total:,}" if last.total else ""
            console.print(f"{last.records:,}{of} records", highlight=False, soft_wrap=True)
    return last


def _summary(last: Harvested, folder: Path) -> list[str]:
    since = f" since {last.since}" if last.since else ""
    what = (
        f"{last.records:,} records new or changed{since}" if since else f"{last.records:,} records"
    )
    lines = [f"{what}, {last.deleted:,} deleted."]
    if last.nameless:
        lines.append(f"{last.nameless:,} had no identifier and were left out.")
    if not last.keeps_deleted:
        lines.append(
            "This repository does not tell what it deletes: harvest into a new folder now and then."
        )
    return [str(visible(line)) for line in (*lines, f"Now: rag-assistant index {folder}")]
