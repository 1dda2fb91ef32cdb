"""A packet for a colleague and the transcript, with the keyboard alone."""

from __future__ import annotations

import pytest

from tests.browser.devtools import Page
from tests.browser.test_desk import QUESTION, arrive
from tests.browser.test_evidence import ask_and_settle
from tests.browser.test_keyboard_run import focused, go
from tests.served import Served

pytestmark = pytest.mark.browser

WAYS = (
    # the button, its key, its dialog, what is reached there
    ("#take-hand-off", "h", "#handoff-dialog", (".copy", ".save", ".mail", "#handoff-text")),
    ("#take-save", "t", "#transcript-dialog", (".copy", ".save")),
)


@pytest.mark.parametrize(("button", "key", "dialog", "reached"), WAYS)
def test_it_is_opened_read_and_closed(
    page: Page, quoting: Served, button: str, key: str, dialog: str, reached: tuple[str, ...]
) -> None:
    arrive(page, quoting)
    ask_and_settle(page, QUESTION)
    page.wait(f"document.querySelector({button!r})?.checkVisibility()")
    go(page, focused(button))
    page.press("Enter")
    entered(page, dialog)
    for selector in reached:
        go(page, focused(f"{dialog} {selector}"), most=12)
    left(page)
    page.wait(focused(button))
    go(page, focused("a.marker"), shift=True)
    page.press(key)
    entered(page, dialog)
    left(page)
    page.wait(focused("a.marker"))


def entered(page: Page, dialog: str) -> None:
    page.wait(f"document.querySelector('{dialog}[open]')?.contains(document.activeElement)")


def left(page: Page) -> None:
    page.press("Escape")
    page.wait("!document.querySelector('dialog[open]')")
