"""What is read and stored: sources, documents, passages, and what an index keeps of them.

Offsets are Unicode code points into a section's stored text, half open: ``text[start:end]``.
Day numbers are signed days in the proleptic Gregorian calendar (see `dates`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Access = Literal["staff", "public"]
Audience = Literal["staff", "public"]
Use = Literal["answer", "quote", "list", "none"]
TextOrigin = Literal["born_digital", "ocr", "htr", "transcript", "translation", "unknown"]
Span = tuple[int, int]

USES: tuple[Use, ...] = ("answer", "quote", "list", "none")
"""What may be done with a text; each allows less than the one before."""

_WARNINGS = frozenset(
    {
        *("harmful-language", "harmful-content", "offensive-language", "content-warning"),
        *("harmful-language-notice", "content-notice", "sensitive-content"),
    }
)

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
    """A notice of a community or an institution that is shown beside every citation.

    Where it warns of the words themselves ("harmful-language", "content-warning") it is read
    before them.
    """

    type: str
    text: str
    language: str = ""
    community: str = ""
    uri: str = ""

    @property
    def warns(self) -> bool:
        """Whether it is to be read before the words that it speaks of."""
        return "-".join(self.type.casefold().replace("_", " ").split()) in _WARNINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as a range over its section's text.

    ``index`` counts from 0 through the whole file, ``label`` is the printed number ("iv", "12").
    ``canvas`` is the URI of the IIIF canvas that shows it, ``image`` that of its picture; ``size``
    is the width and height that the boxes on it are measured in.
    """

    start: int
    end: int
    index: int
    label: str
    canvas: str = ""
    image: str = ""
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A run of a section's text with a place of its own: words on a page, or a turn of speech.

    Several may lie over one run: a word that a line break divides has two boxes. ``box`` is x, y,
    width and height in the units of its page's ``size``; ``confidence`` is 0..1, by the machine
    that read the words; ``begin`` and ``finish`` are seconds of the recording; ``path`` is where
    the words stand in their source, as its own people write it ("text/body/div[2]").
    """

    start: int
    end: int
    box: tuple[int, int, int, int] | None = None
    confidence: float | None = None
    begin: float | None = None
    finish: float | None = None
    speaker: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A run of text under one heading trail; the unit that citations point into.

    ``headings`` is the trail from the outermost heading inward, without the document's title.
    """

    text: str
    headings: tuple[str, ...] = ()
    pages: tuple[Page, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One visit of a crawler to a URL.

    ``timestamp`` is UTC, ``YYYYMMDDhhmmss`` as in replay links. ``refers_to`` is set on revisits:
    the (URI, timestamp) of the capture they repeat, each "" where the record does not say.
    ``member`` names the archive inside a package that holds the record, "" in an archive that is
    a file; ``offset`` is the record's first byte in that archive (in what it unpacks to, where
    all of it is one compressed stream). ``status`` is that of HTTP, 200 where there is none.
    """

    uri: str
    timestamp: str
    record_id: str
    offset: int
    payload_digest: str = ""
    refers_to: tuple[str, str] | None = None
    member: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person or a body with a part in a work; ``role`` as CSL has it ("author", "editor" ...).

    A person has ``family`` and perhaps ``given``; a body, or a name that cannot be taken apart,
    has ``literal`` alone.
    """

    family: str = ""
    given: str = ""
    literal: str = ""
    role: str = "author"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a library says of a work, from whatever format: the one target of all crosswalks.

    ``type`` is CSL's ("book", "article-journal", "manuscript" ...). ``issued`` is EDTF, or the
    source's own words. ``identifiers`` are (scheme, value) pairs as they stand in the source. The
    archival fields lead from the repository inward; ``series`` is the path of an archival
    component within its collection. ``places`` are those that it is about, which stand among the
    ``subjects`` too.
    """

    type: str = ""
    title: str = ""
    agents: tuple[Agent, ...] = ()
    issued: str = ""
    edition: str = ""
    publisher: str = ""
    publisher_place: str = ""
    container_title: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    extent: str = ""
    genre: str = ""
    languages: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    abstract: str = ""
    call_number: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    repository: str = ""
    collection: str = ""
    series: tuple[str, ...] = ()
    box: str = ""
    folder: str = ""
    item: str = ""
    preferred_citation: str = ""
    links: tuple[str, ...] = ()


DescribedBy = Literal["source", "cataloguer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a source says of itself: front matter, sidecar, or a reader's findings.

    Empty and None mean "not said"; ``access`` and ``use`` may only narrow the collection's.
    ``described_by`` tells whose words the sections are: the source's own, or a cataloguer's about
    it. ``languages`` are all languages with their shares of the text, 0..1, the largest first.
    ``text_quality`` is the mean confidence, 0..1, of the machine that read the words.
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
    text_quality: float | None = None
    described_by: DescribedBy = "source"
    languages: tuple[tuple[str, float], ...] = ()
    record: Record | None = None

    @property
    def is_restricted_in_words(self) -> bool:
        """Whether there is a restriction in words and nothing that says what it means here."""
        decided = self.access or self.use or self.closed_until is not None
        return bool(self.access_note) and not decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a reader makes of one leaf. ``sections`` holds at least one with text."""

    description: Description
    sections: tuple[Section, ...]
    format: str
    pages: int = 0
    pages_without_text: int = 0
    notes: tuple[str, ...] = ()


def title_of(document: Document, capture: Capture | None, path: str) -> str:
    """The document's title; failing that, the name it goes by."""
    said = document.description
    if said.title:
        return said.title
    if capture:
        return said.uri or capture.uri
    return path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A run of whole sentences that fits the embedding model.

    ``sentences`` are spans into the section's text, inside ``start``..``end``. ``text`` equals
    ``section_text[start:end]``; the heading trail is not part of it. ``language`` is the
    passage's own, told where its document is in several, else None.
    """

    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One passage as the indexes and the retrieval see it, its document's facts beside it.

    ``languages`` are all that it is found by, where they are more than its ``language``: a text
    may be said to be in several. ``described_by`` tells whose words they are.
    """

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
    languages: tuple[str, ...] = ()
    described_by: DescribedBy = "source"

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
