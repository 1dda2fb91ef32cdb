"""When people can be asked: the opening hours of a week, in the time of one place. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rag_assistant.errors import ConfigError

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FORM = re.compile(
    r"(?P<first>[A-Z][a-z]{2})(?:[-–](?P<last>[A-Z][a-z]{2}))?"
    r"\s+(?P<from>\d\d:\d\d)[-–](?P<to>\d\d:\d\d)"
)
_HINT = 'Write it as in help.hours = ["Mon-Fri 09:00-17:00", "Sat 10:00-13:00"].'
_DAY = 24 * 60
_BEFORE = 2  # days that may reach into today
_AHEAD = 370  # days to look for the next change, past the longest holidays

Spell = tuple[datetime, datetime]
"""From when to when it is open, in UTC; half open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Opening hours of one day of the week (Monday is 0), in minutes since its midnight.

    ``end`` is past 1440 where it lies on the next day.
    """

    day: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A week's opening hours; what begins on a day of ``closed_on`` does not take place."""

    zone: ZoneInfo
    spans: tuple[Span, ...]
    closed_on: frozenset[date] = field(default_factory=frozenset)


def parse(lines: Sequence[str], timezone: str, closed_on: Collection[date] = ()) -> Hours:
    """Opening hours as people write them down.

    Args:
        lines: Such as "Mon-Fri 09:00-17:00"; "Fri 20:00-02:00" ends on Saturday.
        timezone: Of the IANA, such as "Europe/Berlin".
        closed_on: Days on which it is closed.

    Raises:
        ConfigError: A line or the timezone is not such.
    """
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:  # OSError: the name of a folder
        raise ConfigError(
            f"Setting 'help.timezone': '{timezone}' is no timezone.",
            'Name one of the IANA, as in help.timezone = "Europe/Berlin".',
        ) from error
    spans = tuple(span for line in lines for span in _spans(line))
    return Hours(zone=zone, spans=spans, closed_on=frozenset(closed_on))


def is_open(hours: Hours, moment: datetime) -> bool:
    """Whether it is open at a moment, which carries its timezone."""
    return any(start <= moment < end for start, end in _spells(hours, moment, 1))


def next_change(hours: Hours, moment: datetime) -> datetime | None:
    """When it closes next, or opens, in the time of the place.

    Returns:
        None where it does neither within a year.
    """
    spells = _spells(hours, moment, _AHEAD)
    horizon = moment + timedelta(days=_AHEAD - 2)
    for start, end in spells:
        if moment < end:
            change = start if moment < start else end
            return change.astimezone(hours.zone) if change < horizon else None
    return None


def _spells(hours: Hours, moment: datetime, days: int) -> list[Spell]:
    """All spells of the days around a moment, joined where one goes over into another."""
    today = moment.astimezone(hours.zone).date()
    around = (today + timedelta(days=number) for number in range(-_BEFORE, days))
    found = sorted(
        (_at(day, span.start, hours.zone), _at(day, span.end, hours.zone))
        for day in around
        if day not in hours.closed_on
        for span in hours.spans
        if span.day == day.weekday()
    )
    joined: list[Spell] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """In UTC, since two times of one zone are compared by what the clock shows."""
    days, rest = divmod(minutes, _DAY)
    clock = time(rest // 60, rest % 60)
    return datetime.combine(day + timedelta(days=days), clock, tzinfo=zone).astimezone(UTC)


def _spans(line: str) -> list[Span]:
    form = _FORM.fullmatch(line.strip())
    if form is None:
        raise ConfigError(f"Setting 'help.hours': '{line}' cannot be read.", _HINT)
    first, last = _day(form["first"], line), _day(form["last"] or form["first"], line)
    start, end = _minutes(form["from"], line), _minutes(form["to"], line)
    if start == _DAY:
        raise ConfigError(f"Setting 'help.hours': '{line}' begins at 24:00.", _HINT)
    end = end if end > start else end + _DAY
    days = range(first, first + (last - first) % 7 + 1)  # Sat-Mon goes over the week's end
    return [Span(day=day % 7, start=start, end=end) for day in days]


def _day(name: str, line: str) -> int:
    if name not in _DAYS:
        known = ", ".join(_DAYS)
        raise ConfigError(f"Setting 'help.hours': '{line}' names no day of {known}.", _HINT)
    return _DAYS.index(name)


def _minutes(clock: str, line: str) -> int:
    hour, minute = map(int, clock.split(":"))
    if minute >= 60 or hour * 60 + minute > _DAY:  # noqa: PLR2004 - minutes of an hour
        raise ConfigError(f"Setting 'help.hours': '{line}' names no time of a day.", _HINT)
    return hour * 60 + minute
