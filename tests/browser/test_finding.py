"""The desk's search and what is held, as people meet them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.devtools import Page
from tests.browser.test_desk import arrive, foreign, kept, text
from tests.served import LISTED, STAFF, VAULT, Served

pytestmark = pytest.mark.browser

RESULTS = "document.querySelectorAll('#found-list .result')"
BOX = "document.querySelector('#find-for :is(input, textarea)')"


def open_tab(page: Page, name: str) -> None:
    tabs = "[...document.querySelectorAll('#tabs [role=tab]')]"
    page.wait(f"{tabs}.length > 2")
    page.js(f"{tabs}.find(one => one.textContent.trim() === {name!r}).click()")


def arrive_at_search(page: Page, server: Served, path: str = "/") -> None:
    arrive(page, server, path)
    open_tab(page, "Search")
    page.wait(f"{RESULTS}.length > 1")


def search(page: Page, query: str, told: str) -> None:
    """Search with the keyboard, and wait for words about what was found."""
    page.js(f"{BOX}.focus(); {BOX}.select()")
    page.write(query)
    page.press("Enter")
    page.wait(f"document.querySelector('#found-count').textContent.includes({told!r})")


def labels(page: Page, facet: str) -> list[str]:
    found: list[str] = page.js(
        f"[...document.querySelectorAll('#facet-{facet} label')].map(one => one.innerText.trim())"
    )
    return found


def test_what_there_is_is_shown_before_anybody_searches(page: Page, quoting: Served) -> None:
    arrive_at_search(page, quoting)
    assert text(page, "#found-count").startswith("4 documents.")
    assert labels(page, "decades") == ["Any", "1860s (1)", "1900s (1)"]
    assert labels(page, "persons") == ["Venn, Ada (1)"]
    shown = text(page)
    for word in (STAFF, VAULT, LISTED):
        assert word not in shown


def test_results_are_marked_counted_and_narrowed(page: Page, quoting: Served) -> None:
    arrive_at_search(page, quoting)
    before = kept(page)
    search(page, "iron bridge", "searched")
    first = "#found-list .result"
    assert "The iron bridge" in text(page, first)
    marked = page.js(f"[...document.querySelectorAll('{first}:first-child mark')].length")
    assert marked >= 2
    assert "Venn, Ada" in text(page, first)
    assert "Rights: not stated" in text(page, first)
    said = page.js("[...document.querySelectorAll('[role=status]')].map(one => one.textContent)")
    assert sum("searched" in one for one in said) == 1
    page.js("document.querySelectorAll('#facet-decades input')[1].click()")
    page.wait(f"{RESULTS}.length === 1")
    assert len(labels(page, "decades")) == 3  # what could be chosen instead stays
    assert page.js(
        "[...document.querySelectorAll('#facet-decades input')].map(one => one.checked)"
    ) == [*(False, True, False)]
    assert page.js("document.querySelector('#facet-dates :is(input, textarea)').value") == "1860"
    page.js("document.querySelector('#facets-clear').click()")
    page.wait(f"{RESULTS}.length > 1")
    assert page.js("document.querySelector('#facet-dates :is(input, textarea)').value") == ""
    assert foreign(page, quoting) == []
    assert kept(page) == before
    assert "iron" not in page.js("location.href")


def test_nothing_found_says_where_and_what_may_help(page: Page, quoting: Served) -> None:
    arrive_at_search(page, quoting)
    search(page, '"no such words stand here"', "Nothing was found with these words.")
    told = text(page, "#found-count")
    assert "Searched: Town papers." in told
    assert "It may still exist, here or elsewhere." in told
    assert f"{VAULT}" not in told


def test_a_result_leads_to_a_question_about_it(page: Page, quoting: Served) -> None:
    arrive_at_search(page, quoting)
    search(page, "paper mill", "searched")
    page.js("document.querySelector('#found-list button.ask-about').focus()")
    page.press("Enter")
    page.wait("document.activeElement === document.querySelector('#question textarea')")
    assert page.js("document.querySelector('#question textarea').value") == ""
    assert "About: The paper mill" in text(page, "#about-row")
    page.write("When did it burn down?")
    page.press("Enter")
    page.wait("document.querySelector('#conversation .answer')")
    assert "1902" in text(page, "#conversation")
    page.wait("document.querySelector('#conversation .applied')")
    assert "Searched: “The paper mill”" in page.js(
        "document.querySelector('#conversation .applied').textContent"
    )
    page.js("document.querySelector('#about-end').click()")
    page.wait("!document.querySelector('#about-row')?.checkVisibility()")
    page.wait("document.activeElement === document.querySelector('#question textarea')")


def test_what_is_held_is_told_with_its_numbers(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    open_tab(page, "Collections")
    page.wait("document.querySelector('#holdings-list .bars')")
    told = text(page, "#holdings-list")
    assert "4 documents" in told
    assert "1 document may only be listed" in told
    assert "could not be read" not in told
    rows = page.js("""[...document.querySelectorAll('#holdings-list .bars')].map(table => [
        table.caption.textContent,
        [...table.rows].slice(1).map(row => [...row.cells].map(one => one.innerText.trim())),
    ])""")
    assert rows[0] == [
        "Documents by decade",
        [["1860–1869", "1"], *([f"18{n}0–18{n}9", "0"] for n in (7, 8, 9)), ["1900–1909", "1"]],
    ]
    assert rows[1] == ["Documents by kind", [["Text", "4"]]]
    wide = page.js("document.querySelector('.bar-25').getBoundingClientRect().width")
    assert wide > 40
    assert foreign(page, quoting) == []


@pytest.mark.parametrize("width", [320, 1280])
def test_both_fit_every_window(page: Page, quoting: Served, screenshots: Path, width: int) -> None:
    page.resize(width, 800)
    arrive_at_search(page, quoting)
    search(page, "bridge", "searched")
    fits_in_every_theme(page, screenshots, f"search-{width}", width)
    open_tab(page, "Collections")
    page.wait("document.querySelector('#holdings-list .bars')?.checkVisibility()")
    fits_in_every_theme(page, screenshots, f"collections-{width}", width)
    page.open(f"{quoting.address}/collections")
    fits_in_every_theme(page, screenshots, f"collections-page-{width}", width)


def fits_in_every_theme(page: Page, folder: Path, name: str, width: int) -> None:
    for theme in ("light", "dark", "contrast"):
        page.js(f"document.documentElement.dataset.theme = {theme!r}")
        page.shoot(folder / f"{name}-{theme}.png", whole=True)
        assert page.js("document.documentElement.scrollWidth") <= width
