"""A sentence beside the texts that it cites: what they hold of it, and what speaks against it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from rag_assistant.answering import words
from rag_assistant.ports import Vectors
from rag_assistant.splitting import sentences

NEARLY_ALL = 0.9
"""Share of its words from which a sentence says what one sentence of a source says, so that the
figures must agree."""
MOST = 0.8
"""The same for "not"."""
HALF = 0.5
"""The same for a name with whose neighbour the source has another name."""
WINDOW = 3
"""Sentences that are read together."""
ENOUGH = 3
"""Content words from which a sentence says something of its own."""
_ITEM = re.compile(r"\(?\d{1,2}[.)]\s+(?=\D)")
"""The number of an item in a list."""
_PAIR = re.compile(r"(?<!\w)([^\W\d_][^\W_]*)[ -](?=([^\W\d_][^\W_]*))")
_FRAME = re.compile(
    r"\A(?:(?:in addition|also|finally|however|and|while|whereas),? )?"
    r"(?:according to (?:(?:the|these|some|other|one|another) )?(?:sources?|passages?|documents?)"
    r"(?: \d{1,2})?,"
    r"|(?:(?:the|these|some|other|one|another) )?(?:sources?|passages?|documents?)(?: \d{1,2})? "
    r"(?:also )?(?:believe|claim|mention|note|report|say|state|tell)s? (?:us )?(?:that )?)\s*",
    re.IGNORECASE,
)
"""That a source says it says nothing of what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A cited text with its language, and its vector of shape (dimension,) where that is known."""

    text: str
    language: str = ""
    vector: Vectors | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A sentence of a source with its content words; ``around`` has its neighbours as well."""

    text: str
    around: str
    words: frozenset[str]


