"""Which changes of a page a question asks about, and which of its sentences show them.

A question may ask about a page ("what changed on the fees page?") or about a matter on it ("has
the fare for children changed?"). What page and address name belongs to the page; the words that
are left are the matter, and only sentences that fit it count. Where the best one is among those
that no version changed, nothing that was asked about has changed.

"Since when is it so?" asks for what came and was not said before, "is it still so?" for what is
put in other words by now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag_assistant.answering import words
from rag_assistant.diffing import Block, Unit, pairs
from rag_assistant.ports import Embedder, Vectors

CANDIDATES = 30
"""Sentences that are embedded: this bounds the time of an answer."""
WORDS_WEIGHT = 0.5
"""Of the share of the question's words, beside a cosine of 1."""
MATTER_WEIGHT = 2.0
"""Of nearness to the matter, beside that of two wordings to each other."""
RELATIVE_THRESHOLD = 0.7
"""A stretch must come this near to what fits best of both versions, changed or not."""
MIN_SHARE = 0.5
"""Share of the matter's words that a sentence holds which is about it ..."""
MIN_COSINE = 0.35
"""... or its cosine to the topic; both, where the question names nothing that pages announce."""
FACT_SHARE = 0.75
"""Of what is so "since when" or "still": it is one fact, and must stand there."""
MIN_TERMS = 2
"""Words that name a matter which pages do not announce; one of them stands anywhere."""
_ANY_PAGE = "time times hour hours list"
_LETTERS = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a question is about, apart from dates and from the words that only ask.

    ``page`` is what the page is called: title and address. ``announced`` says that the question
    names what pages announce.
    """

    topic: str
    page: str
    language: str
    announced: bool = True
    asks: Literal["change", "since", "still"] = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A sentence and its new wording, or one that went or came; at least one of both is there.

    ``change`` is the place of its change among those given. Where a sentence is not ``reworded``,
    beside it stands what came in its place, or nothing.
    """

    change: int
    before: Unit | None
    after: Unit | None
    score: float
    reworded: bool

    @property
    def units(self) -> tuple[Unit, ...]:
        """The sentences that are there, the older one first."""
        return tuple(unit for unit in (self.before, self.after) if unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The stretches that are asked about, in reading order of each change in turn.

    Attributes:
        stretches: None of them where nothing fits.
        changes: How many changes fit; not all of them need be among the stretches.
        steady: What fits best is the same in all versions.
    """

    stretches: tuple[Stretch, ...]
    changes: int
    steady: bool


def names_the_page(matter: Matter) -> bool:
    """Whether a question is about a page as a whole: its words are all in what that is called."""
    topic = _terms(matter.topic, matter.language)
    return matter.announced and bool(topic) and not topic - _called(matter)


def coverage(matter: Matter, text: str) -> float:
    """Share of the matter's words that a page's name or a text of it holds, 0..1."""
    topic = _terms(matter.topic, matter.language)
    held = _called(matter) | _terms(text, matter.language)
    return len(topic & held) / len(topic) if topic else 0.0


def choose(
    matter: Matter,
    changes: Sequence[Sequence[Block]],
    embedder: Embedder | None,
    *,
    most: int,
    latest: bool = False,
) -> Choice:
    """The stretches that a question asks about.

    Args:
        matter: What it is about.
        changes: The blocks of each change, oldest change first; only what can be quoted.
        embedder: Compares by meaning; without one, words alone decide.
        most: Changes, and stretches of each, at most; where more fit, the last changes are taken,
            and of several changes fewer stretches.
        latest: Whether only the last change is wanted.
    """
    scores = _Scores(matter, changes, embedder)
    whole = matter.asks == "change" and names_the_page(matter)
    fitting = [
        stretch
        for number, blocks in enumerate(changes)
        for stretch in _stretches(number, blocks, scores)
        if whole or scores.fits(stretch, blocks)
    ]
    wanted = sorted({stretch.change for stretch in fitting})
    if latest or matter.asks != "change":
        wanted = wanted[-1:]
    kept = wanted[-most:]
    of_each = min(most, 2 * most // max(1, len(kept))) if matter.asks == "change" else 1
    return Choice(
        stretches=tuple(
            stretch
            for number in kept
            for stretch in _best([one for one in fitting if one.change == number], of_each)
        ),
        changes=len(wanted),
        steady=not fitting and scores.steady,
    )


class _Scores:
    """How well each sentence fits the matter; the same words have the same score."""

    def __init__(
        self, matter: Matter, changes: Sequence[Sequence[Block]], embedder: Embedder | None
    ) -> None:
        self._matter = matter
        self._asked = _asked(matter)
        blocks = [block for of_change in changes for block in of_change]
        self._changed = {text for block in blocks if block.changed for text in _texts(block)}
        self._shares = {text: self._share(text) for block in blocks for text in _texts(block)}
        self._vectors = self._embedded(embedder)
        self._cosines: dict[str, float] = {}
        if embedder is not None and self._vectors:
            topic = embedder.embed_queries([matter.topic])[0]
            self._cosines = {text: float(one @ topic) for text, one in self._vectors.items()}

    @property
    def steady(self) -> bool:
        """Whether the sentence that fits best is about the matter, and stands in all versions."""
        if not self._shares:
            return False
        best = max(self._shares, key=self.of)
        return self._shares[best] >= MIN_SHARE and best not in self._changed

    def of(self, text: str) -> float:
        return WORDS_WEIGHT * self._shares[text] + self._cosines.get(text, 0.0)

    def alike(self, text: str, other: str) -> float:
        """How near two sentences are to each other, and the other one to the matter."""
        first, second = self._vectors.get(text), self._vectors.get(other)
        if first is None or second is None:
            return MATTER_WEIGHT * self.of(other)
        return MATTER_WEIGHT * self.of(other) + float(first @ second)

    def fits(self, stretch: Stretch, blocks: Sequence[Block]) -> bool:
        """Whether a stretch is about the matter, and nothing else of both versions is more so."""
        if self._matter.asks == "since":
            return self._only_here(stretch.after, [unit for one in blocks for unit in one.before])
        if self._matter.asks == "still":
            later = [unit for one in blocks for unit in one.after]
            return stretch.reworded and self._only_here(stretch.before, later)
        best = max(self.of(text) for block in blocks for text in _texts(block))
        if stretch.score < RELATIVE_THRESHOLD * best:
            return False
        return any(self._about(unit.text) for unit in stretch.units)

    def _only_here(self, unit: Unit | None, others: Sequence[Unit]) -> bool:
        """Whether a sentence says the matter, and none of another version says as much of it."""
        said = self._shares[unit.text] if unit else 0.0
        return said >= FACT_SHARE and said > max(
            (self._shares[other.text] for other in others), default=0.0
        )

    def _about(self, text: str) -> bool:
        share, cosine = self._shares[text], self._cosines.get(text)
        if self._matter.announced:
            return share >= MIN_SHARE or (cosine or 0.0) >= MIN_COSINE
        if len(self._asked) < MIN_TERMS:
            return False
        return share == 1 if cosine is None else share >= MIN_SHARE and cosine >= MIN_COSINE

    def _share(self, text: str) -> float:
        held = self._asked & _terms(text, self._matter.language)
        return len(held) / len(self._asked) if self._asked else 0.0

    def _embedded(self, embedder: Embedder | None) -> dict[str, Vectors]:
        """Vectors of the likeliest sentences by their words; changed ones first."""
        likely = sorted(
            self._shares, key=lambda text: (-self._shares[text], text not in self._changed)
        )[:CANDIDATES]
        if embedder is None or not likely:
            return {}
        return dict(zip(likely, embedder.embed_passages(likely), strict=True))


def _stretches(change: int, blocks: Sequence[Block], scores: _Scores) -> list[Stretch]:
    """The changed sentences of a page, each with its new wording.

    One that has none stands beside what came in its place: of what else the block lost or won,
    the nearest in meaning.
    """
    found: list[Stretch] = []
    for block in blocks:
        if not block.changed:
            continue
        old, new = (
            {unit.text: unit for unit in side if _LETTERS.search(unit.text)}
            for side in (block.before, block.after)
        )
        paired = pairs(list(old), list(new))
        went = [one for one, other in paired if not other]
        came = [other for one, other in paired if not one]
        for one, other in paired:
            before = one or _nearest(other, went, scores)
            after = other or _nearest(one, came, scores)
            found.append(
                Stretch(
                    change=change,
                    before=old.get(before),
                    after=new.get(after),
                    score=max(scores.of(text) for text in (before, after) if text),
                    reworded=bool(one and other),
                )
            )
    return found


def _nearest(text: str, others: Sequence[str], scores: _Scores) -> str:
    return max(others, key=lambda other: scores.alike(text, other), default="")


def _best(stretches: Sequence[Stretch], most: int) -> list[Stretch]:
    """The best of one change, as they follow; no sentence is told twice.

    What only came or went, such as a line that a site puts on all its pages, is told where
    nothing else is.
    """
    both = [one for one in stretches if one.before and one.after] or list(stretches)
    chosen: list[int] = []
    told: set[Unit] = set()
    for place in sorted(range(len(both)), key=lambda place: -both[place].score):
        units = set(both[place].units)
        if len(chosen) < most and units.isdisjoint(told):
            chosen.append(place)
            told |= units
    return [both[place] for place in sorted(chosen)]


def _asked(matter: Matter) -> frozenset[str]:
    """The words of the matter that do not only name the page."""
    topic = _terms(matter.topic, matter.language)
    if not matter.announced:
        return topic
    return topic - _called(matter) or topic


def _called(matter: Matter) -> frozenset[str]:
    """What the page is called, and what any page may be called."""
    return _terms(matter.page, matter.language) | _terms(_ANY_PAGE, matter.language)


def _texts(block: Block) -> list[str]:
    return [unit.text for unit in (*block.before, *block.after)]


def _terms(text: str, language: str) -> frozenset[str]:
    return frozenset(words.content_words(text, language)) | words.figures(text, language).keys()
