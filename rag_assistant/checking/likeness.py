"""Small slips: how far words may differ and still be the same."""

from __future__ import annotations

from collections.abc import Sequence

_LONG_ENOUGH = 5  # letters of a word in which one may be wrong
_VERY_LONG = 9  # letters of a word in which two may be
_PER_SLIP = 4  # telling words for each that may be misspelt
LITTLE = frozenset(
    (
        "a",
        "an",
        "the",
        "of",
        "and",
        "or",
        "in",
        "on",
        "to",
        "for",
        "from",
        "by",
        "with",
        "at",
        "as",
        "und",
        "der",
        "die",
        "das",
        "des",
        "von",
        "im",
        "et",
        "de",
        "la",
        "le",
        "les",
        "du",
        "en",
        "y",
        "el",
        "los",
        "las",
        "o",
        "e",
        "do",
        "da",
    )
)


def misspelt(one: str, other: str) -> bool:
    """Whether two words are one but for a letter or, in long words, two; figures never are."""
    if one == other or one.isdigit() or other.isdigit():
        return False
    shorter = min(len(one), len(other))
    allowed = 2 if shorter >= _VERY_LONG else 1 if shorter >= _LONG_ENOUGH else 0
    if not allowed or len(set(one) ^ set(other)) > 2 * allowed:
        return False  # each slip makes a difference of two letters at most
    return abs(len(one) - len(other)) <= allowed and distance(one, other, allowed) <= allowed


def distance(one: str, other: str, most: int) -> int:
    """Letters added, left out, changed or swapped (optimal string alignment); ``most`` + 1 is more.

    See R. A. Wagner and M. J. Fischer, "The String-to-String Correction Problem", 1974, and
    F. J. Damerau, "A Technique for Computer Detection and Correction of Spelling Errors", 1964.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [at]
        for place, target in enumerate(other, start=1):
            cost = min(before[place] + 1, row[-1] + 1, before[place - 1] + (letter != target))
            swapped = at > 1 and place > 1 and letter == other[place - 2] and target == one[at - 2]
            row.append(min(cost, earlier[place - 2] + 1) if swapped else cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def same_words(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two runs of words are one but for small slips.

    Little words may be missing, compounds be written as one or several words; of four telling
    words one may be misspelt, and at least two must not be.
    """
    if "".join(one) == "".join(other):
        return bool(one)
    first, second = telling(one), telling(other)
    if len(first) != len(second) or not first:
        return False
    slips = 0
    for word, match in zip(first, second, strict=True):
        if word != match:
            if not misspelt(word, match):
                return False
            slips += 1
    right = len(first) - slips
    return slips == 0 or (right > 1 and slips * _PER_SLIP <= max(len(first), _PER_SLIP))


def overlap(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of telling words that two titles have in common, 0..1 (Dice's coefficient)."""
    first, second = set(telling(one)), set(telling(other))
    if not first or not second:
        return 0.0
    common = first & second
    misspelled = sum(
        any(misspelt(word, match) for match in second - common) for word in first - common
    )
    return 2 * (len(common) + misspelled) / (len(first) + len(second))


def telling(words: Sequence[str]) -> list[str]:
    """The words without little ones; all, where there are no others."""
    return [word for word in words if word not in LITTLE] or list(words)
