"""The support check: does a sentence stand in the texts that it cites?

It compares figures, names, words of meaning and negation, and says in a few words what is missing.
It needs no model and takes a few milliseconds. It can be wrong both ways: what it finds is
shown as "words and figures found in the source", never as "verified".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag_assistant.answer import Support
from rag_assistant.answering import words
from rag_assistant.schema import Entry, Span

MIN_COVERAGE = 0.6
"""Share of a sentence's content words that the cited texts must hold."""
STRONG_COVERAGE = 0.8
"""From here on a sentence says what one place of the source says, so that "not" must agree."""
NEIGHBOUR_GAIN = 0.15
"""What a neighbouring sentence must add in coverage to be quoted as well."""
MIN_VERBATIM_WORDS = 3
_WINDOW = 3
_SENTENCE = re.compile(r"[^.!?…。！？\n]+[.!?…。！？\n]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A cited text with its language."""

    text: str
    language: str = ""


def check(sentence: str, sources: Sequence[Source]) -> tuple[Support, str | None]:
    """What the cited texts say to a sentence, and what speaks against it.

    Args:
        sentence: Its words without markers.
        sources: The cited texts; titles may stand in them.

    Returns:
        The finding, with a reason where it is "unsupported".
    """
    if not sources:
        return "unsupported", "no source is cited"
    if any(find_verbatim(sentence, source.text) for source in sources):
        return "verbatim", None
    reason = (
        _missing_figure(sentence, sources)
        or _missing_name(sentence, sources)
        or _missing_words(sentence, sources)
        or _contradiction(sentence, sources)
    )
    return ("unsupported", reason) if reason else ("supported", None)


def score(sentence: str, sources: Sequence[Source]) -> float:
    """How much of a sentence its sources hold, 0..1; orders sentences, means no probability."""
    if not sources:
        return 0.0
    text = " ".join(source.text for source in sources)
    language = sources[0].language
    known_figures = words.figures(text, language).keys()
    known_names = _name_keys(sources)
    claimed_figures = words.figures(sentence, language).keys()
    claimed_names = {words.name_key(name) for name in words.names(sentence, language)}
    facts = len(claimed_figures) + len(claimed_names)
    held = len(claimed_figures & known_figures) + len(claimed_names & known_names)
    place = max(
        (_coverage(sentence, window, source.language) for source in sources
         for window in _windows(source.text)),
        default=0.0,
    )  # fmt: skip
    whole = _coverage(sentence, text, language)
    return (whole + place + (held / facts if facts else whole)) / 3


def find_verbatim(sentence: str, text: str) -> Span | None:
    """Where a sentence stands word for word in a text, white space and its last stop apart."""
    parts = sentence.strip().rstrip(".!?…。！？").split()
    if not parts or sum(1 for _ in words.words(sentence)) < MIN_VERBATIM_WORDS:
        return None
    run = r"\s+".join(re.escape(part) for part in parts)
    match = re.search(rf"(?<!\w){run}(?!\w)", text)
    return match.span() if match else None


def best_span(sentence: str, entry: Entry) -> Span:
    """The whole sentences of a passage that best hold a sentence, as offsets into its section."""
    spans = entry.sentences or ((entry.start, entry.end),)
    found = find_verbatim(sentence, entry.text)
    if found:
        start, end = entry.start + found[0], entry.start + found[1]
        touched = [span for span in spans if span[0] < end and span[1] > start]
        if touched:
            return touched[0][0], touched[-1][1]
    return _grown(sentence, entry, spans)


def _grown(sentence: str, entry: Entry, spans: Sequence[Span]) -> Span:
    def coverage(first: int, last: int) -> float:
        start, end = spans[first][0] - entry.start, spans[last][1] - entry.start
        return _coverage(sentence, entry.text[start:end], entry.language, with_figures=True)

    first = last = max(range(len(spans)), key=lambda position: coverage(position, position))
    current = coverage(first, last)
    while last - first + 1 < _WINDOW:
        wider = [
            (coverage(*bounds), bounds)
            for bounds in ((first, last + 1), (first - 1, last))
            if bounds[0] >= 0 and bounds[1] < len(spans)
        ]
        if not wider or max(wider)[0] < current + NEIGHBOUR_GAIN:
            break
        current, (first, last) = max(wider)
    return spans[first][0], spans[last][1]


def _missing_figure(sentence: str, sources: Sequence[Source]) -> str | None:
    known = {key for source in sources for key in words.figures(source.text, source.language)}
    for key, written in words.figures(sentence, sources[0].language).items():
        if key not in known:
            return f"the figure {written} is not in the cited source"
    return None


def _missing_name(sentence: str, sources: Sequence[Source]) -> str | None:
    known = _name_keys(sources)
    for name in words.names(sentence, sources[0].language):
        if words.name_key(name) not in known:
            return f"the name {name} is not in the cited source"
    return None


def _name_keys(sources: Sequence[Source]) -> set[str]:
    return {words.name_key(word) for source in sources for word in words.words(source.text)}


def _missing_words(sentence: str, sources: Sequence[Source]) -> str | None:
    text = " ".join(source.text for source in sources)
    if _coverage(sentence, text, sources[0].language) < MIN_COVERAGE:
        return "few of its words are in the cited source"
    return None


def _contradiction(sentence: str, sources: Sequence[Source]) -> str | None:
    """A place that says nearly the same, once with "not" and once without."""
    places = [
        (_coverage(sentence, place, source.language), place)
        for source in sources
        for place in _SENTENCE.findall(source.text)
    ]
    coverage, place = max(places, default=(0.0, ""))
    if coverage < STRONG_COVERAGE or words.negated(sentence) == words.negated(place):
        return None
    if words.negated(sentence):
        return "the source says this without 'not'"
    return "the source says this with 'not'"


def _windows(text: str) -> list[str]:
    sentences = _SENTENCE.findall(text)
    return [
        " ".join(sentences[i : i + _WINDOW]) for i in range(max(1, len(sentences) - _WINDOW + 1))
    ]


def _coverage(sentence: str, text: str, language: str, *, with_figures: bool = False) -> float:
    """Share of the sentence's content words, each as often as it stands, that the text holds."""
    wanted = Counter(words.content_words(sentence, language))
    held = set(words.content_words(text, language))
    if with_figures:
        wanted.update(words.figures(sentence, language).keys())
        held.update(words.figures(text, language))
    if not wanted:
        return 1.0
    return sum(count for word, count in wanted.items() if word in held) / wanted.total()
