"""What indexing did: every leaf has exactly one outcome, and every outcome is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

Event = dict[str, Any]
OnEvent = Callable[[Event], None]
_LISTED = 1000
"""How many skipped and failed items a report lists; each is an event of its own besides."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """Outcomes of the leaves of one file. Stored, and repeated when the file is unchanged."""

    records: int = 0
    indexed: int = 0
    unchanged: int = 0
    captures: int = 0
    documents: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def stored(self) -> dict[str, Any]:
        """As JSON, to be kept with the file: what was indexed will be unchanged next time."""
        return {
            "records": self.records,
            "indexed": 0,
            "unchanged": self.indexed + self.unchanged,
            "captures": self.captures,
            "documents": self.documents,
            "skipped": dict(self.skipped),
            "failed": dict(self.failed),
        }

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Counts:
        """From JSON."""
        return cls(
            **{
                **stored,
                "skipped": Counter(stored["skipped"]),
                "failed": Counter(stored["failed"]),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A leaf that gave no document, and why."""

    path: str
    record: str | None
    reason: str
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As reports carry it."""
        reason = f"{self.reason}: {self.detail}" if self.detail else self.reason
        return {"path": self.path, "record": self.record, "reason": reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Removals that wait for a person's word: of how many documents, by how many files.

    ``of`` is how many documents the collection had when the run began.
    """

    documents: int = 0
    files: int = 0
    of: int = 0


@dataclass(slots=True, kw_only=True)
class Report:
    """The last word of an `index` run; see the contracts for its JSON.

    ``withheld`` is by collection. ``planned`` lists, of a dry run, the first files that would be
    added, changed and removed; ``documents`` then counts files.
    """

    files: int = 0
    outcomes: Counts = field(default_factory=Counts)
    documents: Counter[str] = field(default_factory=Counter)
    passages: int = 0
    skipped: list[Item] = field(default_factory=list)
    failed: list[Item] = field(default_factory=list)
    seconds: float = 0.0
    lags: dict[str, int] = field(default_factory=dict)
    dry_run: bool = False
    withheld: dict[str, Withheld] = field(default_factory=dict)
    planned: dict[str, list[str]] = field(default_factory=dict)

    def would(self, change: str, collection: str, path: str) -> None:
        """Count and list a file of a dry run."""
        self.documents[change] += 1
        listed = self.planned.setdefault(change, [])
        if len(listed) < _LISTED:
            listed.append(f"{collection}: {path}")

    def add(self, counts: Counts) -> None:
        """Count one file."""
        total = self.outcomes
        self.files += 1
        total.records += counts.records
        total.indexed += counts.indexed
        total.unchanged += counts.unchanged
        total.captures += counts.captures
        total.skipped += counts.skipped
        total.failed += counts.failed

    def mention(self, item: Item, *, failed: bool) -> None:
        """List a skipped or failed leaf."""
        items = self.failed if failed else self.skipped
        if len(items) < _LISTED:
            items.append(item)

    def to_dict(self) -> dict[str, Any]:
        """The report's JSON."""
        return {
            "event": "report",
            "files": self.files,
            "records": self.outcomes.records,
            "documents": {
                name: self.documents[name] for name in ("added", "changed", "unchanged", "removed")
            },
            "captures": self.outcomes.captures,
            "passages": self.passages,
            "outcomes": {
                "indexed": self.outcomes.indexed,
                "unchanged": self.outcomes.unchanged,
                "skipped": dict(self.outcomes.skipped),
                "failed": dict(self.outcomes.failed),
            },
            "skipped": [item.to_dict() for item in self.skipped],
            "failed": [item.to_dict() for item in self.failed],
            "seconds": round(self.seconds, 2),
            "indexes": {name: {"lag": lag} for name, lag in self.lags.items()},
            "dry_run": self.dry_run,
            "withheld": {name: asdict(one) for name, one in self.withheld.items()},
            "planned": self.planned,
        }
