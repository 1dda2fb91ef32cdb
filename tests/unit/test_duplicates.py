"""Signatures: the same everywhere, near the true likeness, sensible in every script and length."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from rag_assistant.duplicates import SIGNATURE_BYTES, likeness, signature, stacked

HOURS = (
    "The library in Priory Street is open on weekdays from nine to five and on Saturdays from ten "
    "to one. Books may be returned at any time through the flap beside the door, which is emptied "
    "every morning by whoever comes first."
)
JAPANESE = (
    "図書館は平日の午前九時から午後五時まで開いています。返却する本は入口の横の箱に入れてください。"
)


def alike(first: str, second: str) -> float:
    return float(likeness(signature(first), stacked([signature(second)]))[0])


def test_a_signature_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert len(signature(HOURS)) == SIGNATURE_BYTES
    assert signature(HOURS)[:16].hex() == "5e6cde27d0c618ea87bbed0e299fe306"
    assert signature(JAPANESE)[:16].hex() == "057815bf69c4cec2e29234117706362d"


def test_case_white_space_punctuation_and_compatibility_forms_do_not_matter() -> None:
    assert signature(HOURS.upper().replace(" ", "\n\n")) == signature(HOURS)
    assert signature("The oﬃce, the ﬁle – and the key.") == signature(
        "the office the file and the KEY"
    )


@pytest.mark.parametrize("changed", [0, 4, 12, 22, 60, 200])
def test_the_estimate_errs_no_more_than_its_standard_error_says(changed: int) -> None:
    """Mean and spread over 300 pairs of 200 words, of which a run was replaced."""
    chance = np.random.default_rng(changed)
    errors, true = [], []
    for _ in range(300):
        first = [f"w{chance.integers(10**6)}" for _ in range(200)]
        second = list(first)
        begin = int(chance.integers(200 - changed + 1))
        second[begin : begin + changed] = [f"v{chance.integers(10**6)}" for _ in range(changed)]
        runs = [set(zip(words, words[1:], words[2:], strict=False)) for words in (first, second)]
        true.append(len(runs[0] & runs[1]) / len(runs[0] | runs[1]))
        errors.append(alike(" ".join(first), " ".join(second)) - true[-1])
    expected = float(np.sqrt(np.mean(true) * (1 - np.mean(true)) / SIGNATURE_BYTES))
    assert abs(np.mean(errors)) < 4 * expected / np.sqrt(300) + 0.004
    assert np.std(errors) < 1.2 * expected + 0.006


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    assert alike(JAPANESE, JAPANESE.replace("九", "十")) > 0.8
    assert alike(JAPANESE, "町議会は毎月第一火曜日に開かれ、議事録は翌月に公開される。") < 0.1


def test_short_texts_are_alike_only_where_they_are_the_same() -> None:
    assert alike("Closed.", "closed") == 1.0
    assert alike("Closed.", "Open.") < 0.1
    assert alike("Closed on Mondays.", "Closed on Fridays.") < 0.1


@pytest.mark.parametrize("text", ["", "  \n", "* * * — …"])
def test_what_holds_no_word_is_like_nothing(text: str) -> None:
    assert signature(text) == b""
    assert alike(text, text) == 0.0
    assert alike(text, HOURS) < 0.1
    assert alike(HOURS, text) < 0.1


def test_lone_surrogates_and_nul_are_no_obstacle() -> None:
    assert len(signature("a\ud800b \x00 c d e")) == SIGNATURE_BYTES


def test_nothing_to_compare_with_is_no_error() -> None:
    assert likeness(signature(HOURS), stacked([])).shape == (0,)


def test_comparing_needs_no_library_but_numpy() -> None:
    """Who only asks does not wait for what makes signatures."""
    code = (
        "import sys; from rag_assistant import duplicates as d;"
        "d.likeness(b'x' * 128, d.stacked([b'y' * 128]));"
        "sys.exit('datasketch' in sys.modules or 'scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
