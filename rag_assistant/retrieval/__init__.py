"""Hybrid search: filters inside every query, two indexes fused, near-duplicates collapsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from rag_assistant import dates
from rag_assistant.answer import Scope
from rag_assistant.config import RetrievalSettings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.candidates import Candidate
from rag_assistant.docstore.facts import Chosen
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.docstore.rows import spoken
from rag_assistant.errors import NotFoundError, UnknownCollectionError, UsageError
from rag_assistant.indexes.lexical_analysis import Analysis
from rag_assistant.retrieval.candidates import Candidates, Indexes
from rag_assistant.retrieval.collapse import Group, Wordings, collapse, years_in
from rag_assistant.retrieval.fusion import Scored, fuse, placed
from rag_assistant.retrieval.hits import Facts, catalogue_link, replay_link
from rag_assistant.retrieval.scan import Scanner
from rag_assistant.retrieval.together import Together
from rag_assistant.schema import Audience, Filters, Hit
from rag_assistant.wording import say

__all__ = ["Indexes", "Retrieved", "Retriever", "Sort", "catalogue_link", "replay_link"]

Sort = Literal["relevance", "date"]
_WIDEST = 25  # times as many candidates, while near-duplicates crowd out the rest
_WIDER = (2, 8)  # at least and at most, of what was looked at before
_SPARE = 1.5  # times as many as should be enough
_CHOICE = 2  # times as many distinct passages as are wanted, before looking no further
_REMEMBERED = 32
_TRIES = 2  # before a search that a take-down disturbs each time is an error
_Overview = tuple[Scope, dict[str, float], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """Hits, best first, and what was looked through to find them."""

    hits: tuple[Hit, ...]
    bounds: Bounds
    scope: Scope
    coverage: dict[str, float]
    seq: int


class Retriever:
    """Searches one data folder.

    Attributes:
        scanner: Finds the nearest within narrow bounds; kept from question to question.
    """

    def __init__(self, docstore: Docstore, indexes: Indexes, settings: RetrievalSettings) -> None:
        self._docstore = docstore
        self._indexes = indexes
        self._settings = settings
        self.scanner = Scanner(docstore.library, indexes)
        self._overviews: dict[object, _Overview] = {}

    def search(
        self,
        question: str,
        *,
        k: int,
        filters: Filters,
        audience: Audience,
        sort: Sort = "relevance",
        beside: Mapping[str, float] | None = None,
    ) -> Retrieved:
        """The ``k`` best distinct passages that the audience may see.

        What says nearly the same lies beneath one of them, and is within the same bounds.

        Args:
            question: What is searched for.
            k: How many are wanted.
            filters: Bounds on what is searched.
            audience: Who asks.
            sort: The order of those that are found.
            beside: Further texts to find passages by, and how often each counts for the question's
                once. A hit's cosine is still the question's own.

        Raises:
            UnknownCollectionError: A filter names a collection that is not there.
            UsageError: A filter's date is none.
        """
        bounds = self.bounds(filters, audience)
        for _ in range(_TRIES):
            with suppress(NotFoundError):  # what was found is taken down in this moment
                return self._found(question, k, bounds, sort, beside or {})
        return self._found(question, k, bounds, sort, beside or {})

    def _found(
        self, question: str, k: int, bounds: Bounds, sort: Sort, beside: Mapping[str, float]
    ) -> Retrieved:
        asked = self._candidates(question, bounds)
        parts = [(self._candidates(text, bounds), weight) for text, weight in beside.items()]
        candidates = Together([(asked, 1.0), *parts]) if parts else asked
        hits = self._hits(self._groups(candidates, question, bounds, k)[:k], bounds)
        hits = self._matched(hits, question)
        if parts:
            own = asked.cosines([hit.entry for hit in hits])
            hits = [replace(hit, similarity=own.get(hit.entry.passage_id)) for hit in hits]
        if sort == "date":
            hits.sort(key=lambda hit: (hit.entry.date_from is None, hit.entry.date_from or 0))
        scope, coverage, seq = self._overview(bounds, candidates.chosen)
        return Retrieved(
            hits=tuple(hits), bounds=bounds, scope=scope, coverage=dict(coverage), seq=seq
        )

    def of_document(self, document_id: str, audience: Audience) -> Retrieved:
        """All passages of a document, in the order in which they are read.

        Raises:
            NotFoundError: Not there for this audience.
            GoneError: Removed.
        """
        bounds = self.bounds(Filters(), audience)
        library = self._docstore.library
        row = library.document(document_id, bounds)
        order = {one.id: place for place, one in enumerate(library.sections(document_id))}
        entries = self._docstore.changes.entries([document_id])
        entries.sort(key=lambda one: (order.get(one.section_id, 0), one.start))
        found = self.hits_of([one.passage_id for one in entries], bounds)
        hits = [found[one.passage_id] for one in entries if one.passage_id in found]
        scope = Scope(
            collections=(row["collection"],),
            documents=1,
            dates=None,
            languages=tuple(filter(None, spoken(row["language"], row["languages"]))),
            pages_without_text=row["pages_without_text"],
            undated_excluded=0,
            updated=None,
        )
        return Retrieved(
            hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)),
            bounds=bounds,
            scope=scope,
            coverage={"lexical": 1.0, "vectors": 1.0},
            seq=self._docstore.changes.last_seq(),
        )

    def hits_of(self, passage_ids: Sequence[str], bounds: Bounds) -> dict[str, Hit]:
        """Passages as hits (rank 0, score 0.0), by id, as far as the bounds allow."""
        entries = self._docstore.library.entries(passage_ids, bounds)
        facts = Facts(self._docstore, bounds, [*entries.values()])
        return {one: facts.hit(0, Scored(entry=entry, score=0.0)) for one, entry in entries.items()}

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
            there = ", ".join(sorted(visible)) or say("none yet")
            raise UnknownCollectionError(
                say("There is no collection '{name}'.", name=unknown[0]),
                say("Collections here: {names}.", names=there),
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
            persons=filters.persons,
            places=filters.places,
            documents=filters.documents,
            as_of=f"{dates.iso_date(as_of).replace('-', '')}235959" if as_of is not None else None,
        )

    def _candidates(self, text: str, bounds: Bounds) -> Candidates:
        return Candidates(self._indexes, self._docstore.library, text, bounds, scanner=self.scanner)

    def _hits(self, groups: Sequence[Group], bounds: Bounds) -> list[Hit]:
        """The groups as hits, but for what was hidden or removed meanwhile."""
        shown = [group.shown.entry.passage_id for group in groups]
        entries = self._docstore.library.entries(shown, bounds)
        facts = Facts(self._docstore, bounds, [*entries.values()])
        hits: list[Hit] = []
        for one, group in zip(shown, groups, strict=True):
            if one in entries:
                beneath = [other.entry.passage_id for other in group.beneath]
                scored = group.shown.of(entries[one])
                hits.append(facts.hit(len(hits) + 1, scored, beneath))
        return hits

    def _matched(self, hits: Sequence[Hit], question: str) -> list[Hit]:
        """Each with the words of the question that stand in it."""
        found = self._analysis.matched(question, [hit.entry for hit in hits])
        return [
            replace(hit, how=replace(hit.how, matched=matched))
            for hit, matched in zip(hits, found, strict=True)
        ]

    @cached_property
    def _analysis(self) -> Analysis:
        """What the lexical index makes terms with, made when it is first needed."""
        return Analysis()

    def _groups(
        self, candidates: Candidates | Together, question: str, bounds: Bounds, k: int
    ) -> list[Group]:
        """Distinct passages, best first: at least ``k`` where there are as many to be found."""
        number = max(self._settings.candidates, k)
        years = years_in(question)
        timed = years or (bounds.date_from, bounds.date_to, bounds.as_of) != (None,) * 3
        passages: dict[str, Candidate] = {}
        wordings = Wordings(self._docstore.library.wordings)
        similar: dict[str, float] = {}
        wanted = number
        while True:
            found = candidates.best(wanted)
            new = [one for one in {**found.lexical, **found.similar} if one not in passages]
            added = self._docstore.library.candidates(new, candidates.chosen, bounds)
            passages |= added
            far = [passage for one, passage in added.items() if one not in found.similar]
            similar |= candidates.cosines(far) | found.similar
            ranked = self._fused(passages, found.lexical, similar)
            groups = collapse(ranked, wordings, years=years, newest=not timed)
            if found.exhausted or len(groups) >= _CHOICE * k or wanted >= _WIDEST * number:
                break
            wanted = min(_wider(wanted, len(groups), _CHOICE * k), _WIDEST * number)
        by_id = {group.shown.entry.passage_id: group for group in groups}
        return self._settled(by_id, _leading(found.lexical, by_id, number), similar)

    def _settled(
        self, groups: Mapping[str, Group], lexical: dict[str, float], similar: dict[str, float]
    ) -> list[Group]:
        """The groups by the scores of what they show, normalised over these alone.

        So neither many versions of a page nor looking further for others moves the scale.
        """
        shown = {one: group.shown.entry for one, group in groups.items()}
        return [
            replace(groups[scored.entry.passage_id], shown=scored)
            for scored in placed(self._fused(shown, lexical, similar))
        ]

    def _fused(
        self,
        passages: Mapping[str, Candidate],
        lexical: dict[str, float],
        similar: dict[str, float],
    ) -> list[Scored[Candidate]]:
        return fuse(passages.values(), lexical, similar, self._settings.vector_weight)

    def _overview(self, bounds: Bounds, chosen: Chosen) -> _Overview:
        """Scope and coverage; counted anew only when the docstore or an index has moved on.

        All three are of the moment at which the documents were chosen.
        """
        seq, held = chosen.facts.seq, self._indexes.held()
        key = (bounds, seq, tuple(sorted(held.items())), self._docstore.changes.ahead())
        known = self._overviews.get(key)
        if known is None:
            library = self._docstore.library
            scope = library.scope(bounds, chosen)
            known = (scope, library.coverage(bounds, held, chosen), seq)
            if len(self._overviews) >= _REMEMBERED:
                self._overviews.clear()
            self._overviews[key] = known
        return known


def _wider(looked_at: int, found: int, wanted: int) -> int:
    """How many candidates should hold as many distinct passages as are wanted."""
    least, most = (looked_at * times for times in _WIDER)
    return min(max(least, int(_SPARE * looked_at * wanted / max(found, 1))), most)


def _leading(
    scores: Mapping[str, float], kept: Mapping[str, object], number: int
) -> dict[str, float]:
    """The ``number`` best of those that are kept; ``scores`` come best first."""
    return dict([(one, score) for one, score in scores.items() if one in kept][:number])


def _day(text: str | None, option: str, *, first: bool) -> int | None:
    if text is None:
        return None
    parsed = dates.parse_date(text)
    if parsed is None:
        raise UsageError(
            say("{option}: '{text}' is no date.", option=option, text=text),
            say("Write 1934, 1934-05 or 1934-05-02."),
        )
    return parsed.first if first else parsed.last
