"""Two indexes' scores as one."""

from __future__ import annotations

import pytest

from rag_assistant.retrieval.fusion import fuse, placed
from rag_assistant.schema import How, Way
from tests.unit.indexes.samples import entry

WEIGHTS = {"en": 0.75, "*": 0.5}


def test_a_worked_example() -> None:
    entries = [
        entry("both", language="en"),
        entry("near", language="en"),
        entry("worded", language="de"),
        entry("unknown", language="de"),
    ]
    fused = fuse(
        entries,
        lexical={"both": 6.0, "worded": 8.0, "unknown": 8.0},
        similar={"both": 0.6, "near": 0.8, "worded": 0.1},
        weights=WEIGHTS,
    )
    assert [one.entry.passage_id for one in fused] == ["unknown", "both", "near", "worded"]
    assert [one.score for one in fused] == pytest.approx(
        [
            0.5 * 8 / 8 + 0.5 * 0.6,  # no vector yet: the median of the others'
            0.25 * 6 / 8 + 0.75 * 0.6,
            0.75 * 0.8,
            0.5 * 8 / 8 + 0.5 * 0.1,
        ]
    )
    assert [(one.lexical, one.similarity) for one in fused] == [
        (8.0, None),
        (6.0, 0.6),
        (0.0, 0.8),
        (8.0, 0.1),
    ]


def test_words_decide_alone_where_vectors_were_not_asked() -> None:
    fused = fuse([entry("b"), entry("a")], {"b": 5.0, "a": 2.5}, {}, WEIGHTS)
    assert [(one.entry.passage_id, one.score) for one in fused] == [("b", 1.0), ("a", 0.5)]


def test_vectors_decide_alone_where_no_word_is_found() -> None:
    fused = fuse([entry("b", language="de"), entry("a")], {}, {"b": 0.5, "a": 0.4}, WEIGHTS)
    assert [(one.entry.passage_id, one.score) for one in fused] == [("b", 0.5), ("a", 0.4)]


@pytest.mark.parametrize("language", ["en", "en-GB", "EN-us"])
def test_regions_share_their_languages_weight(language: str) -> None:
    (one,) = fuse([entry("it", language=language)], {"other": 1.0}, {"it": 0.4}, WEIGHTS)
    assert one.score == pytest.approx(0.75 * 0.4)


def test_scores_stay_within_0_and_1() -> None:
    """Rounding may take a cosine beyond 1, and a passage may be turned away from the question."""
    entries = [entry("same"), entry("opposite")]
    fused = fuse(entries, {"same": 3.0}, {"same": 1.0000001, "opposite": -0.2}, WEIGHTS)
    assert [one.score for one in fused] == [1.0, 0.0]


def test_equal_scores_stand_in_the_order_of_ids() -> None:
    fused = fuse([entry("b"), entry("a")], {"a": 1.0, "b": 1.0}, {}, WEIGHTS)
    assert [one.entry.passage_id for one in fused] == ["a", "b"]


def test_nothing_found_is_nothing_fused() -> None:
    assert fuse([], {}, {}, WEIGHTS) == []


def test_places_are_counted_by_words_and_by_meaning() -> None:
    fused = fuse(
        [entry(one, language="en") for one in ("both", "near", "worded", "twin")],
        lexical={"both": 6.0, "worded": 8.0, "twin": 6.0},
        similar={"both": 0.6, "near": 0.8, "worded": -0.1},
        weights=WEIGHTS,
    )
    told = {one.entry.passage_id: one.how for one in placed(fused)}
    assert [one.entry.passage_id for one in placed(fused)] == [
        one.entry.passage_id for one in fused
    ]
    assert told["both"].words == told["twin"].words == Way(rank=2, score=0.75)
    assert told["worded"].words == Way(rank=1, score=1.0)
    assert told["both"].meaning == Way(rank=2, score=0.6)
    assert told["near"] == How(meaning=Way(rank=1, score=0.8))
    assert told["worded"].meaning is None  # it is not near at all
    assert told["twin"].meaning is None
