"""The language of a question or a sentence, and whether the searched collections lack it.

Short texts are easily misjudged: a name, a title or two words tell nothing. So a language is named
only where its letters speak for it and its own small words stand in the text, or where its script
is its own. All else is "und", which lacks nothing and contradicts nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rag_assistant.answer import Sentence
from rag_assistant.answering import words
from rag_assistant.answering.function_words import FUNCTION_WORDS, PARTICLES
from rag_assistant.readers.language import NO_LANGUAGE, UNDETERMINED, probabilities
from rag_assistant.schema import Hit

FEWEST_WORDS = 3
"""Different words; fewer are a name or a title."""
SMALL_WORD = 3.0
"""How many times as probable each of its small words makes a language."""
LEAST_SHARE = 0.6
"""What one must have of all that speaks for any."""
NEARLY_SURE = 0.98
"""From which letters alone tell a language whose small words are not known."""
_LETTERS = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), "ja"),  # before the Chinese characters, which it uses too
    (re.compile(r"[\u4e00-\u9fff]"), "zh"),
    (re.compile(r"[\uac00-\ud7af]"), "ko"),
    (re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"), "el"),
    (re.compile(r"[\u0590-\u05ff]"), "he"),
    (re.compile(r"[\u0e00-\u0e7f]"), "th"),
    (re.compile(r"[\u0531-\u058f]"), "hy"),
    (re.compile(r"[\u10a0-\u10ff]"), "ka"),
)
_MANY = 0.4
"""The share of the letters from which a script tells: Japanese has Chinese ones beside."""
_SEVERAL = re.compile(r"[\u0400-\u04ff\u0600-\u06ff\u0900-\u097f]")
"""Cyrillic, Arabic and Devanagari, in each of which several languages are written."""
_ONE = {"nb": "no", "nn": "no", "arz": "ar", "ary": "ar"}
"""Forms of one language, told apart by no short text."""


def language_of(text: str) -> str:
    """The language of a short text as a code of two letters, "und" where little speaks for any."""
    letters = sum(map(str.isalpha, text))
    for script, language in _SCRIPTS:
        if len(script.findall(text)) > _MANY * letters:
            return language
    spoken = _LETTERS.findall(text)
    if len({one.casefold() for one in spoken}) < FEWEST_WORDS:
        return UNDETERMINED
    probable = _probable(text)
    likeliest = max(probable, key=lambda one: probable[one])
    if likeliest in FUNCTION_WORDS:
        return _by_small_words(spoken, probable)
    least = LEAST_SHARE if len(_SEVERAL.findall(text)) > _MANY * letters else NEARLY_SURE
    return likeliest if probable[likeliest] >= least else _by_small_words(spoken, probable)


def hints_at(text: str, language: str) -> bool:
    """Whether at least one small word of a language stands in a text."""
    small = FUNCTION_WORDS.get(language, frozenset())
    return any(word in small for word in _small(_LETTERS.findall(text)))


def lacks(language: str, held: Sequence[str]) -> bool:
    """Whether texts in the languages of ``held`` are all in another language than ``language``.

    False where either is not known.
    """
    known = {_ONE.get(one, one) for one in held} - NO_LANGUAGE - {""}
    asked = _ONE.get(language, language)
    return asked not in (UNDETERMINED, "") and bool(known) and asked not in known


def commonest(hits: Sequence[Hit], held: Sequence[str]) -> str:
    """The language of most hits, else the first of ``held``: into which a search is translated."""
    known = Counter(hit.entry.language for hit in hits if hit.entry.language in held)
    for one in NO_LANGUAGE:
        known.pop(one, None)
    if known:
        return known.most_common(1)[0][0]
    return next((one for one in held if one not in NO_LANGUAGE), UNDETERMINED)


def reply_language(sentences: Sequence[Sentence]) -> str:
    """The language of what a model wrote itself; word for word it may cite any."""
    return language_of(" ".join(one.text for one in sentences if one.support != "verbatim"))


def wrong_language(asked: str, sentences: Sequence[Sentence]) -> bool:
    """Whether a model wrote in another language than it was asked in, as far as can be told."""
    return lacks(asked, [reply_language(sentences)])


def _probable(text: str) -> dict[str, float]:
    merged: dict[str, float] = {}
    for language, probability in probabilities(text).items():
        one = _ONE.get(language, language)
        merged[one] = merged.get(one, 0.0) + probability
    return merged


def _by_small_words(spoken: Sequence[str], probable: Mapping[str, float]) -> str:
    """The language for which letters and small words speak together."""
    small = set(_small(spoken))
    told = {language: len(small & known) for language, known in FUNCTION_WORDS.items()}
    weights = {one: probable.get(one, 0.0) * SMALL_WORD**number for one, number in told.items()}
    best = max(weights, key=lambda one: weights[one])
    if not told[best] or weights[best] < LEAST_SHARE * sum(weights.values()):
        return UNDETERMINED
    return best


def _small(spoken: Sequence[str]) -> Iterator[str]:
    """The words, folded, that are no part of a name: "van" is none in "Vincent van Gogh"."""
    within = False
    for position, word in enumerate(spoken):
        plain = words.fold(word)
        if not position or word[0].islower():
            follows = within and plain in PARTICLES
            if not follows:
                yield plain
            within = follows or word[0].isupper()
        else:
            within = True
