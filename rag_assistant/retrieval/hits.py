"""What a hit shows beside its text: where it stands, its address, its capture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.captures import SeenCapture
from rag_assistant.docstore.layout import to_record
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import to_notices
from rag_assistant.locators import locate
from rag_assistant.retrieval.fusion import Scored
from rag_assistant.schema import Entry, Hit

_Address = tuple[str, str, str, int]  # URI, replay, timestamp, number of versions


class Facts:
    """What a search's hits show: documents and sections are read together, not one by one.

    Args:
        docstore: Where they stand.
        bounds: What may be seen.
        entries: The passages that become hits.

    Raises:
        NotFoundError: One of them was hidden or removed in this moment.
    """

    def __init__(self, docstore: Docstore, bounds: Bounds, entries: Sequence[Entry]) -> None:
        library = docstore.library
        documents = {entry.document_id for entry in entries}
        sections = {entry.section_id for entry in entries if entry.text}
        self._captures = docstore.captures
        self._bounds = bounds
        self._collections = library.collections()
        self._documents = library.documents(sorted(documents), bounds)
        self._sections = library.sections_by_id(sorted(sections), bounds)
        self._addresses: dict[str, _Address] = {}

    def hit(self, rank: int, scored: Scored[Entry], beneath: Sequence[str] = ()) -> Hit:
        """A passage as a hit; ``beneath`` are ids."""
        entry = scored.entry
        if entry.document_id not in self._addresses:
            self._addresses[entry.document_id] = self._address(entry)
        uri, archive_url, captured_at, versions = self._addresses[entry.document_id]
        locator = ""
        if entry.text:
            section = self._sections[entry.section_id].section
            record = to_record(self._documents[entry.document_id]["details"])
            locator = locate(section, entry.start, entry.end, record).label
        return Hit(
            rank=rank,
            score=scored.score,
            entry=entry,
            locator=locator,
            uri=uri,
            archive_url=archive_url,
            captured_at=captured_at,
            versions=versions,
            similarity=scored.similarity,
            lexical=scored.lexical,
            beneath=tuple(beneath),
            notices=to_notices(self._documents[entry.document_id]["notices"]),
            how=scored.how,
        )

    def _address(self, entry: Entry) -> _Address:
        row = self._documents[entry.document_id]
        config = self._collections[entry.collection]
        as_of = self._bounds.as_of
        shown = self._captures.shown(entry.document_id, as_of) if row["captured"] else None
        if shown is None:
            link = row["uri"] or catalogue_link(config.catalogue_url, row["identifiers"])
            return link, "", "", 1
        seen = shown.capture
        return (
            seen.uri,
            replay_link(config.replay_url, seen),
            seen.timestamp,
            self._captures.versions(entry.collection, seen.address, self._bounds),
        )


def replay_link(template: str, capture: SeenCapture) -> str:
    """Where the capture can be replayed; "" where the collection has no replay."""
    return template.replace("{timestamp}", capture.timestamp).replace("{url}", capture.uri)


def catalogue_link(template: str, identifiers: Mapping[str, str]) -> str:
    """Where the library's catalogue describes an item, by its first identifier."""
    from urllib.parse import quote

    if not template or not identifiers:
        return ""
    identifier = identifiers.get("id") or next(iter(identifiers.values()))
    return template.replace("{id}", quote(identifier, safe=""))
