"""The desk while a model writes, and ways on from an answer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.devtools import Page
from tests.browser.test_desk import CONTRAST, DONE, INPUT, LAST, QUESTION, arrive, ask, text
from tests.served import Served

pytestmark = pytest.mark.browser

MARS = "Who was the first astronaut on Mars?"
SEARCH = "document.querySelector('#search-for input')"


def asked(page: Page, number: int) -> None:
    """Wait for the whole answer of that exchange."""
    page.wait(f"document.querySelectorAll('#conversation .exchange').length === {number}")
    page.wait(DONE)


def test_quotations_stand_until_the_answer_is_written(
    page: Page, writing: Served, hurry: Callable[[], None]
) -> None:
    arrive(page, writing)
    page.js("document.querySelector('#question textarea').focus()")
    page.write(QUESTION)
    page.press("Enter")
    page.wait(f"{LAST}?.querySelector('h4')?.innerText === 'Quotations'")
    assert "opened on 4 May 1868" in text(page, "#conversation .quoted")
    assert "opened on 4 May 1868" in text(page, "#sources mark")
    page.wait(f"{LAST}.querySelector('.progress')?.innerText.startsWith('Writing')")
    assert "Quotations: The iron bridge" in text(page, "[role=status].visually-hidden")
    hurry()
    page.wait(DONE)
    assert not page.js("document.querySelector('#conversation h4')")
    assert text(page, "#conversation summary") == "Quotations found first"
    how = text(page, "#sources .how")
    assert re.search(r"Written by gemma3:4b · \d+ tokens read, \d+ written", how), how


def test_another_search_is_one_press_away(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    assert not page.js("document.querySelector('#ways button')")
    ask(page, MARS)
    page.wait("document.querySelector('#ways button')")
    assert text(page, "#ways button") == "Search: first astronaut Mars"
    page.js("document.querySelector('#ways button').focus()")
    page.press("Enter")
    asked(page, 2)
    assert page.js(INPUT)  # the button has gone, and the focus is where one goes on
    assert "first astronaut Mars" in page.js(f"{LAST}.querySelector('.question').innerText")


def test_what_is_searched_can_be_edited(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    page.js("document.querySelector('#filters > button').click()")
    assert not page.js(SEARCH)
    ask(page, QUESTION)
    page.wait(f"{SEARCH}?.value === {QUESTION!r}")
    assert page.js(f"{SEARCH}.labels[0].innerText").startswith("Search for")
    page.js(f"{SEARCH}.select()")
    assert page.js(f"getComputedStyle({SEARCH}).outlineStyle") == "solid"
    page.write("When did the paper mill burn down?")
    page.js("document.querySelector('#search-again').focus()")
    page.press("Enter")
    asked(page, 2)
    assert QUESTION in page.js(f"{LAST}.querySelector('.question').innerText")
    told = page.js(f"{LAST}.querySelector('.searched').innerText")
    assert told.startswith("Searched for: When did the paper mill burn down?")
    assert "1902" in text(page, "#sources mark")


def test_a_written_answer_that_takes_long_is_offered(page: Page, offering: Served) -> None:
    arrive(page, offering)
    ask(page, QUESTION)  # now its pace is known
    ask(page, "When did the paper mill burn down?")
    assert "A written answer needs about" in text(page, ".offer")
    assert "Quoted, without a language model" in text(page, "#sources .how")
    page.wait("document.querySelector('#ways button')?.innerText === 'Write it'")
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        page.wait(f"({CONTRAST}).length === 0")
    page.js("document.querySelector('#ways button').click()")
    asked(page, 3)
    assert "Written by gemma3:4b" in text(page, "#sources .how")
    assert not page.js("document.querySelector('.offer')")
