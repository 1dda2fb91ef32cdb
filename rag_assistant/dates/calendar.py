"""Signed day numbers, and runs of whole years, months and days.

Day 0 is 1970-01-01 in the proleptic Gregorian calendar; earlier days are negative. Years are
astronomical, as in ISO 8601 and EDTF: 1 BC is the year 0, 43 BC is -42.
"""

from __future__ import annotations

_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTHS = len(_MONTH_DAYS)

Run = tuple[int, int]
"""The first and the last day, as day numbers."""


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


def civil(number: int) -> tuple[int, int, int]:
    """Year, month and day of a day number."""
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
    return year_of_era + era * 400 + (month <= 2), month, day  # noqa: PLR2004


def years(first: int, last: int | None = None) -> Run:
    """Whole years, the last included."""
    return day_number(first, 1, 1), day_number(first if last is None else last, 12, 31)


def month_of(year: int, month: int) -> Run | None:
    """A whole month; None where there is no such month."""
    if not 1 <= month <= MONTHS:
        return None
    return day_number(year, month, 1), day_number(year, month, days_in_month(year, month))


def day_of(year: int, month: int, day: int) -> Run | None:
    """One day; None where there is no such day."""
    if not (1 <= month <= MONTHS and 1 <= day <= days_in_month(year, month)):
        return None
    number = day_number(year, month, day)
    return number, number


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _MONTH_DAYS[month - 1] + (month == 2 and leap)  # noqa: PLR2004 - February


def season(year: int, number: int) -> Run:
    """Spring is 0, winter 3, which ends in February of the next year."""
    first = 3 * number + 3
    last = first + 2 if number < 3 else 14  # noqa: PLR2004 - winter
    end_year, end_month = year + last // 13, last if last <= MONTHS else last - MONTHS
    return day_number(year, first, 1), day_number(
        end_year, end_month, days_in_month(end_year, end_month)
    )
