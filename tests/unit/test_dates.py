"""Dates in the words of sources: the exact first and last day of each."""

from __future__ import annotations

import time

import pytest

from rag_assistant.dates import OPEN_FIRST, OPEN_LAST, day_number, iso_date, parse_date


def days(words: str) -> tuple[str, str] | None:
    date = parse_date(words)
    if date is None:
        return None
    assert date.text == words
    first = ".." if date.first == OPEN_FIRST else iso_date(date.first)
    return first, ".." if date.last == OPEN_LAST else iso_date(date.last)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("1934", "1934-01-01", "1934-12-31"),
        ("1934-02", "1934-02-01", "1934-02-28"),
        ("1936-02", "1936-02-01", "1936-02-29"),
        ("1934-02-28", "1934-02-28", "1934-02-28"),
        ("1985-04-12T23:20:30Z", "1985-04-12", "1985-04-12"),
        ("1934/1936", "1934-01-01", "1936-12-31"),
        ("2004-02-01/2005-02", "2004-02-01", "2005-02-28"),
        ("-0500", "-0500-01-01", "-0500-12-31"),
        ("0000", "0000-01-01", "0000-12-31"),
    ],
)
def test_edtf_level_0(words: str, first: str, last: str) -> None:
    assert days(words) == (first, last)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("1934?", "1933-01-01", "1935-12-31"),
        ("1934~", "1933-01-01", "1935-12-31"),
        ("1934%", "1932-01-01", "1936-12-31"),
        ("1934-05~", "1934-04-01", "1934-06-30"),
        ("1934-01-01?", "1933-12-31", "1934-01-02"),
        ("193X", "1930-01-01", "1939-12-31"),
        ("19XX", "1900-01-01", "1999-12-31"),
        ("1934-XX", "1934-01-01", "1934-12-31"),
        ("1934-05-XX", "1934-05-01", "1934-05-31"),
        ("1934-00-00", "1934-01-01", "1934-12-31"),
        ("1934-XX-XX", "1934-01-01", "1934-12-31"),
        ("1934/..", "1934-01-01", ".."),
        ("1934/", "1934-01-01", ".."),
        ("../1934", "..", "1934-12-31"),
        ("/1934-05", "..", "1934-05-31"),
        ("1984~/2004-06", "1983-01-01", "2004-06-30"),
        ("2001-21", "2001-03-01", "2001-05-31"),
        ("2001-22", "2001-06-01", "2001-08-31"),
        ("2001-23", "2001-09-01", "2001-11-30"),
        ("2003-24", "2003-12-01", "2004-02-29"),
        ("Y-17000", "-17000-01-01", "-17000-12-31"),
    ],
)
def test_edtf_level_1(words: str, first: str, last: str) -> None:
    assert days(words) == (first, last)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("156X-12-25", "1560-12-25", "1569-12-25"),
        ("2004-06-XX/2004-07-03", "2004-06-01", "2004-07-03"),
        ("1984?-06~", "1984-05-01", "1984-07-31"),
        ("[1667,1668,1670..1672]", "1667-01-01", "1672-12-31"),
        ("[..1670]", "..", "1670-12-31"),
        ("{1960,1961-12}", "1960-01-01", "1961-12-31"),
        ("2001-34", "2001-04-01", "2001-06-30"),
        ("1950S2", "1900-01-01", "1999-12-31"),
        ("-004X", "-0049-01-01", "-0040-12-31"),
    ],
)
def test_edtf_level_2(words: str, first: str, last: str) -> None:
    assert days(words) == (first, last)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("c1934", "1934-01-01", "1934-12-31"),  # a copyright date, not "circa"
        ("1934?]", "1933-01-01", "1935-12-31"),
        ("[1934]", "1934-01-01", "1934-12-31"),
        ("[ca. 1890]", "1889-01-01", "1891-12-31"),
        ("[1934 or 1935]", "1934-01-01", "1935-12-31"),
        ("[not before 1934]", "1934-01-01", ".."),
        ("[189-]", "1890-01-01", "1899-12-31"),
        ("189-?", "1880-01-01", "1909-12-31"),
        ("18--", "1800-01-01", "1899-12-31"),
        ("MDCCCXC.", "1890-01-01", "1890-12-31"),
        ("1934-", "1934-01-01", ".."),
        ("1934-36", "1934-01-01", "1936-12-31"),
        ("1934-5", "1934-01-01", "1935-12-31"),
        ("1899-00", "1899-01-01", "1900-12-31"),
        ("1920-24", "1920-01-01", "1924-12-31"),  # 24 is winter, but not of such a year
        ("1934–1936", "1934-01-01", "1936-12-31"),
        ("1850 Jan. 3-1862 Dec. 5", "1850-01-03", "1862-12-05"),
    ],
)
def test_what_catalogues_write(words: str, first: str, last: str) -> None:
    assert days(words) == (first, last)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("29 April 1923", "1923-04-29", "1923-04-29"),
        ("May 5-7, 1934", "1934-05-05", "1934-05-07"),
        ("May-June 1934", "1934-05-01", "1934-06-30"),
        ("5. Mai 1934", "1934-05-05", "1934-05-05"),
        ("5 mai 1934", "1934-05-05", "1934-05-05"),
        ("5 de mayo de 1934", "1934-05-05", "1934-05-05"),
        ("12.05.1934", "1934-05-12", "1934-05-12"),
        ("25/12/1934", "1934-12-25", "1934-12-25"),
        ("1934/05/12", "1934-05-12", "1934-05-12"),
        ("12/05/1934", "1934-05-12", "1934-12-05"),  # either, so both lie within
        ("Spring 1934", "1934-03-01", "1934-05-31"),
        ("12th century", "1100-01-01", "1199-12-31"),
        ("s. XIX", "1800-01-01", "1899-12-31"),
        ("19. Jh.", "1800-01-01", "1899-12-31"),
        ("XIXe siècle", "1800-01-01", "1899-12-31"),
        ("siglo XIX", "1800-01-01", "1899-12-31"),
        ("16th-17th centuries", "1500-01-01", "1699-12-31"),
        ("1890s", "1890-01-01", "1899-12-31"),
        ("ca. 1890s", "1880-01-01", "1909-12-31"),
        ("the 1800s", "1800-01-01", "1899-12-31"),
        ("c. 1890", "1889-01-01", "1891-12-31"),
        ("um 1890", "1889-01-01", "1891-12-31"),
        ("vers 1890", "1889-01-01", "1891-12-31"),
        ("between 1934 and 1936", "1934-01-01", "1936-12-31"),
        ("zwischen 1934 und 1936", "1934-01-01", "1936-12-31"),
        ("before 1934", "..", "1933-12-31"),
        ("nach 1934", "1935-01-01", ".."),
        ("not after 1934", "..", "1934-12-31"),
    ],
)
def test_what_people_write(words: str, first: str, last: str) -> None:
    assert days(words) == (first, last)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("1 BC", "0000-01-01", "0000-12-31"),
        ("43 BC", "-0042-01-01", "-0042-12-31"),
        ("44 B.C.", "-0043-01-01", "-0043-12-31"),
        ("10-4 v. Chr.", "-0009-01-01", "-0003-12-31"),
        ("5th century BC", "-0499-01-01", "-0400-12-31"),
        ("AD 79", "0079-01-01", "0079-12-31"),
    ],
)
def test_there_is_no_year_0_in_words(words: str, first: str, last: str) -> None:
    assert days(words) == (first, last)


def test_the_days_before_the_common_era() -> None:
    assert day_number(1970, 1, 1) == 0
    assert day_number(0, 2, 29) + 1 == day_number(0, 3, 1)
    assert day_number(1, 1, 1) - day_number(0, 1, 1) == 366
    assert day_number(-4712, 1, 1) == -2440550  # 38 days behind the first Julian day
    assert iso_date(day_number(-44, 3, 15)) == "-0044-03-15"


@pytest.mark.parametrize(
    "words",
    [
        *("", "Monday", "April 29", "Tue, 29 Apr", "Easter", "n.d.", "s.d.", "XXXX", "5/12/34"),
        *("1934-13", "1934-02-30", "MIX"),
    ],
)
def test_words_without_a_year_are_no_date(words: str) -> None:
    assert days(words) is None


@pytest.mark.parametrize("part", ["1", "(", "may ", "1934 ", "- ", "i", "19th-", "[1934,"])
def test_hostile_words_take_no_time(part: str) -> None:
    begun = time.perf_counter()
    parse_date(part * 20_000)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    "text", ["1920/1910", "2001-01-01/2000-01-01", "Y17E300", f"Y{'9' * 20}", f"Y-{'9' * 20}"]
)
def test_what_runs_backwards_or_beyond_all_days_is_no_date(text: str) -> None:
    assert parse_date(text) is None or -(1 << 62) < parse_date(text).first <= parse_date(text).last
