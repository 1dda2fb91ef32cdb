"""Dates in the words of catalogues, in English, German, French and Spanish.

Whatever dates the words name are found, and the run from the first to the last of them is meant:
so "between 1934 and 1936" and "1934 or 1936" need no rule. In doubt the run is the longer one,
since it is what filters compare with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rag_assistant.dates.calendar import Run, day_of, month_of, season, years
from rag_assistant.dates.machine import OPEN_FIRST, OPEN_LAST, widened
from rag_assistant.dates.machine import parse as parse_edtf

_MONTH_NAMES = (
    "january jan januar jänner janvier janv enero ene",
    "february feb febr februar feber février fevrier févr fevr febrero",
    "march mar märz maerz mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet juil julio",
    "august aug août aout agosto ago",
    "september sep sept septembre septiembre setiembre",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre decembre déc diciembre dic",
)
_MONTHS = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}
_SEASON_NAMES = (
    "spring frühling frühjahr printemps primavera",
    "summer sommer été verano",
    "autumn fall herbst automne otoño",
    "winter hiver invierno",
)
_SEASONS = {name: number for number, names in enumerate(_SEASON_NAMES) for name in names.split()}


_MONTH = rf"({'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_ORDINAL = r"(?:st|nd|rd|th|er|º|\.)?"
_BEFORE_CHRIST = (
    r"\s?(?:b\.?\s?c\.?(?:\s?e\b\.?)?|v\.\s?chr\.?|av\.\s?j\.?-?\s?c\.?|a\.\s?c\.)(?!\w)"
)
_OF_CHRIST = r"\s?(?:a\.?d\b\.?|c\.?e\b\.?|n\.\s?chr\.?|apr\.\s?j\.?-?\s?c\.?)(?!\w)"
_CENTURY = (
    r"\s?(?:centur(?:y|ies)|cent\b\.?|c\.|jahrhunderts?|jhdts?\b\.?|jh\b\.?|si[eè]cles?|s\.|eeuw)"
)
_ROMAN = r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_YEARS = range(1000, 2100)
"""What four digits may mean as a year."""
_PRINTED = range(1400, 2100)  # likewise a Roman number that stands alone

_ABOUT = re.compile(
    r"\b(?:circa|ca|c(?=\.\s?\d|\s\d)|about|around|approx(?:imately)?|um|gegen|etwa|vers|env(?:iron)?"
    r"|hacia|probably|wohl)\b\.?|[?~]|\bcirca\)|\(ca\.\)"
)
_ENDS = re.compile(
    r"\b(?:(?<!not )before|not after|until|up to|vor|bis|avant|jusqu'en|antes de)\s+(?=\W*\d)"
)
_BEFORE = re.compile(r"\b(?:(?<!not )before|vor|avant|antes de)\s+(?=\W*\d)")
_BEGINS = re.compile(
    r"\b(?:after|not before|since|from|nach|seit|ab|apr[eè]s|depuis|desde|despu[eé]s de)"
    r"\s+(?=\W*\d)|\d{4}\s?[-/]\s*\Z"
)
_AFTER = re.compile(r"(?<!not )\b(?:after|nach|apr[eè]s|despu[eé]s de)\s+(?=\W*\d)")
_DASHES = str.maketrans("‐‑‒–—−", "------")

_Maker = Callable[[re.Match[str]], Run | None]


def parse(text: str) -> Run | None:
    """The first and the last day that the words may mean; None where they name no year."""
    said = text.translate(_DASHES).casefold().strip(" ;:,")
    roman = re.fullmatch(rf"\W*({_ROMAN})\W*", said)
    if roman and len(roman[1]) > 2 and _number(roman[1]) in _PRINTED:  # noqa: PLR2004
        return years(_number(roman[1]))
    found = list(_named(said))
    if not found:
        return None
    first, last = min(run[0] for run, _ in found), max(run[1] for run, _ in found)
    if _ABOUT.search(said):
        step = max(step for _, step in found)
        first, last = (first, last) if step < 0 else widened((first, last), 0, step)
    return _opened(said, (first, last), alone=len(found) == 1)


def _opened(said: str, run: Run, *, alone: bool) -> Run:
    """Words of which one end is open: "before 1934", "since 1934", "1934-"."""
    first, last = run
    if not alone:
        return run
    if _ENDS.search(said):
        return OPEN_FIRST, first - 1 if _BEFORE.search(said) else last
    if _BEGINS.search(said):
        return last + 1 if _AFTER.search(said) else first, OPEN_LAST
    return run


def _named(said: str) -> Iterator[tuple[Run, int]]:
    """All dates in the words, each with the years by which "about" widens it, -1 for days."""
    for pattern, make, step in _FORMS:
        rest, end = [], 0
        for match in pattern.finditer(said):
            run = make(match)
            if run is not None:
                yield run, step
                rest += [said[end : match.start()], "\n"]
                end = match.end()
        said = "".join([*rest, said[end:]])


def _days(first: str, last: str, month: str, year: str) -> Run | None:
    begin = day_of(int(year), _MONTHS[month], int(first))
    end = day_of(int(year), _MONTHS[month], int(last))
    return (begin[0], end[1]) if begin and end and begin <= end else None


def _months(first: str, last: str, year: str) -> Run | None:
    begin, end = month_of(int(year), _MONTHS[first]), month_of(int(year), _MONTHS[last])
    return (begin[0], end[1]) if begin and end and begin <= end else None


def _numeric(match: re.Match[str]) -> Run | None:
    """Day and month in figures: with dots the day is first, else it may be either."""
    a, b, year = int(match[1]), int(match[3]), int(match[4])
    orders = [(b, a)] if match[2] == "." else [(a, b), (b, a)]
    found = [run for month, day in orders if (run := day_of(year, month, day))]
    return (min(run[0] for run in found), max(run[1] for run in found)) if found else None


def _slashed(match: re.Match[str]) -> Run | None:
    return day_of(int(match[1]), int(match[2]), int(match[3]))


def _iso(match: re.Match[str]) -> Run | None:
    return parse_edtf(match[0])


def _centuries(*numbers: int) -> Run | None:
    """The 19th is 1800 to 1899, as EDTF's 18XX."""
    if not all(1 <= number <= 21 for number in numbers):  # noqa: PLR2004
        return None
    return years(100 * (min(numbers) - 1), 100 * max(numbers) - 1)


