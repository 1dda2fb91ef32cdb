"""Hybrid search: filters inside every query, convex fusion, sources resolved from the docstore.

Both indexes' scores are min-max normalised over their candidates and averaged with a weight that
depends on the passage's language, since the embedding model knows some languages better than
others (convex combination: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
Retrieval", 2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from rag_assistant import dates
from rag_assistant.answer import Scope
from rag_assistant.config import RetrievalSettings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.captures import SeenCapture
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.errors import UnknownCollectionError, UsageError
from rag_assistant.locators import locate
from rag_assistant.ports import Index, IndexQuery, Vectors
from rag_assistant.schema import Audience, Entry, Filters, Hit, Section

Sort = Literal["relevance", "date"]
_ANY = "*"
_SCANNED = 20_000  # passages whose vectors are compared one by one, some 30 MB
_WIDER = 5
_REMEMBERED = 32
_Overview = tuple[Scope, dict[str, float], int]


class Indexes(Protocol):
    """What retrieval needs of the indexes; `engine.Engine` has it."""

    @property
    def lexical(self) -> Index | None: ...

    @property
    def vectors(self) -> Index | None: ...

    def held(self) -> dict[str, int]:
        """The last change that each index which can be asked holds."""

    def embed_question(self, question: str) -> Vectors:
        """The question as a unit vector."""

    def passage_vectors(self, hashes: Mapping[str, str]) -> dict[str, Vectors]:
        """Cached vectors by passage id, for those that are there; ``hashes`` by passage id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """Hits, best first, and what was looked through to find them."""

    hits: tuple[Hit, ...]
    bounds: Bounds
    scope: Scope
    coverage: dict[str, float]
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    entry: Entry
    score: float
    similarity: float | None
    lexical: float


