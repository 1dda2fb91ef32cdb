"""Sources that say the same thing with other figures, or with "not": both are shown.

Only sentences with nearly the same words are compared, so few conflicts are found, and those that
are found can be seen at a glance. What two versions of one page say differently is no conflict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag_assistant.addresses import address_key
from rag_assistant.answer import Sentence
from rag_assistant.answering import words
from rag_assistant.answering.comparing import share
from rag_assistant.ports import Draft, Quote
from rag_assistant.schema import Hit, Span

MOST = 0.9
"""Share of one sentence's content words that the other holds ..."""
LEAST = 0.7
"""... and the same the other way round, whichever is less."""
_UNKNOWN = {"", "und"}
LEAST_WORDS = 3
"""Content words below which a sentence says too little to be the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Other:
    """A sentence of another source that differs from one of the answer's."""

    hit: Hit
    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A sentence in its compared form."""

    words: Counter[str]
    figures: frozenset[str]
    negations: int


def with_conflicts(draft: Draft, hits: Sequence[Hit]) -> Draft:
    """The draft with each conflicting sentence quoted and cited after those that it contradicts.

    ``conflicts`` of the result pairs the markers, the answer's own first. What a model did not
    read is not cited in its answer.
    """
    if draft.shown is not None:
        hits = [hit for hit in hits if hit.entry.passage_id in draft.shown]
    sentences, quotes = list(draft.sentences), list(draft.quotes)
    pairs: list[tuple[int, int]] = []
    known = {quote.hit.entry.passage_id: quote for quote in quotes}
    for one in draft.sentences:
        cited = [quote.hit for quote in draft.quotes if quote.marker in one.citations]
        other = next(_others(one, cited, hits), None) if cited else None
        if other is None:
            continue
        quote = known.get(other.hit.entry.passage_id)
        if quote is None:
            quote = _quote(len(quotes) + 1, other)
            quotes.append(quote)
        else:
            start, end = min(quote.start, other.span[0]), max(quote.end, other.span[1])
            quotes[quotes.index(quote)] = quote = replace(quote, start=start, end=end)
        known[other.hit.entry.passage_id] = quote
        if (quote.marker, one.citations[0]) not in pairs:
            pairs.append((one.citations[0], quote.marker))
        if all(other.text != sentence.text for sentence in sentences):
            told = Sentence(text=other.text, citations=(quote.marker,), support="verbatim")
            sentences.append(told)
    return replace(draft, sentences=tuple(sentences), quotes=tuple(quotes), conflicts=tuple(pairs))


def _others(sentence: Sentence, cited: Sequence[Hit], hits: Sequence[Hit]) -> Iterator[_Other]:
    """Sentences of other sources that say the same otherwise, best hit first."""
    if sentence.support not in ("verbatim", "supported"):
        return
    language = cited[0].entry.language
    said = _said(sentence.text, language)
    if len(said.words) < LEAST_WORDS:
        return
    sources = {_source(hit) for hit in cited}
    for hit in hits:
        known = {language, hit.entry.language} - _UNKNOWN
        if _source(hit) in sources or len(known) > 1:
            continue
        for start, end in hit.entry.sentences:
            text = hit.entry.text[start - hit.entry.start : end - hit.entry.start]
            if _differ(said, _said(text, language)):
                yield _Other(hit=hit, span=(start, end), text=" ".join(text.split()))


def _differ(one: _Said, other: _Said) -> bool:
    """Whether two sentences say the same, and one of them with another figure or "not"."""
    less, more = sorted((share(one.words, other.words), share(other.words, one.words)))
    if less < LEAST or more < MOST:
        return False
    figures = bool(one.figures - other.figures) and bool(other.figures - one.figures)
    return figures or (one.figures == other.figures and one.negations != other.negations)


def _said(text: str, language: str) -> _Said:
    return _Said(
        words=Counter(words.content_words(text, language)),
        figures=frozenset(words.figures(text, language)),
        negations=words.negations(text),
    )


def _source(hit: Hit) -> str:
    """A page with all its versions is one source."""
    return address_key(hit.uri) if hit.captured_at else hit.entry.document_id


def _quote(marker: int, other: _Other) -> Quote:
    return Quote(marker=marker, hit=other.hit, start=other.span[0], end=other.span[1])