def _century(match: re.Match[str]) -> Run | None:
    numbers = [int(part) for part in match.groups()[:2] if part]
    if match[3]:
        return years(1 - 100 * max(numbers), -100 * (min(numbers) - 1))
    return _centuries(*numbers)


def _roman_century(match: re.Match[str]) -> Run | None:
    number = _number(match[1])
    return _centuries(number) if number else None


def _decade(match: re.Match[str]) -> Run:
    """Ten years; "the 1800s" may be a hundred."""
    year = int(match[1]) * 10
    last = year + (9 if year % 100 else 99)
    return years(1 - last, 1 - year) if match[2] else years(year, last)


def _before_christ(match: re.Match[str]) -> Run | None:
    first, last = int(match[1]), int(match[2] or match[1])
    return years(1 - first, 1 - last) if first >= last > 0 else None


def _year(match: re.Match[str]) -> Run | None:
    year = int(match[1])
    return years(year) if year in _YEARS else None


def _span(match: re.Match[str]) -> Run | None:
    return parse_edtf(match[0]) if int(match[1]) in _YEARS else None


def _number(roman: str) -> int:
    total, before = 0, 0
    for digit in reversed(roman):
        value = _ROMAN_DIGITS[digit]
        total += value if value >= before else -value
        before = max(before, value)
    return total


def _form(pattern: str, make: _Maker, step: int) -> tuple[re.Pattern[str], _Maker, int]:
    return re.compile(pattern), make, step


