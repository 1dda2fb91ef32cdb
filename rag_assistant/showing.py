"""Stored text for people: a passage, a section or a whole document by its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.layout import to_record
from rag_assistant.docstore.library import StoredSection, readable
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.errors import GoneError, NotFoundError
from rag_assistant.locators import locate
from rag_assistant.schema import Audience
from rag_assistant.wording import say


def show(docstore: Docstore, item: str, audience: Audience) -> dict[str, Any]:
    """Whatever has this id; ``type`` says what it is.

    Raises:
        NotFoundError: Not there for this audience.
        GoneError: Removed.
    """
    for look in (passage, document, section):
        try:
            return look(docstore, item, audience)
        except GoneError:
            raise
        except NotFoundError as error:
            missing = error
    raise missing


def passage(docstore: Docstore, passage_id: str, audience: Audience) -> dict[str, Any]:
    """A passage in its section's text: ``text[start:end]`` are its words."""
    bounds = readable(_bounds(audience))
    entry = docstore.library.entries([passage_id], bounds).get(passage_id)
    if entry is None:
        docstore.library.document(passage_id, bounds)  # says whether it is gone or never was
        raise NotFoundError(say("There is no passage {item} here.", item=passage_id))
    stored = docstore.library.section(entry.section_id, bounds)
    row = docstore.library.document(entry.document_id, bounds)
    record = to_record(row["details"])
    locator = locate(stored.section, entry.start, entry.end, record)
    return {
        "type": "passage",
        "passage_id": passage_id,
        **_document_facts(row),
        **_section_facts(stored),
        "language": entry.language,
        "start": entry.start,
        "end": entry.end,
        "quote": entry.text,
        "locator": locator.label,
        "place": locator.place,
    }


def section(docstore: Docstore, section_id: str, audience: Audience) -> dict[str, Any]:
    """A section's stored text, so that anyone can check ``text[start:end] == quote``."""
    bounds = readable(_bounds(audience))
    stored = docstore.library.section(section_id, bounds)
    row = docstore.library.document(stored.document_id, bounds)
    return {"type": "section", **_document_facts(row), **_section_facts(stored)}


def document(docstore: Docstore, document_id: str, audience: Audience) -> dict[str, Any]:
    """A document's facts and sections; of one that may only be listed, its facts."""
    bounds = _bounds(audience)
    row = docstore.library.document(document_id, bounds)
    may_read = row["use"] in readable(bounds).uses
    stored = docstore.library.sections(document_id) if may_read else []
    captures = docstore.captures.of(document_id)
    return {
        "type": "document",
        **_document_facts(row),
        "sections": [_section_facts(one) for one in stored],
        "captures": [
            {
                "uri": one.uri,
                "timestamp": one.timestamp,
                "record": one.record,
                "file": one.source_file,
                "offset": one.offset,
                "payload_digest": one.payload_digest,
            }
            for one in captures
        ],
    }


def _bounds(audience: Audience) -> Bounds:
    return Bounds(access=audience_access(audience), uses=LISTED)


def _document_facts(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = (
        "collection",
        "kind",
        "title",
        "creator",
        "language",
        "identifiers",
        "uri",
        "access",
        "use",
        "access_note",
        "notices",
        "text_origin",
        "text_quality",
        "described_by",
        "pages",
        "pages_without_text",
        "notes",
    )
    return {
        "document_id": row["id"],
        **{name: row[name] for name in kept},
        "date": row["date_text"],
        "record": row["details"],
        "languages": dict(row["languages"]),
        "rights": {"uri": row["rights_uri"], "label": row["rights_label"] or "Rights: not stated"},
    }


def _section_facts(stored: StoredSection) -> dict[str, Any]:
    return {
        "section_id": stored.id,
        "headings": list(stored.section.headings),
        "text": stored.section.text,
        "text_sha256": stored.sha256,
    }
