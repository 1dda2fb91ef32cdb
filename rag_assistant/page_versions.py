"""Which version of a captured page an answer stands on.

A page that was captured often has many versions, all of which are found. A question about now
wants the newest one: an opening time of long ago is a wrong answer. A passage gives way only to
one that says the same again, perhaps with other figures: what only an older version tells stays
evidence. A question about a year wants what stood there then, and "is it still so?" what stands
there now, however that is put. One about the past that says no time leaves the choice to the
search. Nothing is dropped from what was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag_assistant.addresses import address_key
from rag_assistant.answering import words
from rag_assistant.answering.times import Period, Times
from rag_assistant.dates import capture_day, iso_date
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import READABLE, Bounds, of_audience
from rag_assistant.retrieval import Retrieved, Retriever
from rag_assistant.schema import Entry, Hit, Span

SAME_WORDS = 0.5
"""Share of a sentence's words that another one holds which says the same again."""
_YEAR = slice(0, 4)

Terms = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Captures of an address, one after the other, that gave the same words; day numbers.

    ``until`` is the day of the next capture, which gave other words; of the newest run, ``last``.
    """

    document_id: str
    first: int
    last: int
    until: int


class PageVersions:
    """Puts the right version of each page before an answerer."""

    def __init__(self, docstore: Docstore, retriever: Retriever) -> None:
        self._docstore = docstore
        self._retriever = retriever

    def seen(self, retrieved: Retrieved) -> dict[str, tuple[Span, ...]]:
        """When each captured document among the hits was seen: day numbers, by document id."""
        found: dict[str, tuple[Span, ...]] = {}
        for key, uri in _addresses(retrieved.hits).items():
            for run in self._timeline(key[0], uri, retrieved.bounds):
                found[run.document_id] = (*found.get(run.document_id, ()), (run.first, run.last))
        return found

    def preferred(self, retrieved: Retrieved, times: Times) -> tuple[Hit, ...]:
        """The hits, each of another version of its page replaced where the right one says it too.

        The right version is the newest, or those of the period that is asked about. As of a date
        there is one version of each page already; who asks what a page said then wants pages.
        """
        hits = retrieved.hits
        if times.as_of is not None:
            return captured(hits)
        if retrieved.bounds.as_of is not None or times.past:
            return hits
        pages: dict[tuple[str, str], _Right | None] = {}
        for key, uri in _addresses(hits).items():
            timeline = self._timeline(key[0], uri, retrieved.bounds)
            pages[key] = self._right(timeline, times.period, retrieved)
        found: dict[str, Hit] = {}
        for hit in hits:
            right = pages.get(_key(hit)) if hit.captured_at else None
            chosen = _counterpart(hit, right, times) if right else hit
            known = found.get(chosen.entry.passage_id)
            if known is None or known.score < chosen.score:
                found[chosen.entry.passage_id] = chosen
        return tuple(sorted(found.values(), key=lambda hit: -hit.score))

    def _timeline(self, collection: str, uri: str, bounds: Bounds) -> list[_Run]:
        """The runs of captures with the same words, oldest first."""
        runs: list[_Run] = []
        for one in self._docstore.captures.at(uri, of_audience(bounds)):
            if one.collection != collection:
                continue
            day = capture_day(one.timestamp)
            if runs and runs[-1].document_id == one.document_id:
                runs[-1] = replace(runs[-1], last=day, until=day)
                continue
            if runs:
                runs[-1] = replace(runs[-1], until=day)
            runs.append(_Run(document_id=one.document_id, first=day, last=day, until=day))
        return runs

    def _right(
        self, timeline: Sequence[_Run], period: Period | None, retrieved: Retrieved
    ) -> _Right | None:
        """The versions that the question wants, with their passages; None where there is no choice.

        Bounds hold: what they leave out takes nothing's place.
        """
        documents = {one.document_id for one in timeline}
        if len(documents) < 2:  # noqa: PLR2004 - nothing to choose from
            return None
        if period is None:
            wanted = {timeline[-1].document_id}
        else:
            wanted = {one.document_id for one in timeline if period.overlaps(one.first, one.until)}
        entries = self._docstore.changes.entries(sorted(wanted)) if wanted else []
        found = self._retriever.hits_of([one.passage_id for one in entries], retrieved.bounds)
        retrieved_hits = {hit.entry.passage_id: hit for hit in retrieved.hits}
        passages = [
            retrieved_hits.get(one, hit)
            for one, hit in found.items()
            if hit.entry.use in READABLE and hit.entry.text
        ]
        if not passages:
            return None
        return _Right(
            documents=frozenset(hit.entry.document_id for hit in passages),
            passages=[(hit, _sentences(hit.entry)) for hit in passages],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Right:
    """The wanted versions of a page: their passages, with the words of their sentences."""

    documents: frozenset[str]
    passages: Sequence[tuple[Hit, Sequence[Terms]]]


def captured(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Those that stand on captures of web pages."""
    return tuple(hit for hit in hits if hit.captured_at)


