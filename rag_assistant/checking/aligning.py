"""Whether a record's title is the one that a reference gives, and where that title ends.

A record's title is looked for at the place where the reference's begins, and must end where the
reference's may end: a title that merely begins alike is another one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from rag_assistant.checking.likeness import LITTLE, misspelt, same_words, telling
from rag_assistant.checking.references import Reading, Reference
from rag_assistant.titles import Title, folded, title_of_text, without_article, words_of

Fit = Literal["same", "shortened", "longer", "part", "similar", "different", "unstated"]
"""How a reference's title stands to a record's.

It is the *same*; *shortened*, without the record's subtitle; *longer*, with a subtitle that the
record lacks; the reference names the record's as what it is *part* of; both are *similar*, or
*different*; or the reference gives none.
"""

_WORD = re.compile(r"[^\W_]+(?:['’ʼ\u0300-\u036f\ufe20-\ufe2f]+[^\W_]*)*")
_CLOSING = re.compile(r"[\s\"”“»«’'*_)\]>}]*")
_NO_TITLE = re.compile(
    r"(?:\d+(?:st|nd|rd|th|e|\.)?\s*(?:rev\w*\.?\s*)?(?:ed\b|edn|edition|aufl|éd)|"
    r"(?:rev\w*|new|first|second|third|fourth|fifth|sixth|1st|2nd|3rd|international)\b.{0,12}\bed|"
    r"(?:vol|no|nr|pp?|bd|t|ch|iss|ser)\.\s?[\divxlc]|(?:volume|number|issue|pages?|chapter)\s\d|"
    r"(?:ed|eds|edited|trans|translated|tr|hrsg|illustrated|introduction|foreword|with|by)\b[. ]|"
    r"\(?(?:c|©)?\s?(?:1[4-9]\d\d|20\d\d)\b|n\.\s?d\.|in:\s|in\s[^\W\d_a-z]|"
    r"[^\W\d_a-z][\w.\s-]{1,30}:\s)",
    re.IGNORECASE,
)
_HOUSE = re.compile(
    r"[^,.;:]{0,60}\b(?:press|publish\w*|verlag|éditions?|editions?|books|presses|& (?:co|sons)\w*|"
    r"university|reilly|wesley|wiley|springer|elsevier|routledge|penguin)\b[^,.;:]{0,20}(?:[,.;:(]|$)",
    re.IGNORECASE,
)
_BREAKS = ".?!([/"
_DASH = re.compile(r"\s+[–—-]\s+")
_LEAST = 2  # telling words of a subtitle that was cut short
_SEGMENT = re.compile(
    r"[.,;:()\[\]“”\"«»]+(?:\s+|$)|\s+[(\[]|\s+[–—-]\s+|\bin:?\s+(?=[^\W\d_a-z])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spelled:
    """A reading with the words of its body, without an article, each with its place."""

    reading: Reading
    words: tuple[_Word, ...]

    @classmethod
    def of(cls, reading: Reading) -> Spelled:
        """Find the words."""
        spans = [
            _Word(word, found.start(), found.end())
            for found in _WORD.finditer(reading.body)
            for word in words_of(found[0])
        ]
        kept = without_article(tuple(one.text for one in spans))
        return cls(reading, tuple(spans[len(spans) - len(kept) :]))


def fit(spelled: Spelled, title: Title, evidence: Collection[str]) -> Fit:
    """How a reading's title stands to a record's; whether it is part or similar is not looked at.

    Args:
        spelled: One way to take the reference apart.
        title: The record's.
        evidence: Words of the record's names, publisher and place: after a comma they show that
            the title has ended.
    """
    spans, body = spelled.words, spelled.reading.body
    if not spans or not title.words:
        return "different" if spans else "unstated"
    whole = _ends(spans, body, title.words, evidence)
    if whole == "end":
        return "same"
    if not title.rest:
        return "longer" if whole == "subtitle" else "different"
    proper = _ends(spans, body, title.proper, evidence)
    if proper == "end" or (proper == "subtitle" and _cut_short(spans, body, title)):
        return "shortened"
    return "different"


def named_within(reference: Reference, title: Title) -> bool:
    """Whether the reference names the title beside its own, between two breaks."""
    own = words_of(reference.title)
    for segment in (reference.container, *_segments(reference.rest)):
        words = without_article(words_of(segment))
        if len(words) < _LEAST or _holds(own, words):
            continue
        same = same_words(words, title.words) or same_words(words, title.proper)
        if same or _abbreviates(words, title):
            return True
    return same_words(title_of_text(reference.container).words, title.words)


def holds_title(reference: Reference, title: Title) -> bool:
    """Whether a telling title stands anywhere in a reference, whatever was taken for its own."""
    return len(telling(title.proper)) >= _LEAST and _holds(words_of(reference.rest), title.proper)


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    """Whether a run of words stands in another."""
    return f" {' '.join(part)} " in f" {' '.join(words)} "


def _segments(text: str) -> list[str]:
    return [part for part in _SEGMENT.split(text) if part.strip()]


def _abbreviates(short: Sequence[str], title: Title) -> bool:
    """Whether words shorten the title's: "J. Amer. Hist." for "Journal of American history"."""
    full = [word for word in title.words if word not in ("of", "the", "and", "for", "in", "on")]
    if len(short) < _LEAST or len(short) != len(full):
        return False
    return all(word.startswith(start) for start, word in zip(short, full, strict=True))


