"""axe finds nothing wrong: every page and state, in every theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import pytest

from rag_assistant import Assistant
from tests.browser.axe import Axe, Violation
from tests.browser.crawl import index_crawl
from tests.browser.devtools import Page
from tests.browser.test_checker import check
from tests.browser.test_desk import QUESTION, arrive, arrive_as_staff, ask, text
from tests.browser.test_finding import search
from tests.browser.test_sign_in import fill
from tests.browser.test_ways import MARS
from tests.ollama_server import OllamaServer
from tests.served import Served, index_town, serving, write_collection

pytestmark = pytest.mark.browser

LIVES = {
    "charles.md": "---\ntitle: Charles Lindner, butcher\n---\n"
    "Charles Lindner kept a butcher's shop in Mill Street. Lindner was interned in 1915.\n",
    "friedrich.md": "---\ntitle: Friedrich August Lindner, organist\n---\n"
    "Friedrich August Lindner played the organ for forty years. Lindner died in 1931.\n",
}
THEMES: tuple[tuple[str | None, Literal["light", "dark"]], ...] = (
    # what the page says, what the system prefers
    (None, "light"),
    (None, "dark"),
    ("light", "dark"),
    ("dark", "light"),
    ("contrast", "light"),
    ("contrast", "dark"),
)
COLOURED = (*THEMES[:2], THEMES[-1])  # light, dark and high contrast
# One state of each kind of page; what is chosen against the system has the same colours in others.
CHOSEN = ("answer", "reading page", "patron's answer", "writing")
TABS = {  # the name of each, and what it shows at first
    "Search": ("search", "#found-list .result"),
    "Collections": ("collections", "#holdings-list .bars"),
    "Check": ("check", "#references textarea"),
}
# The colours that are wished have come: Gradio's too, and nothing fades any more.
DRESSED = """(() => {
    const dark = getComputedStyle(document.documentElement).colorScheme === 'dark';
    const fading = document.getAnimations()
        .some(one => one.effect.getComputedTiming().endTime < Infinity);
    const gradio = Boolean(document.querySelector('gradio-app'));
    return !fading && (!gradio || document.body.classList.contains('dark') === dark);
})()"""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A page, and what is done until it stands as it is to be judged."""

    name: str
    path: str = "/"
    prepare: Callable[[Page], None] = lambda page: None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What Gradio does wrong and nothing that it offers mends.

    Attributes:
        rule: axe's name of the rule.
        selector: What the element matches.
        reason: Why it stays.
        states: Where it occurs; where it no longer does, its row must go.
    """

    rule: str
    selector: str
    reason: str
    states: tuple[str, ...]


KNOWN: tuple[Known, ...] = ()


# ---------------------------------------------------------------- the pages and their states


def asked(question: str) -> Callable[[Page], None]:
    return lambda page: ask(page, question)


def narrowed_wrongly(page: Page) -> None:
    page.js("document.querySelector('#filters > button').click()")
    page.js("document.querySelectorAll('#filters textarea, #filters input[type=text]')[0].focus()")
    page.write("long ago")
    ask(page, QUESTION)
    assert text(page, ".problem")


def clarified(page: Page) -> None:
    ask(page, "Who was Lindner?")
    assert "Which Lindner" in text(page, ".answer")


def in_tab(title: str) -> Callable[[Page], None]:
    """Go to a tab of the desk, and wait for what stands there."""
    name, shown = TABS[title]

    def prepare(page: Page) -> None:
        needs(page, f"document.querySelector('#tab-{name}-button')")
        page.js(f"document.querySelector('#tab-{name}-button').click()")
        needs(page, f"document.querySelector({shown!r})?.checkVisibility()")

    return prepare


def needs(page: Page, condition: str) -> None:
    """Wait for what the test is about."""
    page.wait(condition, 30)


def checked(page: Page) -> None:
    in_tab("Check")(page)
    check(page, "Venn, A. (1868). The iron bridge.\n\nMarsh, Bo. Letters. London: Verso, 1871.")


def searched(page: Page) -> None:
    in_tab("Search")(page)
    search(page, "iron bridge", "searched")


def narrowed(page: Page) -> None:
    searched(page)
    page.js("document.querySelectorAll('#facet-decades input')[1].click()")
    page.wait("document.querySelectorAll('#found-list .result').length === 1")


def found_nothing(page: Page) -> None:
    in_tab("Search")(page)
    search(page, '"no such words stand here"', "Nothing was found with these words.")


def unfolded(page: Page) -> None:
    """An answer with all that can be unfolded beside and beneath it."""
    ask(page, QUESTION)
    page.js("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def dialog(key: str) -> Callable[[Page], None]:
    """The dialog that a key opens."""

    def prepare(page: Page) -> None:
        page.js("document.activeElement.blur()")
        page.press(key)
        page.wait("document.querySelector('dialog[open]')")

    return prepare


def asked_as_patron(question: str, shown: str) -> Callable[[Page], None]:
    """Ask on the patron's page, and wait for the whole answer."""

    def prepare(page: Page) -> None:
        page.js("document.querySelector('#question').focus()")
        page.write(question)
        page.press("Enter")
        page.wait(f"document.querySelector('#answers .exchange :is({shown})')")
        page.wait("!document.querySelector('#over').hidden")

    return prepare


def refused(page: Page) -> None:
    """A name and a password that nobody has."""
    fill(page, "nobody", "wrong horse")
    page.wait("document.querySelector('#fault')")