def _counterpart(hit: Hit, right: _Right, times: Times) -> Hit:
    """The passage of a wanted version that says what this one says; else this one.

    The sentences that hold most of the question's words must be said again; where the question
    itself asks for a time, the nearest that was said then will do.
    """
    at_a_time = times.still or times.period is not None
    if hit.entry.document_id in right.documents or _speaks_of(hit, times.period):
        return hit
    asked = _terms(times.topic, hit.entry.language)
    sentences = _sentences(hit.entry)
    most = max((len(one & asked) for one in sentences), default=0)
    telling = [one for one in sentences if len(one & asked) == most]
    best, held = hit, 0.0
    for other, others in right.passages:
        share = _said_again(telling, others)
        if at_a_time:
            share += _held(asked, others)
        if share > held:
            best, held = other, share
    everything = [one for _, others in right.passages for one in others]
    if best is hit or (not at_a_time and _said_again(telling, everything) < 1):
        return hit
    return replace(
        best,
        rank=best.rank or hit.rank,
        score=max(best.score, hit.score),
        similarity=hit.similarity if best.similarity is None else best.similarity,
    )


def _said_again(sentences: Sequence[Terms], others: Sequence[Terms]) -> float:
    """Share of the sentences that say something which stands among the others too."""
    said = [one for one in sentences if one]
    if not said:
        return 0.0
    again = sum(any(len(one & other) >= SAME_WORDS * len(one) for other in others) for one in said)
    return again / len(said)


def _held(asked: Terms, others: Sequence[Terms]) -> float:
    held = asked & frozenset[str]().union(*others)
    return len(held) / len(asked) if asked else 0.0


def _speaks_of(hit: Hit, period: Period | None) -> bool:
    """Whether a passage names a year of the period: it may tell of that time from a later one."""
    if period is None:
        return False
    years = {iso_date(day)[_YEAR] for day in (period.first, period.last) if day is not None}
    return any(year in hit.entry.embedded_text for year in years)


def _sentences(entry: Entry) -> list[Terms]:
    """The words that carry meaning, sentence by sentence; figures change, and do not count."""
    spans = entry.sentences or ((entry.start, entry.end),)
    texts = (entry.text[start - entry.start : end - entry.start] for start, end in spans)
    return [_terms(text, entry.language) for text in texts]


def _terms(text: str, language: str) -> Terms:
    return frozenset(words.content_words(text, language))


def _key(hit: Hit) -> tuple[str, str]:
    return hit.entry.collection, address_key(hit.uri)


def _addresses(hits: Sequence[Hit]) -> Mapping[tuple[str, str], str]:
    """Collection and key of each captured page among the hits, with one address of it."""
    return {_key(hit): hit.uri for hit in hits if hit.captured_at}
