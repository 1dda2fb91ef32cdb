"""Sources -> readers -> splitting -> docstore. The followers are driven by whoever owns them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from rag_assistant import readers, sources
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.files import Failure, FileFinding, FileState
from rag_assistant.docstore.ids import text_sha256
from rag_assistant.docstore.rows import Origin, title_of
from rag_assistant.errors import BusyError, DocstoreError, UsageError
from rag_assistant.ports import Leaf, Tokenizer
from rag_assistant.report import Counts, Item, Report
from rag_assistant.schema import Passage, Section
from rag_assistant.splitting import split_document

READERS_VERSION = "1"
"""Part of every file's state: another number reads all files again."""
_LOCK = "index.lock"
_SPLITTER = "splitter"
_CHUNK = 1 << 20

Event = dict[str, Any]
OnEvent = Callable[[Event], None]


@dataclass(slots=True, kw_only=True)
class _Open:
    """A file being read: its counts, what was seen, and revisits that wait for their originals.

    ``broken`` says that it was not read to its end, through no fault of its own.
    """

    collection: CollectionConfig
    found: sources.Found
    state: FileState
    counts: Counts = field(default_factory=Counts)
    seen_documents: set[str] = field(default_factory=set)
    seen_records: set[str] = field(default_factory=set)
    failed: list[Failure] = field(default_factory=list)
    waiting: list[Leaf] = field(default_factory=list)
    broken: bool = False


