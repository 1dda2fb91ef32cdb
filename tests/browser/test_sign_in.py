"""The staff signs in, in a real browser; the desk tells who asks too often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag_assistant.web.doors.accounts import Accounts
from tests.browser.devtools import Page
from tests.served import Served, serving

pytestmark = pytest.mark.browser

PASSWORD = "weir rag loft quay"
READY = "!!document.querySelector('#question textarea')"


@pytest.fixture(scope="module")
def limited(new_town: Callable[[], Path]) -> Iterator[Served]:
    """A server with an account, where a client may ask once a minute."""
    data = new_town()
    Accounts(data).add("ada", PASSWORD)
    with serving(
        data,
        RAG_ANSWER__ANSWERER="extractive",
        RAG_LIMITS__QUESTIONS_PER_MINUTE="1",
        RAG_LIMITS__TRUSTED_NETWORKS="[]",
    ) as server:
        assert server.token
        yield server


def fill(page: Page, name: str, password: str) -> None:
    """Type name and password with the keyboard alone, and send them."""
    page.js("document.getElementById('name').focus()")
    page.write(name)
    page.press("Tab")
    page.write(password)
    page.press("Enter")


def fits(page: Page) -> bool:
    return bool(page.js("document.documentElement.scrollWidth <= window.innerWidth"))


def refused(page: Page) -> list[str]:
    """What the browser was not allowed to do."""
    return [one for one in page.complaints if "Security Policy" in one]


def test_the_staff_signs_in_and_out_with_the_keyboard(
    page: Page, limited: Served, screenshots: Path
) -> None:
    page.open(f"{limited.address}/sign-in")
    page.resize(900, 700)
    page.shoot(screenshots / "sign-in.png")
    page.scheme("dark")
    fill(page, "nobody", "wrong horse")
    page.wait("document.body?.textContent.includes('Name or password is wrong.')")
    assert page.js("document.getElementById('name').value") == "nobody"
    assert page.js("document.getElementById('password').value") == ""
    page.resize(320, 640)
    assert fits(page)
    page.shoot(screenshots / "sign-in-wrong-dark-320.png")
    page.js("document.getElementById('name').value = ''")
    fill(page, "Ada", PASSWORD)
    page.wait(READY)
    assert page.js("document.cookie") == ""
    page.open(f"{limited.address}/sign-in")
    page.wait("document.body?.textContent.includes('You are signed in as ada.')")
    page.shoot(screenshots / "signed-in-dark-320.png")
    page.js("document.querySelector('form.sign-in button').focus()")
    page.press("Enter")
    page.wait(READY)
    page.open(f"{limited.address}/sign-in")
    page.wait("!!document.getElementById('password')")
    assert refused(page) == []  # leaving the desk while it loads makes Gradio complain otherwise


def test_the_desk_says_when_to_go_on(page: Page, limited: Served, screenshots: Path) -> None:
    page.open(limited.address)
    page.wait(READY)
    for asked in ("When was the iron bridge opened?", "Who burnt the mill?"):
        page.js("document.querySelector('#question textarea').focus()")
        page.write(asked)
        page.press("Enter")
        page.wait(f"document.querySelector('#conversation').textContent.includes({asked!r})")
        page.wait("!document.querySelector('#stop')?.checkVisibility()")
    page.wait("document.querySelector('#conversation').textContent.includes('too often')")
    told = page.js("document.querySelector('#conversation').textContent")
    assert "4 May 1868" in told
    assert "Go on in" in told
    page.shoot(screenshots / "desk-too-often.png")
    assert refused(page) == []


def test_the_reading_pages_need_no_more_than_they_may(page: Page, limited: Served) -> None:
    with limited.client(owner=True) as owner:
        hits = owner.post("/api/search", json={"query": "iron bridge"}).json()["hits"]
    page.open(f"{limited.address}/read/{hits[0]['passage_id']}")
    page.wait("!!document.querySelector('mark')")
    assert page.js("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert page.complaints == []
