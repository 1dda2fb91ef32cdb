"""R7: whether to answer is decided before any model is called."""

from __future__ import annotations

import pytest

from rag_assistant.answering import answerable
from rag_assistant.answering.abstention import features
from rag_assistant.dates import day_number
from tests.fakes import make_hit

ROOM = "The reading room in Mill Street opened in 1893 with nine hundred books."


@pytest.mark.parametrize("similarity", [None, 0.75])
def test_a_passage_that_holds_the_question_is_answerable(similarity: float | None) -> None:
    hits = [
        make_hit(ROOM, rank=1, similarity=similarity),
        make_hit("Horses were sold at the spring market.", rank=2, similarity=similarity),
    ]
    good, estimate = answerable("When did the reading room in Mill Street open?", hits)
    assert good
    assert 0.4 < estimate < 1


@pytest.mark.parametrize("similarity", [None, 0.15])
def test_hits_on_other_things_are_not(similarity: float | None) -> None:
    hits = [make_hit(ROOM, similarity=similarity)]
    good, estimate = answerable("Which comet did Tycho Brahe observe in 1577?", hits)
    assert not good
    assert 0 < estimate < 0.4


def test_a_year_that_no_hit_knows_is_not_answered_from_another() -> None:
    hits = [make_hit(ROOM, similarity=0.8)]
    asked = "When did the reading room in Mill Street open in {year}?"
    assert answerable(asked.format(year=1893), hits)[0]
    assert not answerable(asked.format(year=1903), hits)[0]
    dated = make_hit(ROOM, similarity=0.8, date_from=day_number(1900, 1, 1), date_to=0)
    assert answerable(asked.format(year=1903), [dated])[0]


def test_a_captured_page_knows_the_years_in_which_it_was_seen() -> None:
    """Whatever date it gives itself: its words stood there then."""
    own_date = {"date_from": day_number(2015, 4, 1), "date_to": day_number(2015, 4, 1)}
    hit = make_hit(ROOM, similarity=0.8, captured_at="20190301000000", **own_date)
    seen = {hit.entry.document_id: ((day_number(2016, 1, 1), day_number(2018, 1, 1)),)}
    asked = "When did the reading room in Mill Street open in {year}?"
    assert not answerable(asked.format(year=2017), [hit])[0]
    assert answerable(asked.format(year=2017), [hit], seen)[0]
    assert answerable(asked.format(year=2015), [hit], seen)[0]
    assert not answerable(asked.format(year=2019), [hit], seen)[0]


def test_nearness_of_meaning_raises_the_estimate() -> None:
    question = "When were readers first let in?"
    near, far = (answerable(question, [make_hit(ROOM, similarity=s)])[1] for s in (0.7, 0.1))
    assert near > far


@pytest.mark.parametrize("use", ["list", "none"])
def test_what_may_only_be_listed_answers_nothing(use: str) -> None:
    hit = make_hit(ROOM, similarity=0.9, use=use)  # type: ignore[arg-type]
    assert answerable("When did the reading room open?", [hit]) == (False, 0.0)


def test_no_hits_no_answer() -> None:
    assert answerable("When did it open?", []) == (False, 0.0)


def test_a_missing_name_and_year_count_apart() -> None:
    hits = [make_hit(ROOM, similarity=0.5)]
    held = features("When did Mill Street open in 1893?", hits)
    missing = features("When did Holt Street open in 1934?", hits)
    assert held is not None
    assert missing is not None
    assert held.facts == 1.0
    assert missing.facts == pytest.approx(1 / 3)
    assert missing.passage_words < held.passage_words


def test_a_question_of_small_words_is_measured_without_fault() -> None:
    found = features("What is it?", [make_hit(ROOM)])
    assert found is not None
    assert (found.passage_words, found.facts) == (0.0, 1.0)
