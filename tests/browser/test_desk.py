"""The desk, as people meet it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from tests.browser.devtools import Page
from tests.ollama_server import OllamaServer
from tests.served import CLOSED, SILENT, STAFF, VAULT, Served

pytestmark = pytest.mark.browser

QUESTION = "When was the iron bridge opened?"
INPUT = "document.activeElement.matches('#question textarea')"
LAST = "document.querySelector('#conversation .exchange:last-child')"
LOOKS: tuple[tuple[str, int, Literal["light", "dark"]], ...] = (
    ("light", 1280, "light"),
    ("dark", 1280, "dark"),
    ("phone", 320, "light"),
)
DONE = f"{LAST} && !{LAST}.querySelector('.progress')"


def arrive(page: Page, server: Served, path: str = "/") -> None:
    """Open the desk and wait until it has told what it holds."""
    page.open(server.address + path)
    page.wait("document.querySelector('#notice p') && document.querySelector('#intro p')")


def arrive_as_staff(page: Page, server: Served) -> None:
    """The same as the staff, as often as one likes: the printed link works once."""
    page.tab.set_extra_http_headers({"Authorization": f"Bearer {server.token}"})
    arrive(page, server)


def ask(page: Page, question: str) -> None:
    """Ask as with a keyboard, and wait for the whole answer."""
    page.js("document.querySelector('#question textarea').focus()")
    before = page.js("document.querySelectorAll('#conversation .exchange').length")
    page.write(question)
    page.press("Enter")
    page.wait(f"document.querySelectorAll('#conversation .exchange').length === {before + 1}")
    page.wait(DONE)


def text(page: Page, selector: str = "body") -> str:
    words: str = page.js(f"document.querySelector({selector!r})?.innerText ?? ''")
    return words


def foreign(page: Page, server: Served) -> list[str]:
    """Requests that left the server's origin."""
    own = (f"{server.address}/", "data:", "blob:", "about:")
    return [url for url in page.requests if not url.startswith(own)]


def kept(page: Page) -> dict[str, int]:
    """How much each of the browser's stores holds."""
    stores: dict[str, int] = page.js("""(async () => ({
        local: localStorage.length,
        session: sessionStorage.length,
        databases: (await indexedDB.databases()).length,
        caches: (await caches.keys()).length,
        cookies: document.cookie.length,
    }))()""")
    return stores


