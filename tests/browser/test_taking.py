"""What one takes away from the desk: a copy, a transcript, a packet that is read before it goes."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.browser.devtools import Page
from tests.browser.test_desk import QUESTION, arrive, ask, foreign, kept
from tests.browser.test_evidence import ask_and_settle
from tests.served import STAFF, Served

pytestmark = pytest.mark.browser

WARNING = "This packet contains your question as typed. Remove anything private before sending."
SAVE, HAND_OFF = "#take-save", "#take-hand-off"
TEXT, DATA = "#handoff-text", "#handoff-data"
OPENED = "was opened on 4 May 1868"
# Notes what a mail would say; the browser is asked to open nothing.
MAILED = """window.mailed = []; HTMLAnchorElement.prototype.click = function () {
    window.mailed.push(this.href); }; 0"""


def settled(page: Page, server: Served, question: str = QUESTION) -> None:
    """Ask, and wait for the row of what can be taken away."""
    arrive(page, server)
    ask_and_settle(page, question)
    page.wait(f"document.querySelector('{HAND_OFF}')?.checkVisibility()")


def opened(page: Page, name: str) -> None:
    page.wait(f"document.querySelector('#{name}-dialog').open")
    page.wait(f"document.querySelector('#{name}-dialog').contains(document.activeElement)")


def press(page: Page, selector: str) -> None:
    page.js(f"document.querySelector('{selector}').focus()")
    page.press("Enter")


def value(page: Page, selector: str) -> str:
    words: str = page.js(f"document.querySelector('{selector}').value")
    return words


def downloaded(page: Page, button: str) -> str:
    """The content of the file that a button saves."""
    with page.tab.expect_download() as waited:
        page.js(f"[...document.querySelectorAll('dialog[open] .save')]{button}.click()")
    return waited.value.path().read_text(encoding="utf-8")


def all_kept_texts(page: Page) -> str:
    """All that waits to be taken: on the page, and in the fields of the dialogs."""
    words: str = page.js(f"""['#taken', '{TEXT}', '{DATA}'].map((one) => {{
        const place = document.querySelector(one);
        return place.value ?? place.textContent;
    }}).join('').trim()""")
    return words


# ---------------------------------------------------------------- the transcript


def test_the_transcript_is_saved_in_three_forms(
    page: Page, quoting: Served, screenshots: Path
) -> None:
    settled(page, quoting)
    assert all_kept_texts(page) == ""
    press(page, SAVE)
    opened(page, "transcript")
    markdown, html, data = (downloaded(page, f"[{place}]") for place in range(3))
    for form in (markdown, html, data):
        assert "no language model wrote any of them" in form.replace("\\", "")
        assert "4 May 1868" in form
        assert "Town papers" in form.replace("\\", "")
    assert html.startswith("<!doctype html>\n<html lang=")
    assert html.endswith("</html>\n")
    record = json.loads(data)
    assert record["answers"][0]["question"] == QUESTION
    assert record["answers"][0]["run"]["answerer"] == "extractive"
    names = [one for one in page.surprises if one.startswith("download: blob:")]
    assert len(names) == 3
    page.shoot(screenshots / "transcript.png")
    page.press("Escape")
    page.wait("!document.querySelector('dialog[open]')")
    assert page.js(f"document.activeElement.matches('{SAVE}')")
    assert foreign(page, quoting) == []
    assert set(kept(page).values()) == {0}


def test_it_is_copied_as_the_server_wrote_it(page: Page, quoting: Served) -> None:
    settled(page, quoting)
    page.js("""Object.defineProperty(navigator, 'clipboard', {
        value: {writeText: async (words) => { window.copied = words; }}})""")
    press(page, SAVE)
    opened(page, "transcript")
    press(page, "#transcript-dialog .copy")
    page.wait("window.copied")
    assert page.js("window.copied").startswith("# ")
    heard = "document.querySelector('#transcript-dialog [role=status]').textContent"
    page.wait(f"{heard} === 'Copied.'")


def test_nobody_takes_what_the_staff_was_told(page: Page, quoting: Served) -> None:
    page.tab.set_extra_http_headers({"Authorization": f"Bearer {quoting.token}"})
    settled(page, quoting, f"How was the {STAFF} affair settled?")
    assert STAFF in page.js("document.querySelector('#sources').textContent")
    page.tab.set_extra_http_headers({})
    for button in (SAVE, HAND_OFF):
        press(page, button)
        page.tab.wait_for_timeout(1500)
        assert all_kept_texts(page) == ""
        assert not page.js("document.querySelector('dialog[open]')")


# ---------------------------------------------------------------- the packet


@pytest.mark.parametrize("way", ["button", "key"])
def test_the_packet_is_read_and_changed_before_it_goes(
    page: Page, quoting: Served, screenshots: Path, way: str
) -> None:
    settled(page, quoting)
    if way == "key":
        page.js("document.activeElement.blur()")
        page.press("h")
    else:
        press(page, HAND_OFF)
    opened(page, "handoff")
    dialog = page.js("document.querySelector('#handoff-dialog').innerText")
    assert WARNING in dialog
    described = "document.querySelector('#handoff-dialog').getAttribute('aria-describedby')"
    assert page.js(f"document.getElementById({described}).innerText") == WARNING
    told = value(page, TEXT)
    assert f"Question: {QUESTION}" in told
    assert OPENED in told
    assert json.loads(value(page, DATA))["ai_generated"] is False
    page.shoot(screenshots / f"handoff-{way}.png")
    page.js(f"document.querySelector('{TEXT}').focus()")
    page.press("Control+a")
    page.write("Only what I want to say")
    assert downloaded(page, "[0]") == "Only what I want to say"
    assert json.loads(downloaded(page, "[1]"))["question"] == QUESTION
    page.js(MAILED)
    page.js("document.querySelector('#handoff-dialog .mail').click()")
    (mail,) = page.js("window.mailed")
    address, _, query = unquote(mail).partition("?")
    assert address == "mailto:desk@library.example.org"
    assert query.endswith("body=Only what I want to say")
    page.press("Escape")
    page.wait("!document.querySelector('dialog[open]')")
    if way == "button":
        assert page.js(f"document.activeElement.matches('{HAND_OFF}')")
        page.press("Enter")
        opened(page, "handoff")
        assert value(page, TEXT) == "Only what I want to say"  # the change is not undone
    assert foreign(page, quoting) == []
    assert not [url for url in page.requests if "Only" in url]


def test_keys(page: Page, quoting: Served) -> None:
    settled(page, quoting)
    page.js("document.activeElement.blur()")
    page.press("t")
    opened(page, "transcript")
    page.press("h")  # in a dialog keys do nothing
    page.tab.wait_for_timeout(500)
    assert page.js("document.querySelectorAll('dialog[open]').length") == 1
    page.press("Escape")
    page.press("?")
    told = page.js("document.querySelector('#keys-dialog').innerText")
    assert "Save the transcript" in told
    assert "Hand off to a colleague" in told


@pytest.mark.parametrize("after", ["question", "conversation"])
def test_what_was_put_together_goes_with_the_next_question(
    page: Page, quoting: Served, after: str
) -> None:
    settled(page, quoting)
    for button, name in ((SAVE, "transcript"), (HAND_OFF, "handoff")):
        press(page, button)
        opened(page, name)
        page.press("Escape")
        page.wait("!document.querySelector('dialog[open]')")
    assert OPENED in all_kept_texts(page)
    if after == "question":
        ask(page, "Who walked on Mars?")
    else:
        page.js("document.querySelector('#again').click()")
        page.wait("!document.querySelector('#conversation .exchange')")
    page.wait("!document.querySelector('#taken').textContent.trim()")
    assert all_kept_texts(page) == ""


def test_a_new_patron_finds_neither(page: Page, quoting: Served) -> None:
    settled(page, quoting)
    press(page, HAND_OFF)
    opened(page, "handoff")
    page.press("Escape")
    page.js("document.querySelector('[data-does=patron]').click()")
    page.wait("performance.getEntriesByType('navigation').length && !document.querySelector("
              "'#conversation .exchange') && document.querySelector('#intro p')")  # fmt: skip
    assert all_kept_texts(page) == ""
    assert not page.js(f"document.querySelector('{HAND_OFF}')?.checkVisibility()")


@pytest.mark.parametrize(
    ("theme", "width"), [("light", 320), ("dark", 1280), ("contrast", 320), ("light", 1280)]
)
def test_it_fits_and_can_be_seen(
    page: Page, quoting: Served, screenshots: Path, theme: str, width: int
) -> None:
    page.resize(width, 900)
    arrive(page, quoting, f"/en/?theme={theme}")
    ask_and_settle(page, QUESTION)
    page.shoot(screenshots / f"taking-{theme}-{width}.png", whole=True)
    press(page, HAND_OFF)
    opened(page, "handoff")
    page.js("document.querySelector('#handoff-dialog summary').click()")
    assert page.js("document.documentElement.scrollWidth") <= width
    page.shoot(screenshots / f"handoff-{theme}-{width}.png")
    page.press("Escape")
    press(page, SAVE)
    opened(page, "transcript")
    page.shoot(screenshots / f"transcript-{theme}-{width}.png")
