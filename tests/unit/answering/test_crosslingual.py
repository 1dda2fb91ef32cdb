"""Questions in another language than all hits: names, figures and cousins of words must tell."""

from __future__ import annotations

import pytest

from rag_assistant.answering import answerable
from rag_assistant.answering.crosslingual_features import crosslingual_features
from tests.fakes import make_hit

OPENED = "The museum in Mill Street was opened by Margaret Holt in 1893, as the tramway was."
HORSES = "Horses were sold at the spring market, and in 1893 they were dear."
ASKED = "Wann hat Margaret Holt das Museum an der Tramlinie eröffnet?"


def test_names_figures_and_cousins_are_shared() -> None:
    hits = [
        make_hit(OPENED, rank=1, similarity=0.3),
        make_hit(HORSES, rank=2, similarity=0.4),
    ]
    found = crosslingual_features(f"{ASKED[:-1]}, 1893?", "de", hits)
    assert found.similarity == 0.4
    assert found.facts == pytest.approx(4 / 5)  # Margaret, Holt, Museum, 1893; no "Tramlinie"
    assert 0.4 < found.words < 1  # what nothing holds weighs most
    assert crosslingual_features("Wo ist das?", "de", hits).facts == 0.5
    assert crosslingual_features("", "de", hits).words == 0.0


@pytest.mark.parametrize("similarity", [None, 0.4])
def test_what_is_named_in_the_hits_is_answered_and_other_things_are_not(
    similarity: float | None,
) -> None:
    assert answerable(ASKED, [make_hit(OPENED, similarity=similarity)])[0]
    weak = None if similarity is None else 0.2
    assert not answerable(ASKED, [make_hit(HORSES, similarity=weak)])[0]


def test_hits_in_the_questions_language_are_decided_upon_as_ever() -> None:
    german = "Margaret Holt hat das Museum an der Tramlinie 1893 eröffnet."
    hits = [make_hit(german, rank=1, language="de"), make_hit(OPENED, rank=2)]
    good, estimate = answerable(ASKED, hits)
    assert good
    assert estimate != answerable(ASKED, hits[1:])[1]


def test_a_year_that_is_in_no_hit_is_not_answered_in_any_language() -> None:
    hits = [make_hit(OPENED, similarity=0.6)]
    assert answerable(f"{ASKED[:-1]} im Jahr 1893?", hits)[0]
    assert not answerable(f"{ASKED[:-1]} im Jahr 1903?", hits)[0]
