"""What the search and the collections show: hostile words stay words, numbers add up."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore.facets import Facets
from rag_assistant.retrieval.finding import Looked
from rag_assistant.schema import Entry, Hit, Notice, Rights
from rag_assistant.web.components.bars import bars
from rag_assistant.web.components.found import Result
from rag_assistant.web.components.holdings import Holding, holdings
from rag_assistant.web.components.markup import tag
from rag_assistant.web.components.results import counted, nothing, results, window
from rag_assistant.wording import speaking

HOSTILE = '<img src=x onerror="alert(1)">\n\n[a](javascript:alert(1)) ![b](https://x.example)'
ENTRY = Entry(
    passage_id="p1",
    document_id="d1",
    section_id="s1",
    collection="town",
    access="public",
    use="answer",
    language="en",
    kind=HOSTILE,
    title=HOSTILE,
    headings=(),
    start=0,
    end=9,
    text=HOSTILE,
    sentences=(),
    date_from=None,
    date_to=None,
    text_hash="",
)
HIT = Hit(
    rank=1,
    score=1.0,
    entry=ENTRY,
    locator=HOSTILE,
    uri="javascript:alert(1)",
    archive_url="",
    captured_at="",
    versions=1,
    notices=(Notice(type=HOSTILE, text=HOSTILE, uri="javascript:alert(1)"),),
)
RESULT = Result(
    hit=HIT,
    marks=((1, 4),),
    others=2,
    collection=HOSTILE,
    creator=HOSTILE,
    date=HOSTILE,
    text_origin="unknown",
    rights=Rights(uri="data:text/html,x", label=HOSTILE),
    visits=None,
)
HOLDING = Holding(
    config=CollectionConfig(
        id="town",
        title=HOSTILE,
        description=HOSTILE,
        contact=HOSTILE,
        access="public",
        date_range="1899/1905",
    ),
    documents=3,
    passages=5,
    years=[(1900, 1900), (1902, 1903)],
    undated=1,
    kinds={HOSTILE: 3},
    languages={"en": 2, "de": 1},
    uses={"answer": 2, "list": 1},
    pages_without_text=4,
    coverage={"lexical": 1.0, "vectors": 0.839},
    updated="2026-11-30T07:58:01+00:00",
)


def looked(**facts: object) -> Looked:
    told = {"hits": (), "total": 2, "at_least": False, "facets": Facets(documents=2)}
    more = {"searched": 9, "marks": (), "others": ()}
    return Looked(**{**told, **more, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize("shown", [results([RESULT]), holdings([HOLDING])])
def test_hostile_words_are_shown_as_words(shown: str) -> None:
    for markup in (shown, MarkdownIt("commonmark").render(shown)):
        assert "<img" not in markup
        assert 'href="javascript' not in markup
        assert 'href="data' not in markup
        assert 'href="https://x.example' not in markup
    assert "\n" not in shown


def test_a_result_tells_what_it_is() -> None:
    plain = replace(ENTRY, title="The bridge", kind="letter", text="", access="staff")
    hit = replace(HIT, entry=plain, beneath=("p2", "p3"), notices=(), locator="p. 3")
    shown = results([replace(RESULT, hit=hit, creator="Venn", date="1868", rights=None)])
    for words in ("May only be listed", "Staff only", "2 near-duplicates", "Rights: not stated"):
        assert words in shown
    assert "2 more passages of it" in shown
    assert "<blockquote" not in shown
    assert 'href="/read/p1#q"' in shown
    assert '<button type="button" value="p1"' in shown


@pytest.mark.parametrize("place", [0, 500, 900, 1990])
def test_a_snippet_holds_the_marked_word_and_ends_between_words(place: int) -> None:
    text = "word " * 400
    begin = place // 5 * 5
    start, end = window(text, [(begin, begin + 4)])
    assert start <= begin < begin + 4 <= end
    assert end - start <= 340
    assert start == 0 or text[start - 1] == " "
    assert end == len(text) or text[end] == " "


def test_numbers_are_said_as_they_are() -> None:
    assert "2 documents were found. 9 documents were searched." in counted(looked())
    assert "At least 2 documents were found." in counted(looked(at_least=True))
    assert "No document holds these words" in counted(looked(worded=False))
    assert "With near-duplicates: 5." in counted(looked(facets=Facets(documents=5)))
    assert "1 document was found." in counted(looked(total=1))
    silent = nothing(9, narrowed=True, together="Town papers")
    assert "Searched: Town papers." in silent
    assert "Remove a filter." in silent
    assert "Remove a filter." not in nothing(9, narrowed=False, together="")
    assert "It may still exist" in silent


def test_gaps_plots_and_what_is_not_searched() -> None:
    shown = holdings([HOLDING])
    assert "1899, 1901, 1904–1905" in shown
    assert "by meaning: 83 % so far" in shown
    assert "4 pages have no text" in shown
    assert "1 document may only be listed" in shown
    assert "could not be read" not in shown
    assert "Access" not in shown
    staff = replace(HOLDING, staff_only=2, failed={"damaged PDF": 26}, skipped={"picture": 84})
    told = holdings([staff])
    assert "26 items could not be read" in told
    assert "84 items were passed over" in told
    assert "Public; 2 documents staff only" in told


def test_bars_are_a_table_of_numbers() -> None:
    with speaking("de"):
        table = bars([("1868", 0), ("1869", 1), ("1870", 12000)], caption="By year", what="Years")
    assert "<caption>By year</caption>" in table
    assert "12.000" in table
    assert re.findall(r"bar-(\d+)", table) == ["0", "1", "25"]
    assert bars([], caption="", what="") == ""


def test_a_button_sends_its_form_at_most() -> None:
    with pytest.raises(ValueError, match="a button does nothing but"):
        tag("button", "Go", type="reset")
    with pytest.raises(ValueError, match="not allowed"):
        tag("button", "Go", formaction="https://elsewhere.example")
    with pytest.raises(ValueError, match="not allowed"):
        tag("td", "x", style="color: red")
