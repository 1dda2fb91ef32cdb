"""Puts passages that say nearly the same beneath the best of them.

How often a page was crawled is no evidence. But what differs in a figure is, or in the heading
that it stands under: minutes and finding-aid entries share their wording and differ in dates and
numbers, branches of a library in their names. So texts that are alike are told apart by their
headings, titles and figures, unless they are versions of one page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from rag_assistant.answering.words import figures
from rag_assistant.docstore.candidates import Candidate, Wording
from rag_assistant.duplicates import LIKE, bands, likeness, stacked
from rag_assistant.retrieval.fusion import Scored

_AS_WORDY = 0.9  # of the best one's BM25: as good an answer for a newer version
_AS_NEAR = 0.05  # below the best one's cosine: likewise
_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"\b(?:1\d{3}|20\d{2})\b")
_Figures = tuple[frozenset[str], frozenset[str]]  # of the title, and of the text
_Scored: TypeAlias = Scored[Candidate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A passage and what lies beneath it, best first."""

    shown: _Scored
    beneath: tuple[_Scored, ...] = ()


class Wordings:
    """The words of candidates, read when they are first needed.

    Args:
        read: Gives them by passage id, of those that are there.
    """

    def __init__(self, read: Callable[[Sequence[Candidate]], Mapping[str, Wording]]) -> None:
        self._read = read
        self._held: dict[str, Wording] = {}
        self._numbers: dict[str, _Figures] = {}
        self._figures: dict[str, _Figures] = {}

    def of(self, passages: Sequence[Candidate]) -> list[Wording]:
        """The words of each, read together; none where it has gone meanwhile."""
        missing = [one for one in passages if one.passage_id not in self._held]
        if missing:
            gone = {one.passage_id: Wording() for one in missing}
            self._held |= {**gone, **self._read(missing)}
        return [self._held[one.passage_id] for one in passages]

    def digits(self, one: Candidate) -> _Figures:
        """Numbers that are written in digits."""
        known = self._numbers.get(one.passage_id)
        if known is None:
            (wording,) = self.of([one])
            title, text = (
                frozenset(_DIGITS.findall(said)) for said in (wording.title, wording.text)
            )
            known = self._numbers[one.passage_id] = (title, text)
        return known

    def told(self, one: Candidate) -> _Figures:
        """Numbers, years and months, also those in words, in their normal form."""
        known = self._figures.get(one.passage_id)
        if known is None:
            (wording,) = self.of([one])
            said = wording.title, wording.text
            title, text = (frozenset(figures(part, one.language)) for part in said)
            known = self._figures[one.passage_id] = (title, text)
        return known


def years_in(question: str) -> frozenset[str]:
    """The years that a question names."""
    return frozenset(_YEAR.findall(question))


def collapse(
    ranked: Sequence[_Scored],
    wordings: Wordings,
    *,
    years: frozenset[str] = frozenset(),
    newest: bool = True,
) -> list[Group]:
    """Each passage stands by itself or beneath a better one that it is nearly the same as.

    Args:
        ranked: The candidates, best first.
        wordings: Their words, asked for where headings and figures decide.
        years: Of versions of a page, one that stood in a named year is kept apart from one that
            did not.
        newest: Whether the newest of a page's versions is shown, where it answers as well.
    """
    kin = _Kin(wordings, years)
    alike = Likeness([one.entry.signature for one in ranked])
    groups: list[Group] = []
    placed: set[int] = set()
    for place, best in enumerate(ranked):
        if place in placed:
            continue
        free = {other: ranked[other] for other in alike.after(place) if other not in placed}
        if not free:
            groups.append(Group(shown=best))
            continue
        covered = kin.covered(best, free)
        placed.update(covered)
        members = list(covered.values())
        shown = kin.newest(best, members) if newest else best
        beneath = tuple(one for one in (best, *members) if one is not shown)
        groups.append(Group(shown=shown, beneath=beneath))
    return groups


