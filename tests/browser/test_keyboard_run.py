"""The desk with a keyboard alone, for those who listen, enlarge, or want nothing to move."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.devtools import Page
from tests.browser.test_desk import DONE, INPUT, LAST, QUESTION, arrive, arrive_as_staff, ask, text
from tests.ollama_server import OllamaServer
from tests.served import Served

pytestmark = pytest.mark.browser

# Whatever has the focus is drawn so that one sees it, and lies where one can see it.
MARKED = """(() => {
    const one = document.activeElement;
    const marked = (style) => (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
        || style.boxShadow !== 'none';
    const around = [one, one.closest('label'), one.nextElementSibling, one.parentElement];
    const box = one.getBoundingClientRect();
    return {
        what: one.outerHTML.slice(0, 160),
        name: (one.ariaLabel || one.labels?.[0]?.innerText || one.innerText || '').trim(),
        seen: around.filter(Boolean).some((each) => marked(getComputedStyle(each))),
        inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    };
})()"""
RECORD = """(() => {
    window.said = [];
    const region = document.querySelector('[role=status].visually-hidden');
    new MutationObserver(() => {
        const words = region.textContent.trim();
        if (words && window.said.at(-1) !== words) window.said.push(words);
    }).observe(region, {childList: true, characterData: true, subtree: true});
})()"""
MOVING = """document.getAnimations()
    .filter((one) => one.playState === 'running')
    .map((one) => [one.effect.target?.outerHTML?.slice(0, 120), one.effect.getComputedTiming()])
    .filter(([, timing]) => timing.activeDuration > 0)
    .map(([target]) => target)"""
# What is cut off: text that is wider than what shows it, and cannot be scrolled to.
CUT = """[...document.querySelectorAll('main *, .gradio-container *')]
    .filter((one) => one.checkVisibility() && one.innerText?.trim())
    .filter((one) => !one.closest('.visually-hidden, .visually-hidden *, .sr-only'))
    .filter((one) => ['hidden', 'clip'].includes(getComputedStyle(one).overflowX))
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1)
    .map((one) => `${one.localName}#${one.id}.${one.className}: ${one.innerText.slice(0, 60)}`)"""


def go(page: Page, there: str, *, shift: bool = False, most: int = 60) -> None:
    """Press Tab until what is focused is there, at each stop seeing where one is."""
    before = None
    for _ in range(most):
        page.press("Tab", shift=shift)
        stop = page.js(MARKED)
        if stop["what"].startswith(("<body", "<html", "<dialog")):
            continue  # the browser's own controls come between the page's end and its beginning
        assert stop["seen"], f"no visible focus: {stop['what']}"
        assert stop["inside"], f"out of sight: {stop['what']}"
        assert stop["name"], f"no name: {stop['what']}"
        if page.js(f"Boolean({there})"):
            return
        assert stop["what"] != before or stop["what"].startswith("<a"), f"a trap: {stop['what']}"
        before = stop["what"]
    raise AssertionError(f"not reached in {most} steps: {there}")


def focused(selector: str) -> str:
    return f"document.activeElement.matches({selector!r})"


def test_from_the_question_to_the_reference(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    go(page, INPUT)
    page.write(QUESTION)
    page.press("Enter")
    page.wait(f"{LAST} && ({DONE})")
    go(page, focused("a.marker"), shift=True)
    page.press("Enter")
    page.wait(focused("#source-1"))
    assert page.js(MARKED)["seen"]
    go(page, focused("#source-1 .links a"), most=12)
    assert "/read/" in page.js("document.activeElement.href")
    page.press("Enter")
    page.wait(lambda: "/read/" in page.tab.context.pages[-1].url)  # in a tab of its own
    assert "opened on 4 May 1868" in page.tab.context.pages[-1].inner_text("mark")
    page.tab.bring_to_front()
    go(page, focused("#source-1 .cite summary"), most=12)
    page.press("Enter")
    go(page, focused("#source-1 .cite .export a"), most=4)  # files that need no script
    page.press("Enter")
    file = f"download: {quoting.address}/api/references.ris?"
    page.wait(lambda: any(one.startswith(file) for one in page.surprises))
    go(page, focused("#source-1 .back-to a"), most=12)
    page.press("Enter")
    page.wait(focused("a.marker"))


def test_a_running_answer_is_stopped(page: Page, writing: Served) -> None:
    page.resize(640, 400)
    arrive_as_staff(page, writing)
    go(page, INPUT)
    page.write(QUESTION)
    page.press("Enter")
    page.wait("document.querySelector('#stop')?.checkVisibility()")
    go(page, focused("#stop"), most=4)
    page.wait("document.querySelector('.progress')?.innerText.startsWith('Writing')")
    page.wait("document.querySelector('.draft')?.innerText.length > 40")
    assert page.js(MARKED)["inside"]  # the answer grows, and does not push it away
    page.press("Enter")
    page.wait("document.querySelector('.progress')?.innerText.startsWith('Stopped')")
    page.wait(INPUT)


def test_there_is_no_trap(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    for shift in (False, True):
        page.js("document.activeElement.blur()")
        stops = set()
        for _ in range(80):
            page.press("Tab", shift=shift)
            stops.add(page.js("document.activeElement.outerHTML.slice(0, 200)"))
        reachable = page.js("""[...document.querySelectorAll('a[href], button, textarea, input,'
            + ' summary, select')].filter(one => one.checkVisibility() && one.tabIndex >= 0
                && !one.disabled).map(one => one.outerHTML.slice(0, 200))""")
        assert set(reachable) - stops == set()


def test_escape_closes_and_the_focus_returns(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    go(page, focused("[data-does=keys]"))
    for key, dialog in (("Enter", "keys"), ("?", "keys"), ("n", "patron")):
        page.press(key)
        page.wait(f"document.querySelector('#{dialog}-dialog').contains(document.activeElement)")
        page.press("Escape")
        page.wait("!document.querySelector('dialog[open]')")
        page.wait(focused("[data-does=keys]"))


# ---------------------------------------------------------------- those who listen


def test_the_end_is_told_once_and_tokens_never(
    page: Page, writing: Served, ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ollama, "delay", 0.1)
    arrive_as_staff(page, writing)
    page.js(RECORD)
    ask(page, QUESTION)
    page.wait("window.said.at(-1)?.startsWith('Answer:')")
    page.tab.wait_for_timeout(300)  # and nothing comes after it
    said = page.js("window.said")
    assert len([one for one in said if one.startswith("Answer:")]) == 1
    assert said[-1].startswith("Answer:")
    assert len(said) <= 6, said  # searching, perhaps a place in the queue, quotations, the answer
    live = page.js("""[...document.querySelectorAll('[aria-live], [role=status], [role=log],'
        + '[role=alert]')].filter(one => one.querySelector('.exchange, .draft')
        && (one.ariaLive ?? 'polite') !== 'off').map(one => one.outerHTML.slice(0, 100))""")
    assert live == []


# ---------------------------------------------------------------- those who see otherwise


def _read(page: Page) -> None:
    page.open(page.js("document.querySelector('#sources .links a').href"))


@pytest.mark.parametrize("go_on", [lambda page: None, _read], ids=["desk", "reading page"])
def test_enlarged_to_200_percent(
    page: Page, quoting: Served, go_on: Callable[[Page], None]
) -> None:
    page.zoom(2)
    arrive(page, quoting)
    ask(page, QUESTION)
    go_on(page)
    assert page.js("document.documentElement.scrollWidth <= innerWidth")
    assert page.js(CUT) == []


def test_320_pixels(page: Page, quoting: Served) -> None:
    page.resize(320, 700)
    arrive(page, quoting)
    go(page, INPUT)
    page.write(QUESTION)
    page.press("Enter")
    page.wait(f"{LAST} && ({DONE})")
    assert page.js("document.documentElement.scrollWidth <= innerWidth")
    assert page.js(CUT) == []
    go(page, focused("a.marker"), shift=True)
    page.press("Enter")
    page.wait(focused("#source-1"))


def test_nothing_moves_for_those_who_want_it_so(
    page: Page, writing: Served, ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ollama, "delay", 0.1)
    page.reduced_motion()
    arrive(page, writing)
    page.js("""(() => {
        window.moved = new Set();
        const look = () => {
            for (const one of document.getAnimations()) {
                const timing = one.effect.getComputedTiming();
                const long = timing.activeDuration > 20;
                if (long && one.playState === 'running') {
                    const target = one.effect.target;
                    moved.add(`${target.localName}#${target.id}.${target.className}`
                        + ` ${one.animationName ?? one.transitionProperty}`);
                }
            }
            requestAnimationFrame(look);
        };
        look();
    })()""")
    ask(page, QUESTION)
    page.js("document.querySelector('#filters > button').click()")
    page.press("Tab")
    page.tab.wait_for_timeout(500)
    assert page.js("[...window.moved]") == []


def test_without_scripts(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    ask(page, QUESTION)
    reading = page.js("document.querySelector('#sources .links a').href")
    page.scripts(False)
    page.open(reading)
    assert "opened on 4 May 1868" in text(page, "mark")


def test_the_desk_without_scripts(page: Page, quoting: Served) -> None:
    page.scripts(False)
    page.open(quoting.address)
    told = page.js("document.querySelector('noscript')?.innerText ?? ''")
    assert "script" in told.lower()
    assert page.js("Boolean(document.querySelector('noscript a[href]'))")


def test_a_first_question_leads_the_focus_with_it(page: Page, quoting: Served) -> None:
    arrive(page, quoting)
    page.wait("document.querySelector('#starters button')?.checkVisibility()")
    page.js("document.querySelector('#starters button').focus()")
    page.press("Enter")
    page.wait("document.querySelector('#holdings-list .prose > *')?.checkVisibility()")
    held = "document.activeElement.matches('#holdings *, #tab-collections-button')"
    page.wait(f"{held} && document.activeElement.checkVisibility()", 5)
