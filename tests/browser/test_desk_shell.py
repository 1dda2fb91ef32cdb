"""The desk's frame: languages, colours, keys, and room for the next person."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag_assistant.wording import say, speaking
from tests.browser.devtools import Page
from tests.browser.test_desk import CONTRAST, DONE, INPUT, QUESTION, arrive, ask, text
from tests.served import Served, serving

pytestmark = pytest.mark.browser

FOCUS = "document.activeElement"
DIALOG = "document.querySelector('#keys-dialog').open"


@pytest.fixture(scope="module")
def idling(new_town: Callable[[], Path]) -> Iterator[Served]:
    """A server for a public computer that may be left alone for six seconds."""
    environment = {"RAG_ANSWER__ANSWERER": "extractive", "RAG_WEB__IDLE_MINUTES": "0.1"}
    with serving(new_town(), "--public-computer", **environment) as server:
        yield server


def replaced(page: Page) -> None:
    """Wait for the page that takes this one's place."""
    page.wait("!window.old && document.querySelector('#notice p')")


def leave_fields(page: Page) -> None:
    page.js("document.activeElement.blur()")


def choose_colours(page: Page, name: str) -> None:
    page.js(f"""(() => {{
        const select = document.querySelector('#colours');
        select.value = {name!r};
        select.dispatchEvent(new Event('change', {{bubbles: true}}));
    }})()""")


# ---------------------------------------------------------------- languages


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_each_language_has_its_desk(page: Page, quoting: Served, language: str) -> None:
    arrive(page, quoting, f"/{language}/")
    page.wait("document.querySelector('#panel[role=complementary]')")
    assert page.js("document.documentElement.lang") == language
    assert page.js("navigator.language") == language  # whose words Gradio's own follow
    with speaking(language):
        assert page.js("document.title") == say("Ask the collections")
    others = page.js("""[...document.querySelectorAll('.languages a')]
        .map(one => [one.lang, one.hreflang, one.pathname, one.ariaCurrent])""")
    assert others == [
        [one, one, f"/{one}/", "true" if one == language else None]
        for one in ("en", "de", "es", "fr")
    ]


def test_the_desk_answers_under_every_language(page: Page, quoting: Served) -> None:
    arrive(page, quoting, "/fr/")
    ask(page, QUESTION)
    assert "1868" in text(page, ".answer")
    assert not [one for one in page.complaints if "Autofocus" not in one]


# ---------------------------------------------------------------- colours


