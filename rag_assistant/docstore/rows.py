"""From schema types to rows and back: access is narrowed here, and nowhere else."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import takewhile
from operator import eq
from typing import Any

from sqlalchemy import RowMapping

from rag_assistant import dates
from rag_assistant.addresses import address_key
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore.ids import digest, normalised_text, text_sha256
from rag_assistant.docstore.layout import page_values, place_values, to_page, to_place
from rag_assistant.duplicates import signature
from rag_assistant.schema import (
    USES,
    Access,
    Capture,
    Description,
    Document,
    Entry,
    Notice,
    Passage,
    Rights,
    Section,
    Use,
    title_of,
)

UNKNOWN_LANGUAGE = "und"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a document comes from. ``record`` is None for a plain file."""

    collection: CollectionConfig
    path: str
    record: str | None = None
    capture: Capture | None = None


def now() -> str:
    """The present second, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def own_access(config: CollectionConfig, description: Description) -> Access:
    """The narrower of the collection's access and the document's own.

    A restriction in words that no rule maps keeps the document with the staff.
    """
    narrow = description.access == "staff" or description.is_restricted_in_words
    if config.access == "staff" or narrow:
        return "staff"
    return "public"


def narrower_use(first: Use, second: Use | None) -> Use:
    """The use that allows less."""
    return max(first, second or first, key=USES.index)


def document_id(origin: Origin, document: Document) -> str:
    """A file's place names its document; a web page is named by its words."""
    collection = origin.collection.id
    if origin.capture is None:
        return digest(collection, origin.path, origin.record or "")
    access = own_access(origin.collection, document.description)
    return page_id(collection, access, document.sections)


def page_id(collection: str, access: Access, sections: Sequence[Section]) -> str:
    """The id of a captured page; nothing merges across collections or access."""
    return digest(collection, access, _words(sections))


def words_hashes(title: str, sections: Sequence[Section]) -> tuple[str, ...]:
    """Hashes of a document's words, alone and with its title before them; none without words.

    They are the same in every collection, and of one text in several formats at least one is: what
    is a heading in one is the title in another, or a line of the text. A heading that stands over
    several sections counts once. Characters are composed (Unicode's NFC).
    """
    said: list[str] = []
    over: tuple[str, ...] = ()
    for section in sections:
        known = sum(takewhile(bool, map(eq, over, section.headings)))
        said += [*section.headings[known:], section.text]
        over = section.headings
    words = normalised_text(said)
    if not words:
        return ()
    titled = normalised_text([title, words])
    return tuple(digest(unicodedata.normalize("NFC", one)) for one in (words, titled))


def _words(sections: Sequence[Section]) -> str:
    return normalised_text(
        [part for section in sections for part in (*section.headings, section.text)]
    )


def document_row(origin: Origin, document: Document) -> dict[str, Any]:
    """All columns of a new document but ``digest``."""
    said, config = document.description, origin.collection
    access = own_access(config, said)
    closed = said.closed_until is not None and said.closed_until > dates.today()
    rights = said.rights or config.rights_statement or Rights()
    notices = (*said.notices, *(n for n in config.notice_list if n not in said.notices))
    seen = dates.capture_day(origin.capture.timestamp) if origin.capture else None
    return {
        "id": document_id(origin, document),
        "collection": config.id,
        "path": origin.path,
        "record": origin.record,
        "captured": int(origin.capture is not None),
        "format": document.format,
        "kind": said.kind or document.format,
        "title": title_of(document, origin.capture, origin.path),
        "creator": said.creator,
        "date_from": said.date.first if said.date else seen,
        "date_to": said.date.last if said.date else seen,
        "date_text": said.date.text if said.date else "",
        "language": _language(said.language, config.language),
        "identifiers": dict(said.identifiers),
        "uri": origin.capture.uri if origin.capture else said.uri,
        "own_access": access,
        "access": "staff" if closed else access,
        "use": narrower_use(config.use, said.use),
        "closed_until": said.closed_until,
        "access_note": said.access_note,
        "rights_uri": rights.uri,
        "rights_label": rights.label,
        "notices": [asdict(notice) for notice in notices],
        "text_origin": said.text_origin or "unknown",
        "text_quality": said.text_quality,
        "described_by": said.described_by,
        "pages": document.pages,
        "pages_without_text": document.pages_without_text,
        "notes": list(document.notes),
        "hidden": 0,
        "indexed_at": now(),
        "address": "" if origin.capture or not said.uri else address_key(said.uri),
        "details": asdict(said.record) if said.record else None,
        "languages": [list(one) for one in said.languages],
    }


