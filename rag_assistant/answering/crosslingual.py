"""A sentence whose sources are in another language: words cannot check it, but figures can.

Such a sentence is "unchecked", and nobody leaves it out for that. It must be in the language that
was asked in: a model which suddenly speaks a third one was told to, or failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag_assistant.answering import vocabulary, words
from rag_assistant.answering.comparing import Source
from rag_assistant.answering.languages import hints_at, lacks, language_of
from rag_assistant.readers.language import UNDETERMINED

OTHER_LANGUAGE = "the source is in another language"

_SPACED = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)")
"""Thousands as French and Polish write them."""
_CLOCK = re.compile(r"\b(\d{1,2})(?:[.:](\d\d))?(?:\s*([ap])\.?\s*m\b)?", re.IGNORECASE)
_DECADE = re.compile(r"\b(?:1\d|20)(\d0)s\b")
_NOON = 12
_SMALL = frozenset({*map(str, range(_NOON + 1)), *(f"month {month}" for month in range(1, 13))})
"""What many languages write in words which are not known here."""
_ORDINAL = re.compile(rf"\b(?:{'|'.join(vocabulary.ORDINALS)})\b", re.IGNORECASE)


def spoken(sentence: str, asked: str) -> str:
    """The language of a sentence that answers in the one that was asked in, else "und".

    Args:
        sentence: Its words without markers.
        asked: The question's language; "und" lets any pass. Little must then speak for it in a
            sentence that is too short to tell its language.
    """
    language = language_of(sentence)
    if language == UNDETERMINED and hints_at(sentence, asked):
        return asked
    return UNDETERMINED if lacks(language, [asked]) else language


def foreign(language: str, sources: Sequence[Source]) -> list[Source]:
    """The sources in another language; none where ``language`` or theirs is not known."""
    return [one for one in sources if lacks(language, [one.language])]


def missing_figure(sentence: str, language: str, sources: Sequence[Source]) -> str | None:
    """A figure that none of the sources holds, however their languages write it."""
    held = {key for one in sources for key in _held(one)}
    if not all(map(_known, (one.language for one in sources))):
        held |= _SMALL
    for key, written in figures(sentence, language).items():
        if key not in held:
            return f"the figure {written} is not in the cited source"
    return None


def figures(text: str, language: str) -> dict[str, str]:
    """Numbers, and months where they are known; those in digits alone in an unknown language."""
    text = _SPACED.sub(lambda match: match[0].replace(" ", "\u00a0"), text)
    if _known(language):
        return words.figures(text, language)
    numbers = (match[0] for match in words.NUMBER.finditer(text))
    return {words.normal_number(number): number for number in numbers}


def _held(source: Source) -> Iterator[str]:
    """A source's figures in all forms that another language may give them."""
    yield from figures(source.text, source.language)
    yield from figures(source.text, UNDETERMINED)  # "5 million" is "5 Mio." as well
    for match in _CLOCK.finditer(source.text):
        hour, minutes, half = int(match[1]), match[2], (match[3] or "").lower()
        for told in {hour, hour % _NOON + _NOON if half == "p" else hour}:
            yield from (str(told), words.normal_number(f"{told}.{minutes or '00'}"))
        if minutes:
            yield words.normal_number(minutes)
    yield from _DECADE.findall(source.text)  # "the 1990s" are "die 90er Jahre"
    for match in _ORDINAL.finditer(source.text):
        yield vocabulary.ORDINALS[match[0].lower()]


def _known(language: str) -> bool:
    return language[:2].lower() in vocabulary.NUMBER_WORDS
