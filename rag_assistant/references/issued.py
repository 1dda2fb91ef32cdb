"""Dates of works, from EDTF or words to CSL's date-parts and back to words."""

from __future__ import annotations

import re
from typing import Any

from rag_assistant.references.lines import one_line

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_SEASONS = ("spring", "summer", "autumn", "winter")
_FIRST_SEASON = 21  # EDTF counts seasons on from the months
_EDTF = re.compile(r"(-?\d{4})(?:-(\d\d))?(?:-(\d\d))?([?~%]?)")
_UNSPECIFIED = re.compile(r"(?:(\d{2})XX|(\d{3})X|(\d{4}(?:-\d\d)?)-XX(?:-XX)?)([?~%]?)")
_SET = re.compile(r"\[(?P<one>[^\[\]]+)\]|\{(?P<all>[^{}]+)\}")
_OPEN = ("", "..", "open", "unknown", "9999")
_MONTH = "|".join(_MONTHS)
_WORDS = re.compile(
    rf"(?:(?P<day>\d\d?) )?(?P<month>{_MONTH}),? (?P<year>\d{{4}})"
    rf"|(?P<month_first>{_MONTH}) (?P<day_after>\d\d?), (?P<year_last>\d{{4}})"
)
_ABOUT = re.compile(r"(?:c\.|ca\.|circa) ?(\d{4})")
_YEARS = re.compile(r"(\d{4}) ?[-–] ?(\d{4})")
_UNSURE = re.compile(
    r"\b(?:ca?\.|ca|circa|about|around|approximately|probably|perhaps|um|vers|env\.)\s*\[?\d"
    r"|\b(?:before|after)\s+\d|\bcentur(?:y|ies)\b|\d\]?\s?\?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_BEGUN = re.compile(r"(?:c\. )?(\d{4})–")
_LAST_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def csl_date(text: str) -> dict[str, Any] | None:
    """A date as CSL-JSON has it; None for nothing.

    EDTF gives date-parts, a range two of them, an uncertain or approximate one ``circa``; what is
    in other words stays as it is, as a literal. Years before 1 are counted as CSL does, without a
    year 0.
    """
    text = one_line(text)
    if not text:
        return None
    return _single(text) or _range(text) or _of_words(text) or {"literal": text}


def as_said(date: dict[str, Any] | None, words: str) -> dict[str, Any] | None:
    """A CSL date no surer and no more exact than the source's own words for it.

    "circa 1900-1906" is about that; a year in which something ended is not its 31 December.
    """
    if not date or "literal" in date or not words:
        return date
    told = {number.lstrip("0") for number in _NUMBER.findall(words)}
    parts = [
        part[:1] if part[1:] in ([1, 1], [12, 31]) and str(part[2]) not in told else part
        for part in date["date-parts"]
    ]
    about = {"circa": True} if _UNSURE.search(words) else {}
    return {**date, "date-parts": parts, **about}


def csl_day(timestamp: str) -> dict[str, Any]:
    """The day of a capture's 14-digit timestamp."""
    return {"date-parts": [[int(timestamp[:4]), int(timestamp[4:6]), int(timestamp[6:8])]]}


def date_words(date: dict[str, Any] | None) -> str:
    """A CSL date as people write it: "3 May 1934", "1934–1936", "c. 1890"."""
    if not date:
        return ""
    if "literal" in date:
        return str(date["literal"])
    words = "–".join(_part_words(parts) for parts in date["date-parts"])
    if season := date.get("season"):
        words = f"{_SEASONS[season - 1]} {words}"
    return f"c. {words}" if date.get("circa") else words


def edtf(date: dict[str, Any]) -> str:
    """A CSL date as EDTF, "" for one in words."""
    if "literal" in date:
        return ""
    about = "~" if date.get("circa") else ""
    if season := date.get("season"):
        return f"{_iso(date['date-parts'][0])}-{_FIRST_SEASON - 1 + season}{about}"
    return "/".join(f"{_iso(parts)}{about}" for parts in date["date-parts"])


def first_year(date: dict[str, Any] | None) -> str:
    """The (first) year of a CSL date in four digits, "" where it has none of that kind."""
    if not date:
        return ""
    if "literal" in date:
        begun = _BEGUN.fullmatch(date["literal"])
        return begun[1] if begun else ""
    year = date["date-parts"][0][0]
    return f"{year:04d}" if year > 0 else ""


def _single(text: str) -> dict[str, Any] | None:
    if match := _UNSPECIFIED.fullmatch(text):
        century, decade, rest, sign = match.groups()
        if rest:
            return _single(f"{rest}{sign}")
        first, years = (int(century) * 100, 99) if century else (int(decade) * 10, 9)
        return {"date-parts": [[first], [first + years]], "circa": True} if first else None
    match = _EDTF.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups()[:3])
    assert year is not None  # noqa: S101 - the pattern has it
    about = {"circa": True} if match[4] else {}
    if month is not None and day is None and _FIRST_SEASON <= month < _FIRST_SEASON + 4:
        return {"date-parts": [[_csl_year(year)]], "season": month - _FIRST_SEASON + 1, **about}
    parts = _parts(year, month, day)
    return {"date-parts": [parts], **about} if parts else None


