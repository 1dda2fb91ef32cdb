"""Days and years of captures, in the words of the language that is spoken now.

Timestamps are 14 digits, UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

from rag_assistant import dates
from rag_assistant.web.components.markup import Html, tag

_STAMP = "%Y%m%d%H%M%S"


def day(timestamp: str) -> str:
    """The day alone: "4 May 2019"."""
    return dates.told_day(timestamp)


def moment(timestamp: str) -> str:
    """The day and the time: "4 May 2019, 09:30"."""
    return f"{day(timestamp)}, {_parsed(timestamp):%H:%M}"


def timed(timestamp: str, words: str = "") -> Html:
    """A day, or other words for it, as an element that machines can read too."""
    return tag("time", words or day(timestamp), datetime=f"{_parsed(timestamp):%Y-%m-%dT%H:%M:%SZ}")


def span(first: str, last: str) -> str:
    """From day to day: "4 May 2019 – 11 June 2021"; one day stands alone."""
    begin, end = day(first), day(last)
    return begin if begin == end else f"{begin} – {end}"


def years(first: str, last: str) -> str:
    """From year to year: "2016–2021"; one year stands alone."""
    return first[:4] if first[:4] == last[:4] else f"{first[:4]}–{last[:4]}"


def last_day(date: str) -> str:
    """The last day that a filter's date takes in: "2019" is "31 December 2019".

    Words that are no date come back as they are.
    """
    parsed = dates.parse_date(date)
    if parsed is None:
        return date
    iso = dates.iso_date(parsed.last)
    plain = iso.replace("-", "")
    return day(f"{plain}000000") if len(plain) == len("20190504") and iso[0] != "-" else iso


def _parsed(timestamp: str) -> datetime:
    return datetime.strptime(timestamp, _STAMP).replace(tzinfo=UTC)
