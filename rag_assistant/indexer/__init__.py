"""Sources -> readers -> splitting -> docstore. The followers are driven by whoever owns them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import accumulate
from pathlib import Path

from rag_assistant import bags, readers, sources
from rag_assistant.access_rules import AccessRules, find_rules
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.files import FileState
from rag_assistant.errors import UsageError
from rag_assistant.indexer.ahead import Step, looking_ahead
from rag_assistant.indexer.intake import Intake
from rag_assistant.indexer.lock import index_lock
from rag_assistant.indexer.removals import Removals
from rag_assistant.indexer.revisits import settle_revisits
from rag_assistant.indexer.states import UNREADABLE_STATE, changed_since, same_content, state_of
from rag_assistant.ports import Leaf, Tokenizer
from rag_assistant.reading import InProcess, Item, Reads, splitter_of
from rag_assistant.report import Counts, Event, OnEvent, Report
from rag_assistant.report import Item as Mention
from rag_assistant.resplitting import SPLITTER
from rag_assistant.schema import Passage, Section, Span
from rag_assistant.splitting import split_document

__all__ = ["Event", "Indexer", "OnEvent", "index_lock"]

_SETTLED_FROM = 100  # documents of a file; what smaller ones repeat is found after the last one


class Indexer:
    """Brings collections up to date with their files.

    Args:
        docstore: Where documents go.
        tokenizer: The embedding model's own.
        limit: Its token limit.
        splitter: The name of what splits, for the docstore's note.
        on_event: Called with one event for each file, leaf and step.
        reading: Reads files; None reads them in this process, without limits.
        removal_limit: The share of a collection's documents that a run may remove unasked, 0..1.
    """

    def __init__(
        self,
        docstore: Docstore,
        *,
        tokenizer: Tokenizer,
        limit: int,
        splitter: str,
        on_event: OnEvent,
        removal_limit: float = 1.0,
        reading: Reads | None = None,
    ) -> None:
        self._docstore = docstore
        self._tokenizer = tokenizer
        self._limit = limit
        self._splitter = splitter
        self._on_event = on_event
        self._removal_limit = removal_limit
        self._reading = reading or InProcess(splitter_of(tokenizer, limit))

    def run(
        self, paths: list[Path], collection_id: str | None, *, dry_run: bool, yes: bool = False
    ) -> Report:
        """Index the paths; ``yes`` confirms that most of a collection may go.

        Raises:
            UsageError: A path is missing, a collection's folder is another one now, or there is no
                file in it.
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
            self._note_splitter()
        removals = {one: self._removals(one, report, yes=yes) for one in repeated}
        for root in roots:
            self._index_root(root, report, repeated[root.config.id], removals[root.config.id])
        self._on_event({"event": "read"})
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

    def _index_root(
        self, root: sources.Root, report: Report, repeated: set[str], removals: Removals
    ) -> None:
        files = sources.find_files(root)
        sizes = [0, *accumulate(sources.size_of(found) for found in files)]
        removals.require_files(root, files)
        rules = AccessRules.parse(find_rules(root.config.root))
        if not report.dry_run:
            self._docstore.put_collection(root.config)
            self._docstore.obey_rules(root.config.id, rules.fingerprint, rules.verdict)
        present: set[str] = set()
        unlisted: list[sources.Found] = []
        states = self._docstore.files.states(root.config.id)
        begin = partial(self._begin, root.config, rules, states, dry_run=report.dry_run)
        steps = looking_ahead(files, begin, self._reading.ahead)
        for number, step in enumerate(steps, start=1):
            found = step.found
            if found.failed or not found.refused:  # what is passed over now gives nothing any more
                present.add(found.name)
            self._on_event(
                {
                    "event": "file",
                    "collection": root.config.id,
                    "path": found.name,
                    "number": number,
                    "of": len(files),
                    "before": sizes[number - 1],
                    "bytes": sizes[-1],
                }
            )
            if found.failed:
                unlisted.append(found)
            if found.refused:
                self._refuse(root.config, found, report)
            elif step.state:
                self._index_file(root.config, rules, step, report, repeated, removals=removals)
        removals.vanished(
            [
                path
                for path in sorted(self._docstore.files.known_paths(root.config.id) - present)
                if root.covers(path) and not any(folder.covers(path) for folder in unlisted)
            ]
        )

    def _begin(
        self,
        config: CollectionConfig,
        rules: AccessRules,
        states: Mapping[str, FileState],
        found: sources.Found,
        *,
        dry_run: bool,
    ) -> Step:
        """Look at a file, and begin to read it where it is not as it was."""
        if found.refused or readers.is_sidecar(found.path):
            return Step(found=found)
        before = states.get(found.name)
        fault = ""
        try:
            state = state_of(config, rules, found.path, before, found.sums, found.beside)
        except OSError as error:  # vanished, or not ours to read: reading it will say so
            state, fault = UNREADABLE_STATE, str(error)
        known = before is not None and self._as_it_was(before, state)
        items = None if known or dry_run else self._read(found, state)
        return Step(found=found, before=before, state=state, known=known, items=items, fault=fault)

    def _read(self, found: sources.Found, state: FileState) -> Iterator[Item]:
        """Begin to read a file; one that its bag does not vouch for is not opened."""
        if state != UNREADABLE_STATE:
            with suppress(OSError):  # reading it will say so
                if fault := _unvouched(found, state):
                    reason, detail = fault
                    leaf = Leaf(record=None, outcome="failed", reason=reason, detail=detail)
                    return iter([Item(0, leaf, [])])
        return self._reading.read(found.path, found.name)

    def _as_it_was(self, before: FileState, state: FileState) -> bool:
        """Whether reading a file again would give the same; not where limits were in the way."""
        return same_content(before, state) and not self._reading.overcomes(before.counts["failed"])

    def _index_file(
        self,
        config: CollectionConfig,
        rules: AccessRules,
        step: Step,
        report: Report,
        repeated: set[str],
        *,
        removals: Removals,
    ) -> None:
        found, before, state = step.found, step.before, step.state
        if state is None:
            return
        if step.fault:
            self._on_event({"event": "unreadable", "path": found.name, "reason": step.fault})
        if before and step.known:
            self._repeat(config, found, before, state, report)
            repeated.add(found.name)
            return
        if step.items is None:
            change = "changed" if before else "added"
            report.would(change, config.id, found.name)
            self._on_event({"event": change, "collection": config.id, "path": found.name})
            return
        intake = Intake(
            self._docstore,
            self._on_event,
            report,
            collection=config,
            rules=rules,
            found=found,
            state=state,
            removals=removals,
        )
        fault = ""
        for item in step.items:
            if item.leaf.record is None:  # a plain file, or a word about all of one: is it torn?
                fault = fault or changed_since(state, found.path)
            if not fault:
                intake.take(item)
        if fault := fault or changed_since(state, found.path):
            intake.break_off(fault)
        intake.finish()
        if intake.documents >= _SETTLED_FROM:
            self._settle_furniture()

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
                item = Mention(**{name: row[name] for name in Mention.__dataclass_fields__})
                report.mention(item, failed=True)
        self._on_event({"event": "unchanged", "collection": config.id, "path": found.name})
        if state != before and not report.dry_run:  # touched, with the same bytes
            self._docstore.files.touch(config.id, found.name, state)

    def _refuse(self, config: CollectionConfig, found: sources.Found, report: Report) -> None:
        counts = Counts()
        (counts.failed if found.failed else counts.skipped)[found.refused] += 1
        item = Mention(path=found.name, record=None, reason=found.refused, detail=found.detail)
        report.add(counts)
        report.mention(item, failed=found.failed)
        self._on_event({"event": "failed" if found.failed else "skipped", **item.to_dict()})
        if found.failed and not report.dry_run:
            failure = (None, found.refused, found.detail)
            self._docstore.files.fail(config.id, found.name, [failure])

    def _removals(self, collection: str, report: Report, *, yes: bool) -> Removals:
        return Removals(
            self._docstore,
            collection,
            limit=self._removal_limit,
            yes=yes,
            report=report,
            on_event=self._on_event,
        )

    def _split(
        self,
        title: str,
        sections: list[Section],
        passed_over: list[list[Span]],
        languages: list[str],
    ) -> list[list[Passage]]:
        return split_document(
            title, sections, self._tokenizer, self._limit, passed_over, languages=languages
        )

    def _settle_furniture(self) -> None:
        """What repeats across a site is taken out of the passages before it is embedded."""
        for document_id in self._docstore.documents.settle_furniture(self._split):
            self._on_event({"event": "furniture", "document_id": document_id})

    def _note_splitter(self) -> None:
        """Once; with another one whoever owns the indexes splits what is stored: `Resplitting`."""
        if self._docstore.note(SPLITTER) is None:
            self._docstore.set_note(SPLITTER, self._splitter)


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


def _unvouched(found: sources.Found, state: FileState) -> tuple[str, str] | None:
    """Why a bag does not vouch for a file or for its sidecar; None where it does."""
    if found.sums is not None and (fault := bags.fault(found.path, found.sums, state.sha256)):
        return fault
    sidecar = readers.sidecar_of(found.path)
    if sidecar is None or found.beside is None:
        return None
    fault = bags.fault(sidecar, found.beside, "")
    return (fault[0], f"{sidecar.name}: {fault[1]}".rstrip(": ")) if fault else None