class Indexer:
    """Brings collections up to date with their files.

    Args:
        docstore: Where documents go.
        tokenizer: The embedding model's own.
        limit: Its token limit.
        splitter: Fingerprint of tokenizer and limit; another one splits all stored text anew.
        on_event: Called with one event for each file, leaf and step.
        after_file: Called after each file, for instance to let an index follow.
    """

    def __init__(
        self,
        docstore: Docstore,
        *,
        tokenizer: Tokenizer,
        limit: int,
        splitter: str,
        on_event: OnEvent,
        after_file: Callable[[], None] = lambda: None,
    ) -> None:
        self._docstore = docstore
        self._tokenizer = tokenizer
        self._limit = limit
        self._splitter = splitter
        self._on_event = on_event
        self._after_file = after_file

    def run(self, paths: list[Path], collection_id: str | None, *, dry_run: bool) -> Report:
        """Index the paths.

        Raises:
            UsageError: A path is missing, or a collection's folder is another one now.
            ConfigError: A ``collection.toml`` is wrong.
        """
        report = Report(dry_run=dry_run)
        roots = sources.find_roots(paths, collection_id)
        stored = self._docstore.library.collections()
        for root in roots:
            _same_folder(root, stored.get(root.config.id))
        self._on_event({"event": "start", "collections": [root.config.id for root in roots]})
        waiting: list[_Open] = []
        if not dry_run:
            self._resplit()
        for root in roots:
            if not dry_run:
                self._docstore.put_collection(root.config)
            self._index_root(root, report, waiting)
        for unfinished in waiting:
            self._settle_revisits(unfinished, report)
            self._finish(unfinished, report)
        report.passages = sum(
            row["passages"]
            for row in self._docstore.library.counts()
            if row["id"] in {root.config.id for root in roots}
        )
        return report

    def _index_root(self, root: sources.Root, report: Report, waiting: list[_Open]) -> None:
        present: set[str] = set()
        unlisted: list[sources.Found] = []
        files = sources.find_files(root)
        for number, found in enumerate(files, start=1):
            present.add(found.name)
            self._on_event(
                {
                    "event": "file",
                    "collection": root.config.id,
                    "path": found.name,
                    "number": number,
                    "of": len(files),
                }
            )
            if found.failed:
                unlisted.append(found)
            if found.refused:
                self._refuse(root.config, found, report)
            elif not readers.is_sidecar(found.path):
                self._index_file(root.config, found, report, waiting)
        known = self._docstore.files.known_paths(root.config.id)
        for path in sorted(known - present):
            if not root.covers(path) or any(folder.covers(path) for folder in unlisted):
                continue
            self._on_event({"event": "removed", "collection": root.config.id, "path": path})
            if report.dry_run:
                report.documents["removed"] += 1
            else:
                report.documents["removed"] += self._docstore.files.remove(root.config.id, path)

    def _index_file(
        self,
        config: CollectionConfig,
        found: sources.Found,
        report: Report,
        waiting: list[_Open],
    ) -> None:
        before = self._docstore.files.state(config.id, found.name)
        try:
            state = _state(config, found.path, before)
        except OSError as error:  # vanished, or not ours to read: reading it will say so
            state = FileState(size=-1, mtime_ns=0, sha256="", config_sha256="", counts={})
            self._on_event({"event": "unreadable", "path": found.name, "reason": str(error)})
        if before and _same_content(before, state):
            self._repeat(config, found, before, state, report)
        elif report.dry_run:
            change = "changed" if before else "added"
            report.documents[change] += 1
            self._on_event({"event": change, "collection": config.id, "path": found.name})
        else:
            opened = _Open(collection=config, found=found, state=state)
            for leaf in readers.read_file(found.path, found.name):
                self._take(opened, leaf, report)
            if opened.waiting:
                waiting.append(opened)
            else:
                self._finish(opened, report)
            self._after_file()

    def _repeat(
        self,
        config: CollectionConfig,
        found: sources.Found,
        before: FileState,
        state: FileState,
        report: Report,
    ) -> None:
        counts = Counts.of(before.counts)
        report.add(counts)
        report.documents["unchanged"] += counts.documents
        if counts.failed:
            for row in self._docstore.library.failures(
                sum(counts.failed.values()), collection=config.id, path=found.name
            ):
                item = Item(**{name: row[name] for name in Item.__dataclass_fields__})
                report.mention(item, failed=True)
        self._on_event({"event": "unchanged", "collection": config.id, "path": found.name})
        if state != before and not report.dry_run:  # touched, with the same bytes
            self._docstore.files.touch(config.id, found.name, state)

    def _take(self, opened: _Open, leaf: Leaf, report: Report) -> None:
        if leaf.record is not None:
            opened.counts.records += 1
        if leaf.outcome == "read":
            self._store(opened, leaf, report)
        elif leaf.outcome == "revisit":
            self._revisit(opened, leaf, report, final=False)
        else:
            failed = leaf.outcome == "failed"
            opened.broken = leaf.record is None and leaf.reason == readers.UNREADABLE
            self._pass_over(opened, leaf, leaf.reason, leaf.detail, report, failed=failed)

    def _store(self, opened: _Open, leaf: Leaf, report: Report) -> None:
        document = leaf.document
        if document is None:
            raise ValueError(f"a read leaf without a document: {opened.found.name}")
        origin = self._origin(opened, leaf)
        groups = self._split(title_of(origin, document), list(document.sections))
        document_id, change = self._docstore.documents.put(origin, document, groups)
        if change == "banned":
            self._pass_over(opened, leaf, "taken down", "", report, failed=False)
            return
        self._seen(opened, leaf, document_id)
        opened.counts.documents += 1
        report.documents[change] += 1
        if change == "unchanged":
            opened.counts.unchanged += 1
        else:
            opened.counts.indexed += 1
        self._on_event(
            {
                "event": change,
                "collection": opened.collection.id,
                "path": opened.found.name,
                "record": leaf.record,
                "document_id": document_id,
            }
        )

    def _revisit(self, opened: _Open, leaf: Leaf, report: Report, *, final: bool) -> None:
        if leaf.capture is None:
            raise ValueError(f"a revisit without a capture: {opened.found.name}")
        document_id = self._docstore.documents.revisited(opened.collection.id, leaf.capture)
        if document_id is None and not final:
            opened.waiting.append(leaf)  # its original may stand in a later file
        elif document_id is None:
            reason = "revisit of a capture that is not here"
            self._pass_over(opened, leaf, reason, "", report, failed=False)
        else:
            change = self._docstore.documents.attach(self._origin(opened, leaf), document_id)
            if change == "banned":
                self._pass_over(opened, leaf, "taken down", "", report, failed=False)
                return
            self._seen(opened, leaf, document_id)
            opened.counts.unchanged += change == "unchanged"
            opened.counts.indexed += change != "unchanged"

    def _settle_revisits(self, opened: _Open, report: Report) -> None:
        for leaf in opened.waiting:
            self._revisit(opened, leaf, report, final=True)

    def _pass_over(
        self, opened: _Open, leaf: Leaf, reason: str, detail: str, report: Report, *, failed: bool
    ) -> None:
        if failed:
            opened.counts.failed[reason] += 1
            opened.failed.append((leaf.record, reason, detail))
        else:
            opened.counts.skipped[reason] += 1
        item = Item(path=opened.found.name, record=leaf.record, reason=reason, detail=detail)
        report.mention(item, failed=failed)
        self._on_event({"event": "failed" if failed else "skipped", **item.to_dict()})

    def _refuse(self, config: CollectionConfig, found: sources.Found, report: Report) -> None:
        counts = Counts()
        (counts.failed if found.failed else counts.skipped)[found.refused] += 1
        item = Item(path=found.name, record=None, reason=found.refused, detail=found.detail)
        report.add(counts)
        report.mention(item, failed=found.failed)
        self._on_event({"event": "failed" if found.failed else "skipped", **item.to_dict()})
        if found.failed and not report.dry_run:
            failure = (None, found.refused, found.detail)
            self._docstore.files.fail(config.id, found.name, [failure])

    def _finish(self, opened: _Open, report: Report) -> None:
        report.add(opened.counts)
        collection, path = opened.collection.id, opened.found.name
        if opened.broken:
            self._docstore.files.fail(collection, path, opened.failed)
            return
        report.documents["removed"] += self._docstore.files.finish(
            collection,
            path,
            FileFinding(
                state=replace(opened.state, counts=opened.counts.stored()),
                seen_documents=opened.seen_documents,
                seen_records=opened.seen_records,
                failed=opened.failed,
            ),
        )

    def _seen(self, opened: _Open, leaf: Leaf, document_id: str) -> None:
        opened.seen_documents.add(document_id)
        if leaf.capture:
            opened.seen_records.add(leaf.capture.record_id)
            opened.counts.captures += 1

    def _origin(self, opened: _Open, leaf: Leaf) -> Origin:
        return Origin(
            collection=opened.collection,
            path=opened.found.name,
            record=leaf.record,
            capture=leaf.capture,
        )

    def _split(self, title: str, sections: list[Section]) -> list[list[Passage]]:
        return split_document(title, sections, tokenizer=self._tokenizer, limit=self._limit)

    def _resplit(self) -> None:
        """Another embedding model has another limit: passages are made anew from stored text."""
        before = self._docstore.note(_SPLITTER)
        if before == self._splitter:
            return
        if before is not None:
            for number, document_id in enumerate(
                self._docstore.documents.resplit(self._split), start=1
            ):
                self._on_event({"event": "resplit", "document_id": document_id, "number": number})
        self._docstore.set_note(_SPLITTER, self._splitter)


