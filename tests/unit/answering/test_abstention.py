"""R7: whether to answer is decided before any model is called."""

from __future__ import annotations

import pytest

from rag_assistant.answering import answerable
from rag_assistant.answering.abstention import TITLE_SIMILARITY, Features, features
from rag_assistant.dates import day_number
from rag_assistant.ports import Embedder
from rag_assistant.schema import Hit
from tests.fakes import FakeEmbedder, make_hit

ROOM = "The reading room in Mill Street opened in 1893 with nine hundred books."


def measured(question: str, hits: list[Hit], embedder: Embedder | None = None) -> Features:
    found = features(question, hits, embedder)
    assert found is not None
    return found


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
    held = measured("When did Mill Street open in 1893?", hits)
    missing = measured("When did Holt Street open in 1934?", hits)
    assert held.facts == 1.0
    assert missing.facts == pytest.approx(1 / 3)
    assert missing.text_words < held.text_words


def test_names_that_are_asked_about_must_stand_together() -> None:
    question = "When did Ada Holt open the library in Mill Street?"
    together = [make_hit("Ada Holt opened it in Mill Street in 1893.", rank=1)]
    apart = [
        make_hit("Ada Holt was born in 1850.", rank=1),
        make_hit("Mill Street was paved in 1893.", rank=2),
    ]
    assert measured(question, together).facts == 1.0
    assert measured(question, apart).facts == 0.5


def test_what_the_title_alone_explains_is_held_against_the_passage() -> None:
    """Both are near for their titles; the one's text does not speak of the matter."""
    question = "What does the reading room in Mill Street charge?"
    text = "It was painted in the winter, and a stove was put in by the porter."
    titled, plain = (
        [make_hit(text, similarity=0.6, title=title)] for title in (question, "Papers of the town")
    )
    embedder = FakeEmbedder()
    assert measured(question, titled, embedder).title_similarity == pytest.approx(1.0)
    assert measured(question, titled, embedder).title_words == 1.0
    assert measured(question, titled, embedder).text_words == 0.0
    estimates = [answerable(question, hits, embedder=embedder)[1] for hits in (titled, plain)]
    assert estimates[0] < estimates[1]


@pytest.mark.parametrize(
    ("question", "of_page"),
    [
        ("What did the ferry page say about the last boat?", False),
        ("the ferry and the last boat", True),
    ],
)
def test_a_question_that_names_a_page_finds_it_by_its_title(question: str, of_page: bool) -> None:
    def found(title: str) -> Features:
        hit = make_hit("The last boat leaves at seven.", similarity=0.45, title=title)
        features_of_page = features(question, [hit], FakeEmbedder(), of_page=of_page)
        assert features_of_page is not None
        return features_of_page

    ferry = found("Ferry timetable")
    assert (ferry.title_words, ferry.title_similarity) == (0.0, TITLE_SIMILARITY)
    assert ferry.text_words > found("Baths").text_words


@pytest.mark.parametrize(("title", "embedder"), [("", FakeEmbedder()), ("A title", None)])
def test_a_title_that_cannot_be_compared_counts_as_usual(
    title: str, embedder: FakeEmbedder | None
) -> None:
    found = measured("Who built it?", [make_hit(ROOM, similarity=0.5, title=title)], embedder)
    assert found.title_similarity == TITLE_SIMILARITY


def test_without_vectors_no_title_is_compared() -> None:
    question = "When did the reading room open?"
    found = measured(question, [make_hit(ROOM, title=question)], FakeEmbedder())
    assert found.title_similarity == TITLE_SIMILARITY


def test_a_heading_counts_as_words_of_its_passage() -> None:
    question = "What are the opening hours on Saturdays?"
    hit = make_hit("From nine to five.", headings=("Opening hours", "Saturdays"))
    assert measured(question, [hit]).text_words == 1.0
    assert measured(question, [hit]).sentence_words == 1.0
    bare = make_hit("From nine to five.")
    assert measured(question, [bare]).text_words == 0.0


def test_the_lead_is_how_far_the_best_words_stand_out() -> None:
    def lead(*scores: float) -> float:
        hits = [make_hit(ROOM, rank=rank, lexical=one) for rank, one in enumerate(scores, start=1)]
        return measured("When did the reading room open?", hits).lead

    assert lead(8.0, 2.0, 4.0) == pytest.approx(1 - 3 / 8)
    assert lead(2.0, 2.0) == 0.0
    assert lead(5.0) == 0.0
    assert lead(0.0, 0.0) == 0.0


def test_a_question_of_small_words_is_measured_without_fault() -> None:
    found = measured("What is it?", [make_hit(ROOM)])
    assert (found.text_words, found.facts) == (0.0, 1.0)


def test_a_readers_word_for_a_people_is_no_name_that_the_source_must_hold() -> None:
    hit = make_hit("Nurse Crane protested in 1922 that Indian pupils slept two to a bed.")
    assert measured("Why did Crane protest for the Indigenous pupils?", [hit]).facts == 1.0
    assert measured("Why did Holt protest for the Indigenous pupils?", [hit]).facts == 0.0
