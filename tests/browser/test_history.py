"""Captured pages in the chat, and the history of a page, as people meet them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.crawl import FERRY, HOSTILE, PAYLOAD, index_crawl
from tests.browser.devtools import Page
from tests.browser.hostile import settle
from tests.browser.test_desk import CONTRAST, arrive, ask, foreign, portray, text
from tests.served import Served, serving

pytestmark = pytest.mark.browser

QUESTION = "When does the first boat sail from Monday to Friday?"
FARE = "How much did a single ticket cost for adults?"


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = index_crawl(tmp_path_factory.mktemp("crawl"))
    with serving(settings.data, RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        yield server


def narrow(page: Page, field: str, words: str) -> None:
    """Open the filters and write into the field of that name, with the keyboard alone."""
    page.js("document.querySelector('#filters > button').focus()")
    page.press("Enter")
    page.wait("document.querySelector('#filters > button').ariaExpanded === 'true'")
    label = "document.activeElement.closest('label')?.innerText ?? ''"
    for _ in range(10):
        page.press("Tab")
        if page.js(label).startswith(field):
            break
    assert page.js(label).startswith(field)
    page.write(words)


def follow(page: Page, words: str) -> None:
    """Go where the first link of that text leads, on the desk from its sources."""
    href = page.js(f"""[...(document.querySelector('#sources') ?? document).querySelectorAll('a')]
        .find(one => one.innerText.includes({words!r})).href""")
    page.open(href)


def test_an_older_page_is_told_with_what_came_after(page: Page, crawl: Served) -> None:
    arrive(page, crawl)
    narrow(page, "Web pages as they stood on", "2018-12")
    ask(page, QUESTION)
    assert text(page, ".applied").endswith("Web pages as they stood on 31 December 2018")
    assert "9.15" in text(page, ".answer")
    card = text(page, "#sources .source")
    assert "Captured 9 September 2018 · seen in 2 captures, 2016–2018" in card
    assert "The page has other words since 4 May 2019." in card
    assert "3 versions, 2016–2022 · what changed" in card
    assert FERRY in card
    follow(page, "See what changed")
    page.wait("location.hash === '#next'")
    assert page.js("document.querySelector('#next').closest('.change').id") == "change-1"
    assert FERRY not in page.js("location.href")
    assert page.js("document.scripts.length") == 0
    assert foreign(page, crawl) == []


def test_a_wrong_day_is_told_in_the_pages_words(page: Page, crawl: Served) -> None:
    arrive(page, crawl)
    narrow(page, "Web pages as they stood on", "some day")
    ask(page, QUESTION)
    assert "Web pages as they stood on: 'some day' is no date." in text(page, ".problem")


def test_the_history_is_read_without_colours(page: Page, crawl: Served) -> None:
    arrive(page, crawl)
    ask(page, FARE)
    follow(page, "what changed")
    stays = page.js("[...document.querySelectorAll('.timeline > li')].map(one => one.innerText)")
    assert stays[0].startswith("Version 1 · seen in 1 capture · 10 March 2016, 09:00 UTC")
    assert stays[1].startswith("No page (HTTP 404) on 3 June 2017")
    assert stays[2].startswith("Version 1 again · seen in 1 capture · 9 September 2018")
    assert stays[3].startswith("Version 2 · seen in 4 captures · 4 May 2019 – 12 July 2021")
    assert stays[4].startswith("Version 3 · seen in 1 capture · 1 March 2022")
    first = text(page, "#change-1")
    assert first.startswith("Changed between 9 September 2018 and 4 May 2019")
    marks = """[...document.querySelectorAll('#change-1 del, #change-1 ins')]
        .map(one => [one.textContent, getComputedStyle(one).textDecorationLine])"""
    assert ["removed: 9.15", "line-through"] in page.js(marks)
    assert ["added: 8.40", "underline"] in page.js(marks)
    assert "Note 4" not in page.js("document.querySelector('#change-1 details').innerText")
    page.js("document.querySelector('#change-1 summary').click()")
    assert "Note 4" in text(page, "#change-1 details")
    replayed = page.js("document.querySelector('.stay a').href")
    assert replayed == f"https://replay.example.org/web/20160310090000/{FERRY}"
    links = page.js("[...document.querySelectorAll('a')].map(one => one.href)")
    assert FERRY not in links  # the live page may say something else today


@pytest.mark.parametrize("width", [320, 1280])
def test_changes_stand_side_by_side_where_there_is_room(
    page: Page, crawl: Served, width: int
) -> None:
    page.resize(width, 800)
    arrive(page, crawl)
    ask(page, FARE)
    assert page.js("document.documentElement.scrollWidth") <= width
    follow(page, "Read in full")
    assert page.js("document.documentElement.scrollWidth") <= width
    follow(page, "what changed")
    assert page.js("document.documentElement.scrollWidth") <= width
    before, after = (
        page.js(f"document.querySelector('.pair.two > {one}').getBoundingClientRect().left")
        for one in (".before", ".after")
    )
    assert (after > before + 200) == (width > 1000)
    small = page.js("""[...document.querySelectorAll('summary, .captures a, .links a')]
        .filter(one => one.checkVisibility())
        .filter(one => one.getBoundingClientRect().height < 24)
        .map(one => one.outerHTML)""")
    assert small == []
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        assert page.js(CONTRAST) == [], scheme


def test_hostile_addresses_and_words_are_text(page: Page, crawl: Served) -> None:
    arrive(page, crawl)
    ask(page, "What stands on the notice on the door of the trapper's lodge?")
    assert PAYLOAD in text(page, "#sources")
    follow(page, "what changed")
    assert page.js("document.querySelector('h1').textContent") == PAYLOAD
    assert PAYLOAD in page.js("document.querySelector('#change-1').textContent")
    assert HOSTILE in text(page, "main")
    inner = "document.querySelectorAll('script, img, form, svg, iframe, style, [style]')"
    assert page.js(f"{inner}.length") == 0
    settle(page)
    assert page.js("window.ran") is None
    assert foreign(page, crawl) == []


def test_the_reading_page_leads_to_the_history(page: Page, crawl: Served) -> None:
    arrive(page, crawl)
    ask(page, "Who won the silver oar at the regatta of the ferrymen?")
    card = page.js("""[...document.querySelectorAll('#sources .source')]
        .find(one => one.innerText.includes('A regatta')).innerText""")
    assert "seen in 1 capture" in card
    assert "what changed" not in card
    narrow(page, "Web pages as they stood on", "2016-12-31")
    ask(page, QUESTION)
    follow(page, "Read in full")
    assert "9 September 2018 · seen in 2 captures, 2016–2018" in text(page, ".description")
    assert "The page has other words since 4 May 2019." in text(page, ".newer")
    follow(page, "3 versions")
    assert text(page, "h1") == "Ferry timetable"


def test_pictures_of_histories_can_be_taken(page: Page, crawl: Served, screenshots: Path) -> None:
    arrive(page, crawl)
    narrow(page, "Web pages as they stood on", "2018-12")
    ask(page, QUESTION)
    portray(page, screenshots, "captured")
    follow(page, "Read in full")
    portray(page, screenshots, "reading")
    follow(page, "what changed")
    portray(page, screenshots, "history")
