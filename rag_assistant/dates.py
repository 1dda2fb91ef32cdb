"""Dates as signed day numbers, so that 43 BC, "c. 1890" and a capture compare in one column.

Day 0 is 1970-01-01 in the proleptic Gregorian calendar; earlier days are negative.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from rag_assistant.schema import DateRange

_PLAIN = re.compile(r"(?P<year>-?\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?")
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ANY_YEAR = 9999  # years between the bounds of a date whose year is not said
_TIMESTAMP_LENGTH = 14
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01, proleptic Gregorian, for any signed year.

    The era arithmetic is the "days from civil" algorithm (H. Hinnant, chrono-compatible
    low-level date algorithms).
    """
    year -= month <= 2  # noqa: PLR2004 - the year of the algorithm begins in March
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146097 + day_of_era - 719468


def iso_date(number: int) -> str:
    """A day number as ISO 8601, with a sign for years before 0."""
    number += 719468
    era = number // 146097
    day_of_era = number - era * 146097
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9  # noqa: PLR2004 - March is month 0
    year = year_of_era + era * 400 + (month <= 2)  # noqa: PLR2004
    sign = "-" if year < 0 else ""
    return f"{sign}{abs(year):04d}-{month:02d}-{day:02d}"


def parse_date(text: str) -> DateRange | None:
    """Read a date in ISO, EDTF or plain words ("1934/1936", "c. 1890"); None where it is none.

    Words that name no year ("Tuesday, 29 April") are none.
    """
    text = text.strip()
    if not text:
        return None
    plain = _PLAIN.fullmatch(text)
    if plain:
        return _plain_range(plain, text)
    return _plain_interval(text) or _edtf_range(text)


def today() -> int:
    """Today's day number, UTC."""
    return int(time.time() // 86400)


def capture_day(timestamp: str) -> int:
    """The day number of a capture's 14-digit UTC timestamp."""
    return day_number(int(timestamp[:4]), int(timestamp[4:6]), int(timestamp[6:8]))


def capture_words(timestamp: str) -> str:
    """The day of a capture's timestamp as people write it: "3 May 2019"."""
    return f"{int(timestamp[6:8])} {_MONTHS[int(timestamp[4:6]) - 1]} {timestamp[:4]}"


def capture_timestamp(warc_date: str) -> str | None:
    """A WARC-Date as 14 digits UTC, None where it is no date.

    WARC 1.1 allows fractions of a second and shortened dates; missing parts become the first.
    """
    digits = re.sub(r"\D", "", warc_date.split(".", maxsplit=1)[0])[:_TIMESTAMP_LENGTH]
    if len(digits) < 4:  # noqa: PLR2004 - a year at least
        return None
    digits += "00000101000000"[len(digits) :]
    try:
        datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return digits


def _plain_range(match: re.Match[str], text: str) -> DateRange | None:
    year = int(match["year"])
    month = int(match["month"]) if match["month"] else None
    day = int(match["day"]) if match["day"] else None
    if month is not None and not 1 <= month <= len(_MONTH_DAYS):
        return None
    last_month = month or 12
    if day is not None and not 1 <= day <= _days_in_month(year, last_month):
        return None
    return DateRange(
        first=day_number(year, month or 1, day or 1),
        last=day_number(year, last_month, day or _days_in_month(year, last_month)),
        text=text,
    )


def _plain_interval(text: str) -> DateRange | None:
    """An interval between two plain dates, for which a grammar takes tens of milliseconds."""
    ends = [_PLAIN.fullmatch(end) for end in text.split("/")]
    spans = [_plain_range(end, text) for end in ends if end]
    if len(ends) != 2 or len(spans) != 2 or not (spans[0] and spans[1]):  # noqa: PLR2004
        return None
    if spans[0].first > spans[1].last:
        return None
    return DateRange(first=spans[0].first, last=spans[1].last, text=text)


def _days_in_month(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _MONTH_DAYS[month - 1] + (month == 2 and leap)  # noqa: PLR2004 - February


def _edtf_range(text: str) -> DateRange | None:
    from edtf import parse_edtf, text_to_edtf
    from edtf.parser import EDTFParseException

    try:
        date = parse_edtf(text)
    except EDTFParseException:
        normalised = text_to_edtf(text)
        if not normalised:
            return None
        try:
            date = parse_edtf(normalised)
        except EDTFParseException:
            return None
    try:
        lower, upper = date.lower_fuzzy(), date.upper_fuzzy()
        if upper.tm_year - lower.tm_year >= _ANY_YEAR:
            return None
        return DateRange(
            first=day_number(lower.tm_year, lower.tm_mon, lower.tm_mday),
            last=day_number(upper.tm_year, upper.tm_mon, upper.tm_mday),
            text=text,
        )
    except (AttributeError, TypeError, ValueError):  # open or unknown ends have no day
        return None
