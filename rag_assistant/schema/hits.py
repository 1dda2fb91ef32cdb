"""What is searched for, and what was found and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from rag_assistant.schema.sources import (
    Entry,
    Notice,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Bounds on a search, the same everywhere. Empty and None mean "any".

    Dates are ISO (or a bare year) and mean overlap; ``as_of`` takes what stood there then. Of
    ``persons`` and ``places`` all must be named, as the records write them. ``documents`` are ids:
    only these are searched.
    """

    collections: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    as_of: str | None = None
    language: str | None = None
    kind: str | None = None
    persons: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One of a search's two ways to a passage: its place there, from 1, and its score, 0..1.

    The score is BM25 as a share of the best passage's, or the cosine of question and passage.
    """

    rank: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """Why a search found a passage: by its words, by its meaning, or by both.

    ``matched`` are the words of the search that stand in the passage, its title or its headings,
    as they are typed, in their order; one that is only spelled or inflected otherwise is among
    them, one that every text holds is not.
    """

    words: Way | None = None
    meaning: Way | None = None
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A retrieved passage, best first. ``score`` is 0..1 within one search.

    ``similarity`` is the cosine to the question, None where vectors were not asked. ``beneath``
    are the passages for which this one stands, since they say nearly the same (ids, best first).
    """

    rank: int
    score: float
    entry: Entry
    locator: str
    uri: str
    archive_url: str
    captured_at: str
    versions: int
    similarity: float | None = None
    lexical: float = 0.0
    beneath: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    how: How = field(default_factory=How)

    def to_dict(self) -> dict[str, Any]:
        """The hit as ``search --json`` prints it."""
        of_entry = ("passage_id", "document_id", "section_id", "collection", "title")
        of_text = ("text", "start", "end")
        return {
            "rank": self.rank,
            "score": round(self.score, 4),
            **{name: getattr(self.entry, name) for name in of_entry},
            "locator": self.locator,
            **{name: getattr(self.entry, name) for name in of_text},
            "uri": self.uri,
            "archive_url": self.archive_url,
            "captured_at": self.captured_at,
            "language": self.entry.language,
            "versions": self.versions,
            "near_duplicates": list(self.beneath),
            "described_by": self.entry.described_by,
            "notices": [asdict(notice) for notice in self.notices],
            "how": asdict(self.how),
        }
