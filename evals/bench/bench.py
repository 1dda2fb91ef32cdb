"""What a benchmark is given: how large to make things, and a folder of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from evals.bench import measuring, prose
from evals.bench.archive import Archive
from evals.bench.notes import write_notes
from evals.bench.whole import Whole, build_archive, index_archive
from rag_assistant.config import EmbeddingSettings

if TYPE_CHECKING:
    from rag_assistant.embedding.backends import Backend

NOTES = 40
"""Notes of the small collection that is indexed first."""
OF_FRONTS = 5
"""One question in so many, the first of them, is about a page with very many versions."""
_QUESTIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured: a full run takes about half an hour on two idle cores.

    ``pages`` of the larger archive, ``small`` of the one that its memory is compared with,
    ``documents`` of the collection that is indexed twice, ``passages`` that are searched, ``kills``
    of runs of `index`, ``lost`` passages whose lost indexes some of those runs build anew.
    """

    pages: int = 1_000
    small: int = 100
    documents: int = 10_000
    passages: int = 100_000
    kills: int = 100
    lost: int = 5_200


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocked:
    """A data folder with very many passages, and what is asked there."""

    data: Path
    questions: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Bench:
    """One run of the benchmarks; ``folder`` is deleted after it."""

    folder: Path
    sizes: Sizes
    _archives: dict[int, Archive] = field(default_factory=dict)
    _wholes: dict[int, Whole] = field(default_factory=dict)
    _stocked: dict[int, Stocked] = field(default_factory=dict)

    def archive(self, pages: int) -> Archive:
        """An archive of so many pages, in a collection's folder of its own."""
        if pages not in self._archives:
            self._archives[pages] = build_archive(self.empty(f"archive-{pages}"), pages)
        return self._archives[pages]

    def whole(self, pages: int) -> Whole:
        """An archive of so many pages, indexed; several benchmarks look at the same run."""
        if pages not in self._wholes:
            self.prepared()
            self._wholes[pages] = index_archive(self.archive(pages))
        return self._wholes[pages]

    def stocked(self, passages: int) -> Stocked:
        """A folder of so many passages; several benchmarks search it."""
        if passages not in self._stocked:
            self.prepared()
            folder = self.empty(f"stocked-{passages}")
            data = folder / "data"
            told = measuring.told("evals.bench.stocked", folder, data, str(passages))
            asked = questions(passages, told["fronts"])
            self._stocked[passages] = Stocked(data=data, questions=asked)
        return self._stocked[passages]

    def prepared(self) -> Path:
        """A small data folder, indexed: by then the backend of this machine is measured.

        The product keeps what it measured in its cache, so that no other run waits for it.
        """
        if not self._prepared.exists():
            notes = self.empty("prepared") / "notes"
            write_notes(notes, NOTES)
            measuring.run(self.folder, "--data", self._prepared, "index", notes)
        return self._prepared

    @property
    def _prepared(self) -> Path:
        return self.folder / "prepared" / "data"

    @property
    def chosen_backend(self) -> Backend | None:
        """The backend that the product chose on this machine; None before anything was indexed."""
        from rag_assistant.docstore import Docstore
        from rag_assistant.embedding import find_model, in_use

        if not Docstore.exists(self._prepared):
            return None
        docstore, settings = Docstore(self._prepared), EmbeddingSettings()
        try:
            choice = in_use(settings, find_model(settings), docstore)
        finally:
            docstore.close()
        return choice.backend if choice else None

    def backend(self) -> Backend:
        """The backend that the product chose on this machine."""
        self.prepared()
        return self.chosen_backend or "torch"

    def empty(self, name: str) -> Path:
        """A new folder of that name."""
        made = self.folder / name
        made.mkdir(parents=True)
        return made


def questions(seed: int, fronts: list[str]) -> tuple[str, ...]:
    """A hundred questions; every fifth is the title of a page with very many versions."""
    asked = prose.questions(Random(seed), _QUESTIONS)  # noqa: S311 - the same each time
    for place in range(0, _QUESTIONS if fronts else 0, OF_FRONTS):
        asked[place] = fronts[place // OF_FRONTS % len(fronts)]
    return tuple(asked)
