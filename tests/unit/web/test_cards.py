"""A source's card: what it is, why it was found, how to cite it, and the way back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rag_assistant.answer import Answer, Link, Ranked
from rag_assistant.schema import How, Notice, Way
from rag_assistant.web.components import cards, render
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.kinds import kind_of
from rag_assistant.web.components.why import low_words, why_words
from tests.answers import (
    OPENED,
    QUESTION,
    make_answer,
    make_capture,
    make_citation,
    make_run,
    make_sentence,
    written,
)

BOTH = How(
    words=Way(rank=2, score=0.8),
    meaning=Way(rank=1, score=0.71),
    matched=("bridge", "opened"),
)


def card(answer: Answer, beside: Beside | None = None) -> str:
    exchange = Exchange(
        question=QUESTION, audience="staff", answer=answer, beside=beside or Beside()
    )
    return cards.sources([exchange])


def told(answer: Answer) -> str:
    return render.conversation([Exchange(question=QUESTION, audience="staff", answer=answer)])


def found(*ranked: Ranked, **facts: Any) -> Answer:
    return make_answer(run=make_run(retrieved=ranked), **facts)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "text", "capture": make_capture()}, "Web page"),
        ({"kind": "component"}, "Finding aid entry"),
        ({"kind": "newspaper", "place": {"page": "3"}}, "Newspaper page"),
        ({"kind": "newspaper"}, "Newspaper"),
        ({"kind": "transcript", "place": {"speaker": "Ada"}}, "Oral history"),
        ({"kind": "catalogue record", "described_by": "cataloguer"}, "Catalogue record"),
        ({"kind": "book", "described_by": "cataloguer"}, "Catalogue record: Book"),
        ({"kind": "broadside"}, "Broadside"),
        ({"kind": ""}, ""),
    ],
)
def test_a_source_is_called_what_it_is(facts: dict[str, Any], words: str) -> None:
    assert kind_of(make_citation(**facts)) == words


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (
            BOTH,
            "Found by its words (place 2) and by its meaning (place 1). Matched: bridge, opened.",
        ),
        (How(words=Way(rank=3, score=0.2), matched=("mill",)),
         "Found by its words (place 3). Matched: mill."),
        (How(meaning=Way(rank=1, score=0.4)),
         "Found by its meaning (place 1). None of the words of the search stands in it."),
    ],
)  # fmt: skip
def test_why_it_was_found_is_said_in_words(how: How, words: str) -> None:
    assert why_words(how) == words


def test_numbers_come_after_the_words() -> None:
    markup = card(found(Ranked(passage_id="passage-1", score=0.77, how=BOTH)))
    assert markup.index("Found by its words") < markup.index("<dd>0.80</dd>")
    assert "<dd>0.71</dd>" in markup
    assert "<dd>0.77</dd>" in markup
    assert "%" not in re.sub(r'(title|href)="[^"]*"', "", markup)


def test_what_was_hardly_found_says_so() -> None:
    ranked = [Ranked(passage_id=f"passage-{n}", score=s) for n, s in ((1, 0.9), (2, 0.44))]
    answer = found(*ranked, citations=(make_citation(1), make_citation(2)))
    assert low_words(answer, "passage-1") == ""
    assert low_words(answer, "passage-2").startswith("Low relevance")
    assert card(answer).count('class="low"') == 1


def test_an_older_record_says_that_it_does_not_know() -> None:
    assert "is not recorded" in card(found(Ranked(passage_id="passage-1", score=1.0)))


def test_the_ways_to_a_source_and_back_meet() -> None:
    first = make_sentence("One.", 2, 1, support="supported")
    again = make_sentence("Two.", 1, support="unsupported")
    cited = (make_citation(1), make_citation(2, title="The <old> mill", language="de"))
    answer = written(first, again, citations=cited)
    shown, panel = told(answer), card(answer)
    assert re.findall(r'id="(cites-\d)"', shown) == ["cites-2", "cites-1"]
    assert re.findall(r'href="#(cites-\d)"', panel) == ["cites-1", "cites-2"]
    assert shown.count('href="#source-1"') == 2
    heard = '>: <bdi lang="de">The &lt;old&gt; mill</bdi></span></a>'
    assert heard in shown


def test_a_source_that_no_sentence_cites_leads_nowhere_back() -> None:
    answer = make_answer(citations=(make_citation(1), make_citation(2)))
    assert re.findall(r'href="#(cites-\d)"', card(answer)) == ["cites-1"]


def test_names_of_links_are_told_apart() -> None:
    answer = make_answer(citations=(make_citation(1), make_citation(2, title="The mill")))
    markup = card(answer)
    names = [
        re.sub("<[^>]+>", "", name)
        for item in re.findall(r"<li.*?</li>", markup)
        for name in re.findall(r"<(?:a|summary|button)\b.*?>(.*?)</(?:a|summary|button)>", item)
    ]
    assert len(names) == len(set(names)) == 15


def test_only_staff_items_are_marked_and_notices_stand_before_the_words() -> None:
    one = Notice(type="Content notice", text="Names the dead.", language="en")
    answer = make_answer(citations=(make_citation(1, notices=(one,)), make_citation(2)))
    markup = card(answer, Beside(closed=frozenset({1})))
    assert markup.count("Staff only") == 1
    assert markup.index("Names the dead.") < markup.index("<mark>")


def test_the_best_way_to_the_place_comes_first() -> None:
    kinds = ("item", "replay", "image", "viewer")
    links = tuple(Link(kind=one, label=one, url=f"https://x.example/{one}") for one in kinds)
    markup = card(make_answer(citations=(make_citation(links=links),)))
    ways = re.findall(r'<a href="(?:https://x.example/)?([^"?]*)', markup)
    assert ways[:5] == ["viewer", "image", "replay", "/read/passage-1", "item"]


@pytest.mark.parametrize(("support", "sign"), [("unsupported", "⚠"), ("unchecked", "?")])
def test_doubt_is_told_by_a_line_a_mark_and_words(support: str, sign: str) -> None:
    label = {"unsupported": "Not found in the cited source", "unchecked": "Not checked"}[support]
    markup = told(written(make_sentence(OPENED, 1, support=support)))
    assert f'<span class="doubted">{OPENED}</span>' in markup
    assert f'<span class="sign"> {sign}</span> {label}</span>' in markup


def test_whose_words_an_answer_has_stands_before_it() -> None:
    quoted = told(make_answer())
    assert quoted.index("Quotations only") < quoted.index(OPENED)
    wrote = told(written(make_sentence(OPENED, 1, support="supported")))
    assert wrote.index(">AI</span> Written by gemma3:4b") < wrote.index(OPENED)
    assert "Quotations only" not in wrote