def test_colours_are_kept_in_the_address_and_carried_on(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        for name, dark in (("light", False), ("dark", True), ("contrast", True)):
            choose_colours(page, name)
            assert page.js("location.search") == f"?theme={name}"
            page.wait(f"document.body.classList.contains('dark') === {str(dark).lower()}")
            page.wait(f"({CONTRAST}).length === 0", 5)
    page.open(
        page.js("""(() => {
        const link = document.querySelector('#sources .links a');  // opens a tab of its own
        link.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}));
        return link.href;
    })()""")
    )
    assert page.js("document.documentElement.dataset.theme") == "contrast"
    assert page.js("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    page.js("document.querySelector('.back a').click()")
    page.wait("document.querySelector('#notice p')")
    assert page.js("document.documentElement.dataset.theme") == "contrast"
    choose_colours(page, "system")
    assert page.js("location.search") == ""


def test_a_colour_that_there_is_none_of_changes_nothing(page: Page, quoting: Served) -> None:
    arrive(page, quoting, "/en/?theme=%22onload%3D")
    assert not page.js("document.documentElement.hasAttribute('data-theme')")


# ---------------------------------------------------------------- keys


def test_a_question_mark_lists_the_keys_and_escape_leads_back(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    page.js("document.querySelector('.languages a').focus()")
    page.press("?")
    assert page.js(DIALOG)
    assert page.js(f"Boolean({FOCUS}.closest('#keys-dialog'))")
    assert "Go to the question" in text(page, "#keys-dialog")
    page.press("Escape")
    page.wait(f"!{DIALOG}")
    assert page.js(f"{FOCUS}.matches('.languages a')")


def test_single_keys_lead_through_an_answer(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    leave_fields(page)
    page.press("1")
    page.wait(f"{FOCUS}.id === 'source-1'")
    page.press("b")
    page.wait(f"{FOCUS}.matches('.exchange:last-child a.marker')")
    page.press("r")
    page.wait(f"{FOCUS}.matches('#references textarea')")
    leave_fields(page)
    page.press("/")
    page.wait(INPUT)


def test_keys_are_letters_in_a_field_and_leave_others_alone(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    page.js("document.querySelector('#question textarea').focus()")
    page.press("?")
    page.press("n")
    assert page.js(f"{FOCUS}.value") == "?n"
    leave_fields(page)
    page.press("Control+?")
    page.press("Meta+n")
    page.press("Alt+n")
    assert not page.js("document.querySelector('dialog[open]')")


def test_keys_can_be_switched_off(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    page.js("document.querySelector('[data-does=keys]').click()")
    page.js("document.querySelector('[data-does=switch-keys]').click()")
    assert page.js("document.querySelector('[data-does=switch-keys]').ariaPressed") == "false"
    assert page.js("location.search") == "?keys=off"
    page.press("Escape")
    page.wait(f"!{DIALOG}")
    leave_fields(page)
    for name in ("?", "n"):
        page.press(name)
    assert not page.js("document.querySelector('dialog[open]')")
    page.js("document.querySelector('[data-does=keys]').click()")
    page.js("document.querySelector('[data-does=switch-keys]').click()")
    assert page.js("location.search") == ""


def test_the_first_tab_skips_to_the_question(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    page.js("document.querySelector('.skip').focus()")
    page.press("Tab")
    page.press("Tab", shift=True)
    assert page.js(f"{FOCUS}.matches('.skip')")
    assert page.js(f"{FOCUS}.getBoundingClientRect().top") >= 0
    page.press("Enter")
    page.wait(INPUT)


# ---------------------------------------------------------------- structure


def test_landmarks_and_headings_are_in_order(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    levels = page.js("""[...document.querySelectorAll('h1, h2, h3, h4')]
        .filter(one => one.checkVisibility()).map(one => Number(one.tagName[1]))""")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    for landmark in ("header", "main", "nav[aria-label]", "[role=complementary][aria-label]"):
        assert page.js(f"Boolean(document.querySelector({landmark!r}))"), landmark
    order = page.js("""(() => {
        const places = ['#ai-notice', '#conversation', '#panel', '#question textarea']
            .map(one => document.querySelector(one));
        return places.slice(1).every((one, place) => Boolean(
            places[place].compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING));
    })()""")
    assert order  # the notice before all, the sources after their answer, then the next question
    assert "may be wrong" in text(page, "#ai-notice")
    nameless = page.js("""[...document.querySelectorAll('button')]
        .filter(one => one.checkVisibility() && !one.closest('[aria-hidden=true]'))
        .filter(one => !one.innerText.trim() && !one.ariaLabel).length""")
    assert nameless == 0


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (640, 400)])
def test_the_sources_stay_in_sight_where_there_is_room(
    page: Page, quoting: Served, width: int, height: int
) -> None:
    page.resize(width, height)
    arrive(page, quoting)
    for question in (QUESTION, "When did the paper mill burn down?", "Who walked on Mars?"):
        ask(page, question)
    ask(page, QUESTION)
    page.js("scrollTo(0, document.body.scrollHeight)")
    top = page.js("document.querySelector('#panel').getBoundingClientRect().top")
    assert (0 <= top < height) == (width > 1000)
    assert page.js("document.documentElement.scrollWidth") <= width


def test_an_answer_can_be_copied(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    assert not page.js("document.querySelector('#take-answer .copy')?.checkVisibility()")
    ask(page, QUESTION)
    page.wait("document.querySelector('#take-answer .copy')?.checkVisibility()")
    page.js("""Object.defineProperty(navigator, 'clipboard', {
        value: {writeText: async (words) => { window.copied = words; }}})""")
    page.js("document.querySelector('#take-answer .copy').click()")
    page.wait("window.copied")
    copied = page.js("window.copied")
    assert "“The iron bridge was opened on 4 May 1868 by the mayor, Ada Venn.”[1]" in copied
    assert "[1] Venn, Ada. The iron bridge. 1868" in copied
    assert copied.startswith("Quotations\n")
    page.wait("document.querySelector('#speaker').innerText === 'Copied.'")


# ---------------------------------------------------------------- the next person


def session_of(page: Page) -> str:
    """The name under which the server keeps the page's state."""
    return next(url for url in reversed(page.requests) if "/heartbeat/" in url).rpartition("/")[2]


def shown(server: Served, session: str) -> str:
    """What pressing Stop in that session shows: the conversation that the server has."""
    with server.client() as client:
        config: dict[str, Any] = client.get("/en/config").json()
        parts, wires = config["components"], config["dependencies"]
        stop = next(one["id"] for one in parts if one["props"].get("elem_id") == "stop")
        press = next(one for one in wires if [stop, "click"] in one["targets"] and one["inputs"])
        body = {
            "data": [None] * len(press["inputs"]),
            "fn_index": press["id"],
            "session_hash": session,
            "event_data": None,
            "trigger_id": stop,
        }
        while True:
            assert client.post("/en/gradio_api/queue/join", json=body).status_code == 200
            # The stream breaks off where the server hears only now that the page is closed.
            with suppress(httpx.RemoteProtocolError):
                return told(client, session)


def told(client: httpx.Client, session: str) -> str:
    address = f"/en/gradio_api/queue/data?session_hash={session}"
    with client.stream("GET", address) as stream:
        for line in stream.iter_lines():
            if "process_completed" in line:
                return line
    raise AssertionError("the stream ended")


def test_a_new_patron_finds_nothing_of_the_last(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    page.js("window.old = true")
    page.open(f"{quoting.address}/responsibility")
    arrive(page, quoting)
    choose_colours(page, "dark")
    ask(page, QUESTION)
    page.js("document.querySelector('#tab-check-button').click()")
    page.wait("document.querySelector('#references textarea')?.checkVisibility()")
    page.js("document.querySelector('#references textarea').focus()")
    page.write("A reference of the last patron's")
    session = session_of(page)
    assert "4 May 1868" in shown(quoting, session)
    page.js("window.old = true")
    page.js("document.querySelector('[data-does=patron]').click()")
    replaced(page)
    assert page.js("location.href") == f"{quoting.address}/en/"
    assert "4 May 1868" not in shown(quoting, session)
    assert "iron bridge" not in text(page)
    page.js("window.old = true")
    page.js("history.go(-2)")  # to the desk before the page that was read
    replaced(page)
    for words in ("4 May 1868", "last patron", QUESTION):
        assert words not in page.js("document.documentElement.outerHTML")
    values = page.js("[...document.querySelectorAll('input, textarea')].map(one => one.value)")
    assert not [one for one in values if QUESTION in one or "patron" in one]


def test_the_key_for_a_new_patron_asks_first(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    leave_fields(page)
    page.press("n")
    assert page.js("document.querySelector('#patron-dialog').open")
    page.press("Escape")
    page.wait("!document.querySelector('#patron-dialog').open")
    assert "1868" in text(page, ".answer")
    page.press("n")
    page.js("window.old = true")
    page.js("document.querySelector('#patron-dialog [data-does=patron]').click()")
    replaced(page)
    assert "4 May 1868" not in text(page)


def test_a_public_computer_left_alone_is_cleared_after_a_warning(
    page: Page, idling: Served
) -> None:
    arrive(page, idling)
    page.js("window.old = true")
    page.js("document.querySelector('#question textarea').focus()")
    page.write(QUESTION)
    page.press("Enter")
    page.wait(lambda: answered_while_keys_are_pressed(page))
    page.wait("document.querySelector('#idle-dialog').open", 30)
    assert text(page, "#idle-dialog").startswith("Are you still there?")
    assert "This page will be cleared in 3 seconds." in text(page, "#idle-dialog")
    assert page.js(f"{FOCUS}.matches('[data-does=stay]')")
    page.press("Enter")
    page.wait("!document.querySelector('#idle-dialog').open")
    assert "1868" in text(page, ".answer")
    page.wait("document.querySelector('#idle-dialog').open")
    replaced(page)
    assert "4 May 1868" not in text(page)
    assert not page.js("document.querySelector('dialog[open]')")


def answered_while_keys_are_pressed(page: Page) -> bool:
    page.press("Shift")  # someone is there
    return bool(page.js(f"Boolean({DONE})"))


def test_other_computers_are_not_cleared(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    assert not page.js("document.querySelector('#idle-dialog')")


def test_pictures_can_be_taken(page: Page, quoting: Served, screenshots: Path) -> None:
    arrive(page, quoting, "/de/?theme=contrast")
    ask(page, QUESTION)
    for name, width in (("contrast", 1280), ("zoomed", 640)):
        page.resize(width, 900)
        page.shoot(screenshots / f"desk-{name}.png", whole=width < 1000)
        assert (screenshots / f"desk-{name}.png").read_bytes().startswith(b"\x89PNG")


def test_what_was_still_running_leaves_nothing_behind(
    page: Page, writing: Served, hurry: Callable[[], None]
) -> None:
    arrive(page, writing)
    page.js("document.querySelector('#question textarea').focus()")
    page.write(QUESTION)
    page.press("Enter")
    page.wait("document.querySelector('.progress')?.innerText.startsWith('Writing')")
    session = session_of(page)
    page.js("window.old = true")
    page.js("document.querySelector('[data-does=patron]').click()")
    replaced(page)
    hurry()  # all that was still to come would come now
    time.sleep(1)
    assert "iron bridge" not in shown(writing, session)
