"""How near the hits come to a question in another language than theirs.

Few words are common to both: names, figures, and cousins such as "Museum" and "museo", which are
taken for one where they begin alike. They and a weak cosine must tell what there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from rag_assistant.answering import words
from rag_assistant.answering.crosslingual import figures
from rag_assistant.answering.function_words import FUNCTION_WORDS
from rag_assistant.answering.terms import rarities, share
from rag_assistant.schema import Hit

BEGINNING = 5
"""Letters in which cousins agree."""
SHORTEST = 3
"""Letters of a word that is looked for."""
UNKNOWN = 0.5
"""What stands for the facts of a question that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrosslingualFeatures:
    """What the decision is made of.

    Attributes:
        similarity: Cosine of the nearest passage; None where vectors were not asked.
        words: Share of the question's words in the first hit, rare ones counted for more, 0..1.
        facts: The largest share of its capitalised words and figures that one hit holds, 0..1.
    """

    similarity: float | None
    words: float
    facts: float

    def vector(self) -> list[float]:
        """The features in the order of the coefficients."""
        known = [] if self.similarity is None else [self.similarity]
        return [*known, self.words, self.facts]


def crosslingual_features(
    question: str, language: str, hits: Sequence[Hit]
) -> CrosslingualFeatures:
    """Measure a question in ``language`` against its hits, of which there must be one."""
    asked, facts = set(_words(question, language)), _facts(question, language)
    texts = [_held(hit.entry.text, hit.entry.language) for hit in hits]
    titles = [_held(hit.entry.title, hit.entry.language) for hit in hits]
    shared = [{word for word in asked if _stands(word, text)} for text in texts]
    both = [text | title for text, title in zip(texts, titles, strict=True)]
    known = [hit.similarity for hit in hits if hit.similarity is not None]
    return CrosslingualFeatures(
        similarity=max(known, default=None),
        words=share(rarities(asked, shared), shared[0]),
        facts=max(len(facts & one) for one in both) / len(facts) if facts else UNKNOWN,
    )


def _words(question: str, language: str) -> Iterator[str]:
    """Its words but for the small ones, and its figures."""
    small = FUNCTION_WORDS.get(language, frozenset())
    for word in map(words.fold, words.words(question)):
        if word not in small and len(word) >= SHORTEST and not word[0].isdigit():
            yield word
    yield from figures(question, language)


def _facts(question: str, language: str) -> set[str]:
    """Capitalised words within it, German nouns with them, and figures."""
    small = FUNCTION_WORDS.get(language, frozenset())
    _, *within = [*words.words(question)] or [""]
    capitals = {words.fold(word) for word in within if word[0].isupper()}
    return (capitals - small) | figures(question, language).keys()


def _held(text: str, language: str) -> set[str]:
    """A text's words, the beginnings of the longer ones, and its figures."""
    plain = {words.fold(word) for word in words.words(text)}
    beginnings = {f"{word[:BEGINNING]}…" for word in plain if len(word) >= BEGINNING}
    return plain | beginnings | figures(text, language).keys()


def _stands(word: str, held: Set[str]) -> bool:
    cousins = len(word) >= BEGINNING and f"{word[:BEGINNING]}…" in held
    return word in held or cousins
