"""Where the words of a question stand in a stored text, as the lexical index meets them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag_assistant.indexes import text as script
from rag_assistant.indexes.lexical_analysis import Analysis, body_of
from rag_assistant.schema import Span

# A word may be broken at a line's end, hold a soft hyphen, and set its accents apart.
_WORD = re.compile(
    r"(?:[^\W_]|[\u0300-\u036f])+"
    r"(?:(?:\u00ad\s*|[-\u2010]\s*\n\s*)(?:[^\W_]|[\u0300-\u036f])+)*"
)
_QUERY_CHARACTERS = 2_000


class Marking:
    """Marks words; what only shares a piece with a word of the question is not marked."""

    def __init__(self) -> None:
        self._analysis = Analysis()

    def spans(self, query: str, text: str, language: str) -> tuple[Span, ...]:
        """The words of the query in a text, in their order, as ``text[start:end]``.

        Args:
            query: What was searched for.
            text: As it is stored.
            language: The text's, by which its words are reduced to their stems.
        """
        asked, runs = script.split_scripts(script.normalised(query[:_QUERY_CHARACTERS]))
        body = body_of(language)
        terms = {
            term
            for field, term in self._analysis.query_terms(asked, [body], alone=not runs)
            if field == body
        }
        found = {*self._words(terms, body, text), *_runs(runs, text)}
        return tuple(_joined(sorted(found)))

    def _words(self, terms: set[str], body: str, text: str) -> Iterator[Span]:
        analyze = self._analysis.bodies[body].analyze
        known: dict[str, bool] = {}
        for match in _WORD.finditer(text) if terms else ():
            word = match[0]
            if word not in known:
                known[word] = not terms.isdisjoint(analyze(script.normalised(word)))
            if known[word]:
                yield match.span()


def _runs(runs: list[str], text: str) -> Iterator[Span]:
    """Where pairs of characters stand, of scripts that do not space their words."""
    for pair in dict.fromkeys(script.pairs(runs)):
        yield from (match.span() for match in re.finditer(re.escape(pair), text))


def _joined(spans: list[Span]) -> Iterator[Span]:
    """Spans that overlap or touch as one."""
    start = end = -1
    for begin, finish in spans:
        if begin <= end:
            end = max(end, finish)
            continue
        if end > 0:
            yield start, end
        start, end = begin, finish
    if end > 0:
        yield start, end
