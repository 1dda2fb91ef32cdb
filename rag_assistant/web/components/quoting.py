"""Which words of a source an answer quotes: only these are marked. Pure: data in, markup out.

A citation's quote is one span, so that it can be looked up again; sentences that are not quoted
may stand between those that are, or before one that points back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag_assistant.answer import Answer, Citation
from rag_assistant.schema import Span
from rag_assistant.web.components.markup import tag

_ASKED = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


def quoted_spans(answer: Answer, citation: Citation) -> list[Span]:
    """Places in ``citation.quote`` of the sentences that are said word for word, in their order.

    Where none is said word for word, as in a written answer, it is the whole quote.
    """
    said = [
        one.text
        for one in answer.sentences
        if one.support == "verbatim" and citation.marker in one.citations
    ]
    found = sorted(span for text in said if (span := _place(text, citation.quote)))
    apart: list[Span] = []
    for start, end in found:
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    return apart or [(0, len(citation.quote))]


def marked_words(
    text: str, spans: Sequence[Span], *, language: str | None = None, first: str | None = None
) -> Iterator[str]:
    """The text with each of these places in it marked; ``first`` is the first mark's id."""
    at = 0
    for start, end in spans:
        yield text[at:start]
        yield tag("mark", text[start:end], id=first, lang=language)
        at, first = end, None
    yield text[at:]


def marks_asked(spans: Sequence[Span], citation: Citation) -> str:
    """How places in a quote are asked of its reading page; "" for the whole."""
    if [*spans] == [(0, len(citation.quote))]:
        return ""
    start = citation.start
    return "".join(f"&mark={start + begin}-{start + end}" for begin, end in spans)


def marks_read(asked: Sequence[str], start: int, end: int) -> list[Span]:
    """The places that are asked for so, if they lie within the quote; else the whole quote."""
    found = []
    at = start
    for one in asked:
        place = _ASKED.fullmatch(one)
        begin, stop = (int(place[1]), int(place[2])) if place else (0, 0)
        if not at <= begin < stop <= end:
            return [(start, end)]
        found.append((begin, stop))
        at = stop
    return found or [(start, end)]


def _place(sentence: str, text: str) -> Span | None:
    """Where a sentence stands, whatever blanks and line breaks are between its words."""
    words = sentence.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return found.span() if found else None