@contextmanager
def index_lock(data: Path) -> Iterator[None]:
    """One `index` at a time writes to a data folder.

    Raises:
        BusyError: Another one is at it.
        DocstoreError: The data folder cannot be written.
    """
    data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(data / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(
            f"Another `rag-assistant index` is writing to {data}.",
            "Wait until it is done; `rag-assistant status` shows how far it is.",
        ) from error
    except OSError as error:
        raise DocstoreError(
            f"The data folder {data} cannot be used: {error.strerror}.",
            "Choose another one: rag-assistant --data DIR …",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _same_folder(root: sources.Root, stored: CollectionConfig | None) -> None:
    """A folder that is gone may have moved, or its disk is not there: a given name tells."""
    config = root.config
    if not stored or stored.root == config.root or (root.named and not stored.root.is_dir()):
        return
    moved = "" if stored.root.is_dir() else f" If it has moved: --collection {config.id}."
    raise UsageError(
        f"The collection '{config.id}' was indexed from {stored.root}, not {config.root}.",
        f"Give this folder another name: --collection ID.{moved}",
    )


def _state(config: CollectionConfig, path: Path, before: FileState | None) -> FileState:
    """What the file is now; its bytes are hashed only where size or time differ."""
    stat = path.stat()
    sidecar = readers.sidecar_of(path)
    described = sidecar.read_text(encoding="utf-8", errors="replace") if sidecar else ""
    config_sha256 = text_sha256("\x00".join((READERS_VERSION, config.model_dump_json(), described)))
    same = before and (before.size, before.mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    return FileState(
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        sha256=before.sha256 if before and same else _file_sha256(path),
        config_sha256=config_sha256,
        counts=before.counts if before else {},
    )


def _same_content(before: FileState, state: FileState) -> bool:
    return (before.sha256, before.config_sha256) == (state.sha256, state.config_sha256)


def _file_sha256(path: Path) -> str:
    if not path.is_file():  # a fifo would never end
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
