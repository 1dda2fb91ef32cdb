"""The support check: what it finds, and what it says is missing."""

from __future__ import annotations

import pytest

from rag_assistant.answering.support import Source, best_span, check, find_verbatim, score
from tests.fakes import make_hit

PASSAGE = (
    "The reading room opened in June 1893 with 1,200 books. Margaret Holt paid for the clock. "
    "The committee did not admit children before the war."
)
SOURCE = [Source(text=PASSAGE, language="en")]


@pytest.mark.parametrize(
    "sentence",
    [
        "Margaret Holt paid for the clock.",
        "Margaret Holt\n paid for  the clock",
        "with 1,200 books",
    ],
)
def test_words_of_the_source_are_verbatim(sentence: str) -> None:
    assert check(sentence, SOURCE) == ("verbatim", None)


@pytest.mark.parametrize(
    "sentence",
    [
        "The room for reading opened in June 1893.",
        "When it opened, the reading room had 1200 books.",
        "The clock was paid for by Margaret Holt.",
        "Before the war children were not admitted by the committee.",
    ],
)
def test_what_the_source_says_in_other_words_is_supported(sentence: str) -> None:
    assert check(sentence, SOURCE) == ("supported", None)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("The reading room opened in 1934.", "the figure 1934 is not in the cited source"),
        ("The reading room opened in May 1893.", "the figure May is not in the cited source"),
        ("Twelve books were in the room.", "the figure Twelve is not in the cited source"),
        ("The clock was paid for by Ada Marsh.", "the name Ada is not in the cited source"),
        ("Later the roof was mended with slate.", "few of its words are in the cited source"),
        (
            "Before the war the committee admitted children.",
            "the source says this with 'not'",
        ),
        (
            "Margaret Holt never paid for the clock.",
            "the source says this without 'not'",
        ),
    ],
)
def test_what_the_source_lacks_is_named(sentence: str, reason: str) -> None:
    assert check(sentence, SOURCE) == ("unsupported", reason)


def test_without_a_source_nothing_is_supported() -> None:
    assert check("Margaret Holt paid for the clock.", []) == ("unsupported", "no source is cited")
    assert score("Margaret Holt paid for the clock.", []) == 0.0


def test_several_sources_support_together() -> None:
    both = [Source(text="Ada Marsh wrote the catalogue."), Source(text="It has 300 pages.")]
    assert check("The catalogue which Ada Marsh wrote has 300 pages.", both)[0] == "supported"


def test_other_languages_have_their_own_small_words() -> None:
    german = [Source(text="Die Bibliothek wurde im März 1893 eröffnet.", language="de")]
    assert check("Eröffnet wurde die Bibliothek im März 1893.", german)[0] == "supported"
    refused = check("Die Bibliothek wurde im März 1893 nicht eröffnet.", german)
    assert refused == ("unsupported", "the source says this without 'not'")
    month = [Source(text="Elle fut fondée en 1893-06.", language="fr")]
    assert check("Elle fut fondée en juin 1893.", month)[0] == "supported"


def test_one_or_two_words_are_never_verbatim() -> None:
    assert find_verbatim("the clock", PASSAGE) is None
    assert find_verbatim("room opened in Jun", PASSAGE) is None


def test_the_score_orders_sentences() -> None:
    told = score("The clock was paid for by Margaret Holt.", SOURCE)
    half = score("The clock was made in Vienna by Karl Weiss in 1870.", SOURCE)
    assert told > half > score("Rain fell on Lisbon.", SOURCE)


@pytest.mark.parametrize(
    ("sentence", "quoted"),
    [
        ("paid for the clock", "Margaret Holt paid for the clock."),
        ("The clock was paid for by Margaret Holt.", "Margaret Holt paid for the clock."),
        (
            "The reading room opened in 1893, and Margaret Holt paid for its clock.",
            "The reading room opened in June 1893 with 1,200 books. "
            "Margaret Holt paid for the clock.",
        ),
    ],
)
def test_the_best_span_is_whole_sentences_of_the_passage(sentence: str, quoted: str) -> None:
    entry = make_hit(PASSAGE, start=500).entry
    start, end = best_span(sentence, entry)
    assert PASSAGE[start - 500 : end - 500] == quoted


def test_a_passage_without_sentences_is_quoted_whole() -> None:
    entry = make_hit("no stop here", start=7, sentences=()).entry
    assert best_span("anything else", entry) == (7, 19)
