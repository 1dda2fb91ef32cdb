"""One work, four formats, one record; and the small rules that make it so."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag_assistant.ports import Leaf
from rag_assistant.readers.crosswalk import (
    person_or_body,
    plain,
    publication,
    role_of,
    stated_identifier,
    title_of,
)
from rag_assistant.readers.crosswalk_dates import day_range, edtf, of_008
from rag_assistant.readers.crosswalk_hosts import place_in_host
from rag_assistant.schema import Agent, Description, Record, Rights
from tests import one_work

Save = Callable[[str, bytes], Path]
Read = Callable[[Path], list[Leaf]]

BOOK = Record(
    type="book",
    title="The harbour at Brest: a history in maps",
    agents=(
        Agent(family="Le Goff", given="Anaïs", role="author"),
        Agent(family="Kervella", given="Yann", role="illustrator"),
        Agent(literal="Société d'histoire. Section maritime", role="editor"),
    ),
    issued="1934",
    edition="2nd ed.",
    publisher="Editions du Port",
    publisher_place="Brest",
    extent="xii, 310 p. : maps ; 22 cm",
    genre="History books",
    languages=("fr", "br"),
    subjects=("Harbors -- France -- History", "Brest (France)", "Vauban, Sébastien, 1633-1707"),
    places=("France", "Brest (France)"),
    abstract="How the harbour grew",
    call_number="DC801.B83 L44 1934",
    identifiers=(
        ("doi", "10.5555/brest.1934"),
        ("isbn", "0-15-678733-0"),
        ("oclc", "1234567"),
        ("control_number", "brest-1"),
        ("url", "https://library.example.org/brest"),
        ("local", "(OCoLC)ocm01234567"),
    ),
    links=("https://library.example.org/brest",),
)
ARTICLE = Record(
    type="article-journal",
    title="Tides",
    agents=(Agent(family="Ker", given="Ida", role="author"),),
    issued="1934-03",
    container_title="Annals of the sea",
    volume="12",
    issue="3",
    pages="45-67",
)


@pytest.fixture
def described(saved: Save, leaves: Read) -> Callable[[bytes], Description]:
    def describe(content: bytes) -> Description:
        (leaf,) = leaves(saved("record", content))
        assert leaf.document, leaf.reason
        return leaf.document.description

    return describe


BOOKS = {
    "marc": one_work.as_marc(one_work.book_marc()),
    "marcxml": one_work.as_marcxml(one_work.book_marc()),
    "marcjson": one_work.as_marcjson(one_work.book_marc()),
    "mods": one_work.BOOK_MODS,
    "dc": one_work.BOOK_DC,
}
ARTICLES = {
    "marc": one_work.as_marc(one_work.article_marc()),
    "marcxml": one_work.as_marcxml(one_work.article_marc()),
    "mods": one_work.ARTICLE_MODS,
    "dc": one_work.ARTICLE_DC,
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_book_is_one_record_in_every_format(
    name: str, described: Callable[[bytes], Description]
) -> None:
    said = described(BOOKS[name])
    expected = BOOK
    if name == "dc":  # which has no place for these
        numbers = tuple(pair for pair in BOOK.identifiers if pair[0] != "control_number")
        expected = replace(BOOK, edition="", identifiers=numbers, places=())
    assert said.record == expected
    assert (said.title, said.creator) == (BOOK.title, "Le Goff, Anaïs")
    assert (said.language, said.kind, said.described_by) == ("fr", "book", "cataloguer")
    assert said.uri == "https://library.example.org/brest"
    assert said.identifiers["isbn"] == "0-15-678733-0"
    assert (said.access, said.access_note) == ("public", "Open for research.")
    assert said.rights == Rights(label="In copyright.")


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_is_one_record_in_every_format(
    name: str, described: Callable[[bytes], Description]
) -> None:
    record = described(ARTICLES[name]).record
    languages = ("en",) if name.startswith("marc") else ()  # only MARC says it here
    assert record == replace(ARTICLE, languages=languages)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("c1934.", "1934"),
        ("©1934", "1934"),
        ("[1934?]", "1934?"),
        ("[ca. 1934]", "1934~"),
        ("c. 1890", "1890~"),
        ("[193-?]", "193X?"),
        ("[18--]", "18XX"),
        ("1930s", "193X"),
        ("1934-36", "1934/1936"),
        ("1934-", "1934/.."),
        ("<1839>-1848", "1839/1848"),
        ("[between 1906 and 1912]", "1906/1912"),
        ("1934 [i.e. 1943]", "1943"),
        ("1934, c1933", "1934"),
        ("May 1934", "1934-05"),
        ("3 March 1934", "1934-03-03"),
        ("Mar. 3, 1934", "1934-03-03"),
        ("19340506", "1934-05-06"),
        ("1934-05-06T10:00:00Z", "1934-05-06"),
        ("[n.d.]", "[n.d.]"),
    ],
)
def test_dates_of_catalogues_are_edtf(written: str, expected: str) -> None:
    assert edtf(written) == expected
    assert edtf(edtf(written)) == expected


def test_dates_of_fixed_fields_are_edtf() -> None:
    assert of_008("830711d18731887nyu") == "1873/1887"
    assert of_008("000630d190u19uunyu") == "190X/19XX"
    assert of_008("840322c18399999vtu") == "1839/.."
    assert of_008("840322q19061912vtu") == "1906/1912"
    assert of_008("840322nuuuuuuuuvtu") == ""
    assert of_008("") == ""


def test_an_open_end_counts_from_its_beginning() -> None:
    open_end, year = day_range("1839/.."), day_range("1839")
    assert open_end is not None
    assert year is not None
    assert (open_end.first, open_end.last, open_end.text) == (year.first, year.last, "1839/..")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Roads /", "Roads"),
        ("London :", "London"),
        ("First edition.", "First edition"),
        ("2nd ed.", "2nd ed."),
        ("Smith, J.", "Smith, J."),
        ("Montpelier, Vt. :", "Montpelier, Vt."),
        ("And then ...", "And then ..."),
        ("cafe\u0301", "caf\u00e9"),
        (" / ", ""),
    ],
)
def test_punctuation_of_isbd_ends_no_value(written: str, expected: str) -> None:
    assert plain(written) == expected


def test_titles_are_joined_in_one_way() -> None:
    assert title_of("Roads :", "a history /") == "Roads: a history"
    assert title_of("Roads : a history") == "Roads: a history"
    assert title_of("Polak =", "American Pole.") == "Polak = American Pole"
    assert title_of("Roads.", "", ["Part 1,", "The north /"]) == "Roads. Part 1, The north"


@pytest.mark.parametrize(
    ("name", "agent"),
    [
        ("Woolf, Virginia, 1882-1941.", Agent(family="Woolf", given="Virginia")),
        ("Knuth, Donald E., 1938-", Agent(family="Knuth", given="Donald E.")),
        ("Plato", Agent(literal="Plato")),
        ("Hogarth Press (London, England)", Agent(literal="Hogarth Press (London, England)")),
        ("University of Vermont, Press", Agent(literal="University of Vermont, Press")),
        ("", Agent(literal="")),
    ],
)
def test_names_whose_kind_nobody_tells(name: str, agent: Agent) -> None:
    assert person_or_body(name, "author") == agent


@pytest.mark.parametrize(
    ("words", "scheme", "value"),
    [
        ("doi:10.1000/182", "doi", "10.1000/182"),
        ("https://doi.org/10.1000/182", "doi", "10.1000/182"),
        ("urn:ISBN:0-15-6", "isbn", "0-15-6"),
        ("https://hdl.handle.net/2027/x", "handle", "2027/x"),
        ("ark:/12345/abc", "ark", "ark:/12345/abc"),
        ("https://example.org/1", "url", "https://example.org/1"),
        ("MS 12", "local", "MS 12"),
    ],
)
def test_identifiers_keep_what_they_are(words: str, scheme: str, value: str) -> None:
    assert stated_identifier(words) == [(scheme, value)]


def test_places_in_hosts() -> None:
    assert place_in_host("", "12:3<45-67") == ("12", "3", "45-67")
    assert place_in_host("Bd. 4, Nr. 2, S. 17 - 19") == ("4", "2", "17-19")
    assert place_in_host("") == ("", "", "")


@pytest.mark.parametrize("word", [",", ", ", "1934", ".", "(", "--", "1 ", "between 1934 "])
def test_long_values_take_no_longer_than_they_are(word: str) -> None:
    begun = time.monotonic()
    long = word * 50_000
    person_or_body(long, "author")
    title_of(long)
    edtf(long)
    place_in_host(long, long)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("СПб. [и др.]", "СПб. [и др.]"),
        ("[St. Petersburg]", "St. Petersburg"),
        ("[Paris :", "Paris"),
        ("Larousse]", "Larousse"),
        ("[London] and [York]", "[London] and [York]"),
        ("[s.l.]", ""),
    ],
)
def test_brackets_are_taken_off_in_pairs(written: str, told: str) -> None:
    assert publication(written) == told


def test_who_paid_for_a_copy_has_no_part_in_the_work() -> None:
    assert role_of("fnd", first=False) == ""