def content_digest(row: dict[str, Any], sections: list[dict[str, Any]]) -> str:
    """What must differ for a document to count as changed.

    Captures of one page differ in title, address and date while their words are the same, and
    the earliest names the document: of them only what the collection decides counts.
    """
    decided = ("access", "use", "closed_until", "access_note", "rights_uri", "rights_label")
    if row["captured"]:
        facts = {key: row[key] for key in (*decided, "notices")}
    else:
        facts = {key: value for key, value in row.items() if key not in ("indexed_at", "address")}
        told = ("id", "headings", "pages", "places")
        facts["sections"] = [[section[name] for name in told] for section in sections]
    return text_sha256(json.dumps(facts, sort_keys=True, default=str))


def section_rows(document: str, sections: tuple[Section, ...]) -> list[dict[str, Any]]:
    """Rows of a document's sections, in order."""
    rows = []
    for ordinal, section in enumerate(sections):
        sha256 = text_sha256(section.text)
        rows.append(
            {
                "id": digest(document, str(ordinal), sha256),
                "document_id": document,
                "ordinal": ordinal,
                "headings": list(section.headings),
                "pages": list(map(page_values, section.pages)),
                "places": list(map(place_values, section.places)),
                "sha256": sha256,
                "text": section.text,
            }
        )
    return rows


def passage_rows(
    document: dict[str, Any] | RowMapping,
    sections: list[dict[str, Any]],
    passages: list[list[Passage]],
) -> list[dict[str, Any]]:
    """Rows of a document's passages.

    A document that may only be listed is found by its title: its one passage is empty. One that
    may not even be listed has none.
    """
    if document["use"] == "none":
        return []
    if document["use"] == "list":
        passages = [[Passage(start=0, end=0, text="", sentences=())]]
        sections = [{**sections[0], "headings": []}]
    return [
        {
            "id": digest(
                document["id"],
                section["id"],
                str(passage.start),
                str(passage.end),
                passage.text,
            ),
            "document_id": document["id"],
            "section_id": section["id"],
            "start": passage.start,
            "end": passage.end,
            "sentences": [list(span) for span in passage.sentences],
            "text_hash": embedded_hash(document["title"], section["headings"], passage.text),
            "signature": signature(passage.text),
            "language": passage.language,
        }
        for section, group in zip(sections, passages, strict=False)
        for passage in group
    ]


def embedded_hash(title: str, headings: Sequence[str], text: str) -> str:
    """The hash of what is embedded of a passage: it stands in its document and its section."""
    return digest(title, *headings, text)


def to_entry(row: RowMapping) -> Entry:
    """An entry of a row that joins passage, section and document (see `queries.entry_rows`).

    What has just become "list" may still have its old passages: none of their words come along.
    """
    listed = row["use"] == "list"
    languages = spoken(row["language"], row["languages"])
    if row["own_language"] and not listed:
        languages = (row["own_language"],)
    return Entry(
        passage_id=row["id"],
        document_id=row["document_id"],
        section_id=row["section_id"],
        collection=row["collection"],
        access=row["access"],
        use=row["use"],
        language=languages[0],
        kind=row["kind"],
        title=row["title"],
        headings=() if listed else tuple(row["headings"]),
        start=0 if listed else row["start"],
        end=0 if listed else row["end"],
        text="" if listed else row["text"],
        sentences=() if listed else tuple((start, end) for start, end in row["sentences"]),
        date_from=row["date_from"],
        date_to=row["date_to"],
        text_hash=shown_hash(row),
        languages=languages if len(languages) > 1 else (),
        described_by=row["described_by"],
    )


def spoken(language: str, shares: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """All languages that a document is found by, the one that it goes by first."""
    return tuple(dict.fromkeys((language, *(code for code, _ in shares))))


def shown_hash(row: RowMapping) -> str:
    """The hash of what is embedded of a passage: of a listed document its title alone."""
    return title_hash(row["title"]) if row["use"] == "list" else str(row["text_hash"])


def title_hash(title: str) -> str:
    """The hash of what is embedded of a document of which only the title may be shown."""
    return embedded_hash(title, (), "")


def to_section(row: RowMapping) -> Section:
    """A stored section as the schema's type."""
    return Section(
        text=row["text"],
        headings=tuple(row["headings"]),
        pages=tuple(map(to_page, row["pages"])),
        places=tuple(map(to_place, row["places"])),
    )


def to_notices(values: list[dict[str, str]]) -> tuple[Notice, ...]:
    """Stored notices as the schema's type."""
    return tuple(Notice(**value) for value in values)


def to_rights(row: Mapping[str, Any]) -> Rights | None:
    """Stored rights as the schema's type; None where none are stated."""
    if not (row["rights_uri"] or row["rights_label"]):
        return None
    return Rights(uri=row["rights_uri"], label=row["rights_label"])


def _language(own: str, collection: str) -> str:
    if own and own != UNKNOWN_LANGUAGE:
        return own
    return collection or own or UNKNOWN_LANGUAGE
