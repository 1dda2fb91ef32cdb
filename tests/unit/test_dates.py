"""Dates in the words of sources."""

from __future__ import annotations

import pytest

from rag_assistant.dates import iso_date, parse_date


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("1934", "1934-01-01", "1934-12-31"),
        ("1934-02", "1934-02-01", "1934-02-28"),
        ("1934/1936", "1934-01-01", "1936-12-31"),
        ("29 April 1923", "1923-04-29", "1923-04-29"),
        ("12th century", "1100-01-01", "1199-12-31"),
        ("-0500", "-0500-01-01", "-0500-12-31"),
    ],
)
def test_a_date_is_the_days_that_it_may_mean(words: str, first: str, last: str) -> None:
    date = parse_date(words)
    assert date is not None
    assert (iso_date(date.first), iso_date(date.last), date.text) == (first, last, words)


@pytest.mark.parametrize("words", ["", "Monday", "April 29", "Tue, 29 Apr", "Easter", "1934-13"])
def test_words_without_a_year_are_no_date(words: str) -> None:
    assert parse_date(words) is None