_FORMS = (  # what is found by one is taken out of the words before the next looks at them
    _form(
        rf"\b(\d{{1,2}})\.?\s?-\s?(\d{{1,2}})\.?\s{_MONTH},?\s(\d{{4}})\b",
        lambda m: _days(m[1], m[2], m[3], m[4]),
        -1,
    ),
    _form(
        rf"\b{_MONTH}\s(\d{{1,2}})\s?-\s?(\d{{1,2}}),?\s(\d{{4}})\b",
        lambda m: _days(m[2], m[3], m[1], m[4]),
        -1,
    ),
    _form(
        rf"\b(\d{{1,2}}){_ORDINAL}\s(?:of\s|de\s)?{_MONTH},?\s(?:del?\s)?(\d{{4}})\b",
        lambda m: _days(m[1], m[1], m[2], m[3]),
        -1,
    ),
    _form(
        rf"\b{_MONTH}\s(\d{{1,2}}){_ORDINAL},?\s(\d{{4}})\b",
        lambda m: _days(m[2], m[2], m[1], m[3]),
        -1,
    ),
    _form(rf"\b(\d{{4}}),?\s{_MONTH}\s(\d{{1,2}})\b", lambda m: _days(m[3], m[3], m[2], m[1]), -1),
    _form(rf"\b{_MONTH}\s?[-/]\s?{_MONTH},?\s(\d{{4}})\b", lambda m: _months(m[1], m[2], m[3]), -1),
    _form(rf"\b{_MONTH},?\s(?:del?\s)?(\d{{4}})\b", lambda m: _months(m[1], m[1], m[2]), -1),
    _form(rf"\b(\d{{4}}),?\s{_MONTH}(?!\w)", lambda m: _months(m[2], m[2], m[1]), -1),
    _form(
        rf"\b({'|'.join(_SEASONS)}),?\s(?:of\s|de\s)?(\d{{4}})\b",
        lambda m: season(int(m[2]), _SEASONS[m[1]]),
        -1,
    ),
    _form(r"\b(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b", _slashed, -1),
    _form(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b", _numeric, -1),
    _form(r"(?<![\d-])\d{4}-\d{2}-\d{2}(?!\d)", _iso, -1),
    _form(
        rf"\b(\d{{1,2}}){_ORDINAL}(?:e|[eè]me)?(?:\s?(?:-|and|und|et|to|bis)\s?"
        rf"(\d{{1,2}}){_ORDINAL}(?:e|[eè]me)?)?{_CENTURY}({_BEFORE_CHRIST})?",
        _century,
        100,
    ),
    _form(rf"\b(?:s\.|saec\.|sec\.|si[eè]cle|siglo|secolo)\s?({_ROMAN})\b", _roman_century, 100),
    _form(rf"\b({_ROMAN})(?:e|[eè]me)?\s?(?:si[eè]cle|s\.|century|secolo)", _roman_century, 100),
    _form(rf"\b(\d{{1,3}})0(?:'?s|er(?:\sjahren?)?)({_BEFORE_CHRIST})?(?!\w)", _decade, 10),
    _form(r"\bann[eé]es\s(\d{3})0()", _decade, 10),
    _form(r"\b(\d{3})[-x](?![\dx-])()", _decade, 10),
    _form(r"\b(\d\d)(?:--|xx)(?![\dx-])", lambda m: _centuries(int(m[1]) + 1), 100),
    _form(rf"\b(\d{{1,4}})(?:\s?-\s?(\d{{1,4}}))?{_BEFORE_CHRIST}", _before_christ, 1),
    _form(
        rf"\b(\d{{1,4}}){_OF_CHRIST}|\ba\.?d\.?\s?(\d{{1,4}})\b",
        lambda m: years(int(m[1] or m[2])),
        1,
    ),
    _form(r"(?<![\d-])(\d{4})[-/]\d{1,2}(?![\d-])", _span, 1),
    _form(r"(?<!\d)(\d{4})(?!\d|-\d{1,2}(?!\d))", _year, 1),
)
