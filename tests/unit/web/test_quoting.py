"""What is marked of a source is what the answer quotes of it, and nothing between."""

from __future__ import annotations

import html
import re

import pytest

from rag_assistant.answer import Answer
from rag_assistant.web.components import cards
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.quoting import marks_asked, marks_read, quoted_spans
from tests.answers import make_answer, make_citation, make_sentence

FIRST = "The bridge was opened in 1868."
LAST = "It cost nine thousand pounds."
QUOTE = "It was rebuilt. The bridge was\n  opened in 1868. Few came. It cost nine thousand pounds."


def quoting(*texts: str, support: str = "verbatim") -> Answer:
    cited = make_citation(
        quote=QUOTE, context=f"Before. {QUOTE} After.", start=8, end=8 + len(QUOTE)
    )
    said = tuple(make_sentence(text, 1, support=support) for text in texts)
    return make_answer(sentences=said, citations=(cited,))


def marked(answer: Answer) -> list[str]:
    panel = cards.sources([Exchange(question="", audience="public", answer=answer)])
    panel = html.unescape(panel)
    return [" ".join(one.split()) for one in re.findall("<mark>(.*?)</mark>", panel, re.DOTALL)]


def test_sentences_apart_are_marked_apart() -> None:
    answer = quoting(FIRST, LAST)
    assert marked(answer) == [FIRST, LAST]
    panel = cards.sources([Exchange(question="", audience="public", answer=answer)])
    shown = html.unescape(re.sub("<[^>]+>", "", panel))
    assert f"Before. {QUOTE} After." in shown  # what stands between is still to be read


def test_one_that_points_back_is_marked_without_the_one_before() -> None:
    assert marked(quoting(LAST)) == [LAST]


@pytest.mark.parametrize("support", ["supported", "unsupported", "verbatim"])
def test_what_is_not_there_word_for_word_leaves_the_whole_quote(support: str) -> None:
    assert marked(quoting("Nine thousand pounds were paid.", support=support)) == [
        " ".join(QUOTE.split())
    ]


def test_the_reading_page_is_asked_for_the_same_words() -> None:
    answer = quoting(FIRST, LAST)
    (cited,) = answer.citations
    spans = quoted_spans(answer, cited)
    asked = re.findall("&mark=([0-9-]+)", marks_asked(spans, cited))
    assert marks_read(asked, cited.start, cited.end) == [(a + 8, b + 8) for a, b in spans]
    whole = quoting(" ".join(QUOTE.split()))
    assert marks_asked(quoted_spans(whole, cited), cited) == ""


@pytest.mark.parametrize(
    "asked", [(), ("x",), ("1-5",), ("30-20",), ("20-30", "25-40"), ("9-999",)]
)
def test_marks_beyond_the_quote_are_none(asked: tuple[str, ...]) -> None:
    assert marks_read(asked, 10, 50) == [(10, 50)]
