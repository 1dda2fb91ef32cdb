"""The formulas on examples worked by hand."""

from __future__ import annotations

import pytest

from evals.metrics.text import (
    holds_answer,
    precision,
    recall,
    rouge_l,
    sentence_f1,
    set_f1,
)


def test_two_of_three_found_of_four_wanted() -> None:
    found, wanted = {"a", "b", "x"}, {"a", "b", "c", "d"}
    assert precision(found, wanted) == pytest.approx(2 / 3)
    assert recall(found, wanted) == pytest.approx(2 / 4)
    assert set_f1(found, wanted) == pytest.approx(4 / 7)


def test_nothing_is_no_hit() -> None:
    assert precision(set(), {"a"}) == recall(set(), {"a"}) == set_f1(set(), {"a"}) == 0
    assert precision({"a"}, set()) == recall({"a"}, set()) == set_f1({"a"}, set()) == 0
    assert set_f1(set(), set()) == 0


def test_sentences_are_compared_with_the_nearest_annotator() -> None:
    quoted = ["The bridge fell in 1902.", "It was of wood."]
    first = ["Nobody was hurt ."]
    second = ["The bridge fell in 1902 .", "It was of wood .", "Nobody was hurt ."]
    assert sentence_f1(quoted, [first]) == 0
    assert sentence_f1(quoted, [first, second]) == pytest.approx(2 * 2 / (2 + 3))
    assert sentence_f1([], [second]) == 0
    assert sentence_f1(quoted, []) == 0


def test_rouge_l_counts_the_longest_common_subsequence() -> None:
    # Lin 2004, section 3.1: S1 is the reference, S2 and S3 the candidates.
    reference = "police killed the gunman"
    assert rouge_l("police kill the gunman", [reference]) == pytest.approx(3 / 4)
    assert rouge_l("the gunman kill police", [reference]) == pytest.approx(2 / 4)


def test_rouge_l_balances_lengths_and_takes_the_nearest_reference() -> None:
    said = "Police, it is said, killed the gunman!"  # 7 words, 4 in common with 4
    precise, complete = 4 / 7, 4 / 4
    f1 = 2 * precise * complete / (precise + complete)
    assert rouge_l(said, ["Police killed the gunman."]) == pytest.approx(f1)
    assert rouge_l(said, ["nothing alike", "POLICE killed the gunman"]) == pytest.approx(f1)
    assert rouge_l("", ["police"]) == rouge_l("police", [""]) == rouge_l("police", []) == 0


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("It fell in the Great Storm of 1902.", True),
        ("It fell in the great storm, of 1902, men said.", True),
        ("It fell in a storm. The great year was 1902.", False),
        ("It fell in the Great Storm of 19023.", False),
        ("", False),
    ],
)
def test_an_answer_is_held_word_for_word(text: str, held: bool) -> None:
    assert holds_answer(text, ["a flood", "the Great Storm of 1902"]) is held


def test_an_answer_without_words_is_held_by_nothing() -> None:
    assert not holds_answer("The bridge fell.", ["the", "…", ""])
