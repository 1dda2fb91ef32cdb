"""A whole run of `index` over a built archive, watched from outside."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.bench import measuring
from evals.bench.archive import Archive, build
from rag_assistant.docstore import Docstore

_EVERY = 0.05  # seconds between two looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What one run of `index` came to; seconds are since its process was started.

    ``first`` is when the first page could be found, ``by_words`` when all could be found by words.
    """

    archive: Archive
    data: Path
    run: measuring.Run
    report: dict[str, Any]
    first: float
    by_words: float

    @property
    def passages(self) -> int:
        """Passages that were indexed."""
        return int(self.report["passages"])


def build_archive(folder: Path, pages: int) -> Archive:
    """An archive of so many pages, the one file of a collection."""
    archive = build(folder / "collection" / "crawl.warc.gz", pages)
    (archive.path.parent / "collection.toml").write_text(
        'id = "bench"\ntitle = "bench"\naccess = "public"\n', encoding="utf-8"
    )
    return archive


def index_archive(archive: Archive) -> Whole:
    """Index an archive into a new data folder beside its collection."""
    collection = archive.path.parent
    folder = collection.parent
    data = folder / "data"
    with Watch(data) as watch:
        run = measuring.run(folder, "--data", data, "index", collection, "--json")
    return Whole(
        archive=archive,
        data=data,
        run=run,
        report=measuring.report_of(run),
        first=watch.reached(1),
        by_words=watch.reached(watch.last),
    )


@dataclass(slots=True)
class Watch:
    """Looks again and again how far the lexical index of a data folder has come.

    Attributes:
        last: The last change that was seen.
    """

    data: Path
    last: int = 0
    _started: float = field(default_factory=time.monotonic)
    _seen: list[tuple[float, int]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Watch:
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def reached(self, seq: int) -> float:
        """Seconds from the start until the index held the changes up to ``seq``.

        Raises:
            ValueError: It never did.
        """
        for seconds, held in self._seen:
            if held >= seq:
                return seconds
        raise ValueError(f"the lexical index never came to change {seq}")

    def _look(self) -> None:
        while not Docstore.exists(self.data):
            if self._over.wait(_EVERY):
                return
        docstore = Docstore(self.data)
        try:
            while not self._over.wait(_EVERY):
                self._note(docstore)
            self._note(docstore)
        finally:
            docstore.close()

    def _note(self, docstore: Docstore) -> None:
        cursor = docstore.changes.cursor("lexical")
        held = cursor.seq if cursor else 0
        self.last = max(self.last, docstore.changes.last_seq())
        if not self._seen or held > self._seen[-1][1]:
            self._seen.append((time.monotonic() - self._started, held))
