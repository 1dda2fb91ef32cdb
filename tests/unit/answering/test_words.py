"""Words, figures and names in their compared form."""

from __future__ import annotations

import pytest

from rag_assistant.answering.words import (
    content_words,
    figures,
    fold,
    names,
    negated,
    negations,
    people_key,
    stem,
    words,
)


def test_case_and_accents_are_folded() -> None:
    assert fold("Café STRASSE straße ﬁn") == "cafe strasse strasse fin"


@pytest.mark.parametrize(
    ("one", "other"), [("libraries", "library"), ("opened", "opens"), ("bauten", "baut")]
)
def test_endings_meet(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_short_words_keep_their_endings() -> None:
    assert [stem(word) for word in ("gas", "used", "they")] == ["gas", "used", "they"]


def test_small_words_figures_and_possessives_fall_away() -> None:
    assert content_words("When did Holt's library open in 1893?") == ["holt", "librar", "open"]
    assert content_words("Wann wurde die Bücherei eröffnet?", "de") == ["bucherei", "eroffnet"]
    assert content_words("l’église d'Arles", "fr") == ["eglis", "arle"]


def test_unspaced_scripts_are_read_by_character() -> None:
    assert list(words("図書館 1893")) == ["図", "書", "館", "1893"]


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("1,200 books", "en", {"1200"}),
        ("1.200 Bücher", "de", {"1200"}),
        ("3.5 and 3,5", "en", {"3.5"}),
        ("the 19th of June 1893", "en", {"19", "month 6", "1893"}),
        ("on 1893-06-19", "en", {"month 6", "1893", "6", "19"}),
        ("twelve or 12", "en", {"12"}),
        ("im März", "de", {"month 3"}),
        ("en juin", "fr", {"month 6"}),
        ("it may be", "en", set()),
        ("item 007", "en", {"7"}),
        ("1 million and two thousand", "en", {"1000000", "2000"}),
        ("1,000,000 and 2.5 billion", "en", {"1000000", "2500000000"}),
        ("100k members", "en", {"100000"}),
        ("2 Milliarden", "de", {"2000000000"}),
        ("2.50 and 1,234.50", "en", {"2.5", "1234.5"}),
        ("10.06.1934", "en", {"10.06.1934"}),
        ("1914–18", "en", {"1914", "1918"}),
        ("1914-1918", "en", {"1914", "1918"}),
    ],
)
def test_figures_have_one_form(text: str, language: str, found: set[str]) -> None:
    assert figures(text, language).keys() == found


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("The clock of Ada Marsh stopped.", "en", ["Ada", "Marsh"]),
        ("Clocks stopped. Marsh Ada wept.", "en", ["Marsh", "Ada"]),
        ("Clocks stopped in June.", "en", []),
        ("Die Uhr der Bücherei", "de", []),
        ("Additionally, Ada wept. Although Marsh slept, he came.", "en", ["Ada", "Marsh"]),
    ],
)
def test_names_are_capitals_inside_a_sentence(text: str, language: str, found: list[str]) -> None:
    assert names(text, language) == found


@pytest.mark.parametrize("text", ["It did not.", "It didn’t.", "Es war nie da.", "Il ne vint pas."])
def test_negation_is_seen_in_four_languages(text: str) -> None:
    assert negated(text)
    assert not negated("It was there.")


def test_negations_are_counted_and_a_number_is_none() -> None:
    assert negations("Not one came, nor could they, nor wouldn't they.") == 4
    assert negations("They lived at No. 5, then at no 7.") == 0


@pytest.mark.parametrize(
    ("people", "country"),
    [("European", "Europe"), ("Italians", "Italy"), ("Chinese", "China"), ("African", "Africa")],
)
def test_a_people_and_its_country_meet(people: str, country: str) -> None:
    assert people_key(people) == people_key(country)
