"""References in the page: the formatted line, the links, the COinS spans, the ways to files."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl, urlsplit

from rag_assistant.answer import Link
from rag_assistant.reciting import Cited
from rag_assistant.schema import Record
from rag_assistant.web.components import cards
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.conversation import Exchange
from tests.answers import QUESTION, make_answer, make_capture, make_citation, make_sentence, silent


class Spans(HTMLParser):
    """The titles of COinS spans, as a browser reads them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.titles: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "span" and named.get("class") == "Z3988":
            self.titles.append(named.get("title") or "")


def panel(*citations: object, beside: Beside | None = None) -> str:
    answer = make_answer(citations=citations, sentences=(make_sentence("x", 1),))
    known = beside or Beside()
    return cards.sources(
        [Exchange(question=QUESTION, audience="public", answer=answer, beside=known)]
    )


def test_there_is_exactly_one_span_a_source() -> None:
    nasty = "A \"quoted\" <b>title</b> & more\n= + % 😀 'x'"
    markup = panel(
        make_citation(1, title=nasty),
        make_citation(2, record=Record(type="book", title="Tolls")),
        make_citation(3, capture=make_capture(), uri="http://ferry.example/?a=1&b=2"),
    )
    cards_there = re.findall(r'<li[^>]* class="source".*?</li>', markup)
    assert len(cards_there) == 3
    read = [[dict(parse_qsl(one)) for one in Spans(card).titles] for card in cards_there]
    assert [len(one) for one in read] == [1, 1, 1]
    assert len(Spans(markup).titles) == 3
    assert read[0][0]["rft.title"] == " ".join(nasty.split())
    assert read[1][0]["rft.btitle"] == "Tolls"
    assert read[2][0]["rft_id"] == "http://ferry.example/?a=1&b=2"


def test_the_collection_of_a_source_is_told_by_its_title() -> None:
    (title,) = Spans(panel(make_citation(), beside=Beside(titles={"town": "Town & county"}))).titles
    assert dict(parse_qsl(title))["rft.source"] == "Town & county"


def test_the_reference_and_the_links_stand_in_the_card() -> None:
    links = (
        Link(kind="replay", label="Open the archived page", url="https://replay.example/1"),
        Link(kind="image", label="Picture of these words", url="https://iiif.example/1"),
        Link(kind="viewer", label="Nothing to open", url="javascript:alert(1)"),
        Link(kind="content-state", label="IIIF content state", url="eyJ"),
    )
    markup = panel(make_citation(reference="Venn, <Ada>. Bridges.", links=links))
    assert '<bdi id="source-1-reference">Venn, &lt;Ada&gt;. Bridges.</bdi></p>' in markup
    hrefs = [unescape(one) for one in re.findall(r'<a href="([^"]*)"', markup)]
    assert hrefs[:3] == [
        "https://iiif.example/1",
        "https://replay.example/1",
        "/read/passage-1?start=0&end=41#q",
    ]
    assert "javascript:" not in markup
    assert "eyJ" not in markup


def test_files_are_a_link_away_without_any_script() -> None:
    cited = (
        make_citation(1, start=3, end=9),
        make_citation(2, capture=make_capture("20190503120000")),
    )
    markup = panel(*cited)
    hrefs = [unescape(one) for one in re.findall(r'<a href="(/api/references[^"]*)"', markup)]
    names = [urlsplit(one).path.rpartition(".")[2] for one in hrefs]
    assert names == 3 * ["ris", "bibtex", "csl-json", "text"]  # of each source, and of both
    for href, passage in zip(
        hrefs[:8:4], ["passage-1:3-9", "passage-2:0-41@20190503120000"], strict=True
    ):
        assert parse_qs(urlsplit(href).query)["passage"] == [passage]
    for href in hrefs[8:]:
        passages = parse_qs(urlsplit(href).query)["passage"]
        assert passages == ["passage-1:3-9", "passage-2:0-41@20190503120000"]
        assert [Cited.read(one) for one in passages] == [Cited.of(one) for one in cited]
    assert QUESTION.split()[0] not in "".join(hrefs)


def test_an_answer_without_sources_offers_none() -> None:
    markup = cards.sources([Exchange(question=QUESTION, audience="public", answer=silent())])
    assert "references" not in markup
    assert Spans(markup).titles == []
