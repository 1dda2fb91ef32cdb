"""Dates as signed day numbers, so that 43 BC, "c. 1890" and a capture compare in one column.

Day 0 is 1970-01-01 in the proleptic Gregorian calendar; earlier days are negative.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from rag_assistant.dates import machine, words
from rag_assistant.dates.calendar import civil, day_number
from rag_assistant.dates.machine import OPEN_FIRST, OPEN_LAST
from rag_assistant.schema import DateRange
from rag_assistant.wording import ENGLISH, spoken

__all__ = [
    "OPEN_FIRST",
    "OPEN_LAST",
    "capture_day",
    "capture_timestamp",
    "capture_words",
    "day_number",
    "iso_date",
    "parse_date",
    "today",
    "told_day",
]

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


def iso_date(number: int) -> str:
    """A day number as ISO 8601, with a sign for years before 0."""
    year, month, day = civil(number)
    sign = "-" if year < 0 else ""
    return f"{sign}{abs(year):04d}-{month:02d}-{day:02d}"


def parse_date(text: str) -> DateRange | None:
    """Read a date in ISO, EDTF or words ("1934/1936", "c. 1890", "19. Jh."); None where it is none.

    An open end is `OPEN_FIRST` or `OPEN_LAST`. Words that name no year ("Tuesday, 29 April") are
    none.
    """
    text = text.strip()
    run = machine.parse(text) or words.parse(text) if text else None
    return DateRange(first=run[0], last=run[1], text=text) if run else None


def today() -> int:
    """Today's day number, UTC."""
    return int(time.time() // 86400)


def capture_day(timestamp: str) -> int:
    """The day number of a capture's 14-digit UTC timestamp."""
    return day_number(int(timestamp[:4]), int(timestamp[4:6]), int(timestamp[6:8]))


def capture_words(timestamp: str) -> str:
    """The day of a capture's timestamp as people write it: "3 May 2019"."""
    return f"{int(timestamp[6:8])} {_MONTHS[int(timestamp[4:6]) - 1]} {timestamp[:4]}"


def told_day(timestamp: str) -> str:
    """The same in the language that is spoken now: "3. Mai 2019"."""
    if spoken() == ENGLISH:
        return capture_words(timestamp)
    import babel.dates

    day = datetime.strptime(timestamp[:8], "%Y%m%d").replace(tzinfo=UTC).date()
    return babel.dates.format_date(day, "long", locale=spoken())


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
