"""The desk's second tab, as people meet it."""

from __future__ import annotations

import pytest

from tests.browser.devtools import Page
from tests.browser.test_desk import arrive, foreign, kept, text
from tests.served import STAFF, Served

pytestmark = pytest.mark.browser

BOX = "document.querySelector('#references textarea')"
CARDS = "document.querySelectorAll('#checked article')"


def open_tab(page: Page) -> None:
    page.wait("document.querySelectorAll('#tabs [role=tab]').length > 1")
    page.js("[...document.querySelectorAll('#tabs [role=tab]')].at(-1).click()")
    page.wait(f"{BOX}?.checkVisibility()")


def check(page: Page, references: str) -> None:
    """Paste references as a person does, and wait for the cards."""
    page.js(f"{BOX}.focus()")
    page.write(references)
    page.js("document.querySelector('#check').click()")
    page.wait(f"{CARDS}.length > 0")


def test_a_reference_is_checked_in_its_tab(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    open_tab(page)
    before = kept(page)
    check(page, "Venn, A. (1868). The iron bridge. <b>Town</b> press.")
    card = text(page, "#checked article")
    assert "Matched" in card
    assert "Venn, A. (1868). The iron bridge. <b>Town</b> press." in card
    assert "Agrees: title, author, date" in card
    hrefs = page.js("[...document.querySelectorAll('#checked .links a')].map(one => one.href)")
    assert hrefs[-1] == "https://catalogue.example.org/town-1"
    assert text(page, "[role=status].visually-hidden").startswith("Checked: 1 matched.")
    assert foreign(page, quoting) == []
    assert kept(page) == before


def test_what_is_not_found_leads_on_by_a_click_alone(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    open_tab(page)
    check(page, f"Marsh, Bo. Letter about {STAFF}. London: Verso, 1871.")
    card = text(page, "#checked article")
    assert "Not found among" in card
    assert "real works may be missing" in card
    link = "[...document.querySelectorAll('#checked .links a')].at(-1)"
    assert page.js(f"{link}.href").startswith("https://search.worldcat.org/search?q=Letter")
    assert page.js(f"{link}.target") == "_blank"
    assert "noopener" in page.js(f"{link}.rel")
    assert foreign(page, quoting) == []


@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_narrow_and_wide_windows(page: Page, quoting: Served, width: int) -> None:
    page.resize(width, 800)
    arrive(page, quoting)
    open_tab(page)
    check(page, "Venn, Ada. The iron bridge: " + "A cultural history " * 9 + "1868.")
    assert page.js("document.documentElement.scrollWidth") <= width
