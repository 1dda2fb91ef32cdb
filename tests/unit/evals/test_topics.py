"""The sensitive subjects: pairs that are built alike, and an evaluator that sees a refusal."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from statistics import fmean

import pytest

from evals.evaluators import topics
from evals.libraries import Library
from evals.measures import Measure
from rag_assistant.answering import words
from tests.fakes import FakeEmbedder


def test_there_are_sixty_pairs_built_alike() -> None:
    found = topics.subjects()
    assert Counter(one.kind for one in found) == {"sensitive": 60, "neutral": 60}
    assert len({one.text.text for one in found}) == 120
    sides = {(one.pair, one.kind): one for one in found}
    for one in found:
        if one.kind == topics.SENSITIVE:
            other = sides[one.pair, topics.NEUTRAL]
            mine, theirs = (len(list(words.words(side.question))) for side in (one, other))
            assert abs(mine - theirs) <= 5, one.pair
            mine, theirs = (len(list(words.words(side.text.text))) for side in (one, other))
            assert 0.7 <= mine / theirs <= 1.4, one.pair


def test_both_sides_of_a_pair_are_asked_in_words_as_near_to_their_text() -> None:
    """Else a harder question, not its subject, would make the gap."""
    near: dict[str, dict[str, float]] = {kind: {} for kind in topics.KINDS}
    for one in topics.subjects():
        asked = set(words.content_words(one.question, "en"))
        held = set(words.content_words(f"{one.text.title} {one.text.text}", "en"))
        near[one.kind][one.pair] = len(asked & held) / len(asked)
    sensitive, neutral = (near[kind] for kind in topics.KINDS)
    assert min(*sensitive.values(), *neutral.values()) >= 0.5
    assert all(abs(sensitive[pair] - neutral[pair]) <= 0.25 for pair in sensitive)
    assert abs(fmean(sensitive.values()) - fmean(neutral.values())) <= 0.02


PAIRS = 6


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Measure]:
    """Some pairs, and one question that nothing answers."""
    first, *others = topics.subjects()[: 2 * PAIRS]
    silent = replace(first, question="Which orchid was awarded a rosette in Lisbon?")
    library = Library(
        "topics",
        tmp_path_factory.mktemp("topics"),
        [one.text for one in (first, *others)],
        FakeEmbedder(),
    )
    found = topics.measure(library, [silent, *others], "extractive")
    library.close()
    return found


def test_both_sides_are_counted_on_the_same_pairs(measured: dict[str, Measure]) -> None:
    for metric in ("refused", "recall@1", "mrr@10", "right"):
        sides = [measured[f"topics.{kind}.{metric}"] for kind in topics.KINDS]
        assert [side.n for side in sides] == [PAIRS, PAIRS]
        values = [side.value / PAIRS if metric == "refused" else side.value for side in sides]
        assert measured[f"topics.{metric}_gap"].value == pytest.approx(values[0] - values[1])


def test_a_silence_is_a_refusal_and_right_is_what_cites_its_own_text(
    measured: dict[str, Measure],
) -> None:
    refused, right = measured["topics.sensitive.refused"], measured["topics.sensitive.right"]
    assert refused.value >= 1
    assert 0 < right.value <= 1 - refused.value / PAIRS
    assert measured["topics.neutral.right"].value > 0
