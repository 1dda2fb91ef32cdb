"""One thing changed in a true sentence: what a checker of citations has to catch.

Each change is drawn by a hash of the sentence, so that every run makes the same ones, and each
finds its place by rules of its own, apart from those of the product's check.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

Change = Callable[[str], str | None]
"""The sentence with one thing changed; None where it holds nothing of the kind."""

Choice = TypeVar("Choice")

_DIGIT = re.compile(r"\d")
_NAME = re.compile(r"(?<=[a-z] )[A-Z][a-z]{2,}\b")
_AUXILIARY = "is|are|was|were|has|have|had|can|could|will|would|may|might|must|should|did|does|do"
_TAKEN_OUT = (
    (re.compile(r"\bcan(?:not|['’]t| not)\b"), "can"),
    (re.compile(rf"\b({_AUXILIARY})(?:n['’]t| not)\b"), r"\1"),
    (re.compile(r"\b(?:not|never) "), ""),
)
_PUT_IN = re.compile(rf"\b({_AUXILIARY})\b")


def digit(sentence: str) -> str | None:
    """One digit changed into another."""
    found = list(_DIGIT.finditer(sentence))
    if not found:
        return None
    place = _drawn(sentence, found)
    others = [other for other in "0123456789" if other != place[0]]
    return _replaced(sentence, place, _drawn(sentence, others))


def name(corpus: Iterable[str]) -> Change:
    """A change of one name into another name of the corpus.

    A name is a capitalised word that follows a small one.
    """
    names = sorted({found for text in corpus for found in _NAME.findall(text)})

    def change(sentence: str) -> str | None:
        found = list(_NAME.finditer(sentence))
        others = [other for other in names if other not in sentence]
        if not found or not others:
            return None
        return _replaced(sentence, _drawn(sentence, found), _drawn(sentence, others))

    return change


def negation(sentence: str) -> str | None:
    """The first "not" taken out; where there is none, one put in after the first auxiliary."""
    for pattern, plain in _TAKEN_OUT:
        if pattern.search(sentence):
            return pattern.sub(plain, sentence, count=1)
    if not _PUT_IN.search(sentence):
        return None
    return _PUT_IN.sub(r"\1 not", sentence, count=1)


def _replaced(sentence: str, place: re.Match[str], by: str) -> str:
    return sentence[: place.start()] + by + sentence[place.end() :]


def _drawn(sentence: str, choices: Sequence[Choice]) -> Choice:
    """One of the choices, the same for the same sentence."""
    return choices[int(hashlib.sha256(sentence.encode()).hexdigest(), 16) % len(choices)]
