"""How far indexing has come: bars on a terminal, one JSON event a line on request, else nothing."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from rag_assistant.indexer import Event

_NAME_WIDTH = 40


class IndexProgress:
    """Shows the events of `Assistant.index` and `Assistant.repair`."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}", markup=False),
            console=self._console,
            disable=as_json or quiet or not self._console.is_terminal,
            transient=True,
        )
        self._files: TaskID | None = None
        self._follow: TaskID | None = None
        self._most = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def on_event(self, event: Event) -> None:
        """Take one event."""
        if self._as_json:
            print(json.dumps(event), flush=True)
        elif event["event"] == "file":
            self._on_file(event)
        elif event["event"] == "follow":
            self._on_follow(event)

    def _on_file(self, event: Event) -> None:
        if self._files is None:
            self._files = self._progress.add_task("Reading", now="")
        self._progress.update(
            self._files,
            description=f"Reading {event['collection']}"[:18],
            total=event["of"],
            completed=event["number"] - 1,
            now=event["path"][-_NAME_WIDTH:],
        )

    def _on_follow(self, event: Event) -> None:
        if self._files is not None:
            self._progress.update(self._files, visible=False)
        if self._follow is None:
            self._follow = self._progress.add_task("Embedding", now="documents")
        lag = max(event["lexical"], event["vectors"])
        self._most = max(self._most, lag)
        self._progress.update(self._follow, total=self._most, completed=self._most - lag)
