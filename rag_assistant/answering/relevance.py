"""How well each sentence of the hits answers a question.

Two linear scores, one with cosines and one for when vectors are missing. Their weights come from
``python -m evals.fitting.extractive`` (see there for the data, and docs/decisions for what they
reach on the held-out half); nothing is learned at run time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from rag_assistant.answering import vocabulary, words
from rag_assistant.answering.terms import rarities, share, terms
from rag_assistant.ports import Embedder, Vectors
from rag_assistant.schema import Hit, Span

HITS = 8
"""Hits whose sentences are looked at."""
CANDIDATES = 30
"""Sentences that are embedded: this bounds the time of an answer."""
_ASKS_TIME = re.compile(
    r"\b(?:when|(?:what|which) (?:year|date)s?|wann|welche[mns]? (?:jahr|datum)|"
    r"quand|quelle (?:annee|date)|cuando|que (?:ano|fecha))\b"
)
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What a score is made of. Shares of the question's words weigh a word by its rarity.

    Attributes:
        cosine: Of the sentence to the question, 0 where vectors are missing.
        passage_cosine: Of its passage, title and headings included.
        words: Share of the question's words in the sentence.
        passage_words: The same in its passage, title and headings included.
        figure: Whether a figure is asked for, and it holds one that the question does not.
        name: The same for a name.
        year: Whether a time is asked for, and it holds a year.
        fragment: Whether it is a heading, a menu line, a question and the like.
        length: Natural logarithm of its number of words and one.
        hit: The hit's score within its search.
    """

    passage_cosine: float
    words: float
    passage_words: float
    figure: bool
    name: bool
    year: bool
    fragment: bool
    length: float
    hit: float
    cosine: float = 0.0

    def vector(self) -> tuple[float, ...]:
        """The features in the order of the weights; a high cosine counts for more than its part."""
        return (
            self.cosine,
            self.cosine**2,
            self.passage_cosine,
            self.words,
            self.passage_words,
            self.figure,
            self.name,
            self.year,
            self.fragment,
            self.length,
            self.hit,
        )


# Fitted on the first halves of XQuAD, CLAPNQ and the project's own questions.
WITH_VECTORS = (2.39, 1.85, 2.5, 1.22, 1.52, 0.17, 0.61, 1.08, -2.21, 0.63, 4.18)
WITHOUT_VECTORS = (0.0, 0.0, 0.0, 3.24, 0.47, 0.44, 0.88, 1.37, -2.05, 0.48, 3.98)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence of a hit; ``position`` is its place among the hit's sentences.

    ``score`` compares it with the others of its question alone. ``vector`` is its unit vector,
    None where vectors are missing.
    """

    hit: Hit
    position: int
    text: str
    terms: frozenset[str]
    features: Features
    score: float = 0.0
    vector: Vectors | None = field(default=None, compare=False, repr=False)

    @property
    def span(self) -> Span:
        """Where it stands in the section's text."""
        return self.hit.entry.sentences[self.position]


def candidates(question: str, hits: Sequence[Hit], embedder: Embedder | None) -> list[Candidate]:
    """The sentences that may be quoted with their scores, best first.

    Args:
        question: What was asked.
        hits: The result, best first; what may only be listed gives no sentence.
        embedder: Compares by meaning; without one, words must do.
    """
    if all(hit.similarity is None for hit in hits):  # their vectors are still to be made
        embedder = None
    weights = WITHOUT_VECTORS if embedder is None else WITH_VECTORS
    found = _ranked(_by_words(question, hits), weights)[:CANDIDATES]
    if embedder is None or not found:
        return found
    asked = embedder.embed_queries([question])[0]
    vectors = embedder.embed_passages([one.text for one in found])
    cosines = (vectors @ asked).tolist()
    return _ranked(
        [
            replace(one, vector=vector, features=replace(one.features, cosine=cosine))
            for one, vector, cosine in zip(found, vectors, cosines, strict=True)
        ],
        weights,
    )


def _ranked(found: Sequence[Candidate], weights: Sequence[float]) -> list[Candidate]:
    rated = [
        replace(one, score=sum(w * x for w, x in zip(weights, one.features.vector(), strict=True)))
        for one in found
    ]
    return sorted(rated, key=lambda one: -one.score)


def _by_words(question: str, hits: Sequence[Hit]) -> list[Candidate]:
    """All sentences that may be quoted, with what their words and their passages tell."""
    usable = [hit for hit in hits if hit.entry.use in ("answer", "quote") and hit.entry.text][:HITS]
    said = [[(text, terms(text, hit.entry.language)) for text in _said(hit)] for hit in usable]
    held = [of_sentence for sentences in said for _, of_sentence in sentences]
    known = [hit.similarity for hit in usable if hit.similarity is not None]
    usual = median(known) if known else 0.0
    asked = {
        language: _Asked(question, language, held, usual)
        for language in {hit.entry.language for hit in usable}
    }
    return [
        candidate
        for hit, sentences in zip(usable, said, strict=True)
        for candidate in asked[hit.entry.language].candidates(hit, sentences)
    ]


def _said(hit: Hit) -> list[str]:
    """The hit's sentences, their line breaks folded."""
    entry = hit.entry
    return [
        " ".join(entry.text[start - entry.start : end - entry.start].split())
        for start, end in entry.sentences
    ]


class _Asked:
    """What a question wants, in the language of the hits that are read for it.

    ``usual`` is the cosine of a passage whose vector is still to be made.
    """

    def __init__(
        self, question: str, language: str, held: Sequence[frozenset[str]], usual: float
    ) -> None:
        folded = words.fold(question)
        self._usual = usual
        self._language = language
        self._rarities = rarities(terms(question, language), held)
        self._figure = bool(vocabulary.ASKS_FIGURE.search(folded))
        self._name = bool(vocabulary.ASKS_NAME.search(folded))
        self._time = bool(_ASKS_TIME.search(folded))
        self._figures = words.figures(question, language).keys()
        self._names = set(map(words.name_key, words.names(question, language)))

    def candidates(
        self, hit: Hit, sentences: Sequence[tuple[str, frozenset[str]]]
    ) -> Iterator[Candidate]:
        """The sentences of one hit, each with its terms."""
        passage_words = share(self._rarities, terms(hit.entry.embedded_text, self._language))
        for position, (text, held) in enumerate(sentences):
            features = Features(
                passage_cosine=self._usual if hit.similarity is None else hit.similarity,
                words=share(self._rarities, held),
                passage_words=passage_words,
                figure=self._figure and self._holds_figure(text),
                name=self._name and self._holds_name(text),
                year=self._time and _YEAR.search(text) is not None,
                fragment=_is_fragment(text),
                length=math.log(1 + len(text.split())),
                hit=hit.score,
            )
            yield Candidate(hit=hit, position=position, text=text, terms=held, features=features)

    def _holds_figure(self, text: str) -> bool:
        return bool(words.figures(text, self._language).keys() - self._figures)

    def _holds_name(self, text: str) -> bool:
        held = map(words.name_key, words.names(text, self._language))
        return any(name not in self._names for name in held)


def _is_fragment(text: str) -> bool:
    """A heading, a menu line, a question, or a date line or list of names, which says nothing."""
    if text.endswith(("?", ":", "…", "？")) or not text.endswith(tuple(".!\"'”’»)]。！")):
        return True
    said = [word for word in words.words(text) if word[0].isalpha()]
    return not any(word[0] == word[0].lower() for word in said)