def followed(words: str) -> Callable[[Page], None]:
    """Ask, and go from the sources where a link of those words leads."""

    def prepare(page: Page) -> None:
        ask(page, "When does the first boat sail from Monday to Friday?")
        page.open(
            page.js(f"""[...document.querySelectorAll('#sources a')]
                .find(one => one.innerText.includes({words!r})).href""")
        )

    return prepare


def there(selector: str) -> Callable[[Page], None]:
    """The page as it comes, which has this."""
    return lambda page: page.wait(f"document.querySelector({selector!r})")


STATES = (
    State(name="empty desk"),
    State(name="answer", prepare=asked(QUESTION)),
    State(name="answer, all unfolded", prepare=unfolded),
    State(name="answer with a notice", prepare=asked("Where was the saltpetre kept?")),
    State(name="no answer", prepare=asked(MARS)),
    State(name="question back", prepare=clarified),
    State(name="error", prepare=narrowed_wrongly),
    State(name="captured page", prepare=asked("How much did a single ticket cost for adults?")),
    State(name="keys", prepare=dialog("?")),
    State(name="new patron", prepare=dialog("n")),
    State(name="check a reference", prepare=checked),
    State(name="all there is", prepare=in_tab("Search")),
    State(name="search", prepare=searched),
    State(name="narrowed search", prepare=narrowed),
    State(name="nothing found", prepare=found_nothing),
    State(name="collections tab", prepare=in_tab("Collections")),
    State(name="reading page", prepare=followed("Read in full")),
    State(name="history page", prepare=followed("what changed")),
    State(name="page that is not there", path="/read/nothing", prepare=there("h1")),
    State(name="patron's page", path="/embed", prepare=there("#examples a")),
    State(
        name="patron's answer",
        path="/embed",
        prepare=asked_as_patron(QUESTION, "mark"),
    ),
    State(
        name="patron's no answer",
        path="/embed",
        prepare=asked_as_patron(MARS, ".answer"),
    ),
    State(name="patron's missing page", path="/embed?collection=nothing", prepare=there("h1")),
    State(name="sign-in", path="/sign-in", prepare=there("#password")),
    State(name="wrong password", path="/sign-in", prepare=refused),
    State(name="responsibility", path="/responsibility", prepare=there("table")),
    State(name="collections", path="/collections", prepare=there(".bars")),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over a town, a crawl and two people of one name."""
    folder = tmp_path_factory.mktemp("library")
    settings = index_town(folder)
    index_crawl(folder)
    about = ('id = "lives"', 'title = "Lives"', 'access = "public"')
    lives = write_collection(folder / "lives", LIVES, *about)
    with Assistant(settings) as assistant:
        assistant.index([lives])
    with serving(settings.data, RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        yield server


# ---------------------------------------------------------------- the tests


@pytest.mark.parametrize("state", STATES, ids=str)
def test_nothing_is_wrong(page: Page, library: Served, axe: Axe, state: State) -> None:
    if state.path == "/":
        arrive(page, library)
    else:
        page.open(library.address + state.path)
    state.prepare(page)
    wrong = judged(page, axe, state.name)
    assert not wrong, wrong


def test_nothing_is_wrong_while_a_model_writes(
    page: Page, writing: Served, ollama: OllamaServer, axe: Axe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ollama, "delay", 0.1)
    arrive_as_staff(page, writing)
    page.js("document.querySelector('#question textarea').focus()")
    page.write(QUESTION)
    page.press("Enter")
    page.wait("document.querySelector('.draft')")
    ollama.delay = 5  # it is still writing when all has been judged
    wrong = judged(page, axe, "writing")
    assert not wrong, wrong
    assert page.js("Boolean(document.querySelector('.draft'))")


def test_what_is_wrong_is_found(page: Page, library: Served, axe: Axe) -> None:
    arrive(page, library)
    page.js("""document.querySelector('#intro').innerHTML =
        '<img src="/web/icon.svg"><button></button><p>faint</p>';
        document.querySelector('#intro p').style.color = '#ccc'""")
    found = {one.rule for one in axe(page) if one.required}
    assert found >= {"image-alt", "button-name", "color-contrast"}


def judged(page: Page, axe: Axe, state: str) -> dict[str, list[Violation]]:
    """What is wrong and not known, by theme; what is known to be wrong must be."""
    wrong: dict[str, list[Violation]] = {}
    expected = [one for one in KNOWN if state in one.states]
    seen: set[Known] = set()
    for theme, system in THEMES if state in CHOSEN else COLOURED:
        dress(page, theme, system)
        first = (theme, system) == THEMES[0]
        for one in axe(page) if first else axe.colours(page):
            known = next((row for row in expected if _is(page, row, one)), None)
            if known:
                seen.add(known)
            else:
                wrong.setdefault(f"{theme} on {system}", []).append(one)
    assert seen == set(expected), "rows of KNOWN that are wrong no longer"
    return wrong


def dress(page: Page, theme: str | None, system: Literal["light", "dark"]) -> None:
    """Choose colours as a person does where the page offers it, else as its address does."""
    page.scheme(system)
    page.js(f"""(() => {{
        const theme = {theme or ""!r};
        const select = document.querySelector('#colours');
        if (select) {{
            select.value = theme || 'system';
            select.dispatchEvent(new Event('change', {{bubbles: true}}));
        }} else if (theme) document.documentElement.dataset.theme = theme;
        else delete document.documentElement.dataset.theme;
    }})()""")
    page.wait(DRESSED)


def _is(page: Page, row: Known, one: Violation) -> bool:
    matches = f"document.querySelector({one.target!r})?.matches({row.selector!r})"
    return row.rule == one.rule and bool(page.js(matches))
