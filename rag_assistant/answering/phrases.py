"""The check of what is no sentence: a title or a keyword must be made of one source's words."""

from __future__ import annotations

from collections.abc import Sequence

from rag_assistant.answer import Kind, Support
from rag_assistant.answering import words
from rag_assistant.answering.comparing import Source
from rag_assistant.answering.terms import terms

KINDS: tuple[Kind, ...] = ("title", "keywords")
"""What is written in phrases, each on a line of its own."""
FOREIGN_WORD = "the word {} is not in the cited source"


def check_phrase(phrase: str, sources: Sequence[Source]) -> tuple[Support, str | None]:
    """Whether a source holds all words, names and figures of a phrase.

    Returns:
        The finding, with a reason where it is "unsupported".
    """
    if not sources:
        return "unsupported", "no source is cited"
    lacking = [_lacking(phrase, source) for source in sources]
    if "" in lacking:
        return "supported", None
    return "unsupported", FOREIGN_WORD.format(lacking[0])


def _lacking(phrase: str, source: Source) -> str:
    """A word of the phrase that the source lacks; "" where it has them all."""
    held = terms(source.text, source.language)
    held |= {words.name_key(word) for word in words.words(source.text)}
    for word in words.words(phrase):
        if not terms(word, source.language) <= held and words.name_key(word) not in held:
            return word
    return ""
