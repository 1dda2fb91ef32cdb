"""Identifiers: one key for all ways of writing one, and check digits that do not lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_assistant.checking.identifying import cut_out
from rag_assistant.identifiers import fault_of, identifier_key, is_isbn, is_issn, isbn10, isbn13


@pytest.mark.parametrize(
    ("scheme", "value", "key"),
    [
        ("isbn", "0-201-61622-X", "9780201616224"),
        ("isbn", "978-0-201-61622-4 (pbk. : alk. paper)", "9780201616224"),
        ("isbn", "0201616221", "0201616221"),  # a wrong check digit: only itself
        ("issn", "1940-9737 1", "19409737"),
        ("issn", "0750–6848", "07506848"),
        ("doi", "https://doi.org/10.1000/ABC-1.", "10.1000/abc-1"),
        ("doi", "doi:10.1000%2FABC-1", "10.1000/abc-1"),
        ("lccn", "n78-890351 /AC", "n78890351"),
        ("lccn", "85-2", "85000002"),
        ("oclc", "(OCoLC)ocm00049044", "49044"),
        ("ark", "https://n2t.net/ark:/12345/x1-2/", "ark:12345/x12"),
        ("handle", "https://hdl.handle.net/2027/Mdp.39", "2027/mdp.39"),
        ("url", "https://www.Town.example/a/", "example,town)/a"),
        ("local", "  Box  7 ", "box 7"),
        ("isbn", "unpriced", ""),
    ],
)
def test_a_key_is_the_same_for_all_ways_of_writing(scheme: str, value: str, key: str) -> None:
    assert identifier_key(scheme, value) == key


@given(st.integers(min_value=0, max_value=999_999_999))
def test_isbns_of_ten_and_thirteen_are_one(number: int) -> None:
    thirteen = isbn13(f"{number:09d}")
    ten = isbn10(thirteen)
    assert is_isbn(thirteen)
    assert is_isbn(ten)
    assert isbn13(ten) == thirteen


@given(st.integers(min_value=0, max_value=999_999_999), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_shows(number: int, place: int, more: int) -> None:
    thirteen = isbn13(f"{number:09d}")
    other = str((int(thirteen[place]) + more) % 10)
    assert not is_isbn(thirteen[:place] + other + thirteen[place + 1 :])


def test_a_wrong_check_digit_is_told_as_a_fact() -> None:
    assert fault_of("isbn", "0-201-61622-1") == "The ISBN's check digit is wrong: 0-201-61622-1."
    assert fault_of("issn", "0750-6849") == "The ISSN's check digit is wrong: 0750-6849."
    assert fault_of("isbn", "0-201-61622-X") == ""
    assert is_issn("20493630")


@pytest.mark.parametrize(
    ("text", "found", "rest"),
    [
        (
            "Title. https://doi.org/10.1000/xyz(12)3.",
            [("doi", "10.1000/xyz(12)3")],
            "Title.  .",
        ),
        ("A (ISBN-13: 978-0-201-61622-4).", [("isbn", "9780201616224")], "A  ."),
        ("0-201-61622-X A", [("isbn", "9780201616224")], "  A"),
        ("pp. 12-34-56-78", [], "pp. 12-34-56-78"),
        ("OCLC 49044543; LCCN 2003268354", [("oclc", "49044543"), ("lccn", "2003268354")], None),
        ("https://n2t.net/ark:/12345/x1 and", [("ark", "ark:12345/x1")], "  and"),
        ("<https://town.example/a>,", [("url", "example,town)/a")], None),
        ("1850 1923 1999 2001 pages", [], None),
    ],
)
def test_identifiers_are_found_and_cut_out(
    text: str, found: list[tuple[str, str]], rest: str | None
) -> None:
    identifiers, left = cut_out(text)
    assert [(one.scheme, one.key) for one in identifiers] == found
    assert rest is None or left == rest