def _range(text: str) -> dict[str, Any] | None:
    """From the first day of the first to the last of the last; about that, where parts are unsure.

    CSL has no open ranges and no seasons in one: these are words.
    """
    chosen = _SET.fullmatch(text)
    parts = re.split(r",|\.\.", chosen["one"] or chosen["all"]) if chosen else text.split("/")
    if len(parts) < 2 or (len(parts) > 2 and not chosen):  # noqa: PLR2004 - no range
        return None
    begin, end = parts[0].strip(), parts[-1].strip()
    first, last = _end_of(begin, 0), _end_of(end, -1)
    if (first and end in _OPEN) or (last and begin in _OPEN):
        return {"literal": f"{date_words(first)}–{date_words(last)}"}
    if not first or not last:
        return None
    if "season" in first or "season" in last:
        return {"literal": f"{date_words(first)}–{date_words(last)}"}
    about = {"circa": True} if chosen or "circa" in first or "circa" in last else {}
    return {"date-parts": [*first["date-parts"], *last["date-parts"]], **about}


def _end_of(text: str, place: int) -> dict[str, Any] | None:
    """An end of a range as one date: 190X begins in 1900 and ends in 1909."""
    date = None if text in _OPEN else _single(text)
    return {**date, "date-parts": [date["date-parts"][place]]} if date else None


def _of_words(text: str) -> dict[str, Any] | None:
    """What English says without doubt; all else stays in its own words."""
    if match := _ABOUT.fullmatch(text):
        return _single(f"{match[1]}~")
    if (match := _YEARS.fullmatch(text)) and match[1] < match[2]:
        return _range("/".join(match.groups()))
    match = _WORDS.fullmatch(text)
    if match is None:
        return None
    month = match["month"] or match["month_first"]
    day = match["day"] or match["day_after"]
    year = int(match["year"] or match["year_last"])
    parts = _parts(year, _MONTHS.index(month) + 1, int(day) if day else None)
    return {"date-parts": [parts]} if parts else None


def _parts(year: int, month: int | None, day: int | None) -> list[int] | None:
    """Year, month and day; None where there is no such day."""
    if month is None:
        return [_csl_year(year)]
    if not 1 <= month <= len(_MONTHS):
        return None
    if day is None:
        return [_csl_year(year), month]
    return [_csl_year(year), month, day] if 1 <= day <= _LAST_DAYS[month - 1] else None


def _csl_year(year: int) -> int:
    return year if year > 0 else year - 1


def _part_words(parts: list[int]) -> str:
    year = f"{-parts[0]} BC" if parts[0] < 0 else str(parts[0])
    named = [_MONTHS[month - 1] for month in parts[1:2]]
    return " ".join((*map(str, parts[2:3]), *named, year))


def _iso(parts: list[int]) -> str:
    year = parts[0] if parts[0] > 0 else parts[0] + 1
    sign = "-" if year < 0 else ""
    return "-".join((f"{sign}{abs(year):04d}", *(f"{part:02d}" for part in parts[1:])))
