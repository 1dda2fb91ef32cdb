"""What an evaluator is given: the data, the libraries made of it, and who answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from evals.libraries import Library
from evals.measures import Measure
from evals.sets import Text
from rag_assistant.ports import Embedder

Evaluator = Callable[["Workbench"], dict[str, Measure]]
"""Measures one area; names are ``area.set.what.metric`` (see the contracts)."""


class Halved(Protocol):
    """An item that knows its half."""

    @property
    def held_out(self) -> bool: ...


Item = TypeVar("Item", bound=Halved)


@dataclass(slots=True, kw_only=True)
class Workbench:
    """One run of a suite.

    ``data`` holds the evaluation sets, ``cache`` what outlives a run. ``everything`` takes both
    halves of the sets; else only the half that nothing was fitted on. ``answerer`` is "extractive"
    or "ollama".
    """

    data: Path
    cache: Path
    embedder: Embedder
    answerer: str = "extractive"
    everything: bool = False
    _libraries: dict[str, Library] = field(default_factory=dict)

    def library(self, name: str, texts: Callable[[], Sequence[Text]]) -> Library:
        """The indexed set of that name; made at its first use, and kept open for the others."""
        if name not in self._libraries:
            self._libraries[name] = Library(name, self.cache / "libraries", texts(), self.embedder)
        return self._libraries[name]

    def of(self, items: Iterable[Item]) -> list[Item]:
        """The items that this run reports on."""
        return [item for item in items if self.everything or item.held_out]

    def close(self) -> None:
        """Release all indexes."""
        for library in self._libraries.values():
            library.close()
        self._libraries.clear()
