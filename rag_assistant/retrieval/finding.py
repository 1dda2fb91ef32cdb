"""A search that is looked through: pages of results, and how many documents there are of what.

What holds one of the words counts as found, and what is nearest in meaning; so there is a number of
results, which a ranking of everything does not have. No more than the best thousand are looked
at, and the reply says where there are more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rag_assistant.config import RetrievalSettings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.facets import Facets
from rag_assistant.docstore.facts import Chosen
from rag_assistant.docstore.queries import Bounds
from rag_assistant.errors import NotFoundError
from rag_assistant.indexes.marking import Marking
from rag_assistant.indexes.text import quoted
from rag_assistant.retrieval import Retriever, Sort
from rag_assistant.retrieval.candidates import Candidates, Indexes
from rag_assistant.retrieval.collapse import Group, Wordings, collapse, years_in
from rag_assistant.retrieval.fusion import fuse
from rag_assistant.schema import Audience, Entry, Filters, Hit, Span

MOST = 1000
"""Passages that are looked through at most."""
_TRIES = 2  # before a search that a take-down disturbs each time is an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A page of results, and how many there are.

    A result is a document, shown by the passage of it that answers best; ``others`` counts its
    other passages that were found, for each hit. Without a query (``browsed``) it is shown by its
    beginning. ``at_least``: there are more than ``total``, which are neither shown nor counted.
    ``worded``: some were found by words, not only by meaning; ``near`` are the ids of those
    documents that hold none of the words. ``searched`` is how many documents
    lie within the bounds. ``marks`` are the places of the query's words in the text of each hit,
    as ``text[start:end]``.
    """

    hits: tuple[Hit, ...]
    total: int
    at_least: bool
    facets: Facets
    searched: int
    marks: tuple[tuple[Span, ...], ...]
    others: tuple[int, ...]
    worded: bool = True
    near: frozenset[str] = frozenset()
    browsed: bool = False