def portray(page: Page, folder: Path, name: str) -> None:
    """Take pictures of a page as it stands: light, dark, and on a phone."""
    for look, width, scheme in LOOKS:
        page.scheme(scheme)
        page.resize(width, 900)
        page.wait(f"({CONTRAST}).length === 0", 5)
        picture = folder / f"{name}-{look}.png"
        page.shoot(picture, whole=width < 600)
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_an_answer_stands_beside_its_source(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    assert "Answers are quotations from the collections." in text(page, "#notice")
    assert "Town papers" in text(page, "#intro")
    ask(page, QUESTION)
    assert "opened on 4 May 1868" in text(page, ".answer")
    assert "opened on 4 May 1868" in text(page, "#sources .source mark")
    source = text(page, "#sources .source")
    assert "The iron bridge" in source
    assert "Venn, Ada" in source
    assert "Quoted word for word" in source
    assert "Rights: not stated" in source
    href = page.js("document.querySelector('#sources .links a:last-child').href")
    assert href == "https://catalogue.example.org/town-1"
    assert "Also found, not used" in text(page, "#sources")
    sources = page.js("document.querySelectorAll('#sources .source').length")
    spans = page.js("[...document.querySelectorAll('#sources .Z3988')].map(one => one.title)")
    assert len(spans) == sources  # what Zotero looks for has passed Gradio's sanitizer
    assert "rft.title=The%20iron%20bridge" in spans[0]
    file = page.js("document.querySelector('#sources .export a').href")
    assert file.startswith(f"{quoting.address}/api/references.ris?passage=")
    spoken = text(page, "[role=status].visually-hidden")
    assert spoken.startswith("Answer: The iron bridge was opened on 4 May 1868")


def test_nothing_leaves_and_nothing_stays(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    ask(page, "Who walked on Mars?")
    assert foreign(page, quoting) == []
    assert set(kept(page).values()) == {0}
    assert not [one for one in page.complaints if "Autofocus" not in one]
    page.open(f"{quoting.address}/")
    page.wait("document.querySelector('#notice p')")
    assert "iron bridge was opened" not in text(page)


def test_the_keyboard_is_enough(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    page.js("document.activeElement.blur()")
    for _ in range(25):
        page.press("Tab")
        if page.js(INPUT):
            break
    assert page.js(INPUT)
    page.write(QUESTION)
    page.press("Enter")
    page.wait(
        "document.querySelector('#conversation .exchange') && !!document.querySelector('.source')"
    )
    for _ in range(20):  # back over the sources
        page.press("Tab", shift=True)
        if page.js("document.activeElement.matches('a.marker')"):
            break
    assert page.js("document.activeElement.textContent") == "source 1: The iron bridge"
    page.press("Enter")
    page.wait("document.activeElement.id === 'source-1'")
    outline = page.js("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_no_answer_shows_ways_on(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, "Who was the first astronaut on Mars?")
    assert "The library may still hold something." in text(page, ".answer")
    assert "No source answers this question." in text(page, "#sources")
    assert "desk@library.example.org" in text(page, ".ways")


def test_a_notice_stands_before_the_words_it_speaks_of(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, "Where was the saltpetre of the paper mill kept?")
    source = page.js("""[...document.querySelectorAll('#sources .source')]
        .find(one => one.innerText.includes('saltpetre')).innerText""")
    assert source.index("This account names the dead.") < source.index("The saltpetre was kept")
    assert "The Weir families" in source


def test_older_answers_keep_their_own_sources(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    ask(page, "When did the paper mill burn down?")
    assert "1902" in text(page, "#sources .source mark")
    assert page.js("document.querySelector('a.marker').hash") == "#turn-1-source-1"
    page.js("document.querySelector('a.marker').click()")
    page.wait("document.activeElement.id === 'turn-1-source-1'")
    page.wait("document.activeElement.checkVisibility()")
    assert "4 May 1868" in text(page, "#turn-1-source-1 mark")


def test_the_search_can_be_narrowed(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    assert page.wait("document.querySelector('#filters > button').ariaExpanded === 'false'")
    page.js("document.querySelector('#filters > button').click()")
    page.wait("document.querySelector('#filters > button').ariaExpanded === 'true'")
    page.js("document.querySelector('#filters input[type=checkbox]').click()")
    page.js("document.querySelectorAll('#filters textarea, #filters input[type=text]')[0].focus()")
    page.write("1900")
    ask(page, QUESTION)
    assert "undated" in text(page, "#conversation") or "1902" in text(page, "#sources")
    assert "1868" not in text(page, "#sources")


def test_a_wrong_date_is_told_in_the_pages_words(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    page.js("document.querySelector('#filters > button').click()")
    page.js("document.querySelectorAll('#filters textarea, #filters input[type=text]')[0].focus()")
    page.write("long ago")
    ask(page, QUESTION)
    assert "From: 'long ago' is no date." in text(page, ".problem")


def test_a_new_conversation_forgets_the_old(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    page.js("document.querySelector('#again').click()")
    page.wait("!document.querySelector('#conversation .exchange')")
    assert "1868" not in text(page, "#desk")
    page.wait("document.querySelector('#starters button')")
    page.js("document.querySelector('#starters button').click()")
    page.wait("document.querySelector('#holdings-list .holding')?.checkVisibility()")
    assert "Town papers" in text(page, "#holdings-list")


def test_the_public_desk_shows_nothing_of_the_staffs(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    for secret in (STAFF, CLOSED, SILENT, VAULT):
        ask(page, f"What is {secret.upper()}?")  # the page repeats the question as it was asked
    assert not [one for one in (STAFF, CLOSED, SILENT, VAULT) if one in text(page)]
    arrive(page, quoting, quoting.link.removeprefix(quoting.address))
    assert page.js("location.pathname + location.search") == "/en/"
    assert "Staff" in text(page, "#notice")
    ask(page, f"What is the {STAFF} affair?")
    assert f"The {STAFF} affair of 1871" in text(page, "#sources")
    assert page.js("document.cookie") == ""


def test_the_staff_watch_the_model_write_and_can_stop_it(
    page: Page, writing: Served, ollama: OllamaServer, hurry: Callable[[], None]
) -> None:
    arrive(page, writing, writing.link.removeprefix(writing.address))
    assert "Written by gemma3:4b on this computer" in text(page, "#notice")
    page.js("document.querySelector('#question textarea').focus()")
    page.write(QUESTION)
    page.press("Enter")
    page.wait("document.querySelector('.draft')")
    page.wait("document.querySelector('#stop')")
    page.js("document.querySelector('#stop').click()")
    page.wait("document.querySelector('.progress')?.innerText.startsWith('Stopped')")
    page.wait("!document.querySelector('#stop')")
    assert page.js(INPUT)
    assert ollama.dropped.wait(20)  # the model was told to stop as well
    time.sleep(1)  # and nothing comes after it
    assert text(page, ".progress").startswith("Stopped")
    hurry()
    ask(page, "When did the paper mill burn down?")
    assert "1902" in text(page, "#sources")


def test_closing_the_page_stops_the_model(
    page: Page, writing: Served, ollama: OllamaServer
) -> None:
    arrive(page, writing)
    ollama.dropped.clear()
    page.js("document.querySelector('#question textarea').focus()")
    page.write(QUESTION)
    page.press("Enter")
    page.wait("document.querySelector('.progress')?.innerText.startsWith('Writing')")
    assert not ollama.dropped.is_set()
    page.open("about:blank")
    assert ollama.dropped.wait(20)


def test_the_public_never_sees_a_draft(
    page: Page, writing: Served, ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ollama, "delay", 0.1)  # a draft would be seen for a second
    arrive(page, writing)
    page.js("""new MutationObserver(() => {
        if (document.querySelector('.draft')) window.sawDraft = true;
    }).observe(document.body, {childList: true, subtree: true})""")
    ask(page, QUESTION)
    assert page.js("window.sawDraft ?? false") is False
    assert "1868" in text(page, ".answer")
    assert "Written by gemma3:4b" in text(page, "#sources .how")


def test_the_reading_page_marks_the_quote(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, "Was anybody hurt by the fire in the rag loft?")
    href = page.js("document.querySelector('#sources .links a').href")
    page.open(href)
    marked = page.js("[...document.querySelectorAll('mark')].map(one => one.innerText).join(' ')")
    assert "hurt" in marked or "rag loft" in marked
    assert "burnt down in 1902" in text(page, ".text")
    assert "Senn Quay" in text(page, ".text")
    assert "Senn Quay" not in marked
    assert page.js("document.querySelectorAll('mark#q').length") == 1
    assert page.js("document.scripts.length") == 0
    assert "Town papers" in text(page, ".how-to-cite")


@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_narrow_and_wide_windows(page: Page, quoting: Served, width: int) -> None:
    page.resize(width, 800)
    arrive(page, quoting)
    ask(page, QUESTION)
    assert page.js("document.documentElement.scrollWidth") <= width
    small = page.js("""[...document.querySelectorAll('button, summary, textarea, .links a')]
        .filter(one => one.checkVisibility())
        .map(one => one.getBoundingClientRect())
        .filter(box => box.height < 24 || box.width < 24).length""")
    assert small == 0
    panel, composer = (
        page.js(f"document.querySelector({one!r}).getBoundingClientRect().left")
        for one in ("#panel", "#composer")
    )
    assert (panel > composer + 300) == (width > 1000)


def test_words_stand_out_from_the_ground(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        page.wait(f"({CONTRAST}).length === 0", 5)


def test_pictures_can_be_taken(page: Page, quoting: Served, screenshots: Path) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    portray(page, screenshots, "desk")


# Visible text below 4.5:1 against the nearest ground that is painted behind it (WCAG 1.4.3).
CONTRAST = """(() => {
  const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (colour) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    return paint.getImageData(0, 0, 1, 1).data;
  };
  const light = (c) => [0, 1, 2]
    .map((i) => c[i] / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgb(getComputedStyle(one).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return rgb('white');
  };
  const faint = [];
  for (const element of document.querySelectorAll('main *, .gradio-container *')) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const seen = element.checkVisibility({opacityProperty: true, visibilityProperty: true});
    if (!own || !seen || element.closest('.visually-hidden')) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${element.tagName}.${element.className}: ${ratio.toFixed(2)}`);
  }
  return faint;
})()"""
