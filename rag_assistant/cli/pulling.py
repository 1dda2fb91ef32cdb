"""How far a pull is: a bar on a terminal, else a line for each step and each tenth."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from rag_assistant.models.pulling import DONE, Pulled

_TENTHS = 10


def show_pull(steps: Iterable[Pulled], *, quiet: bool, console: Console | None = None) -> None:
    """Show a pull until it ends.

    Args:
        steps: What `pull` yields.
        quiet: Nothing at all.
        console: Where bars or lines go; None is standard error.
    """
    console = console or Console(stderr=True)
    if quiet:
        for _ in steps:
            pass
    elif console.is_terminal:
        _draw(steps, console)
    else:
        _tell(steps, console)


def _draw(steps: Iterable[Pulled], console: Console) -> None:
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    tasks: dict[str, TaskID] = {}
    with bars:
        for step in steps:
            if step.total is None:
                bars.console.print(_said(step), markup=False, highlight=False)
                continue
            if step.status not in tasks:
                tasks[step.status] = bars.add_task(step.status, total=step.total)
            bars.update(tasks[step.status], completed=step.completed)


def _tell(steps: Iterable[Pulled], console: Console) -> None:
    last = ""
    for step in steps:
        line = _said(step)
        if line != last:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
            last = line


def _said(step: Pulled) -> str:
    if step.status == DONE:
        return "done"
    if not step.total:
        return step.status
    tenths = _TENTHS * step.completed // step.total
    return f"{step.status}: {tenths * _TENTHS} % of {decimal(step.total)}"
