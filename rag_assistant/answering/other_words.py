"""Other searches to try where nothing answered: fewer words, and words of the nearest passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag_assistant.answering import vocabulary, words
from rag_assistant.answering.orders import is_order
from rag_assistant.answering.terms import terms
from rag_assistant.schema import Entry

MOST = 3
_LONGEST = 60
_STRIPPED = "¿?¡!.,:;\"'“”„«»()"


def other_words(question: str, nearest: Sequence[Entry]) -> list[str]:
    """Searches that differ from the question, the likeliest first, at most three.

    First the question's own names and content words without what only asks; then headings and
    titles of the nearest passages that have a word in common with it.
    """
    found: dict[str, str] = {}
    for one in (_bare(question, nearest), *_headings(question, nearest)):
        if one and words.fold(one) != words.fold(question.strip(_STRIPPED + " ")):
            found.setdefault(words.fold(one), one)
    return list(found.values())[:MOST]


def _bare(question: str, nearest: Sequence[Entry]) -> str:
    language = nearest[0].language if nearest else ""
    kept = [
        word
        for one in question.split()
        if (word := one.strip(_STRIPPED))
        and words.fold(word) not in vocabulary.ASKING
        and terms(word, language)
    ]
    return " ".join(kept)


def _headings(question: str, nearest: Sequence[Entry]) -> Iterator[str]:
    for entry in nearest:
        asked = terms(question, entry.language)
        for heading in (*reversed(entry.headings), entry.title):
            shares = asked & terms(heading, entry.language)
            if shares and len(heading) <= _LONGEST and not is_order(heading):
                yield " ".join(heading.split())
                break
