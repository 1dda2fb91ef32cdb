"""Answers to "when did it change?" and "is it still so?", from the captures of a page.

No model is asked. The dates are those of the captures, and both versions are quoted, each sentence
from the one in which it stands. Where the captures cannot tell, there is no answer of this kind,
and the question is answered like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag_assistant.addresses import address_key
from rag_assistant.answer import Sentence
from rag_assistant.answering import answerable
from rag_assistant.answering.change_words import (
    captured_once,
    changed_between,
    moments,
    said_after,
    said_before,
    said_no_longer,
    stayed_the_same,
)
from rag_assistant.answering.changes import (
    Choice,
    Matter,
    Stretch,
    choose,
    coverage,
    names_the_page,
)
from rag_assistant.answering.times import Period, Times
from rag_assistant.dates import capture_day
from rag_assistant.diffing import Block, Unit
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import READABLE, Bounds
from rag_assistant.errors import NotFoundError
from rag_assistant.history import Change, History, Seen, history
from rag_assistant.ports import Draft, Embedder, Quote
from rag_assistant.retrieval import Retrieved, Retriever
from rag_assistant.schema import Audience, Hit
from rag_assistant.wording import say

NAME = "history"
"""What answered, as `Run.answerer` tells it."""
REASON = "from the dates of the captures"
_LOOKED_AT = 3  # of the hits: a page further down is not what was asked about


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the captures of a page tell.

    Attributes:
        draft: The answer; None where nothing that was asked about has changed.
        as_of: By marker, the capture (14 digits) at which the quoted words stood.
        unchanged: What is said instead of a draft, and the reason in a few words.
    """

    draft: Draft | None = None
    as_of: Mapping[int, str]
    unchanged: tuple[str, str] = ("", "")


class PageChanges:
    """Looks for the page that a question asks about, and tells what changed on it.

    Args:
        docstore: Holds the captures.
        retriever: Makes hits of passages.
        most: Stretches of text that are told.
    """

    def __init__(self, docstore: Docstore, retriever: Retriever, most: int) -> None:
        self._docstore = docstore
        self._retriever = retriever
        self._most = most

    def tell(
        self, times: Times, retrieved: Retrieved, audience: Audience, embedder: Embedder | None
    ) -> Told | None:
        """What changed, of the first page among the best hits that can tell; else None."""
        if not times.topic:
            return None
        for matter, hits in _pages(times, retrieved.hits):
            if not answerable(times.topic, hits, of_page=True)[0]:
                continue
            page = self._page(hits[0], retrieved.bounds, audience)
            told = page and self._tell_of(page, matter, times, hits, embedder)
            if told:
                return told
        return None

    def _page(self, hit: Hit, bounds: Bounds, audience: Audience) -> _Page | None:
        """A page with those of its captures that lie within the bounds."""
        try:
            found = history(self._docstore, hit.uri, audience)
        except NotFoundError:  # taken down meanwhile
            return None
        return _Page(found, bounds)

    def _tell_of(
        self,
        page: _Page,
        matter: Matter,
        times: Times,
        hits: Sequence[Hit],
        embedder: Embedder | None,
    ) -> Told | None:
        around = page.captures_around(times.period)
        if not around:
            return None
        changes = page.changes(times.period)
        places = _Places(self._docstore, self._retriever, page)
        blocks = [places.quotable(change) for change in changes]
        if not blocks:  # is it said at all?
            blocks = [[places.unchanged(around[-1].version)]]
        choice = choose(matter, blocks, embedder, most=self._most, latest=times.latest)
        if choice.stretches:
            return _Telling(changes, places).told(choice)
        if matter.asks != "change" or not times.announced or not page.whole:
            return None
        return _unchanged(around, hits[0].entry.title, matter, choice, changed=bool(changes))


