"""After all files of a run: revisits find their documents, and are counted."""

from __future__ import annotations

from collections import Counter

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.revisits import TAKEN_DOWN, Settled
from rag_assistant.report import Counts, Item, OnEvent, Report


def settle_revisits(
    docstore: Docstore,
    collection: CollectionConfig,
    repeated: set[str],
    report: Report,
    on_event: OnEvent,
) -> None:
    """Settle all revisits of a collection, also those of files that this run did not read.

    Args:
        docstore: Where revisits stand.
        collection: Their collection.
        repeated: Files that are as they were; of others only what was read now is counted.
        report: Counts and mentions; in a dry run nothing is settled.
        on_event: Called with one event for each revisit that is passed over.
    """
    fresh: Counter[str] = Counter()
    for settled in () if report.dry_run else docstore.revisits.settle(collection):
        report.documents["removed"] += settled.removed
        fresh[settled.path] += settled.fresh
        if settled.reason:
            _mention(settled, report, on_event)
        if settled.waiting and settled.path not in repeated:
            _count(report.outcomes, Counter([settled.reason]), fresh=int(settled.fresh))
    for path, outcomes in docstore.revisits.outcomes(collection.id).items():
        if path in repeated:
            _count(report.outcomes, outcomes, fresh=fresh[path])


def _count(total: Counts, outcomes: Counter[str], *, fresh: int) -> None:
    """Count outcomes: "" is a capture of a document, all others are reasons."""
    attached = outcomes[""]
    total.captures += attached
    total.indexed += fresh
    total.unchanged += attached - fresh
    total.skipped += Counter({reason: seen for reason, seen in outcomes.items() if reason})


def _mention(settled: Settled, report: Report, on_event: OnEvent) -> None:
    detail = "" if settled.reason == TAKEN_DOWN else f"{settled.uri} (revisit)"
    item = Item(path=settled.path, record=settled.record, reason=settled.reason, detail=detail)
    report.mention(item, failed=False)
    on_event({"event": "skipped", **item.to_dict()})
