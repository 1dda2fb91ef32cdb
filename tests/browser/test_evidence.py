"""From an answer to its sources and back, and what can be taken away, with the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag_assistant.web.components import handoff
from tests.answers import make_answer
from tests.browser.devtools import Page
from tests.browser.test_desk import QUESTION, arrive, arrive_as_staff, ask, foreign, kept, text
from tests.served import STAFF, Served

pytestmark = pytest.mark.browser

SOURCE = "#sources .source"
FOCUS = "document.activeElement"
# What would be saved or mailed is noted, and nothing is opened.
NOTED = """window.noted = []; HTMLAnchorElement.prototype.click = function () {
    window.noted.push({ href: this.href, name: this.download }); };
    URL.createObjectURL = (blob) => { window.saved = blob; return "blob:saved"; }"""


def ask_and_settle(page: Page, question: str) -> None:
    """Ask, and wait until nothing on the page is made anew any more."""
    ask(page, question)
    page.wait("!document.querySelector('#stop')?.checkVisibility()")


def inject(page: Page, markup: str, words: str) -> None:
    """Put buttons on the page, and words into the field that they take from."""
    page.js(f"""(() => {{
        const place = document.createElement("div");
        place.id = "tried";
        place.innerHTML = {markup!r};
        document.getElementById("handoff-text").value = {words!r};
        document.body.append(place);
    }})()""")


def test_a_marker_leads_to_its_source_and_the_source_back(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask_and_settle(page, QUESTION)
    page.js("document.querySelector('a.marker').focus()")
    page.press("Enter")
    page.wait(f"{FOCUS}.id === 'source-1'")
    for _ in range(12):
        page.press("Tab")
        if page.js(f"{FOCUS}.matches('.back-to a')"):
            break
    page.press("Enter")
    page.wait(f"{FOCUS}.id === 'cites-1'")
    assert page.js(f"{FOCUS}.matches('a.marker')")
    assert (
        page.js("location.href") == f"{quoting.address}/en/"
    )  # nothing of it stands in the address
    heard = page.js(f"{FOCUS}.textContent")
    assert heard == "source 1: The iron bridge"
    assert foreign(page, quoting) == []


def test_names_of_links_are_told_apart(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask_and_settle(page, "What is told of the paper mill?")
    names = page.js("""[...document.querySelectorAll('#sources .source :is(a, summary, button)')]
        .map(one => one.textContent.trim())""")
    assert len(names) == len(set(names))


def test_a_source_can_be_cited_and_tells_why_it_was_found(
    page: Page, quoting: Served, screenshots: Path
) -> None:
    arrive(page, quoting)
    ask_and_settle(page, QUESTION)
    for name in ("cite", "why"):
        page.js(f"document.querySelector('{SOURCE} .{name} summary').focus()")
        page.press("Enter")
        page.wait(f"document.querySelector('{SOURCE} .{name}').open")
    assert "Venn, Ada" in text(page, f"{SOURCE} .cite .reference")
    why = text(page, f"{SOURCE} .why")
    assert "Found by its words (place 1)" in why
    assert "Matched: iron, bridge, opened." in why
    assert "do not measure truth" in why
    assert "Text" in text(page, f"{SOURCE} .kind")
    page.js(f"document.querySelector('{SOURCE} .copy').click()")
    page.wait(f"!document.querySelector('{SOURCE} .outcome.done').hidden")
    for width, scheme in ((1280, "light"), (1280, "dark"), (320, "light")):
        page.resize(width, 900)
        page.scheme(scheme)
        assert page.js("document.documentElement.scrollWidth") <= width
        page.shoot(screenshots / f"evidence-{width}-{scheme}.png", whole=True)
    small = page.js("""[...document.querySelectorAll('#sources :is(a, button, summary)')]
        .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 24)
        .map(one => one.outerHTML)""")
    assert small == []
    assert foreign(page, quoting) == []
    assert set(kept(page).values()) == {0}


def test_scope_and_run_stand_beneath_the_answer(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask_and_settle(page, QUESTION)
    assert text(page, ".origin-of") == "Quotations only"
    for one in ("scope", "run"):
        page.js(f"document.querySelector('#conversation .{one} summary').click()")
    assert "Town papers" in text(page, "#conversation .scope")
    assert "extractive" in text(page, "#conversation .run")
    assert "Staff only" not in text(page)


def test_staff_see_what_is_closed_to_others(page: Page, quoting: Served) -> None:
    arrive_as_staff(page, quoting)
    ask_and_settle(page, f"How was the {STAFF} affair settled?")
    assert "Staff only" in text(page, f"{SOURCE} .kind")


def test_what_is_saved_or_mailed_is_what_stands_in_the_field(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    inject(page, handoff.ways(make_answer()), "edited\nwords")
    page.js(NOTED)
    page.js("document.querySelector('#tried .save').click()")
    saved = page.js("(async () => [window.noted.pop().name, await window.saved.text()])()")
    assert saved == ["question.txt", "edited\nwords"]
    page.js("document.querySelector('#tried .mail').click()")
    mail = page.js("window.noted.pop().href")
    assert mail.startswith("mailto:?subject=A%20question")
    assert mail.endswith("body=edited%0D%0Awords")
    page.js("document.querySelector('#handoff-text').value = 'long '.repeat(400)")
    page.js("document.querySelector('#tried .mail').click()")
    assert page.js("window.noted.length") == 0
    assert page.js("document.querySelector('#tried .long').checkVisibility()")
    assert "attach the file" in page.js(
        "[...document.querySelectorAll('[role=status]')].map(one => one.textContent).join()"
    )
    assert foreign(page, quoting) == []