class Retriever:
    """Searches one data folder."""

    def __init__(self, docstore: Docstore, indexes: Indexes, settings: RetrievalSettings) -> None:
        self._docstore = docstore
        self._indexes = indexes
        self._settings = settings
        self._overviews: dict[object, _Overview] = {}

    def search(
        self,
        question: str,
        *,
        k: int,
        filters: Filters,
        audience: Audience,
        sort: Sort = "relevance",
    ) -> Retrieved:
        """The ``k`` best passages that the audience may see.

        Raises:
            UnknownCollectionError: A filter names a collection that is not there.
            UsageError: A filter's date is none.
        """
        bounds = self.bounds(filters, audience)
        library = self._docstore.library
        lexical, similar = self._candidates(question, bounds, k)
        entries = library.entries(list({**lexical, **similar}), bounds)
        ranked = sorted(
            self._fused(lexical, similar, entries.values()),
            key=lambda scored: (-scored.score, scored.entry.passage_id),
        )
        facts = _Facts(self._docstore, bounds)
        hits = [facts.hit(rank, scored) for rank, scored in enumerate(ranked[:k], start=1)]
        if sort == "date":
            hits.sort(key=lambda hit: (hit.entry.date_from is None, hit.entry.date_from or 0))
        scope, coverage, seq = self._overview(bounds)
        return Retrieved(
            hits=tuple(hits), bounds=bounds, scope=scope, coverage=dict(coverage), seq=seq
        )

    def _overview(self, bounds: Bounds) -> _Overview:
        """Scope and coverage; counted anew only when the docstore or an index has moved on."""
        seq, held = self._docstore.changes.last_seq(), self._indexes.held()
        key = (bounds, seq, tuple(sorted(held.items())))
        known = self._overviews.get(key)
        if known is None:
            library = self._docstore.library
            known = (library.scope(bounds), library.coverage(bounds, held), seq)
            if len(self._overviews) >= _REMEMBERED:
                self._overviews.clear()
            self._overviews[key] = known
        return known

    def bounds(self, filters: Filters, audience: Audience) -> Bounds:
        """An asker's filters made exact.

        Raises:
            UnknownCollectionError: A filter names a collection that is not there.
            UsageError: A filter's date is none.
        """
        everything = Bounds(access=audience_access(audience), uses=LISTED)
        visible = {place[0] for place in self._docstore.library.places(everything)}
        unknown = [name for name in filters.collections if name not in visible]
        if unknown:
            there = ", ".join(sorted(visible)) or "none yet"
            raise UnknownCollectionError(
                f"There is no collection '{unknown[0]}'.", f"Collections here: {there}."
            )
        first = _day(filters.date_from, "--from", first=True)
        last = _day(filters.date_to, "--to", first=False)
        as_of = _day(filters.as_of, "--as-of", first=False)
        return Bounds(
            access=everything.access,
            uses=everything.uses,
            collections=filters.collections or None,
            language=filters.language,
            kind=filters.kind,
            date_from=first,
            date_to=last,
            as_of=f"{dates.iso_date(as_of).replace('-', '')}235959" if as_of is not None else None,
        )

    def _candidates(
        self, question: str, bounds: Bounds, k: int
    ) -> tuple[dict[str, float], dict[str, float]]:
        """BM25 scores and cosines by passage id, of each index's best."""
        number = max(self._settings.candidates, k)
        lexical: dict[str, float] = {}
        similar: dict[str, float] = {}
        if self._indexes.lexical is not None:
            query = self._query(question, bounds)
            lexical = dict(self._indexes.lexical.search(query, number))
        if self._indexes.vectors is not None:
            vector = self._indexes.embed_question(question)
            if not bounds.selective:
                query = self._query(question, bounds, vector)
                similar = dict(self._indexes.vectors.search(query, number))
            elif self._docstore.library.passage_count(bounds) <= _SCANNED:
                similar = self._exact(vector, bounds, number)
            else:  # bounds that take in much of everything narrow the nearest well enough
                query = self._query(question, bounds.by_place, vector)
                similar = dict(self._indexes.vectors.search(query, number * _WIDER))
        return lexical, similar

    def _query(self, question: str, bounds: Bounds, vector: Vectors | None = None) -> IndexQuery:
        names = bounds.collections
        if names is None:
            names = tuple(sorted({place[0] for place in self._docstore.library.places(bounds)}))
        return IndexQuery(
            text=question,
            vector=vector,
            collections=names,
            access=bounds.access,
            uses=bounds.uses,
            language=bounds.language,
            kind=bounds.kind,
            date_from=bounds.date_from,
            date_to=bounds.date_to,
            documents=self._docstore.library.document_ids(bounds) if bounds.as_of else None,
        )

    def _exact(self, vector: Vectors, bounds: Bounds, number: int) -> dict[str, float]:
        """Cosines of all passages within narrow bounds: quicker than a filtered graph."""
        cached = self._indexes.passage_vectors(self._docstore.library.text_hashes(bounds))
        if not cached:
            return {}
        ids = list(cached)
        cosines = np.stack([cached[one] for one in ids]) @ vector
        best = np.argsort(-cosines, kind="stable")[:number]
        return {ids[position]: float(cosines[position]) for position in best}

    def _fused(
        self,
        lexical: Mapping[str, float],
        similar: Mapping[str, float],
        entries: Iterable[Entry],
    ) -> list[_Scored]:
        by_words, by_sense = _normalised(lexical), _normalised(similar)
        fused = []
        for entry in entries:
            one = entry.passage_id
            weight = self._weight(entry.language) if lexical else 1.0
            if not similar:
                weight = 0.0
            fused.append(
                _Scored(
                    entry=entry,
                    score=(1 - weight) * by_words.get(one, 0.0) + weight * by_sense.get(one, 0.0),
                    similarity=similar.get(one),
                    lexical=lexical.get(one, 0.0),
                )
            )
        return fused

    def _weight(self, language: str) -> float:
        weights = self._settings.vector_weight
        return weights.get(language, weights.get(_ANY, 0.0))


class _Facts:
    """Looks up what a hit shows beside its text, each document and section once."""

    def __init__(self, docstore: Docstore, bounds: Bounds) -> None:
        self._library = docstore.library
        self._captures = docstore.captures
        self._bounds = bounds
        self._collections = docstore.library.collections()
        self._uris: dict[str, tuple[str, str, str, int]] = {}
        self._sections: dict[str, Section] = {}

    def hit(self, rank: int, scored: _Scored) -> Hit:
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
                    self._captures.versions(entry.collection, seen.uri, self._bounds),
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


def _normalised(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores moved to 0..1 over the candidates; all alike become 1."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {one: (score - low) / (high - low) for one, score in scores.items()}


def _day(text: str | None, option: str, *, first: bool) -> int | None:
    if text is None:
        return None
    parsed = dates.parse_date(text)
    if parsed is None:
        raise UsageError(f"{option}: '{text}' is no date.", "Write 1934, 1934-05 or 1934-05-02.")
    return parsed.first if first else parsed.last
