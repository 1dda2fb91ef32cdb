"""Sources -> readers -> splitting -> docstore. The followers are driven by whoever owns them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rag_assistant import readers, sources
from rag_assistant.access_rules import AccessRules, find_rules
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.files import FileState
from rag_assistant.errors import UsageError
from rag_assistant.indexer.intake import Event, Intake, OnEvent
from rag_assistant.indexer.lock import index_lock
from rag_assistant.indexer.revisits import settle_revisits
from rag_assistant.indexer.states import UNREADABLE_STATE, same_content, state_of
from rag_assistant.ports import Tokenizer
from rag_assistant.report import Counts, Item, Report
from rag_assistant.schema import Passage, Section, Span
from rag_assistant.splitting import split_document

__all__ = ["Event", "Indexer", "OnEvent", "index_lock"]

_SPLITTER = "splitter"
_SETTLED_FROM = 100  # documents of a file; what smaller ones repeat is found after the last one


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
        repeated: dict[str, set[str]] = {root.config.id: set() for root in roots}
        if not dry_run:
            self._resplit()
        for root in roots:
            if not dry_run:
                self._docstore.put_collection(root.config)
            self._index_root(root, report, repeated[root.config.id])
        for config in {root.config.id: root.config for root in roots}.values():
            settle_revisits(self._docstore, config, repeated[config.id], report, self._on_event)
        if not dry_run:
            self._settle_furniture()
        report.passages = sum(
            row["passages"]
            for row in self._docstore.library.counts()
            if row["id"] in {root.config.id for root in roots}
        )
        return report

    def _index_root(self, root: sources.Root, report: Report, repeated: set[str]) -> None:
        rules = AccessRules.parse(find_rules(root.config.root))
        if not report.dry_run:
            self._docstore.obey_rules(root.config.id, rules.fingerprint, rules.verdict)
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
                self._index_file(root.config, rules, found, report, repeated)
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
        rules: AccessRules,
        found: sources.Found,
        report: Report,
        repeated: set[str],
    ) -> None:
        before = self._docstore.files.state(config.id, found.name)
        try:
            state = state_of(config, rules, found.path, before)
        except OSError as error:  # vanished, or not ours to read: reading it will say so
            state = UNREADABLE_STATE
            self._on_event({"event": "unreadable", "path": found.name, "reason": str(error)})
        if before and same_content(before, state):
            self._repeat(config, found, before, state, report)
            repeated.add(found.name)
            return
        if report.dry_run:
            change = "changed" if before else "added"
            report.documents[change] += 1
            self._on_event({"event": change, "collection": config.id, "path": found.name})
            return
        intake = Intake(
            self._docstore,
            self._split,
            self._on_event,
            report,
            collection=config,
            rules=rules,
            found=found,
            state=state,
        )
        for leaf in readers.read_file(found.path, found.name):
            intake.take(leaf)
        intake.finish()
        if intake.documents >= _SETTLED_FROM:
            self._settle_furniture()
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

    def _split(
        self, title: str, sections: list[Section], passed_over: list[list[Span]]
    ) -> list[list[Passage]]:
        return split_document(title, sections, self._tokenizer, self._limit, passed_over)

    def _settle_furniture(self) -> None:
        """What repeats across a site is taken out of the passages before it is embedded."""
        for document_id in self._docstore.documents.settle_furniture(self._split):
            self._on_event({"event": "furniture", "document_id": document_id})

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
