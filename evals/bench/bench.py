"""What a benchmark is given: how large to make things, and a folder of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evals.bench import measuring
from evals.bench.notes import write_notes
from evals.bench.whole import Whole, index_archive
from rag_assistant.config import EmbeddingSettings

if TYPE_CHECKING:
    from rag_assistant.embedding.backends import Backend

_PREPARED = 40  # notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured: a full run takes under half an hour on two idle cores.

    ``pages`` of the larger archive, ``small`` of the one that its memory is compared with,
    ``documents`` of the collection that is indexed twice, ``passages`` that are searched.
    """

    pages: int = 1_000
    small: int = 100
    documents: int = 10_000
    passages: int = 100_000
    kills: int = 100


@dataclass(slots=True, kw_only=True)
class Bench:
    """One run of the benchmarks; ``folder`` is deleted after it."""

    folder: Path
    sizes: Sizes
    _wholes: dict[int, Whole] = field(default_factory=dict)

    def whole(self, pages: int) -> Whole:
        """An archive of so many pages, indexed; several benchmarks look at the same run."""
        if pages not in self._wholes:
            self.prepared()
            self._wholes[pages] = index_archive(self.empty(f"archive-{pages}"), pages)
        return self._wholes[pages]

    def prepared(self) -> Path:
        """A small data folder, indexed: by then the backend of this machine is measured.

        The product keeps what it measured for the person, so that no other run waits for it.
        """
        data = self.folder / "prepared" / "data"
        if not data.exists():
            notes = self.empty("prepared") / "notes"
            write_notes(notes, _PREPARED)
            measuring.run(self.folder, "--data", data, "index", notes)
        return data

    def backend(self) -> Backend:
        """The backend that the product chose on this machine."""
        from rag_assistant.docstore import Docstore
        from rag_assistant.embedding import find_model, in_use

        docstore, settings = Docstore(self.prepared()), EmbeddingSettings()
        try:
            choice = in_use(settings, find_model(settings), docstore)
        finally:
            docstore.close()
        return choice.backend if choice else "torch"

    def empty(self, name: str) -> Path:
        """A new folder of that name."""
        made = self.folder / name
        made.mkdir(parents=True)
        return made
