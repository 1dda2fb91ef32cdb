"""What a hit shows beside its text: where it stands, its address, its capture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.captures import SeenCapture
from rag_assistant.docstore.queries import Bounds
from rag_assistant.locators import locate
from rag_assistant.retrieval.fusion import Scored
from rag_assistant.schema import Entry, Hit, Section


class Facts:
    """Looks up what hits show, each document and section once."""

    def __init__(self, docstore: Docstore, bounds: Bounds) -> None:
        self._library = docstore.library
        self._captures = docstore.captures
        self._bounds = bounds
        self._collections = docstore.library.collections()
        self._uris: dict[str, tuple[str, str, str, int]] = {}
        self._sections: dict[str, Section] = {}

    def hit(self, rank: int, scored: Scored, beneath: Sequence[Scored] = ()) -> Hit:
        """A candidate as a hit."""
        entry = scored.entry
        uri, archive_url, captured_at, versions = self._address(entry)
        locator = ""
        if entry.text:
            section = self._sections.get(entry.section_id)
            if section is None:
                section = self._library.section(entry.section_id, self._bounds).section
                self._sections[entry.section_id] = section
            locator = locate(section, entry.start, entry.end).label
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
            beneath=tuple(one.entry.passage_id for one in beneath),
        )

    def _address(self, entry: Entry) -> tuple[str, str, str, int]:
        known = self._uris.get(entry.document_id)
        if known is None:
            row = self._library.document(entry.document_id, self._bounds)
            config = self._collections[entry.collection]
            uri = row["uri"] or catalogue_link(config.catalogue_url, row["identifiers"])
            shown = self._captures.shown(entry.document_id, self._bounds.as_of)
            known = (uri, "", "", 1)
            if shown:
                seen = shown.capture
                known = (
                    seen.uri,
                    replay_link(config.replay_url, seen),
                    seen.timestamp,
                    self._captures.versions(entry.collection, seen.address, self._bounds),
                )
            self._uris[entry.document_id] = known
        return known


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
