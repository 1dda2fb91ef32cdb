"""Dates as catalogues write them, "[ca. 1934]" or "c1934.", as EDTF."""

from __future__ import annotations

import re

from rag_assistant.dates import parse_date
from rag_assistant.schema import DateRange

_EDTF_DAY = r"-?\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"
_EDTF_ONE = rf"(?:{_EDTF_DAY}|\d{{3}}X|\d{{2}}XX)[?~%]?"
_EDTF = re.compile(rf"{_EDTF_ONE}(?:/(?:{_EDTF_ONE}|\.\.)?)?|\.\./{_EDTF_ONE}")
_TIME_OF_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?")
_COMPACT = re.compile(r"(\d{4})(0[1-9]|1[0-2])([0-3]\d)")

_CORRECTED = re.compile(r".*\bi\.\s?e\.,?", re.IGNORECASE)
_ABOUT = re.compile(
    r"\b(?:ca\b\.?|circa\b|approximately\b|about\b|around\b|c\.\s*(?=\d)|um\s|vers\s)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\b(?:between|zwischen|entre)\s+(\d{4})\D*\s(?:and|und|et|y)\s+(\d{4})", re.IGNORECASE
)
_YEARS = re.compile(
    r"(?<!\d)(\d{4})[\]>)?]*\s*(?:-|–|—|/|\bto\b)\s*(?:[^\d\s]{0,3}(\d{4}|\d{2})(?!\d))?"
)
_DECADE = re.compile(r"(?<!\d)(\d{3})(?:-(?!\d)|[uX](?![uX\d])|0s\b)")
_CENTURY = re.compile(r"(?<!\d)(\d{2})(?:--|uu|XX)")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\s+(?:(\d{{1,2}}),?\s+)?(\d{{4}})", re.IGNORECASE)
_DAY_FIRST = re.compile(rf"\b(?:(\d{{1,2}})\s+)?{_MONTH},?\s+(\d{{4}})", re.IGNORECASE)
_YEAR_FIRST = re.compile(rf"(\d{{4}})[, ]+{_MONTH}(?:\s+(\d{{1,2}}))?(?!\d)", re.IGNORECASE)

_LONGEST = 200  # code points that a date can take
_OPEN_END = "9999"
_CONTINUING, _RANGES, _QUESTIONABLE = "cu", "dmik", "q"


def edtf(words: str) -> str:
    """A date as EDTF; the words themselves, without what surrounds them, where it is none."""
    words = words[:_LONGEST]
    if is_edtf(words.strip()):
        return words.strip()
    text = " ".join(words.split()).strip(" .,;:")
    bare = text.strip("[]()<> .,;:")
    if time := _TIME_OF_DAY.fullmatch(bare):
        return time[1]
    if compact := _COMPACT.fullmatch(bare):
        return "-".join(compact.groups())
    if is_edtf(bare):
        return bare
    return _from_words(_CORRECTED.sub("", text)) or text


def is_edtf(words: str) -> bool:
    """Whether words are EDTF of the kinds that `edtf` writes."""
    return bool(_EDTF.fullmatch(words))


def of_008(field: str) -> str:
    """The date in the fixed field of a MARC record (008/06-14) as EDTF, "" where it has none."""
    kind, first, last = field[6:7], _coded(field[7:11]), _coded(field[11:15])
    if not first:
        return ""
    if kind == "e":
        day = "-".join(filter(None, (first, field[11:13].strip(), field[13:15].strip())))
        return day if is_edtf(day) else first
    if kind in _CONTINUING or (kind in _RANGES and field[11:15] == _OPEN_END):
        return f"{first}/.." if field[11:15] == _OPEN_END else f"{first}/"
    if kind in (*_RANGES, _QUESTIONABLE) and last and last != first:
        return f"{first}/{last}"
    return first


def day_range(issued: str) -> DateRange | None:
    """The days of an EDTF date; of one whose end is open, those of its beginning."""
    found = parse_date(issued.removesuffix("/..") if issued.endswith("/..") else issued)
    return found and DateRange(first=found.first, last=found.last, text=issued)


def _coded(year: str) -> str:
    """A year of 008: "18uu" is "18XX"; "" for one that is not said."""
    year = year.replace("u", "X").replace("|", "X")
    return year if is_edtf(year) and year not in ("9999", "0000") else ""


def _from_words(text: str) -> str:
    sign = "?" if "?" in text else "~" if _ABOUT.search(text) else ""
    if between := _BETWEEN.search(text):
        return f"{between[1]}/{between[2]}"
    if years := _YEARS.search(text):
        return _span(years[1], years[2], sign)
    if day := _day(text):
        return f"{day}{sign}"
    for pattern, filler in ((_DECADE, "X"), (_CENTURY, "XX")):
        if found := pattern.search(text):
            return f"{found[1]}{filler}{sign}"
    year = _YEAR.search(text)
    return f"{year[0]}{sign}" if year else ""


def _span(first: str, last: str | None, sign: str) -> str:
    if not last:
        return f"{first}{sign}/.."
    last = first[: 4 - len(last)] + last
    return f"{first}{sign}/{last}{sign}" if last > first else f"{first}{sign}"


def _day(text: str) -> str:
    """A month, or a day, of one year, as ISO 8601."""
    for pattern, order in ((_DAY_FIRST, "dmy"), (_MONTH_FIRST, "mdy"), (_YEAR_FIRST, "ymd")):
        if found := pattern.search(text):
            parts = dict(zip(order, found.groups(), strict=True))
            month = _MONTHS.index(parts["m"][:3].lower()) + 1
            day = f"-{int(parts['d']):02}" if parts["d"] else ""
            written = f"{parts['y']}-{month:02}{day}"
            return written if is_edtf(written) else f"{parts['y']}-{month:02}"
    return ""
