"""Dates in EDTF (ISO 8601-2), levels 0 to 2, and the spans that look like it ("1934-36").

The edtf library reads what is unspecified, long years, seasons and sets. Beside it, since it
does otherwise: an open or unknown end is open (it takes ten years), what is uncertain or
approximate (? ~ %) reaches one unit to each side of what is written (two for %), and winter ends in
the next February (it takes December alone).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rag_assistant.dates.calendar import (
    Run,
    civil,
    day_number,
    day_of,
    days_in_month,
    month_of,
    season,
    years,
)

OPEN_FIRST, OPEN_LAST = years(-9999, 9999)
_FURTHEST = 1 << 62  # days that a database can hold
"""The first and the last day of what is open, as in "../1934" and "1934/..": no bound at all."""

_SHAPE = re.compile(r"[-\dYESX?~%/.,{}\[\]TZ:+ ]+")
_PLAIN = re.compile(r"(-?\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_UNSPECIFIED = re.compile(r"(?:-XX|-00){1,2}\Z")
_QUALIFIED = re.compile(r"[?~%]")
_SPAN = re.compile(r"(\d{4})[-/](\d{1,2})")
_YEAR_OF_SEASON_CODES = 2000
_SEASONS = range(21, 42)
_PLAIN_SEASONS = 4
_ANY_YEAR = 9999  # years between the bounds of a date whose year is not said


def parse(text: str) -> Run | None:
    """The first and the last day of an EDTF string; None where it is none.

    "1934-36" is a span of years: a season or a quarter, as which EDTF has 21 to 41, only from
    2000 on, or where it is less than the year's own end.
    """
    if not _SHAPE.fullmatch(text):
        return None
    run = _parsed(text)
    return run if run and -_FURTHEST < run[0] <= run[1] < _FURTHEST else None


def _parsed(text: str) -> Run | None:
    span = _short_span(text)
    if span:
        return span
    if text[0] in "[{":
        return _set(text)
    if "/" in text:
        first, _, last = text.partition("/")
        return _interval(first.strip(), last.strip())
    return _one(text)


def _short_span(text: str) -> Run | None:
    match = _SPAN.fullmatch(text)
    if not match:
        return None
    year, end = int(match[1]), match[2]
    within = 10 ** len(end)
    last = year - year % within + int(end)
    if int(end) == 0 and year % within >= within - 10:  # "1899-00"
        last += within
    monthly = "-" in text and len(end) == 2  # noqa: PLR2004
    if monthly and 1 <= int(end) <= 12:  # noqa: PLR2004 - a month
        return None
    if monthly and int(end) in _SEASONS and year >= _YEAR_OF_SEASON_CODES:
        return None
    return years(year, last) if last > year else None


def _interval(first: str, last: str) -> Run | None:
    begin, end = (_one(part) if part not in ("", "..") else None for part in (first, last))
    if (begin is None and first not in ("", "..")) or (end is None and last not in ("", "..")):
        return None
    run = begin[0] if begin else OPEN_FIRST, end[1] if end else OPEN_LAST
    open_on_both_sides = begin is None and end is None
    return None if open_on_both_sides or run[0] > run[1] else run


def _set(text: str) -> Run | None:
    """From the first to the last of the dates that are named."""
    if text[-1] not in "]}":
        return None
    found = []
    for part in text[1:-1].split(","):
        first, dots, last = part.strip().partition("..")
        run = _interval(first, last) if dots else _one(first)
        if run is None:
            return None
        found.append(run)
    return min(run[0] for run in found), max(run[1] for run in found)


def _one(text: str) -> Run | None:
    marks = _QUALIFIED.findall(text)
    bare = _UNSPECIFIED.sub("", _QUALIFIED.sub("", text))
    plain = _PLAIN.fullmatch(bare)
    run = _plain(plain) if plain else _by_library(bare)
    if run is None or not marks:
        return run
    units = bare.lstrip("-").count("-") if plain else 0
    return widened(run, units, 2 if "%" in marks else 1)


def widened(run: Run, precision: int, by: int) -> Run:
    """A run of whole years (precision 0), months (1) or days (2) with so many more each side."""
    return _STEPS[precision](run, by)


def _plain(match: re.Match[str]) -> Run | None:
    year = int(match[1])
    if match[2] is None:
        return years(year)
    month = int(match[2])
    if match[3] is not None:
        return day_of(year, month, int(match[3]))
    if month in range(_SEASONS.start, _SEASONS.start + _PLAIN_SEASONS):
        return season(year, month - _SEASONS.start)
    return month_of(year, month) or _by_library(match[0])


def _by_library(text: str) -> Run | None:
    from edtf import parse_edtf
    from edtf.parser import EDTFParseException

    try:
        date = parse_edtf(text)
        rough = "S" in text  # significant digits: the library holds them to be fuzzy
        lower = date.lower_fuzzy() if rough else date.lower_strict()
        upper = date.upper_fuzzy() if rough else date.upper_strict()
        first = day_number(lower.tm_year, lower.tm_mon, lower.tm_mday)
        last = day_number(upper.tm_year, upper.tm_mon, upper.tm_mday)
    except (EDTFParseException, AttributeError, IndexError, OverflowError, TypeError, ValueError):
        return None  # some of what it cannot read it takes for a date, and fails at the bounds
    if upper.tm_year - lower.tm_year >= _ANY_YEAR or first > last:
        return None
    return first, last


def _by_years(run: Run, by: int) -> Run:
    (first, *_), (last, *_) = civil(run[0]), civil(run[1])
    return years(first - by, last + by)


def _by_months(run: Run, by: int) -> Run:
    (year, month, _), (last_year, last_month, _) = civil(run[0]), civil(run[1])
    first, last = year * 12 + month - 1 - by, last_year * 12 + last_month - 1 + by
    end = last // 12, last % 12 + 1
    return day_number(first // 12, first % 12 + 1, 1), day_number(*end, days_in_month(*end))


def _by_days(run: Run, by: int) -> Run:
    return run[0] - by, run[1] + by


_STEPS: tuple[Callable[[Run, int], Run], ...] = (_by_years, _by_months, _by_days)