class Comparison:
    """A sentence beside its sources, all in their compared form.

    Args:
        sentence: Its words without markers.
        sources: The cited texts, at least one.
    """

    def __init__(self, sentence: str, sources: Sequence[Source]) -> None:
        self._language = sources[0].language
        if not self._language.startswith("de"):  # there "12. Mai" is a date
            sentence = _ITEM.sub("", sentence) if _ITEM.match(sentence) else sentence
        sentence = _FRAME.sub("", sentence)
        self._sentence = sentence
        self._words = Counter(words.content_words(sentence, self._language))
        self._sources = [_places(source) for source in sources]
        self._figures = words.figures(sentence, self._language)
        known = {key for one in sources for key in words.figures(one.text, one.language)}
        self._missing_figures = [key for key in self._figures if key not in known]
        self._names = words.names(sentence, self._language)
        spoken = {word for one in sources for word in words.words(one.text) if self._names}
        held = {key for word in spoken for key in _keys(word)}
        self._missing_names = [name for name in self._names if not _keys(name) & held]

    # ------------------------------------------------------------ how much is held, each 0..1

    def place(self) -> float:
        """The share of its content words in the best few sentences of a source."""
        windows = (
            frozenset().union(*(place.words for place in places[start : start + WINDOW]))
            for places in self._sources
            for start in range(max(1, len(places) - WINDOW + 1))
        )
        return max((share(self._words, window) for window in windows), default=0.0)

    def names(self) -> float:
        """The share of its names that a source holds."""
        return 1 - len(self._missing_names) / len(self._names) if self._names else 1.0

    def figures(self) -> float:
        """0 where a figure is missing."""
        return 0.0 if self._missing_figures else 1.0

    def said(self) -> bool:
        """Whether one sentence of a source has all but the same words, each name and figure."""
        if self._words.total() < ENOUGH or self._missing_names:
            return False
        return any(
            self._figures.keys() <= words.figures(place.text, self._language).keys()
            for _, place in self._said(self._words, NEARLY_ALL)
        )

    # ------------------------------------------------------------ what speaks against it

    def missing_figure(self) -> str | None:
        """A figure that no source holds."""
        if not self._missing_figures:
            return None
        return f"the figure {self._figures[self._missing_figures[0]]} is not in the cited source"

    def missing_name(self) -> str | None:
        """A name that no source holds. That alone says little: people leave names out."""
        if not self._missing_names:
            return None
        return f"the name {self._missing_names[0]} is not in the cited source"

    def contradiction(self) -> str | None:
        """A sentence of a source that says much the same, with one thing changed."""
        return self._other_name() or self._other_figure() or self._other_negation()

    def _other_name(self) -> str | None:
        """A missing name in what a source says otherwise, or beside whose neighbour it has another.

        "The clock of Ada Marsh" is refused where the source has "the clock of Margaret Holt".
        """
        if not self._missing_names:
            return None
        wanted = self._words - Counter(
            words.content_words(" ".join(self._missing_names), self._language)
        )
        missing = {words.name_key(name) for name in self._missing_names}
        beside = set(_neighbours(self._sentence, missing))
        for held, place in self._said(wanted, HALF):
            there = {words.name_key(name) for name in words.names(place.text, self._language)}
            if held >= NEARLY_ALL or beside & set(_neighbours(place.text, there - missing)):
                return self.missing_name()
        return self.missing_name() if self._other_part(missing) else None

    def _other_part(self, missing: Container[str]) -> bool:
        """Whether a source completes a name of several words otherwise: "Ada Holt", "Ada Marsh"."""
        wanted = {(side, one) for side, one, other in _parts(self._sentence) if other in missing}
        wanted = {(side, one) for side, one in wanted if one not in missing}
        return any(
            (side, one) in wanted and other not in missing
            for places in self._sources
            for place in places
            for side, one, other in (_parts(place.text) if wanted else ())
        )

    def _other_figure(self) -> str | None:
        said = self._said(self._words, NEARLY_ALL)
        there = words.figures(said[0][1].around, self._language) if said else self._figures
        absent = [written for key, written in self._figures.items() if key not in there]
        return f"the source says this without the figure {absent[0]}" if absent else None

    def _other_negation(self) -> str | None:
        said = self._said(self._words, MOST)
        if not said:
            return None
        place = said[0][1]
        here, there = words.negations(self._sentence), words.negations(place.text)
        alike = share(Counter(place.words), self._words.keys()) >= MOST
        if here == there or (here and there and not alike):
            return None
        if here < there and not alike and not self._words.keys() & _negated(place, self._language):
            return None  # what the source denies is not said here
        without = "out" if here > there else ""
        return f"the source says this with{without} 'not'"

    def _said(self, wanted: Counter[str], least: float) -> list[tuple[float, _Place]]:
        """The sentences that hold at least so much of the words, the best first."""
        if not wanted:
            return []
        shares = ((share(wanted, one.words), one) for places in self._sources for one in places)
        return sorted((found for found in shares if found[0] >= least), key=lambda found: -found[0])


def share(wanted: Counter[str], held: Container[str]) -> float:
    """Share of the wanted words, each as often as it stands, that a text holds."""
    if not wanted:
        return 1.0
    return sum(count for word, count in wanted.items() if word in held) / wanted.total()


def _places(source: Source) -> list[_Place]:
    spans = sentences(source.text)
    return [
        _Place(
            text=source.text[start:end],
            around=source.text[spans[max(0, n - 1)][0] : spans[min(n + 1, len(spans) - 1)][1]],
            words=frozenset(words.content_words(source.text[start:end], source.language)),
        )
        for n, (start, end) in enumerate(spans)
    ]


def _negated(place: _Place, language: str) -> set[str]:
    """The content words that a sentence negates: each the next after a "not"."""
    after = words.after_negations(place.text)
    return {one for rest in after for one in words.content_words(rest, language)[:1]}


def _keys(name: str) -> set[str]:
    return {words.name_key(name), words.people_key(name)}


def _parts(text: str) -> Iterator[tuple[int, str, str]]:
    """Each capitalised word with the one before (-1) and after it (1) in a name of several."""
    for first, second in _PAIR.findall(text):
        if first[0].isupper() and second[0].isupper():
            one, other = words.name_key(first), words.name_key(second)
            yield -1, one, other
            yield 1, other, one


def _neighbours(text: str, names: Container[str]) -> Iterator[tuple[int, str]]:
    """The words before (-1) and after (1) each of the names."""
    keys = [words.name_key(word) for word in words.words(text)]
    for position, key in enumerate(keys):
        if key in names:
            if position:
                yield -1, keys[position - 1]
            if position + 1 < len(keys):
                yield 1, keys[position + 1]