class _Page:
    """A page within an asker's bounds.

    ``whole`` says that none of its versions lies outside the collections that are asked.
    """

    def __init__(self, found: History, bounds: Bounds) -> None:
        self.bounds = bounds
        self._history = found
        self._versions = {
            one.number: one
            for one in found.versions
            if bounds.collections is None or one.collection in bounds.collections
        }
        self.whole = len(self._versions) == len(found.versions)
        self.captures: tuple[Seen, ...] = tuple(
            seen
            for seen in found.captures
            if seen.version in self._versions and self._by_then(seen.timestamp)
        )

    def document(self, version: int) -> str:
        return self._versions[version].document_id

    def changes(self, period: Period | None) -> list[Change]:
        """Changes that may have come about in the period, oldest first."""
        return [
            change
            for change in self._history.changes
            if {change.before, change.after} <= self._versions.keys()
            and self._by_then(change.first_after)
            and (
                period is None
                or period.overlaps(capture_day(change.last_before), capture_day(change.first_after))
            )
        ]

    def captures_around(self, period: Period | None) -> tuple[Seen, ...]:
        """Captures in the period, with the last one before it and the first one after it."""
        if period is None:
            return self.captures
        days = [capture_day(seen.timestamp) for seen in self.captures]
        first = max((n for n, day in enumerate(days) if day < (period.first or day)), default=0)
        after = (n for n, day in enumerate(days) if day > (period.last or day))
        return self.captures[first : min(after, default=len(days)) + 1]

    def _by_then(self, timestamp: str) -> bool:
        return self.bounds.as_of is None or timestamp <= self.bounds.as_of


class _Places:
    """Finds the passage that holds a sentence; what stands in none cannot be quoted."""

    def __init__(self, docstore: Docstore, retriever: Retriever, page: _Page) -> None:
        self._docstore = docstore
        self._retriever = retriever
        self._page = page
        self._passages: dict[int, list[Hit]] = {}

    def quotable(self, change: Change) -> list[Block]:
        """The blocks of a change without the sentences that cannot be quoted."""
        return [
            Block(
                changed=block.changed,
                before=tuple(unit for unit in block.before if self.hit(change.before, unit)),
                after=tuple(unit for unit in block.after if self.hit(change.after, unit)),
            )
            for block in change.blocks
        ]

    def unchanged(self, version: int | None) -> Block:
        """What a version says, as a block that did not change."""
        units = tuple(
            Unit(
                section_id=entry.section_id,
                start=start,
                end=end,
                text=entry.text[start - entry.start : end - entry.start],
            )
            for entry in (hit.entry for hit in self._of(version))
            for start, end in entry.sentences
        )
        return Block(changed=False, before=units, after=units)

    def hit(self, version: int, unit: Unit) -> Hit | None:
        """The passage of a version that holds the unit whole."""
        for hit in self._of(version):
            entry = hit.entry
            here = entry.section_id == unit.section_id
            if here and entry.start <= unit.start < unit.end <= entry.end:
                return hit
        return None

    def _of(self, version: int | None) -> list[Hit]:
        if version is None:
            return []
        if version not in self._passages:
            entries = self._docstore.changes.entries([self._page.document(version)])
            # Both versions are shown, whenever they stood: `_Page` has kept to the time asked for.
            bounds = replace(self._page.bounds, as_of=None)
            found = self._retriever.hits_of([entry.passage_id for entry in entries], bounds)
            self._passages[version] = [
                hit for hit in found.values() if hit.entry.use in READABLE and hit.entry.text
            ]
        return self._passages[version]


