"""What goes because files are gone or hold less: never most of a collection unasked.

A disk that is not mounted, a folder that was moved and an archive that was copied by half look
like a wish to remove. Within one run a collection loses at most a configured share of the documents
that it had, or a handful where it is small. What would be more is withheld: it stays as it is, the
report says so, and ``yes`` confirms it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.files import FileFinding
from rag_assistant.errors import UsageError
from rag_assistant.report import OnEvent, Report, Withheld
from rag_assistant.sources import Found, Root

HANDFUL = 3
"""So many documents may always go: of a small collection any one is a large share."""


class Removals:
    """What one run removes from one collection.

    Args:
        docstore: Where documents stand.
        collection: The collection's id.
        limit: The share of its documents that may go, 0..1.
        yes: Whether a person has confirmed that more may go.
        report: Counts what was removed and lists what was withheld; in a dry run nothing goes.
        on_event: Called with one event for each file that is gone.
    """

    def __init__(
        self,
        docstore: Docstore,
        collection: str,
        *,
        limit: float,
        yes: bool,
        report: Report,
        on_event: OnEvent,
    ) -> None:
        self._files = docstore.files
        self._collection = collection
        self._yes = yes
        self._report = report
        self._on_event = on_event
        self._of = self._files.document_count(collection)
        self._left = max(HANDFUL, int(limit * self._of)) if limit else 0

    def require_files(self, root: Root, found: Sequence[Found]) -> None:
        """An unmounted disk must not look like a wish to remove all.

        Raises:
            UsageError: There is no file, and no wish either, or nothing to remove.
        """
        there = any(one.failed or not one.refused for one in found)
        if there or (found and not self._of) or (self._yes and self._of):
            return
        folder = root.config.root / root.part
        hint = "Check the path, and 'include' and 'exclude' in collection.toml."
        if self._of and not self._yes:
            hint = f"If all of it is to be removed: rag-assistant index {folder} --yes"
        raise UsageError(f"There is no file to index in {folder}.", hint)

    def finish(self, path: str, finding: FileFinding, *, added: int) -> None:
        """Note that a file was read to its end, and drop what it no longer holds.

        It counts as a loss only as far as the file gave no new documents instead: ``added``. Where
        the loss is withheld, the file counts as not read, so that the next run asks again.
        """
        bound = None if self._yes else self._left + added
        lost = self._files.finish(self._collection, path, finding, at_most=bound)
        if bound is not None and lost > bound:
            self._withhold([path], lost)
            return
        self._left -= max(0, lost - added)
        self._report.documents["removed"] += lost

    def vanished(self, paths: Sequence[str]) -> None:
        """Remove what hangs on files that are gone: all of it or, if that is too much, nothing."""
        lost = self._files.documents_of(self._collection, paths) if paths else 0
        if lost > self._left and not self._yes:
            self._withhold(paths, lost)
            return
        for path in paths:
            self._on_event({"event": "removed", "collection": self._collection, "path": path})
            if self._report.dry_run:
                self._report.would("removed", self._collection, path)
            else:
                self._report.documents["removed"] += self._files.remove(self._collection, path)
        self._left -= lost

    def _withhold(self, paths: Sequence[str], documents: int) -> None:
        known = self._report.withheld.get(self._collection, Withheld(of=self._of))
        self._report.withheld[self._collection] = Withheld(
            documents=known.documents + documents, files=known.files + len(paths), of=self._of
        )
        for path in paths:
            self._on_event({"event": "withheld", "collection": self._collection, "path": path})
