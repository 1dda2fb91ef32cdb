"""An answer and what it is made of: the contracts' schema, one key a field.

Offsets are Unicode code points into a section's stored text, half open: ``text[start:end]``.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from rag_assistant.schema import Audience, Filters, How, Notice, Record, Rights, TextOrigin
from rag_assistant.wording import message

Support = Literal["verbatim", "supported", "unsupported", "unchecked"]
Status = Literal[
    "answered", "partial", "no_answer", "clarify", "model_failed", "stopped", "not_ready"
]

Kind = Literal["answer", "summary", "label", "title", "keywords"]
"""What is to be written: an answer, or one of the texts that libraries ask for."""

SCHEMA_VERSION = 1

SUPPORT_WORDS: dict[Support, str] = {
    "verbatim": message("Quoted word for word"),
    "supported": message("Words and figures found in the source (automatic check)"),
    "unsupported": message("Not found in the cited source"),
    "unchecked": message("Not checked"),
}
"""What people read for each, said by `wording.say`; never "verified", never a percentage."""


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
class Link:
    """A way to the cited place.

    ``kind`` is "pdf-page", "viewer", "image", "time", "replay", "item" (its catalogue entry, or
    its own page) or "content-state". ``url`` is an address, but for "content-state" an encoded
    IIIF content state, which any viewer takes as its parameter ``iiif-content``.
    """

    kind: str
    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One source of an answer: ``section_text[start:end] == quote``, always.

    ``record`` is what a library says of the work, ``reference`` the same as one formatted line.
    ``file_format`` is the format of the file that the document is, "" where it is one of several
    in a file, or a web page: what has one is given by ``/api/documents/{id}/file``.
    """

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
    record: Record | None = None
    reference: str = ""
    links: tuple[Link, ...] = ()
    file_format: str = ""


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
class Cost:
    """What a written answer took; None for what is not known.

    ``energy_wh`` is an estimate (see docs/operating.md); the seconds are of the model's work.
    """

    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    seconds: float | None = None
    energy_wh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A passage that was found, as it was ranked, and why; None in what was recorded before."""

    passage_id: str
    score: float
    how: How | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How the answer came about, so that it can be asked again.

    ``kind`` is what was wanted. ``retrieved`` is all that was found, best first. ``turns`` counts
    the earlier turns that were taken into account; ``beside`` are the texts that were searched for
    beside the search because of them, with their weights. ``docstore_seq`` is 0 for the public.
    """

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
    kind: Kind = "answer"
    seed: int | None = None
    turns: int = 0
    beside: dict[str, float] = field(default_factory=dict)
    retrieved: tuple[Ranked, ...] = ()
    cost: Cost | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that a reader should know of an answer, in one sentence.

    ``kind`` is "dropped" (sentences left out), "trimmed" (what the model did not see), "language"
    (the search may miss other languages), "versions" or "conflict" (the cited sources, by marker,
    differ), "model" (why no answer was written).
    """

    kind: Literal["dropped", "trimmed", "language", "versions", "conflict", "model"]
    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A way on for the asker: the nearest passage, another search, a written answer, a person."""

    kind: Literal["passage", "search", "written", "person"]
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
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON types, every key present."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain
