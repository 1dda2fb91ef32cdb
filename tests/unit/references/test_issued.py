"""Dates from EDTF and words to CSL, and back."""

from __future__ import annotations

from typing import Any

import pytest

from rag_assistant.references.issued import as_said, csl_date, csl_day, date_words, edtf, first_year


@pytest.mark.parametrize(
    ("text", "date", "words", "again"),
    [
        ("1934", {"date-parts": [[1934]]}, "1934", "1934"),
        ("1934-05", {"date-parts": [[1934, 5]]}, "May 1934", "1934-05"),
        ("1934-05-03", {"date-parts": [[1934, 5, 3]]}, "3 May 1934", "1934-05-03"),
        ("1934/1936", {"date-parts": [[1934], [1936]]}, "1934–1936", "1934/1936"),
        (
            "1934-05/1936-02-01",
            {"date-parts": [[1934, 5], [1936, 2, 1]]},
            "May 1934–1 February 1936",
            "1934-05/1936-02-01",
        ),
        ("1890~", {"date-parts": [[1890]], "circa": True}, "c. 1890", "1890~"),
        ("1890?", {"date-parts": [[1890]], "circa": True}, "c. 1890", "1890~"),
        (
            "1890~/1895",
            {"date-parts": [[1890], [1895]], "circa": True},
            "c. 1890–1895",
            "1890~/1895~",
        ),
        ("193X", {"date-parts": [[1930], [1939]], "circa": True}, "c. 1930–1939", "1930~/1939~"),
        ("1934-XX", {"date-parts": [[1934]]}, "1934", "1934"),
        ("1934-22", {"date-parts": [[1934]], "season": 2}, "summer 1934", "1934-22"),
        ("-0043", {"date-parts": [[-44]]}, "44 BC", "-0043"),
        ("1934/..", {"literal": "1934–"}, "1934–", ""),
        ("1934-22/1935-21", {"literal": "summer 1934–spring 1935"}, "summer 1934–spring 1935", ""),
        (
            "190X/19XX",
            {"date-parts": [[1900], [1999]], "circa": True},
            "c. 1900–1999",
            "1900~/1999~",
        ),
        ("198X?", {"date-parts": [[1980], [1989]], "circa": True}, "c. 1980–1989", "1980~/1989~"),
        ("193X/..", {"literal": "c. 1930–"}, "c. 1930–", ""),
        ("1934/9999", {"literal": "1934–"}, "1934–", ""),
        ("/1960", {"literal": "–1960"}, "–1960", ""),
        ("../1960", {"literal": "–1960"}, "–1960", ""),
        (
            "{1960,1961}",
            {"date-parts": [[1960], [1961]], "circa": True},
            "c. 1960–1961",
            "1960~/1961~",
        ),
        (
            "[1667, 1672..1674]",
            {"date-parts": [[1667], [1674]], "circa": True},
            "c. 1667–1674",
            "1667~/1674~",
        ),
        ("[1960]", {"literal": "[1960]"}, "[1960]", ""),
        ("1/2/3", {"literal": "1/2/3"}, "1/2/3", ""),
        ("1880-1970", {"date-parts": [[1880], [1970]]}, "1880–1970", "1880/1970"),
        ("1970-1880", {"literal": "1970-1880"}, "1970-1880", ""),
        ("c. 1890", {"date-parts": [[1890]], "circa": True}, "c. 1890", "1890~"),
        ("4 May 1868", {"date-parts": [[1868, 5, 4]]}, "4 May 1868", "1868-05-04"),
        ("May 4, 1868", {"date-parts": [[1868, 5, 4]]}, "4 May 1868", "1868-05-04"),
        ("May 1868", {"date-parts": [[1868, 5]]}, "May 1868", "1868-05"),
        ("after  the fire", {"literal": "after the fire"}, "after the fire", ""),
        ("1934-13-40", {"literal": "1934-13-40"}, "1934-13-40", ""),
        ("31 February 1934", {"literal": "31 February 1934"}, "31 February 1934", ""),
        ("00XX", {"literal": "00XX"}, "00XX", ""),
    ],
)
def test_a_date_keeps_what_it_says(text: str, date: dict[str, Any], words: str, again: str) -> None:
    assert csl_date(text) == date
    assert date_words(date) == words
    assert edtf(date) == again


def test_nothing_is_no_date() -> None:
    assert csl_date(" ") is None
    assert date_words(None) == ""
    assert first_year(None) == ""


def test_a_year_of_four_digits_is_one_of_our_era_alone() -> None:
    assert first_year(csl_date("0934/1001")) == "0934"
    assert first_year(csl_date("-0043")) == ""
    assert first_year(csl_date("undated")) == ""
    assert first_year(csl_date("1971/..")) == "1971"
    assert first_year(csl_date("193X/..")) == "1930"
    assert first_year(csl_date("../1971")) == ""


def test_the_day_of_a_capture() -> None:
    assert csl_day("20190503120000") == {"date-parts": [[2019, 5, 3]]}


@pytest.mark.parametrize(
    "words",
    ["circa 1900-1906", "1899?-1906", "ca. 1900", "[about 1900]", "um 1900", "early 20th century"],
)
def test_a_date_is_no_surer_than_its_own_words(words: str) -> None:
    assert as_said(csl_date("1900/1906"), words) == {
        "date-parts": [[1900], [1906]],
        "circa": True,
    }


def test_a_date_is_no_more_exact_than_its_own_words() -> None:
    date = csl_date("1805-01-01/1864-12-31")
    assert as_said(date, "1805-1864") == {"date-parts": [[1805], [1864]]}
    assert as_said(date, "1 January 1805 to 31 December 1864") == date
    assert as_said(date, "1805-01-01/1864-12-31") == date
    assert as_said(date, "") == date
    assert as_said(csl_date("1900/1906"), "Music of 1900-1906") == csl_date("1900/1906")
    assert as_said(None, "about 1900") is None