class Likeness:
    """Which of some texts are nearly the same, by their signatures.

    Only what shares one of its `bands` is compared, and most texts share none.

    Args:
        signatures: One each; an empty one is like nothing.
    """

    def __init__(self, signatures: Sequence[bytes]) -> None:
        self._signatures = signatures
        self._rows = stacked(signatures)
        self._bands = np.ascontiguousarray(bands(self._rows).T)
        order = np.argsort(self._bands, axis=1)
        ranked = np.take_along_axis(self._bands, order, axis=1)
        equal = ranked[:, 1:] == ranked[:, :-1]
        self._accompanied = np.zeros(len(signatures), dtype=np.bool_)
        self._accompanied[order[:, 1:][equal]] = True
        self._accompanied[order[:, :-1][equal]] = True

    def after(self, place: int) -> list[int]:
        """Places of what comes after this one and is like it."""
        if not self._accompanied[place]:
            return []
        later = place + 1
        shared = (self._bands[:, later:] == self._bands[:, place, None]).any(axis=0)
        near = np.flatnonzero(shared) + later
        likely = likeness(self._signatures[place], self._rows[near]) >= LIKE
        alike: list[int] = near[likely].tolist()
        return alike


class _Kin:
    """What tells the candidates of one search apart."""

    def __init__(self, wordings: Wordings, years: frozenset[str]) -> None:
        self._wordings = wordings
        self._years = years

    def covered(self, best: _Scored, alike: Mapping[int, _Scored]) -> dict[int, _Scored]:
        """Of texts that are like it, by their places, those that lose nothing beneath ``best``."""
        near = {
            place: one
            for place, one in alike.items()
            if best.entry.use == one.entry.use and self._stood(best) == self._stood(one)
        }
        same = {
            place
            for place, one in near.items()
            if best.entry.text_hash == one.entry.text_hash or _versions(best.entry, one.entry)
        }
        others = {place: one.entry for place, one in near.items() if place not in same}
        if others:
            self._wordings.of([best.entry, *others.values()])
        same |= {place for place, one in others.items() if self._alike(best.entry, one)}
        return {place: one for place, one in near.items() if place in same}

    def newest(self, best: _Scored, members: Sequence[_Scored]) -> _Scored:
        """The version of the same page that was seen last, of those that answer as well."""
        versions = [
            one
            for one in members
            if _versions(best.entry, one.entry) and _answers_as_well(one, best)
        ]
        return max((best, *versions), key=lambda one: _last_seen(one.entry))

    def _stood(self, one: _Scored) -> frozenset[str]:
        """Which of the named years it was seen in, or before and after."""
        if not self._years:
            return self._years
        spans = [(first[:4], last[:4]) for first, last in one.entry.seen.values()]
        return frozenset(
            year for year in self._years if any(first <= year <= last for first, last in spans)
        )

    def _alike(self, first: Candidate, second: Candidate) -> bool:
        """Whether both stand under the same headings and titles, and tell the same figures.

        Titles of captured pages may differ: the same words at two addresses are often called by
        the address.
        """
        one, other = self._wordings.of([first, second])
        if one.headings != other.headings:
            return False
        pages = first.seen and one.text and second.seen and other.text
        if not pages and one.title != other.title:
            return False
        # Those written in digits first: they are quickly found.
        words = self._wordings
        return words.digits(first) == words.digits(second) and (
            words.told(first) == words.told(second)
        )


def _versions(first: Candidate, second: Candidate) -> bool:
    """Whether these are of two texts of one address."""
    if first.document_id == second.document_id:
        return False
    return not first.seen.keys().isdisjoint(second.seen)


def _last_seen(one: Candidate) -> str:
    return max((last for _, last in one.seen.values()), default="")


def _answers_as_well(one: _Scored, best: _Scored) -> bool:
    """Whether both indexes find it about as good; fused scores depend on what else was found."""
    if one.lexical < _AS_WORDY * best.lexical:
        return False
    return best.similarity is None or (one.similarity or -1.0) >= best.similarity - _AS_NEAR
