"""Puts passages that say nearly the same beneath the best of them.

How often a page was crawled is no evidence. But what differs in a figure is, or in the heading
that it stands under: minutes and finding-aid entries share their wording and differ in dates and
numbers, branches of a library in their names. So texts that are alike are told apart by their
headings, titles and figures, unless they are versions of one page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag_assistant.answering.words import figures
from rag_assistant.docstore.library import Trace
from rag_assistant.duplicates import LIKE, likeness, stacked
from rag_assistant.retrieval.fusion import Scored
from rag_assistant.schema import Entry

_AS_WORDY = 0.9  # of the best one's BM25: as good an answer for a newer version
_AS_NEAR = 0.05  # below the best one's cosine: likewise
_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"\b(?:1\d{3}|20\d{2})\b")
_Figures = tuple[frozenset[str], frozenset[str]]  # of the title, and of the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A passage and what lies beneath it, best first."""

    shown: Scored
    beneath: tuple[Scored, ...] = ()


def years_in(question: str) -> frozenset[str]:
    """The years that a question names."""
    return frozenset(_YEAR.findall(question))


def collapse(
    ranked: Sequence[Scored],
    traces: Mapping[str, Trace],
    *,
    years: frozenset[str] = frozenset(),
    newest: bool = True,
) -> list[Group]:
    """Each passage stands by itself or beneath a better one that it is nearly the same as.

    Args:
        ranked: The candidates, best first.
        traces: By passage id; what has none stands by itself.
        years: Of versions of a page, one that stood in a named year is kept apart from one that
            did not.
        newest: Whether the newest of a page's versions is shown, where it answers as well.
    """
    kin = _Kin(traces, years)
    signatures = [kin.signature(one) for one in ranked]
    rows = stacked(signatures)
    groups: list[Group] = []
    placed: set[int] = set()
    for place, best in enumerate(ranked):
        if place in placed:
            continue
        after = place + 1
        alike = np.flatnonzero(likeness(signatures[place], rows[after:]) >= LIKE) + after
        covered = [
            other
            for other in alike.tolist()
            if other not in placed and kin.covers(best, ranked[other])
        ]
        placed.update(covered)
        members = [ranked[other] for other in covered]
        shown = kin.newest(best, members) if newest else best
        beneath = tuple(one for one in (best, *members) if one is not shown)
        groups.append(Group(shown=shown, beneath=beneath))
    return groups


class _Kin:
    """What is known of the candidates of one search beside their words."""

    def __init__(self, traces: Mapping[str, Trace], years: frozenset[str]) -> None:
        self._traces = traces
        self._years = years
        self._numbers: dict[str, _Figures] = {}
        self._figures: dict[str, _Figures] = {}

    def signature(self, one: Scored) -> bytes:
        trace = self._traces.get(one.entry.passage_id)
        return trace.signature if trace else b""

    def covers(self, best: Scored, other: Scored) -> bool:
        """Whether nothing is lost where ``best`` stands for a text that is like it."""
        if best.entry.use != other.entry.use or self._stood(best) != self._stood(other):
            return False
        return self._versions(best, other) or (
            self._same_place(best, other) and self._same_figures(best.entry, other.entry)
        )

    def newest(self, best: Scored, members: Sequence[Scored]) -> Scored:
        """The version of the same page that was seen last, of those that answer as well."""
        versions = [
            one for one in members if self._versions(best, one) and _answers_as_well(one, best)
        ]
        return max((best, *versions), key=self._last_seen)

    def _versions(self, first: Scored, second: Scored) -> bool:
        """Whether these are of two texts of one address."""
        if first.entry.document_id == second.entry.document_id:
            return False
        return not self._seen(first).keys().isdisjoint(self._seen(second).keys())

    def _seen(self, one: Scored) -> Mapping[str, tuple[str, str]]:
        trace = self._traces.get(one.entry.passage_id)
        return trace.seen if trace else {}

    def _last_seen(self, one: Scored) -> str:
        return max((last for _, last in self._seen(one).values()), default="")

    def _stood(self, one: Scored) -> frozenset[str]:
        """Which of the named years it was seen in, or before and after."""
        if not self._years:
            return self._years
        spans = [(first[:4], last[:4]) for first, last in self._seen(one).values()]
        return frozenset(
            year for year in self._years if any(first <= year <= last for first, last in spans)
        )

    def _same_place(self, first: Scored, second: Scored) -> bool:
        """Whether both stand under the same headings, and files, or what is listed, are called so.

        Pages are not: the same words at two addresses are often called by the address.
        """
        one, other = first.entry, second.entry
        if one.headings != other.headings:
            return False
        pages = all(self._seen(each) and each.entry.text for each in (first, second))
        return pages or one.title == other.title

    def _same_figures(self, first: Entry, second: Entry) -> bool:
        """Whether both tell the same figures: first, and quickly, those written in digits."""
        if (first.title, first.text) == (second.title, second.text):
            return True
        return self._digits(first) == self._digits(second) and (
            self._told(first) == self._told(second)
        )

    def _digits(self, entry: Entry) -> _Figures:
        known = self._numbers.get(entry.passage_id)
        if known is None:
            title, text = (frozenset(_DIGITS.findall(one)) for one in (entry.title, entry.text))
            known = self._numbers[entry.passage_id] = (title, text)
        return known

    def _told(self, entry: Entry) -> _Figures:
        """Numbers, years and months, also those in words, in their normal form."""
        known = self._figures.get(entry.passage_id)
        if known is None:
            parts = entry.title, entry.text
            title, text = (frozenset(figures(one, entry.language)) for one in parts)
            known = self._figures[entry.passage_id] = (title, text)
        return known


def _answers_as_well(one: Scored, best: Scored) -> bool:
    """Whether both indexes find it about as good; fused scores depend on what else was found."""
    if one.lexical < _AS_WORDY * best.lexical:
        return False
    return best.similarity is None or (one.similarity or -1.0) >= best.similarity - _AS_NEAR
