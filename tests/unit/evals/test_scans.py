"""Simulated OCR errors: as many as are asked for, of every kind, and always the same."""

from __future__ import annotations

import random

import pytest

from evals.evaluators.scans import LOOK_ALIKE, PERCENTAGES, looked_alike, misread, scanned
from evals.sets import Text

WORDS = [f"{word}{number}" for number in range(25) for word in ("turn", "hello", "bell", "modern")]
TEXT = "\n".join(" ".join(WORDS[place : place + 10]) for place in range(0, len(WORDS), 10))


@pytest.mark.parametrize("percent", PERCENTAGES)
def test_so_many_words_of_a_hundred_are_misread(percent: int) -> None:
    read = misread(TEXT, percent / 100, "seed").split()
    kept = len(set(WORDS) & set(read))
    # An error spoils one word, or two where they run together.
    assert len(WORDS) - 2 * percent <= kept <= len(WORDS) - percent + 1
    assert kept < len(WORDS)


def test_nothing_changes_without_errors() -> None:
    assert misread(TEXT, 0.0, "seed") == TEXT
    assert misread("", 0.4, "seed") == ""


def test_the_same_seed_reads_the_same_and_another_does_not() -> None:
    assert misread(TEXT, 0.2, "1") == misread(TEXT, 0.2, "1")
    assert misread(TEXT, 0.2, "1") != misread(TEXT, 0.2, "2")


def test_every_kind_of_error_comes_about() -> None:
    seen = set()
    for seed in range(200):
        read = misread("modern turn", 0.5, str(seed))
        if "-\n" in read:
            seen.add("hyphenated")
        elif " " not in read:
            seen.add("joined")
        elif read.count(" ") > 1:
            seen.add("split")
        elif len(read) == len("modern turn"):
            seen.add("one for one")
        elif "modem" in read or "tum" in read:
            seen.add("rn for m")
        else:
            seen.add("other lengths")
    assert seen == {
        "hyphenated", "joined", "split", "one for one", "rn for m", "other lengths"
    }  # fmt: skip


def test_every_look_alike_is_read_both_ways() -> None:
    for real, read in LOOK_ALIKE:
        assert read in {looked_alike(real, random.Random(seed)) for seed in range(40)}  # noqa: S311
        assert real in {looked_alike(read, random.Random(seed)) for seed in range(40)}  # noqa: S311


def test_titles_stay_as_a_cataloguer_wrote_them() -> None:
    (read,) = scanned([Text(id="1", title="Modern turns", text=TEXT)], 40)
    assert read.title == "Modern turns"
    assert read.text != TEXT
    assert (read.id, read.language) == ("1", "en")