class _Telling:
    """Makes a draft of the chosen stretches: when it changed, then the words before and after."""

    def __init__(self, changes: Sequence[Change], places: _Places) -> None:
        self._changes = changes
        self._places = places
        self._quotes: dict[tuple[str, str], Quote] = {}  # by passage and capture
        self._as_of: dict[int, str] = {}

    def told(self, choice: Choice) -> Told:
        sentences: list[Sentence] = []
        for number in dict.fromkeys(stretch.change for stretch in choice.stretches):
            change = self._changes[number]
            of_it = [one for one in choice.stretches if one.change == number]
            quoted = list(self._quoted(change, of_it))
            cited = _cited(quoted)
            sentences.append(
                _composed(
                    changed_between(change.last_before, change.first_after, again=bool(sentences)),
                    cited,
                )
            )
            sentences += quoted
        told = len({stretch.change for stretch in choice.stretches})
        few = (
            say("the last {told} of {changes} changes are told", told=told, changes=choice.changes)
            if told < choice.changes
            else None
        )
        draft = Draft(
            sentences=tuple(sentences),
            quotes=tuple(self._quotes.values()),
            written=False,
            reason=few,
        )
        return Told(draft=draft, as_of=self._as_of)

    def _quoted(self, change: Change, stretches: Sequence[Stretch]) -> Iterator[Sentence]:
        """The old words with their date, then the new ones with theirs."""
        before = [one.before for one in stretches if one.before]
        after = [one.after for one in stretches if one.after]
        said = list(self._verbatim(change.before, change.last_before, before))
        says = list(self._verbatim(change.after, change.first_after, after))
        earlier, later = moments(change.last_before, change.first_after)
        if said:
            yield _composed(said_before(earlier), _cited(said))
            yield from said
        if says:
            yield _composed(said_after(later, instead=bool(said)), _cited(says))
            yield from says
        else:
            yield _composed(said_no_longer(later), _cited(said))

    def _verbatim(self, version: int, timestamp: str, units: Sequence[Unit]) -> Iterator[Sentence]:
        for unit in units:
            marker = self._marker(version, timestamp, unit)
            text = " ".join(unit.text.split())
            yield Sentence(text=text, citations=(marker,), support="verbatim")

    def _marker(self, version: int, timestamp: str, unit: Unit) -> int:
        """The marker of the passage as it stood then; its quote grows over the unit."""
        hit = self._places.hit(version, unit)
        if hit is None:
            raise ValueError(f"a sentence of {unit.section_id} that no passage holds was chosen")
        key = (hit.entry.passage_id, timestamp)
        known = self._quotes.get(key)
        if known is None:
            known = Quote(marker=len(self._quotes) + 1, hit=hit, start=unit.start, end=unit.end)
        self._quotes[key] = replace(
            known, start=min(known.start, unit.start), end=max(known.end, unit.end)
        )
        self._as_of[known.marker] = timestamp
        return known.marker


def _pages(times: Times, hits: Sequence[Hit]) -> list[tuple[Matter, list[Hit]]]:
    """The captured pages that hold most of the question's words, with all their hits.

    One further down the hits must hold all of them.
    """
    groups: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        if hit.captured_at and hit.entry.use in READABLE:
            groups.setdefault((hit.entry.collection, address_key(hit.uri)), []).append(hit)
    best = {hit.entry.passage_id for hit in hits[:_LOOKED_AT]}
    found: list[tuple[float, Matter, list[Hit]]] = []
    for group in groups.values():
        matter = _matter(times, group[0])
        share = coverage(matter, " ".join(hit.entry.embedded_text for hit in group))
        if share == 1 or any(hit.entry.passage_id in best for hit in group):
            found.append((share, matter, group))
    most = max((share for share, _, _ in found), default=0.0)
    return [(matter, group) for share, matter, group in found if share == most]


def _matter(times: Times, hit: Hit) -> Matter:
    return Matter(
        topic=times.topic,
        page=f"{hit.entry.title} {_address_words(hit.uri)}",
        language=hit.entry.language,
        announced=times.announced,
        asks="since" if times.since else "still" if times.still else "change",
    )


def _unchanged(
    captures: Sequence[Seen], title: str, matter: Matter, choice: Choice, *, changed: bool
) -> Told | None:
    """That nothing changed, where the captures can tell it of this page; else None."""
    whole = names_the_page(matter)
    if whole and changed:  # in words that cannot be quoted
        return None
    once = len(captures) == 1
    if not whole and (once or not choice.steady):
        return None
    if once:
        return Told(as_of={}, unchanged=captured_once(title, captures[0].timestamp))
    seen = [one.timestamp for one in captures]
    same = stayed_the_same(title, seen, whole=whole and not changed)
    return Told(as_of={}, unchanged=same)


def _composed(text: str, citations: tuple[int, ...]) -> Sentence:
    return Sentence(text=text, citations=citations, support="supported", reason=REASON)


def _cited(sentences: Sequence[Sentence]) -> tuple[int, ...]:
    return tuple(sorted({marker for one in sentences for marker in one.citations}))


def _address_words(uri: str) -> str:
    """The words of an address, for what the page is called."""
    return " ".join(re.findall(r"[^\W\d_]+", uri.partition("://")[2]))
