"""How the desk stands in the window, where the focus goes, and what is lost on the way: nothing."""

from __future__ import annotations

import pytest

from tests.browser.devtools import Page
from tests.browser.test_desk import QUESTION, arrive, ask, text
from tests.served import Served

pytestmark = pytest.mark.browser

_EDGES = """(selector) => {
    const box = document.querySelector(selector).getBoundingClientRect();
    return [Math.round(box.left), Math.round(box.right)];
}"""


def edges(page: Page, selector: str) -> list[int]:
    found: list[int] = page.tab.evaluate(_EDGES, selector)
    return found


def test_all_parts_are_as_wide_as_each_other(page: Page, quoting: Served) -> None:
    page.resize(1280, 900)
    arrive(page, quoting)
    ask(page, QUESTION)
    for width in (1280, 1366, 1440, 1536, 1920):
        page.resize(width, 900)
        page.listen()
        assert edges(page, "#masthead .above") == edges(page, "#tabs") == edges(page, "#desk")
        left, right = edges(page, ".answer")
        assert right - left <= 46 * 16
    assert page.complaints == []


def test_the_search_fits_a_narrow_window(page: Page, quoting: Served) -> None:
    page.resize(640, 900)
    arrive(page, quoting)
    page.press("Escape")
    page.js("document.activeElement.blur()")
    page.press("s")
    page.wait("document.activeElement.matches('#find-for :is(input, textarea)')")
    page.wait("document.querySelector('#found-count p')")
    assert page.js("document.documentElement.scrollWidth <= innerWidth")
    page.js("document.querySelector('#facets-fold > button').click()")  # folded in such a window
    page.wait("document.querySelector('#facets label input')?.checkVisibility()")
    page.js("document.querySelector('#facets label:nth-of-type(2) input').click()")
    page.wait("document.querySelector('#facets-clear')?.checkVisibility()")
    page.js("document.querySelector('#facets-clear').focus()")
    page.press("Enter")
    page.wait("!document.querySelector('#facets-clear')?.checkVisibility()")
    page.wait("document.activeElement.closest('#finder')")
    page.js("document.activeElement.blur()")
    page.press("r")
    page.wait("document.activeElement.matches('#references textarea')")


def test_to_a_source_and_back(page: Page, quoting: Served) -> None:
    page.resize(1280, 500)
    arrive(page, quoting)
    ask(page, QUESTION)
    page.js("document.activeElement.blur()")
    page.press("1")
    page.wait("document.activeElement.id === 'source-1'")
    for _ in range(5):
        page.press("Tab")
    for _ in range(5):
        page.press("Tab", shift=True)
        assert page.js("""(() => {
            const heading = document.querySelector('#panel-heading').getBoundingClientRect();
            const focused = document.activeElement.getBoundingClientRect();
            return !document.activeElement.closest('#panel') || focused.top >= heading.bottom - 1;
        })()""")
    page.js("document.querySelector('#source-1').focus()")
    page.press("Escape")
    page.wait("document.activeElement.id === 'cites-1'")


def test_nothing_lies_behind_the_composer(page: Page, quoting: Served) -> None:
    page.resize(1280, 900)
    arrive(page, quoting)
    ask(page, QUESTION)
    assert not page.js("document.querySelector('#notice').checkVisibility()")
    last = page.js("document.querySelector('#taking').getBoundingClientRect().bottom")
    assert page.js("document.querySelector('#composer').getBoundingClientRect().top") - last >= 8


def test_a_conversation_is_not_lost_by_a_link(page: Page, quoting: Served) -> None:
    arrive(page, quoting, "/en/")
    assert page.js("document.querySelector('#masthead nav a').target") == "_blank"
    ask(page, QUESTION)
    page.js("document.querySelector('#masthead .languages a[lang=de]').click()")
    page.wait("document.querySelector('#leaving-dialog').open")
    page.press("Escape")
    assert page.js("location.pathname") == "/en/"
    assert "opened on 4 May 1868" in text(page, ".answer")
    page.js("document.querySelector('#masthead .languages a[lang=de]').click()")
    page.js("document.querySelector('[data-does=leave]').click()")
    page.wait("location.pathname === '/de/' && document.querySelector('#notice p')")
    assert "Zitate" in text(page, "#notice")  # what the desk says once it runs, too


def test_a_server_that_is_gone_is_told_in_the_pages_words(page: Page, quoting: Served) -> None:
    arrive(page, quoting, "/en/")
    page.offline()
    page.js("document.querySelector('#question textarea').focus()")
    page.write(QUESTION)
    page.press("Enter")
    page.wait("document.querySelector('#fault').textContent.includes('ask again')")
    assert page.js("document.querySelector('.toast-body')?.checkVisibility() ?? false") is False
    assert page.js("document.querySelector('#question textarea').value") == QUESTION
    page.offline(on=False)
    page.wait("!document.querySelector('#fault').textContent")


def test_what_was_said_is_not_there_twice(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    page.wait("document.querySelector('#speaker').textContent")
    assert not page.js("document.querySelector('#announcement').checkVisibility()")
    page.wait("!document.querySelector('#speaker').textContent", 15)


def test_a_wrong_password_is_typed_again(page: Page, quoting: Served) -> None:
    page.open(f"{quoting.address}/sign-in")
    page.wait("document.activeElement.id === 'name'")
    page.write("ada")
    page.js("document.querySelector('#password').value = 'wrong'")
    page.press("Enter")
    page.wait("document.querySelector('#fault')")
    page.wait("document.activeElement.id === 'password'")
