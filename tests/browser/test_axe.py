"""axe finds nothing wrong: every page and state, in every theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from rag_assistant import Assistant
from tests.browser.axe import Axe, Violation
from tests.browser.crawl import index_crawl
from tests.browser.devtools import Page
from tests.browser.test_checker import check
from tests.browser.test_desk import QUESTION, arrive, ask, text
from tests.ollama_server import OllamaServer
from tests.served import Served, index_town, serving, write_collection

pytestmark = pytest.mark.browser

LIVES = {
    "charles.md": "---\ntitle: Charles Lindner, butcher\n---\n"
    "Charles Lindner kept a butcher's shop in Mill Street. Lindner was interned in 1915.\n",
    "friedrich.md": "---\ntitle: Friedrich August Lindner, organist\n---\n"
    "Friedrich August Lindner played the organ for forty years. Lindner died in 1931.\n",
}
THEMES = (
    # what the page says, what the system prefers
    (None, "light"),
    (None, "dark"),
    ("light", "dark"),
    ("dark", "light"),
    ("contrast", "light"),
    ("contrast", "dark"),
)


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


def in_tab(words: str) -> Callable[[Page], None]:
    """Go to the tab of that name."""
    tab = f"""[...document.querySelectorAll('#tabs [role=tab]')]
        .find(one => one.innerText.includes({words!r}))"""

    def prepare(page: Page) -> None:
        page.wait("document.querySelectorAll('#tabs [role=tab]').length > 1")
        needs(page, tab)
        page.js(f"{tab}.click()")
        page.wait(f"{tab}.ariaSelected === 'true'")
        page.tab.wait_for_timeout(1000)

    return prepare


def checked(page: Page) -> None:
    in_tab("Check")(page)
    check(page, "Venn, A. (1868). The iron bridge.\n\nMarsh, Bo. Letters. London: Verso, 1871.")


def searched(page: Page) -> None:
    in_tab("Search")(page)
    page.js("document.querySelector('#find-for').querySelector('input, textarea').focus()")
    page.write("iron bridge")
    page.press("Enter")
    page.wait("document.querySelector('#found-list mark, #found-list article, #found-list li')")


def keys_told(page: Page) -> None:
    """The dialog that tells the keys."""
    page.js("document.activeElement.blur()")
    page.press("?")
    page.tab.wait_for_timeout(500)
    needs(page, "document.querySelector('dialog[open]')")


def embedded_answer(page: Page) -> None:
    page.js("document.querySelector('#question').focus()")
    page.write(QUESTION)
    page.press("Enter")
    page.wait("document.querySelector('#answers .exchange mark, #answers .exchange .sources')")


def followed(words: str) -> Callable[[Page], None]:
    """Ask, and go from the sources where a link of those words leads."""

    def prepare(page: Page) -> None:
        ask(page, "When does the first boat sail from Monday to Friday?")
        page.open(
            page.js(f"""[...document.querySelectorAll('#sources a')]
                .find(one => one.innerText.includes({words!r})).href""")
        )

    return prepare


def needs(page: Page, condition: str) -> None:
    if not page.js(f"Boolean({condition})"):
        pytest.skip(f"not there: {condition}")


STATES = (
    State(name="empty desk"),
    State(name="answer", prepare=asked(QUESTION)),
    State(name="answer with a notice", prepare=asked("Where was the saltpetre kept?")),
    State(name="no answer", prepare=asked("Who was the first astronaut on Mars?")),
    State(name="question back", prepare=clarified),
    State(name="error", prepare=narrowed_wrongly),
    State(name="captured page", prepare=asked("How much did a single ticket cost for adults?")),
    State(name="keys", prepare=keys_told),
    State(name="check a reference", prepare=checked),
    State(name="search", prepare=searched),
    State(name="collections tab", prepare=in_tab("Collections")),
    State(name="reading page", prepare=followed("Read in full")),
    State(name="history page", prepare=followed("what changed")),
    State(name="page that is not there", path="/read/nothing"),
    State(name="patron's page", path="/embed"),
    State(name="patron's answer", path="/embed", prepare=embedded_answer),
    State(name="patron's missing page", path="/embed?collection=nothing"),
    State(name="sign-in", path="/sign-in"),
    State(name="responsibility", path="/responsibility"),
    State(name="collections", path="/collections"),
)
BUILT_ELSEWHERE = ("/embed", "/sign-in", "/responsibility", "/collections")


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
        if "There is nothing here." in text(page) and state.path.startswith(BUILT_ELSEWHERE):
            pytest.skip(f"{state.path} is not there")
    state.prepare(page)
    assert judged(page, axe, state.name) == {}


def test_nothing_is_wrong_while_a_model_writes(
    page: Page, tmp_path_factory: pytest.TempPathFactory, axe: Axe
) -> None:
    data = index_town(tmp_path_factory.mktemp("slow")).data
    with OllamaServer(delay=3) as model, serving(data, RAG_OLLAMA__URL=model.url) as server:
        assert server.token
        page.tab.set_extra_http_headers({"Authorization": f"Bearer {server.token}"})
        arrive(page, server)
        page.js("document.querySelector('#question textarea').focus()")
        page.write(QUESTION)
        page.press("Enter")
        page.wait("document.querySelector('.draft')")
        found = judged(page, axe, "writing")
        assert page.js("Boolean(document.querySelector('.progress'))")
    assert found == {}


def test_what_is_wrong_is_found(page: Page, library: Served, axe: Axe) -> None:
    arrive(page, library)
    page.js("""document.querySelector('#notice').innerHTML =
        '<img src="/web/icon.svg"><button></button><p style="color: #ccc">faint</p>'""")
    found = {one.rule for one in axe(page) if one.required}
    assert found >= {"image-alt", "button-name", "color-contrast"}


def judged(page: Page, axe: Axe, state: str) -> dict[str, list[Violation]]:
    """What is wrong and not known, by theme; what is known to be wrong must be."""
    wrong: dict[str, list[Violation]] = {}
    expected = [one for one in KNOWN if state in one.states]
    seen: set[Known] = set()
    for theme, system in THEMES:
        dress(page, theme, system)
        for one in axe(page):
            known = next((row for row in expected if _is(page, row, one)), None)
            if known:
                seen.add(known)
            else:
                wrong.setdefault(f"{theme} on {system}", []).append(one)
    assert seen == set(expected), "rows of KNOWN that are wrong no longer"
    return wrong


def dress(page: Page, theme: str | None, system: str) -> None:
    page.scheme("dark" if system == "dark" else "light")
    page.js(
        f"document.documentElement.dataset.theme = {theme!r}"
        if theme
        else "delete document.documentElement.dataset.theme"
    )
    page.js("Promise.all(document.getAnimations().map(one => one.finished.catch(() => 0)))")
    page.tab.wait_for_timeout(300)


def _is(page: Page, row: Known, one: Violation) -> bool:
    matches = f"document.querySelector({one.target!r})?.matches({row.selector!r})"
    return row.rule == one.rule and bool(page.js(matches))