class Finder:
    """Looks through one data folder.

    Args:
        docstore: Where the documents stand.
        indexes: What is searched.
        settings: How both indexes are weighed.
        retriever: Makes bounds of filters, and hits of passages.
        answering: Opens the indexes for one search.
    """

    def __init__(
        self,
        docstore: Docstore,
        indexes: Indexes,
        settings: RetrievalSettings,
        retriever: Retriever,
        answering: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._docstore = docstore
        self._indexes = indexes
        self._settings = settings
        self._retriever = retriever
        self._answering = answering

    def look(
        self,
        query: str,
        *,
        k: int,
        offset: int,
        filters: Filters,
        audience: Audience,
        sort: Sort = "relevance",
    ) -> Looked:
        """The results from ``offset`` on, ``k`` at most; without a query the newest documents.

        Raises:
            UnknownCollectionError: A filter names a collection that is not there.
            UsageError: A filter's date is none.
            NotFoundError: Nothing was ever indexed.
        """
        page = slice(offset, offset + k)
        with self._answering():
            bounds = self._retriever.bounds(filters, audience)
            for _ in range(_TRIES):
                with suppress(NotFoundError):  # what was found is taken down in this moment
                    return self._looked(query, page, bounds, sort)
            return self._looked(query, page, bounds, sort)

    def _looked(self, query: str, page: slice, bounds: Bounds, sort: Sort) -> Looked:
        if not query.strip():
            return self._browsed(page, bounds, sort)
        candidates = Candidates(
            self._indexes, self._docstore.library, query, bounds, scanner=self._retriever.scanner
        )
        groups, at_least, worded = self._groups(candidates, query, bounds)
        chosen = candidates.chosen
        members = [one for group in groups for one in (group.shown, *group.beneath)]
        found = chosen.facts.rows_of({one.entry.document_id for one in members})
        passages = Counter(group.shown.entry.document_id for group in groups)
        holding = {one.entry.document_id for one in members if one.lexical > 0}
        best = _first_of_each(groups)
        if sort == "date":
            best = _by_date(best, chosen)
        hits = self._hits(best[page], page.start, bounds)
        return Looked(
            hits=hits,
            marks=tuple(self._marked(query, hit.entry) for hit in hits),
            others=tuple(passages[hit.entry.document_id] - 1 for hit in hits),
            total=len(best),
            worded=worded,
            near=frozenset({one.shown.entry.document_id for one in best} - holding),
            at_least=at_least,
            facets=self._docstore.facets.counted(chosen.facts, found & chosen.mask),
            searched=int(chosen.mask.sum()),
        )

    def _groups(
        self, candidates: Candidates, query: str, bounds: Bounds
    ) -> tuple[list[Group], bool, bool]:
        """Distinct passages, best first; whether there are more, and whether words found any.

        A phrase in quotation marks is to stand there: what is only near in meaning does not count.
        """
        library = self._docstore.library
        found = candidates.best(MOST)
        near = 0 if quoted(query) else self._settings.candidates
        nearest = dict([*found.similar.items()][:near])
        passages = library.candidates({**found.lexical, **nearest}, candidates.chosen, bounds)
        far = [one for name, one in passages.items() if name not in found.similar]
        similar = candidates.cosines(far) | found.similar
        ranked = fuse(passages.values(), found.lexical, similar, self._settings.vector_weight)
        years = years_in(query)
        timed = years or (bounds.date_from, bounds.date_to, bounds.as_of) != (None,) * 3
        groups = collapse(ranked, Wordings(library.wordings), years=years, newest=not timed)
        at_least = len(found.lexical) >= MOST or len(groups) > MOST
        return groups[:MOST], at_least, bool(found.lexical)

    def _hits(self, groups: Sequence[Group], before: int, bounds: Bounds) -> tuple[Hit, ...]:
        hits = self._retriever.hits_of([one.shown.entry.passage_id for one in groups], bounds)
        found = []
        for rank, group in enumerate(groups, start=before + 1):
            shown = group.shown
            if hit := hits.get(shown.entry.passage_id):
                beneath = tuple(one.entry.passage_id for one in group.beneath)
                found.append(
                    replace(
                        hit,
                        rank=rank,
                        score=shown.score,
                        similarity=shown.similarity,
                        lexical=shown.lexical,
                        beneath=beneath,
                    )
                )
        return tuple(found)

    def _marked(self, query: str, entry: Entry) -> tuple[Span, ...]:
        return self._marking.spans(query, entry.text, entry.language)

    @cached_property
    def _marking(self) -> Marking:
        """Made when it is first needed: the analyzers are loaded with it."""
        return Marking()

    def _browsed(self, page: slice, bounds: Bounds, sort: Sort) -> Looked:
        """All documents within the bounds: what was taken in last first, or the oldest first."""
        chosen = self._docstore.library.chosen(bounds)
        rows = np.flatnonzero(chosen.mask)
        held = chosen.facts.columns
        key = held["date_from"] if sort == "date" else -held["indexed_at"]
        rows = rows[np.argsort(key[rows], kind="stable")]
        ids = [*chosen.facts.row_of]
        firsts = [self._docstore.works.first_passage(ids[row]) for row in rows[page]]
        hits = self._retriever.hits_of([one for one in firsts if one], bounds)
        ranks = enumerate(firsts, start=page.start + 1)
        shown = [replace(hits[one], rank=rank) for rank, one in ranks if one in hits]
        return Looked(
            hits=tuple(shown),
            marks=((),) * len(shown),
            others=(0,) * len(shown),
            total=len(rows),
            at_least=False,
            facets=self._docstore.facets.counted(chosen.facts, chosen.mask),
            searched=len(rows),
            browsed=True,
        )


def _first_of_each(groups: Sequence[Group]) -> list[Group]:
    """The best of each document."""
    best: dict[str, Group] = {}
    for group in groups:
        best.setdefault(group.shown.entry.document_id, group)
    return [*best.values()]


def _by_date(groups: Sequence[Group], chosen: Chosen) -> list[Group]:
    """The oldest first; what has no date comes last."""
    begins, row_of = chosen.facts.columns["date_from"], chosen.facts.row_of
    return sorted(groups, key=lambda one: int(begins[row_of[one.shown.entry.document_id]]))
