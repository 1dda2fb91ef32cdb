"""What a sentence's score is made of, and that the better sentence stands first."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from rag_assistant.answering.relevance import (
    WITH_VECTORS,
    WITHOUT_VECTORS,
    Candidate,
    Features,
    candidates,
)
from rag_assistant.answering.terms import rarities, share
from rag_assistant.ports import Vectors
from tests.fakes import FakeEmbedder, make_hit


class FixedEmbedder:
    """Vectors of a table, [0, 1] for all else; questions are [1, 0]."""

    fingerprint = "fixed"
    dimension = 2

    def __init__(self, vectors: dict[str, tuple[float, float]]) -> None:
        self._vectors = vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.array([(1.0, 0.0) for _ in texts], dtype=np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._vectors.get(text, (0.0, 1.0)) for text in texts], dtype=np.float32)


def features(question: str, text: str, **facts: object) -> Features:
    """Of the passage's first sentence."""
    found = candidates(question, [make_hit(text, **facts)], None)  # type: ignore[arg-type]
    (first,) = [one for one in found if one.position == 0]
    return first.features


def texts(found: Sequence[Candidate]) -> list[str]:
    return [one.text for one in found]


def test_there_is_a_weight_for_each_feature() -> None:
    vector = features("Who?", "The reading room opened.").vector()
    assert len(vector) == len(WITH_VECTORS) == len(WITHOUT_VECTORS)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    held = [frozenset({"bridge", "river"}), frozenset({"bridge"}), frozenset({"bridge", "mill"})]
    weights = rarities(["bridge", "mill", "comet"], held)
    assert weights["bridge"] == pytest.approx(math.log(2))
    assert weights["mill"] == pytest.approx(math.log(4))
    assert weights["comet"] == pytest.approx(math.log(7))
    assert share(weights, {"mill"}) == pytest.approx(math.log(4) / math.log(2 * 4 * 7))
    assert share({}, {"mill"}) == 0


def test_words_are_counted_in_the_sentence_and_in_its_passage_with_its_title() -> None:
    text = "The toll was a penny. Horses crossed the bridge."
    found = features("What was the toll at the bridge in Alderbrook?", text, title="Alderbrook")
    assert 0 < found.words < found.passage_words == 1


@pytest.mark.parametrize(
    ("question", "text", "figure", "name", "year"),
    [
        ("When did it open?", "It opened in 1893.", True, False, True),
        ("When did it open?", "It opened in spring.", False, False, False),
        ("How many books were there in 1893?", "In 1893 it had 900 books.", True, False, False),
        ("How many books were there in 1893?", "In 1893 it had books.", False, False, False),
        ("Who founded it?", "It was founded by Margaret Holt.", False, True, False),
        ("Who was Margaret Holt?", "There Margaret Holt lived.", False, False, False),
        ("What was it?", "It was built by Holt in 1893.", False, False, False),
    ],
)
def test_what_is_asked_for_is_looked_for(
    question: str, text: str, figure: bool, name: bool, year: bool
) -> None:
    found = features(question, text)
    assert (found.figure, found.name, found.year) == (figure, name, year)


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("The reading room", True),
        ("Was it open?", True),
        ("Open on:", True),
        ("12 May 1893.", True),
        ("Margaret Holt, John Pym.", True),
        ("Tesla died on 7 January 1943.", False),
        ("Your councillor is Maureen Penn.", False),
        ("図書館は一八九三年に開館した。", False),
    ],
)
def test_fragments_are_known(text: str, fragment: bool) -> None:
    assert features("What?", text, sentences=((0, len(text)),)).fragment is fragment


def test_line_breaks_are_folded_and_places_kept() -> None:
    hit = make_hit("It was old. The reading\nroom  opened.", start=40)
    found = sorted(candidates("What opened?", [hit], None), key=lambda one: one.position)
    assert texts(found) == ["It was old.", "The reading room opened."]
    assert [one.span for one in found] == [(40, 51), (52, 77)]


def test_without_vectors_the_hits_score_and_the_words_decide() -> None:
    text = "Something happened there."
    weak, strong = make_hit(text, score=0.2), make_hit(text, rank=2, score=0.9)
    first, second = candidates("What was that?", [weak, strong], None)
    assert (first.hit, second.hit) == (strong, weak)
    assert first.vector is None
    assert first.features.cosine == 0


def test_with_vectors_meaning_decides() -> None:
    hit = make_hit("It rained. They paid four hundred. It snowed.", similarity=0.4)
    embedder = FixedEmbedder({"They paid four hundred.": (0.6, 0.8)})
    first, *_ = candidates("What was the price of the place?", [hit], embedder)
    assert first.text == "They paid four hundred."
    assert first.features.cosine == pytest.approx(0.6)
    assert first.features.passage_cosine == 0.4
    assert first.vector is not None


def test_no_hits_and_no_usable_hits_give_nothing() -> None:
    assert candidates("What?", [], FakeEmbedder()) == []
    assert candidates("What?", [make_hit("It opened.", use="list")], FakeEmbedder()) == []
