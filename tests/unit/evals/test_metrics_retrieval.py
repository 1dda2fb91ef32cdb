"""The ranking measures on a worked example, and plain fusion."""

from __future__ import annotations

import math

import pytest

from evals.metrics.retrieval import USUAL, reciprocal_rank_fusion, scores

JUDGED = {"q": {"a": 2, "b": 1}}


def test_a_worked_example() -> None:
    """Found b, x, a: gains 1, 0, 2 where the best order has 2, 1."""
    values = scores(JUDGED, {"q": ["b", "x", "a"]})
    found = 1 / math.log2(2) + 2 / math.log2(4)
    best = 2 / math.log2(2) + 1 / math.log2(3)
    assert values["ndcg@10"]["q"] == pytest.approx(found / best)
    assert values["recall@10"]["q"] == 1.0
    assert values["mrr@10"]["q"] == 1.0


def test_what_stands_too_low_does_not_count() -> None:
    others = [f"x{number}" for number in range(98)]
    values = scores(JUDGED, {"q": ["x", *others[:4], "a", *others[4:], "b"]}, (*USUAL, "recall@5"))
    assert values["recall@5"]["q"] == 0.0
    assert values["recall@10"]["q"] == 0.5
    assert values["recall@100"]["q"] == 0.5
    assert values["mrr@10"]["q"] == pytest.approx(1 / 6)


def test_the_order_is_the_lists_not_that_of_the_ids() -> None:
    assert scores({"q": {"z": 1}}, {"q": ["z", "a", "m"]})["mrr@10"] == {"q": 1.0}
    assert scores({"q": {"a": 1}}, {"q": ["z", "m", "a"]})["mrr@10"]["q"] == pytest.approx(1 / 3)


def test_a_question_that_found_nothing_counts_as_nought() -> None:
    for ranked in ({"p": ["a"], "q": []}, {"p": ["a"]}):
        values = scores({"p": {"a": 1}, "q": {"b": 1}}, ranked)
        assert all(by_query == {"p": 1.0, "q": 0.0} for by_query in values.values())


def test_an_unknown_measure_is_an_error() -> None:
    with pytest.raises(KeyError):
        scores(JUDGED, {"q": ["a"]}, ("precision@1",))


def test_reciprocal_rank_fusion_on_a_worked_example() -> None:
    """b: 1/62 + 1/61; a: 1/61; c: 1/62."""
    assert reciprocal_rank_fusion([["a", "b"], ["b", "c"]]) == ["b", "a", "c"]
    assert reciprocal_rank_fusion([["a"], ["b"]]) == ["a", "b"]
    # A small k lets a first place outweigh two low ones, a large one does not.
    lists = [["a", "x", "b"], ["y", "z", "b"]]
    assert reciprocal_rank_fusion(lists, k=0)[0] == "a"
    assert reciprocal_rank_fusion(lists)[0] == "b"
