"""The history of a web page as a page, and what stands beside captured sources."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import httpx
import pytest

from rag_assistant.answer import Scope
from rag_assistant.diffing import Unit, compare
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.history import Change, History, Seen, Version
from rag_assistant.retrieval import Retrieved
from rag_assistant.schema import Entry, Filters, Hit
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.cards import alike_words
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.days import last_day, span, years
from rag_assistant.web.components.render import applied
from rag_assistant.web.components.visits import Visits, history_link, newer, seen_words
from rag_assistant.web.pages.history_page import page
from rag_assistant.web.pages.timeline import stays
from tests.browser.crawl import FAHRPLAN, FERRY, HOSTILE, MIRROR, PAYLOAD, STAFF_WORD, index_crawl
from tests.served import Served, serving

REPLAY = "https://replay.example.org"


# ---------------------------------------------------------------- histories made by hand


def seen(timestamp: str, version: int | None, status: int = 200) -> Seen:
    return Seen(
        timestamp=timestamp.ljust(14, "0"),
        uri="http://example.org/",
        collection="crawl",
        version=version,
        status=status,
        document_id=f"d{version}" if version else None,
        archive_url=f"{REPLAY}/{timestamp}" if version else "",
        warc_record_id="",
        source_file="crawl.warc.gz",
        offset=None,
        payload_digest="",
    )


def units(*texts: str) -> tuple[Unit, ...]:
    """Sentences of one section with a space between each two."""
    found, at = [], 0
    for text in texts:
        found.append(Unit(section_id="s", start=at, end=at + len(text), text=text))
        at += len(text) + 1
    return tuple(found)


def history(
    captures: Sequence[Seen],
    texts: dict[int, tuple[str, ...]],
    *,
    language: str = "en",
    url: str = "http://example.org/",
) -> History:
    """A history whose versions have these sentences; none are those of a version only listed."""
    pages = [one for one in captures if one.version]
    of_version = {number: [one for one in pages if one.version == number] for number in texts}
    return History(
        url=url,
        captures=tuple(captures),
        versions=tuple(
            Version(
                number=number,
                document_id=f"d{number}",
                collection="crawl",
                title="A page",
                language=language,
                first_seen=visits[0].timestamp,
                last_seen=visits[-1].timestamp,
                captures=len(visits),
                archive_url="",
            )
            for number, visits in of_version.items()
        ),
        changes=tuple(
            change(one, other, texts)
            for one, other in pairwise(pages)
            if one.version != other.version
        ),
    )


def change(one: Seen, other: Seen, texts: dict[int, tuple[str, ...]]) -> Change:
    before, after = one.version or 0, other.version or 0
    shown = texts[before] and texts[after]
    return Change(
        before=before,
        after=after,
        last_before=one.timestamp,
        first_after=other.timestamp,
        blocks=compare(units(*texts[before]), units(*texts[after])) if shown else (),
    )


def plain(html: str) -> str:
    """The words of markup."""
    return re.sub(r"<[^>]+>", "", html)


def test_captures_in_a_row_are_one_stay() -> None:
    found = stays(
        [
            seen("20160101", 1),
            seen("20160201", 1),
            seen("20170603", None, 404),
            seen("20170703", None, 404),
            seen("20180101", 1),
            seen("20190101", 2),
        ]
    )
    told = [(one.version, len(one.captures), one.again) for one in found]
    assert told == [(1, 2, False), (None, 2, False), (1, 1, True), (2, 1, False)]


def test_redirects_do_not_cut_a_stay() -> None:
    """A site that sends visitors from http: to https: is redirected at every visit."""
    every = [
        one
        for year in range(2010, 2020)
        for one in (
            seen(f"{year}0101000000", None, 301),
            seen(f"{year}0101000001", None, 302),
            seen(f"{year}0101000002", 1),
        )
    ]
    found = stays(every)
    assert [(one.version, len(one.captures), len(one.moved)) for one in found] == [
        (None, 2, 0),
        (1, 10, 18),
    ]
    shown = plain(page(history(every, {1: ("Words.",)}), "d1"))
    assert "Moved (HTTP 301, 302) in 2 captures, 1 January 2010" in shown
    assert "Moved (HTTP 301, 302) in 18 captures, then the same again" in shown


def test_what_stood_between_two_versions_is_a_gap() -> None:
    captures = [
        seen("20160101", 1),
        seen("20170101", None, 301),
        seen("20180101", None, 503),
        seen("20190101", None, 200),
        seen("20200101", 2),
    ]
    shown = plain(page(history(captures, {1: ("One.",), 2: ("Two.",)}), "d1"))
    assert "Moved (HTTP 301) on 1 January 2017" in shown
    assert "No page (HTTP 503) on 1 January 2018" in shown
    assert "No text that could be read (HTTP 200) on 1 January 2019" in shown


def test_words_are_marked_for_eyes_and_ears() -> None:
    found = history(
        [seen("20180909", 1), seen("20190504", 2)],
        {
            1: ("Das Boot fährt um 9.15 Uhr ab.", "Hunde fahren frei."),
            2: ("Das Boot fährt um 8.40 Uhr ab.", "Hunde fahren frei.", "Sonntags nie."),
        },
        language="de",
    )
    shown = page(found, "d2")
    said = '<span class="visually-hidden" lang="en" dir="ltr">'
    assert f"<del>{said}removed: </span>9.15</del>" in shown
    assert f"<ins>{said}added: </span>8.40</ins>" in shown
    assert 'id="change-1"' in shown
    changed = plain(shown.partition('id="change-1"')[2])
    assert "Changed between 9 September 2018 and 4 May 2019" in changed
    assert "BeforeDas Boot fährt um removed: 9.15 Uhr ab." in changed
    assert "AfterDas Boot fährt um added: 8.40 Uhr ab." in changed
    assert "Addedadded: Sonntags nie." in changed
    assert shown.count('lang="de" dir="auto"') == 4


def test_a_reader_comes_to_the_change_that_followed() -> None:
    captures = [
        seen(f"{year}0101", number) for year, number in ((2018, 1), (2019, 2), (2020, 1), (2021, 3))
    ]
    found = history(captures, {1: ("One.",), 2: ("Two.",), 3: ("Three.",)})
    third = page(found, "d1").partition('id="change-3"')[2]
    assert '<span id="next">' in third
    assert 'id="next"' not in page(found, "d3")
    assert page(found, "d1").count('id="next"') == 1


def test_long_stretches_are_folded_and_short_ones_stand() -> None:
    many = tuple(f"Sentence {number} says what it always said." for number in range(40))
    found = history(
        [seen("20180101", 1), seen("20190101", 2)],
        {1: ("First it was.", *many, "Short."), 2: ("First it is.", *many, "Short.", "End.")},
    )
    shown = page(found, "d1")
    assert "<summary>41 sentences without changes</summary>" in shown
    assert "Sentence 39 says" in shown
    near = history(
        [seen("20180101", 1), seen("20190101", 2)],
        {1: ("It was.", "Short."), 2: ("It is.", "Short.")},
    )
    assert "<details" not in page(near, "d1").partition("change-1")[2]


def test_words_that_may_only_be_listed_are_not_shown() -> None:
    found = history([seen("20180101", 1), seen("20190101", 2)], {1: ("Open.",), 2: ()})
    assert "What changed cannot be shown here." in page(found, "d1")
    assert "Open." not in page(found, "d1")


def test_hostile_texts_are_only_text() -> None:
    found = history(
        [seen("20180101", 1), seen("20190101", 2)],
        {1: ("Calm.",), 2: (PAYLOAD, "</p></div></body>")},
        url="javascript:alert(1)//<script>",
    )
    bad = replace(found.captures[0], archive_url="javascript:alert(1)")
    shown = page(replace(found, captures=(bad, found.captures[1])), "d1")
    assert "<script" not in shown
    assert "<img" not in shown
    assert "</body" not in shown
    assert 'href="javascript' not in shown
    assert "&lt;script&gt;window.ran" in shown


def test_a_history_of_500_captures_stays_usable() -> None:
    captures = [
        seen(f"{2000 + number // 25}01{number % 25 + 1:02}", number // 2 + 1)
        for number in range(500)
    ]
    common = tuple(f"Sentence {number} says what it always said." for number in range(200))
    texts = {number: (f"Edition {number}.", *common) for number in range(1, 251)}
    found = history(captures, texts)
    began = time.perf_counter()
    shown = page(found, "d1")
    took = time.perf_counter() - began
    assert took < 5
    assert len(shown) < 1_500_000
    assert shown.count('<details class="year">') == 20
    assert "2001 · 24 captures · 12 versions" in plain(shown)
    assert shown.count("<summary><h3>") == len(found.changes) == 249
    assert "200 sentences without changes" in shown


def test_dates_in_words() -> None:
    assert last_day("2019") == "31 December 2019"
    assert last_day("2020-02") == "29 February 2020"
    assert last_day("2019-07-01") == "1 July 2019"
    assert last_day("-0043") == "-0043-12-31"
    assert last_day("some day") == "some day"
    assert span("20190504000000", "20190504235959") == "4 May 2019"
    assert years("20160101000000", "20210101000000") == "2016–2021"


# ---------------------------------------------------------------- beside an answer

VISITS = Visits(
    document_id="d1",
    timestamp="20180909101500",
    captures=5,
    first="20180101000000",
    last="20220101000000",
    next_version=None,
    of_address=7,
    address_first="20160101000000",
    address_last="20220101000000",
    versions=3,
)


def test_how_often_a_page_was_seen() -> None:
    assert seen_words(VISITS) == "seen in 5 captures, 2018–2022"
    assert seen_words(replace(VISITS, captures=1)) == "seen in 1 capture"
    assert plain(history_link(VISITS)) == "3 versions, 2016–2022 · what changed"
    assert 'href="/history/d1?at=20180909101500"' in history_link(VISITS)
    assert plain(history_link(replace(VISITS, versions=1))) == "All 7 captures, 2016–2022"
    assert history_link(replace(VISITS, of_address=1)) == ""
    assert newer(VISITS) == ""
    later = newer(replace(VISITS, next_version="20190504063000"))
    assert plain(later) == "The page has other words since 4 May 2019. See what changed"


def test_what_was_searched_is_told() -> None:
    beside = Beside(titles={"town": "Town papers"})
    assert applied(Filters(), beside) == ""
    assert applied(Filters(as_of="2019-07-01"), beside) == (
        "Web pages as they stood on 1 July 2019"
    )
    narrowed = Filters(
        collections=("town", "gone"), date_from="1900", date_to="1950", language="de", kind="letter"
    )
    assert applied(narrowed, beside) == (
        "Town papers, gone · from 1900 · to 1950 · in German · kind: Letter"
    )


def test_what_lies_beneath_is_counted() -> None:
    beside = Beside(alike={"p1": 3, "p2": 0})
    assert plain(alike_words(beside, "p1")) == " and 3 more like it"
    assert alike_words(beside, "p2") == ""
    assert alike_words(beside, "p3") == ""


def test_the_desk_keeps_what_the_search_has_put_together() -> None:
    entry = Entry(
        passage_id="p1",
        document_id="d1",
        section_id="s1",
        collection="crawl",
        access="public",
        use="answer",
        language="en",
        kind="",
        title="A page",
        headings=(),
        start=0,
        end=5,
        text="Words",
        sentences=((0, 5),),
        date_from=None,
        date_to=None,
        text_hash="",
    )
    hit = Hit(
        rank=1,
        score=1.0,
        entry=entry,
        locator="",
        uri="",
        archive_url="",
        captured_at="",
        versions=1,
        beneath=("p2", "p3"),
    )
    scope = Scope(
        collections=(),
        documents=1,
        dates=None,
        languages=(),
        pages_without_text=0,
        undated_excluded=0,
        updated=None,
    )
    found = Retrieved(hits=(hit,), bounds=Bounds(), scope=scope, coverage={}, seq=1)
    asked = Exchange(question="What?", audience="public").after(found)
    assert asked.beside.alike == {"p1": 2}


# ---------------------------------------------------------------- a real server


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = index_crawl(tmp_path_factory.mktemp("crawl"))
    with serving(settings.data, RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        yield server


@pytest.fixture
def public(crawl: Served) -> Iterator[httpx.Client]:
    with crawl.client() as client:
        yield client


@pytest.fixture
def owner(crawl: Served) -> Iterator[httpx.Client]:
    with crawl.client(owner=True) as client:
        yield client


def documents(server: Served, address: str) -> list[str]:
    """The documents that stood at an address, oldest first, whoever may see them."""
    docstore = Docstore(server.data)
    try:
        found = docstore.captures.at(address, Bounds())
    finally:
        docstore.close()
    return list(dict.fromkeys(one.document_id for one in found))


@pytest.mark.integration
def test_every_version_leads_to_the_history(crawl: Served, public: httpx.Client) -> None:
    *open_to_all, staffs = documents(crawl, FERRY)
    assert len(open_to_all) == 3
    pages = [public.get(f"/history/{one}") for one in open_to_all]
    assert {one.status_code for one in pages} == {200}
    for one in pages:
        assert "Seen in 7 captures, 10 March 2016 – 1 March 2022, in 3 versions." in one.text
        assert f'<a href="{REPLAY}/web/20220301170000/{FERRY}"' in one.text
        assert "No page (HTTP 404) on" in one.text
        assert f'href="{FERRY}"' not in one.text
        assert "<script" not in one.text
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["content-security-policy"]
    assert public.get(f"/history/{staffs}").status_code == 404


@pytest.mark.integration
def test_what_is_the_staffs_leaves_no_trace(
    crawl: Served, public: httpx.Client, owner: httpx.Client
) -> None:
    first, *_, staffs = documents(crawl, FERRY)
    told = public.get(f"/history/{first}").text
    assert STAFF_WORD not in told
    assert "2023" not in told
    assert "Version 4" not in told
    assert "Closed crawl" not in told
    for one in (first, staffs):
        whole = owner.get(f"/history/{one}").text
        assert STAFF_WORD in whole
        assert "in 4 versions" in whole
        assert "Closed crawl" in whole


@pytest.mark.integration
def test_words_that_stood_at_two_addresses(crawl: Served, public: httpx.Client) -> None:
    first, *_ = documents(crawl, FERRY)
    assert documents(crawl, MIRROR) == [first]
    at_ferry = public.get(f"/history/{first}").text
    assert "The same words were also captured at:" in at_ferry
    assert f'href="/history/{first}?at=20160501000000"' in at_ferry
    at_mirror = public.get(f"/history/{first}?at=20160501000000").text
    assert "Seen once, on 1 May 2016." in at_mirror
    assert MIRROR in at_mirror
    assert "The words are the same in every capture." in at_mirror


@pytest.mark.integration
def test_languages_and_hostile_titles(crawl: Served, public: httpx.Client) -> None:
    german = public.get(f"/history/{documents(crawl, FAHRPLAN)[0]}").text
    assert '<h1 lang="de" dir="auto">Fahrplan der Fähre</h1>' in german
    hostile = public.get(f"/history/{documents(crawl, HOSTILE)[0]}").text
    assert "<img" not in hostile
    assert "<script" not in hostile
    assert "&lt;script&gt;window.ran" in hostile


@pytest.mark.integration
def test_there_is_nothing_here(public: httpx.Client) -> None:
    reply = public.get("/history/0123456789abcdef")
    assert reply.status_code == 404
    assert "Not here" in reply.text
    assert public.get(f"/history/{FERRY}").status_code == 404


@pytest.mark.integration
def test_the_reading_page_tells_of_newer_words(crawl: Served, public: httpx.Client) -> None:
    body = {"query": "first boat sails", "k": 1, "filters": {"as_of": "2018-12"}}
    hit = public.post("/api/search", json=body).json()["hits"][0]
    assert hit["document_id"] == documents(crawl, FERRY)[0]
    shown = plain(public.get(f"/read/{hit['passage_id']}").text)
    assert "9 September 2018 · seen in 2 captures, 2016–2018" in shown
    assert "The page has other words since 4 May 2019. See what changed" in shown
    assert "3 versions, 2016–2022 · what changed" in shown
