"""When a page was captured, and what stood there: captures in a row that gave the same are one.

Pure: data in, markup out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from rag_assistant.history import Change, Seen
from rag_assistant.web.components.days import day, moment, span, timed
from rag_assistant.web.components.markup import Html, join, link, tag, woven
from rag_assistant.wording import message, say, say_n

_FEW_CAPTURES = 3
_FEW_STAYS = 20
_MOVED = range(300, 400)
_ERRORS = range(400, 600)


@dataclass(slots=True, kw_only=True)
class Stay:
    """Captures in a row that gave one version, or no page for one reason.

    ``moved`` are captures in between that only led elsewhere, as where a site sends its visitors
    from ``http:`` to ``https:``.
    """

    version: int | None
    status: int
    captures: list[Seen] = field(default_factory=list)
    moved: list[Seen] = field(default_factory=list)
    again: bool = False

    @property
    def first(self) -> str:
        """When it was first seen."""
        return self.captures[0].timestamp

    @property
    def last(self) -> str:
        """When it was last seen."""
        return self.captures[-1].timestamp


def stays(captures: Iterable[Seen]) -> list[Stay]:
    """Captures of one address, oldest first, put together."""
    found: list[Stay] = []
    for seen in captures:
        before = found[-1] if found else None
        if before and _alike(before, seen):
            before.captures.append(seen)
        elif _resumes(found, seen):
            between = found.pop()
            found[-1].moved += between.captures
            found[-1].captures.append(seen)
        else:
            known = any(one.version == seen.version for one in found)
            again = known and seen.version is not None
            found.append(
                Stay(version=seen.version, status=seen.status, captures=[seen], again=again)
            )
    return found


def _alike(stay: Stay, seen: Seen) -> bool:
    if stay.version is not None or seen.version is not None:
        return stay.version == seen.version
    return stay.status == seen.status or {stay.status, seen.status} < set(_MOVED)


def _resumes(found: Sequence[Stay], seen: Seen) -> bool:
    """Whether only redirects stand between this capture and others of its version."""
    if len(found) < 2 or seen.version is None:  # noqa: PLR2004 - the redirects and what was before
        return False
    before, between = found[-2:]
    redirected = between.version is None and between.status in _MOVED
    return redirected and before.version == seen.version


class Timeline:
    """All stays of an address in order, by year where they are many.

    Args:
        found: The stays.
        changes: What changed; each stay leads to the change that it began with.
        titles: Of the collections, where there are several, by id.
    """

    def __init__(
        self, found: Sequence[Stay], changes: Sequence[Change], titles: Mapping[str, str]
    ) -> None:
        self._stays = found
        self._arrivals = {one.first_after: place for place, one in enumerate(changes, start=1)}
        self._titles = titles

    def shown(self) -> Html:
        """The list of stays, or a folded one for each year."""
        if len(self._stays) <= _FEW_STAYS:
            return self._list(self._stays)
        years = groupby(self._stays, key=lambda one: one.first[:4])
        return join(*(self._year(year, list(stays)) for year, stays in years))

    def _year(self, year: str, found: Sequence[Stay]) -> Html:
        number = sum(len(one.captures) + len(one.moved) for one in found)
        versions = {one.version for one in found if one.version is not None}
        of_versions = say_n("{n} version", "{n} versions", len(versions))
        told = " · ".join((year, _captures(number), of_versions))
        return tag("details", tag("summary", told), self._list(found), class_="year")

    def _list(self, found: Sequence[Stay]) -> Html:
        items = (_gap(one) if one.version is None else self._stay(one) for one in found)
        return tag("ol", *items, class_="timeline")

    def _stay(self, stay: Stay) -> Html:
        words = message("Version {number} again") if stay.again else message("Version {number}")
        name = tag("strong", say(words, number=str(stay.version)))
        number = len(stay.captures)
        seen = say_n("seen in {n} capture", "seen in {n} captures", number)
        once = number == 1
        when = self._capture(stay.captures[0]) if once else [join(span(stay.first, stay.last))]
        change = self._arrivals.get(stay.first)
        way = [link(f"#change-{change}", say("What changed then"))] if change else []
        return tag(
            "li",
            tag("p", name, f" · {seen} · ", *when),
            "" if once else self._captures(stay.captures),
            _redirects(stay.moved),
            tag("p", *way, class_="links") if way else "",
            id=None if stay.again else f"version-{stay.version}",
            class_="stay",
        )

    def _captures(self, captures: Sequence[Seen]) -> Html:
        """When each was made, with its replay; folded where they are many."""
        listed = tag("ul", *(tag("li", *self._capture(one)) for one in captures), class_="captures")
        if len(captures) <= _FEW_CAPTURES:
            return listed
        return tag(
            "details", tag("summary", say("All {number} captures", number=len(captures))), listed
        )

    def _capture(self, seen: Seen) -> list[Html]:
        when = timed(seen.timestamp, f"{moment(seen.timestamp)} UTC")
        title = self._titles.get(seen.collection)
        return [link(seen.archive_url, when), join(f" · {title}" if title else "")]


def _gap(stay: Stay) -> Html:
    """When there was no page, and why."""
    reason = _reason(stay.status, _statuses(stay.captures))
    if len(stay.captures) == 1:
        seen = stay.captures[0]
        when = link(seen.archive_url, timed(seen.timestamp))
        words = woven(say("{reason} on {day}"), reason=reason, day=when)
    else:
        number, days = len(stay.captures), span(stay.first, stay.last)
        told = say("{reason} in {number} captures, {days}", reason=reason, number=number, days=days)
        words = join(told)
    return tag("li", tag("p", words), class_="gap")


def _reason(status: int, statuses: str) -> str:
    if status in _MOVED:
        return say("Moved (HTTP {statuses})", statuses=statuses)
    if status in _ERRORS:
        return say("No page (HTTP {statuses})", statuses=statuses)
    return say("No text that could be read (HTTP {statuses})", statuses=statuses)


def _redirects(moved: Sequence[Seen]) -> Html:
    if not moved:
        return Html("")
    days = sorted({day(one.timestamp) for one in moved})
    told = message("Moved (HTTP {statuses}) in {number} captures, then the same again")
    if len(days) == 1:
        told = message("Moved (HTTP {statuses}) on {day}, then the same again")
    words = say(told, statuses=_statuses(moved), day=days[0], number=len(moved))
    return tag("p", words, class_="facts")


def _statuses(captures: Sequence[Seen]) -> str:
    return ", ".join(str(status) for status in sorted({one.status for one in captures}))


def _captures(number: int) -> str:
    return say_n("{n} capture", "{n} captures", number)
