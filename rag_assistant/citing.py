"""From the words that an answer stands on to citations that anyone can check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from statistics import fmean
from typing import Any
from urllib.parse import quote as quote_address

from rag_assistant import dates
from rag_assistant.answer import Citation, CitedCapture
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.captures import SeenCapture, ShownCapture
from rag_assistant.docstore.layout import to_record
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import to_notices, to_rights
from rag_assistant.locators import locate
from rag_assistant.ports import Quote
from rag_assistant.readers.formats import FORMATS
from rag_assistant.references import referenced
from rag_assistant.retrieval import catalogue_link, replay_link
from rag_assistant.schema import Section


def cite(
    docstore: Docstore,
    quotes: Sequence[Quote],
    bounds: Bounds,
    as_of: Mapping[int, str] | None = None,
) -> tuple[Citation, ...]:
    """One citation a quote, its words read from the docstore and from nowhere else.

    Args:
        docstore: Holds the sources.
        quotes: What is cited.
        bounds: What the asker may see.
        as_of: By marker, the timestamp of the capture that is cited; of other web pages it is the
            newest one within the bounds.

    Raises:
        NotFoundError: A source was hidden or removed meanwhile.
        ValueError: A quote reaches outside its passage.
    """
    collections = docstore.library.collections()
    captures = as_of or {}
    return tuple(
        _citation(
            docstore,
            quote,
            replace(bounds, as_of=captures.get(quote.marker, bounds.as_of)),
            collections,
        )
        for quote in quotes
    )


def _citation(
    docstore: Docstore,
    quote: Quote,
    bounds: Bounds,
    collections: dict[str, CollectionConfig],
) -> Citation:
    entry = quote.hit.entry
    if not entry.start <= quote.start < quote.end <= entry.end:
        raise ValueError(f"quote {quote.start}..{quote.end} leaves passage {entry.passage_id}")
    library = docstore.library
    row = library.document(entry.document_id, bounds)
    stored = library.section(entry.section_id, bounds)
    config = collections[entry.collection]
    record = to_record(row["details"])
    locator = locate(stored.section, quote.start, quote.end, record)
    shown = docstore.captures.shown(entry.document_id, bounds.as_of)
    seen = shown.capture if shown else None
    cited = Citation(
        marker=quote.marker,
        passage_id=entry.passage_id,
        document_id=entry.document_id,
        section_id=entry.section_id,
        collection=entry.collection,
        kind=entry.kind,
        title=entry.title,
        creator=row["creator"],
        date=_date(row, seen),
        identifiers=dict(row["identifiers"]),
        locator=locator.label,
        place=_on_canvas(locator.place, config.canvas_url, row["path"]),
        quote=stored.section.text[quote.start : quote.end],
        context=stored.section.text[entry.start : entry.end],
        start=quote.start,
        end=quote.end,
        text_sha256=stored.sha256,
        described_by=row["described_by"],
        text_origin=row["text_origin"],
        text_quality=_quality(stored.section, quote, row["text_quality"]),
        uri=seen.uri
        if seen
        else row["uri"] or catalogue_link(config.catalogue_url, row["identifiers"]),
        archive_url=replay_link(config.replay_url, seen) if seen else "",
        capture=_capture(docstore, entry.collection, shown, bounds) if shown else None,
        rights=to_rights(row),
        notices=to_notices(row["notices"]),
        language=entry.language,
        record=record,
        file_format=own_file(row),
    )
    return referenced(cited, collection=config.title, viewer_url=config.viewer_url)


def own_file(row: Mapping[str, Any]) -> str:
    """The format of the file that a document is; "" of one of several in a file, or a web page.

    Args:
        row: The document's columns.
    """
    alone = row["record"] is None and not row["captured"]
    return str(row["format"]) if alone and not FORMATS[row["format"]].container else ""


def _capture(
    docstore: Docstore, collection: str, shown: ShownCapture, bounds: Bounds
) -> CitedCapture:
    """The capture with its neighbours: the nearest ones at that address with other words."""
    before, after = docstore.captures.neighbours(collection, shown, bounds)
    seen = shown.capture
    return CitedCapture(
        timestamp=seen.timestamp,
        first_seen=shown.first,
        last_seen=shown.last,
        previous_version=before,
        next_version=after,
        payload_digest=seen.payload_digest,
        warc_record_id=seen.record,
        source_file=seen.source_file,
    )


def _on_canvas(place: dict[str, Any], template: str, path: str) -> dict[str, Any]:
    """The place with the IIIF canvas of its page, which a scan's own file seldom names.

    ``{file}`` of the template is the file's name without its suffix, ``{page}`` the page, from 1.
    """
    if not template or "page_index" not in place or "canvas" in place:
        return place
    named = {"{file}": quote_address(PurePosixPath(path).stem, safe="")}
    named["{page}"] = str(place["page_index"] + 1)
    for slot, value in named.items():
        template = template.replace(slot, value)
    return {**place, "canvas": template}


def _quality(section: Section, quote: Quote, of_document: float | None) -> float | None:
    """How sure the machine was of the words that are quoted, else of the whole document."""
    sure = [
        place.confidence
        for place in section.places
        if place.confidence is not None and place.start < quote.end and place.end > quote.start
    ]
    return round(fmean(sure), 4) if sure else of_document


def _date(row: Mapping[str, Any], seen: SeenCapture | None) -> str:
    """The source's own words for its date, else the day of the capture."""
    if row["date_text"] or seen is None:
        return str(row["date_text"])
    return f"captured {dates.iso_date(dates.capture_day(seen.timestamp))}"