def _ends(
    spans: Sequence[_Word], text: str, title: Sequence[str], evidence: Collection[str]
) -> Literal["end", "subtitle", ""]:
    """Whether the words begin with the title, and whether it may end there.

    A compound may be one word here and two there, and little words may be missing, so that a few
    lengths are tried.
    """
    if not spans or not _may_be(spans[0].text, title[0]):
        return ""
    best: Literal["end", "subtitle", ""] = ""
    for number in (len(title), len(title) - 1, len(title) + 1):
        if not 0 < number <= len(spans):
            continue
        if not same_words([one.text for one in spans[:number]], title):
            continue
        after = _after(text[spans[number - 1].end :], evidence)
        if after == "end":
            return "end"
        best = best or after
    return best


def _may_be(one: str, other: str) -> bool:
    """Whether two titles may be one, by their first words."""
    near = one.startswith(other) or other.startswith(one) or misspelt(one, other)
    return near or bool(LITTLE & {one, other})


def _after(text: str, evidence: Collection[str]) -> Literal["end", "subtitle", ""]:
    """What the text after a title's last word says of where it ended."""
    closed = _CLOSING.match(text)
    rest = text[closed.end() :] if closed else text
    if not rest or rest[0] in _BREAKS:
        return "end"
    if rest[0] == ":" or _DASH.match(text):
        return "subtitle"
    if rest[0] in ",;":
        rest = rest[1:].lstrip()
        if not rest or _is_other(rest, evidence):
            return "end"
        return "subtitle" if re.match(r"or\b", rest) else ""
    return "end" if _NO_TITLE.match(rest) and rest[0].islower() else ""


def _is_other(text: str, evidence: Collection[str]) -> bool:
    """Whether a text is none of the title: an edition, a publisher, a name of the record's."""
    if _NO_TITLE.match(text) or _HOUSE.match(text):
        return True
    first = [one for one in words_of(text[:60]) if one not in ("the", "and")][:2]
    return any(word in evidence for word in first)


def _cut_short(spans: Sequence[_Word], text: str, title: Title) -> bool:
    """Whether the reference's subtitle is the beginning of the record's, and ends there."""
    after = spans[len(title.proper) :]
    for number in range(min(len(title.rest) - 1, len(after)), _LEAST - 1, -1):
        said = [one.text for one in after[:number]]
        if len(telling(said)) >= _LEAST and same_words(said, title.rest[:number]):
            rest = _CLOSING.sub("", text[after[number - 1].end :], count=1)
            return not rest or rest[0] in _BREAKS
    return False


def evidence_of(*texts: str) -> frozenset[str]:
    """The words of what a record says beside its title."""
    return frozenset(word for text in texts for word in words_of(text) if len(folded(word)) > 2)  # noqa: PLR2004
