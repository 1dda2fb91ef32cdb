"""One file's leaves on their way into the docstore: each gets exactly one outcome."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from rag_assistant import readers, reading
from rag_assistant.access_rules import AccessRules, Verdict
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.documents import Change
from rag_assistant.docstore.files import FileFinding, FileState
from rag_assistant.docstore.revisits import TAKEN_DOWN
from rag_assistant.docstore.rows import Origin
from rag_assistant.docstore.unread import Failure
from rag_assistant.indexer.removals import Removals
from rag_assistant.ports import Leaf
from rag_assistant.report import Counts, Item, OnEvent, Report
from rag_assistant.schema import Capture, Document
from rag_assistant.sources import Found

_EXCLUDED = "excluded by access rules"
_TOGETHER = 64  # documents and passages that are stored in one transaction


class Intake:
    """A file being read: its counts and what was seen.

    Its revisits are only remembered: their originals may stand in a later file.

    Args:
        docstore: Where documents go.
        on_event: Called with one event for each leaf.
        report: Counts and mentions.
        collection: The collection that the file belongs to.
        rules: Its access rules.
        found: The file.
        state: What the file is now.
        removals: Drops what the file no longer holds.
    """

    def __init__(
        self,
        docstore: Docstore,
        on_event: OnEvent,
        report: Report,
        *,
        collection: CollectionConfig,
        rules: AccessRules,
        found: Found,
        state: FileState,
        removals: Removals,
    ) -> None:
        self._docstore = docstore
        self._on_event = on_event
        self._report = report
        self._collection = collection
        self._rules = rules
        self._path = found.name
        self._state = state
        self._removals = removals
        self._added = 0
        self._counts = Counts()
        self._seen_documents: set[str] = set()
        self._seen_records: set[str] = set()
        self._seen_misses: set[str] = set()
        self._seen_revisits: set[str] = set()
        self._seen_aside: set[str] = set()
        self._failed: list[Failure] = []
        self._broken = False
        self._waiting: list[reading.Item] = []

    @property
    def documents(self) -> int:
        """How many of its leaves gave a document."""
        return self._counts.documents

    def take(self, item: reading.Item) -> None:
        """Store a leaf with the passages of its sections, or count why it gave nothing.

        It may wait until some more have come, until `finish` or `break_off` at the latest.
        """
        leaf = item.leaf
        if leaf.record is not None:
            self._counts.records += 1
        if leaf.capture and self._verdict(leaf.capture) == "refused":
            self._pass_over(leaf, _EXCLUDED)
            return
        if leaf.outcome == "read":
            self._waiting.append(item)
            if sum(1 + sum(map(len, one.groups)) for one in self._waiting) >= _TOGETHER:
                self._store()
            return
        self._store()  # whether a take-down forbids a repeat depends on what is stored
        if leaf.outcome == "revisit":
            self._remember_revisit(leaf)
        else:
            if leaf.capture:
                self._note_capture(leaf, leaf.capture)
            if leaf.outcome == "skipped":
                self._pass_over(leaf, leaf.reason, leaf.detail)
            else:
                self._broken |= _says_that_more_is_there(leaf)
                self._fail(leaf)

    def break_off(self, reason: str) -> None:
        """Note that the file cannot be believed: what it gave stays, it is read again next time."""
        self._store()
        self._broken = True
        self._fail(Leaf(record=None, outcome="failed", reason=reason))

    def finish(self) -> None:
        """Note that the file was read to its end, and drop what it no longer holds."""
        self._store()
        self._report.add(self._counts)
        if self._broken:
            self._docstore.files.fail(self._collection.id, self._path, self._failed)
            return
        finding = FileFinding(
            state=replace(self._state, counts=self._counts.stored()),
            seen_documents=self._seen_documents,
            seen_records=self._seen_records,
            seen_misses=self._seen_misses,
            seen_revisits=self._seen_revisits,
            seen_aside=self._seen_aside,
            failed=self._failed,
        )
        self._removals.finish(self._path, finding, added=self._added)

    def _store(self) -> None:
        """Store what waits for it: together, for each transaction costs about half a document."""
        items, self._waiting = self._waiting, []
        if not items:
            return
        stored = self._docstore.documents.put_all(
            [(self._origin(item.leaf), self._narrowed(item.leaf), item.groups) for item in items]
        )
        for item, (document_id, change) in zip(items, stored, strict=True):
            self._count_stored(item, document_id, change)

    def _count_stored(self, item: reading.Item, document_id: str, change: Change) -> None:
        leaf = item.leaf
        if change == "banned":
            self._pass_over(leaf, TAKEN_DOWN)
            return
        self._count_seen(leaf, document_id, change)
        self._counts.documents += 1
        self._added += change == "added"
        self._report.documents[change] += 1
        self._on_event(
            {
                "event": change,
                "collection": self._collection.id,
                "path": self._path,
                "record": leaf.record,
                "document_id": document_id,
                "passages": sum(map(len, item.groups)),
                "read": item.place,
            }
        )

    def _narrowed(self, leaf: Leaf) -> Document:
        """The leaf's document, kept with the staff where the access rules say so."""
        document = leaf.document
        if document is None:
            raise ValueError(f"a read leaf without a document: {self._path}")
        if leaf.capture and self._verdict(leaf.capture) == "staff":
            description = replace(document.description, access="staff")
            return replace(document, description=description)
        return document

    def _remember_revisit(self, leaf: Leaf) -> None:
        """What became of it is counted when it is settled."""
        if leaf.capture is None:
            raise ValueError(f"a revisit without a capture: {self._path}")
        staff_only = self._verdict(leaf.capture) == "staff"
        if not self._docstore.revisits.put(self._origin(leaf), staff_only=staff_only):
            self._pass_over(leaf, TAKEN_DOWN)
            return
        self._seen_revisits.add(leaf.capture.record_id)
        self._seen_records.add(leaf.capture.record_id)  # it keeps its document until then

    def _note_capture(self, leaf: Leaf, capture: Capture) -> None:
        """Remember a capture without a document: for its address's history, or for its revisits."""
        if capture.status == HTTPStatus.OK:
            self._docstore.revisits.set_aside(self._origin(leaf), leaf.reason)
            self._seen_aside.add(capture.record_id)
        elif self._verdict(capture) == "allow":  # a miss is told to whoever sees the page
            self._docstore.documents.miss(self._origin(leaf))
            self._seen_misses.add(capture.record_id)

    def _pass_over(self, leaf: Leaf, reason: str, detail: str = "") -> None:
        self._counts.skipped[reason] += 1
        self._mention(leaf, reason, detail, failed=False)

    def _fail(self, leaf: Leaf) -> None:
        self._counts.failed[leaf.reason] += 1
        self._failed.append((leaf.record, leaf.reason, leaf.detail))
        self._mention(leaf, leaf.reason, leaf.detail, failed=True)

    def _mention(self, leaf: Leaf, reason: str, detail: str, *, failed: bool) -> None:
        item = Item(path=self._path, record=leaf.record, reason=reason, detail=detail)
        self._report.mention(item, failed=failed)
        self._on_event({"event": "failed" if failed else "skipped", **item.to_dict()})

    def _count_seen(self, leaf: Leaf, document_id: str, change: Change) -> None:
        if leaf.capture:
            self._seen_records.add(leaf.capture.record_id)  # its document lives by its captures
            self._counts.captures += 1
        else:
            self._seen_documents.add(document_id)
        if change == "unchanged":
            self._counts.unchanged += 1
        else:
            self._counts.indexed += 1

    def _verdict(self, capture: Capture) -> Verdict:
        return self._rules.verdict(capture.uri, capture.timestamp)

    def _origin(self, leaf: Leaf) -> Origin:
        return Origin(
            collection=self._collection,
            path=self._path,
            record=leaf.record,
            capture=leaf.capture,
        )


def _says_that_more_is_there(leaf: Leaf) -> bool:
    """Whether a file was not read to its end, so that what it gave before need not be gone."""
    return leaf.record is None and (
        leaf.reason == readers.UNREADABLE or leaf.detail == reading.LOST
    )
