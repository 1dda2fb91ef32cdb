"""Frozen data that flows through the house: from a source to an answer.

Offsets are Unicode code points into a section's stored text, half open: ``text[start:end]``.
Day numbers are signed days in the proleptic Gregorian calendar (see `dates`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Access = Literal["staff", "public"]
Audience = Literal["staff", "public"]
Use = Literal["answer", "quote", "list", "none"]
TextOrigin = Literal["born_digital", "ocr", "htr", "transcript", "translation", "unknown"]
Support = Literal["verbatim", "supported", "unsupported", "unchecked"]
Status = Literal[
    "answered", "partial", "no_answer", "clarify", "model_failed", "stopped", "not_ready"
]
Span = tuple[int, int]

SCHEMA_VERSION = 1
TRAIL_BYTES = 200  # about a third of 256 tokens in any script (measured on filled trails)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """A date as day numbers, with the source's own words beside it."""

    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """A rights statement. Unknown rights are None, shown as "Rights: not stated"."""

    uri: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice of a community or an institution that is shown beside every citation."""

    type: str
    text: str
    language: str = ""
    community: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as a range over its section's text.

    ``index`` counts from 0 through the whole file, ``label`` is the printed number ("iv", "12").
    """

    start: int
    end: int
    index: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A run of text under one heading trail; the unit that citations point into.

    ``headings`` is the trail from the outermost heading inward, without the document's title.
    """

    text: str
    headings: tuple[str, ...] = ()
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One visit of a crawler to a URL.

    ``timestamp`` is UTC, ``YYYYMMDDhhmmss`` as in replay links. ``refers_to`` is set on revisits:
    the (URI, timestamp) of the capture they repeat, each "" where the record does not say.
    """

    uri: str
    timestamp: str
    record_id: str
    offset: int
    payload_digest: str = ""
    refers_to: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a source says of itself: front matter, sidecar, or a reader's findings.

    Empty and None mean "not said"; ``access`` and ``use`` may only narrow the collection's.
    """

    title: str = ""
    creator: str = ""
    date: DateRange | None = None
    language: str = ""
    kind: str = ""
    identifiers: dict[str, str] = field(default_factory=dict)
    uri: str = ""
    access: Access | None = None
    use: Use | None = None
    closed_until: int | None = None
    access_note: str = ""
    rights: Rights | None = None
    notices: tuple[Notice, ...] = ()
    text_origin: TextOrigin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a reader makes of one leaf. ``sections`` holds at least one with text."""

    description: Description
    sections: tuple[Section, ...]
    format: str
    pages: int = 0
    pages_without_text: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A run of whole sentences that fits the embedding model.

    ``sentences`` are spans into the section's text, inside ``start``..``end``. ``text`` equals
    ``section_text[start:end]``; the heading trail is not part of it.
    """

    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One passage as the indexes and the retrieval see it, its document's facts beside it."""

    passage_id: str
    document_id: str
    section_id: str
    collection: str
    access: Access
    use: Use
    language: str
    kind: str
    title: str
    headings: tuple[str, ...]
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    date_from: int | None
    date_to: int | None
    text_hash: str

    @property
    def embedded_text(self) -> str:
        """The text that is embedded: title and heading trail, then the passage."""
        return embedded_text(self.title, self.headings, self.text)


def embedded_text(title: str, headings: tuple[str, ...], text: str) -> str:
    """Join title, heading trail and passage as the embedding model reads them.

    A long trail loses its outer headings first, so that it never crowds out the passage.
    """
    trail = ""
    for outer in range(max(1, len(headings))):
        trail = " › ".join(part for part in (title, *headings[outer:]) if part)
        if len(trail.encode()) <= TRAIL_BYTES:
            break
    trail = trail.encode()[:TRAIL_BYTES].decode(errors="ignore")
    return f"{trail}\n{text}" if trail else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Bounds on a search, the same everywhere. Empty and None mean "any".

    Dates are ISO (or a bare year) and mean overlap; ``as_of`` takes what stood there then.
    """

    collections: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    as_of: str | None = None
    language: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A retrieved passage, best first. ``score`` is 0..1 within one search.

    ``similarity`` is the cosine to the question, None where vectors were not asked.
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
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of an answer with the markers it carries and what our check found."""

    text: str
    citations: tuple[int, ...]
    support: Support
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedCapture:
    """The capture that a citation of a web page stands on."""

    timestamp: str
    first_seen: str
    last_seen: str
    previous_version: str | None
    next_version: str | None
    payload_digest: str
    warc_record_id: str
    source_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One source of an answer: ``section_text[start:end] == quote``, always."""

    marker: int
    passage_id: str
    document_id: str
    section_id: str
    collection: str
    kind: str
    title: str
    creator: str
    date: str
    identifiers: dict[str, str]
    locator: str
    place: dict[str, Any]
    quote: str
    context: str
    start: int
    end: int
    text_sha256: str
    described_by: Literal["source", "cataloguer"]
    text_origin: TextOrigin
    text_quality: float | None
    uri: str
    archive_url: str
    capture: CitedCapture | None
    rights: Rights | None
    notices: tuple[Notice, ...]
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """A passage that was found and not used."""

    passage_id: str
    document_id: str
    title: str
    locator: str
    score: float
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What was searched, counted for the asker's own audience and filters."""

    collections: tuple[str, ...]
    documents: int
    dates: tuple[str, str] | None
    languages: tuple[str, ...]
    pages_without_text: int
    undated_excluded: int
    updated: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Milliseconds; None for what did not take place."""

    retrieve: int | None = None
    first_token: int | None = None
    generate: int | None = None
    verify: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How the answer came about, so that it can be asked again."""

    answerer: str
    model: str | None
    model_digest: str | None
    prompt_sha256: str | None
    settings_sha256: str
    docstore_seq: int
    coverage: dict[str, float]
    invalid_markers: int
    dropped: int
    trimmed: tuple[str, ...]
    timings_ms: Timings


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A way on for the asker: the nearest passage, another search, or a person."""

    kind: Literal["passage", "search", "person"]
    text: str
    passage_id: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Where a human can be asked."""

    label: str
    url: str
    open: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    """One short question back, with choices found in the collection."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A cited answer; the contracts' schema, published as JSON Schema (see `answer_schema`)."""

    schema_version: int = SCHEMA_VERSION
    question: str
    search_query: str
    filters: Filters
    audience: Audience
    status: Status
    reason: str | None
    text: str
    text_origin: Literal["quoted", "written"]
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    consulted: tuple[Consulted, ...]
    scope: Scope
    suggestions: tuple[Suggestion, ...]
    clarification: Clarification | None
    help: Help | None
    run: Run
    ai_generated: bool

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON types, every key present."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain
