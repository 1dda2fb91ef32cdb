"""Whatever stands in sources, questions, addresses and answers is text and nothing else."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser.devtools import Page
from tests.browser.hostile import (
    BIDI,
    COLLECTIONS,
    LONG,
    NAMES,
    OUR_ATTRIBUTES,
    OURS,
    PARTS,
    PAYLOADS,
    PLACES,
    batches,
    hostile,
    said_of,
    settle,
    shown,
    sources,
    stored,
    traps,
    visible,
)
from tests.browser.test_axe import in_tab
from tests.browser.test_checker import BOX, open_tab
from tests.browser.test_desk import arrive, ask, foreign, kept
from tests.ollama_server import OllamaServer, Request, first_sentences
from tests.served import Served, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
__all__ = ["hostile", "traps"]

TOGETHER = 3  # payloads that one question is about: all of them stand among its sources
AT_LENGTH = 4  # questions of one conversation; each is asked with all that was said before
NEW_ANSWER = "#conversation .exchange:last-child"
SOURCES = "#sources ol, #sources details"
# Pages that take words from their address.
ADDRESSED = (
    *("/{}", "/?theme={}&lang={}", "/read/{}", "/read/{}?start={}&end={}", "/history/{}"),
    *("/embed?collection={}&lang={}&theme={}", "/collections?lang={}", "/sign-in?next={}"),
    *("/responsibility?lang={}", "/staff?token={}", "/de/?theme={}&lang={}", "/api/passages/{}"),
)


def seen(page: Page, selector: str) -> str:
    """The words inside, after a look at what holds them: nothing but our elements, all harmless."""
    found = page.js(f"""(() => {{
        const all = [...document.querySelectorAll({selector!r})];
        const inside = all.flatMap((one) => [one, ...one.querySelectorAll('*')]);
        return {{
            elements: [...new Set(inside.map((one) => one.localName))],
            attributes: [...new Set(inside.flatMap((one) => one.getAttributeNames()))],
            links: inside.map((one) => one.href).filter(Boolean),
            words: all.map((one) => one.textContent).join(' '),
            ran: window.ran ?? null,
        }};
    }})()""")
    assert found["ran"] is None
    assert set(found["elements"]) - OURS == set()
    assert set(found["attributes"]) - OUR_ATTRIBUTES == set()
    for link in found["links"]:
        assert link.startswith(("http://", "https://", "mailto:"))
    words: str = " ".join(found["words"].split())
    return words


def unharmed(page: Page, server: Served, home: str) -> None:
    """Nothing has run, gone out, opened, been stored or been stopped at the last moment."""
    settle(page)
    assert page.js("window.ran ?? null") is None
    assert foreign(page, server) == []
    assert page.violations == []
    assert page.surprises == []
    assert page.js("location.href") == home
    assert set(kept(page).values()) == {0}


def reordered(page: Page, selector: str) -> list[str]:
    """Words of ours whose letters no longer stand from left to right.

    What a source says alone may stand as its author wanted.
    """
    own = sources(NAMES[PAYLOADS.index(BIDI)])
    turning = [one for one in PAYLOADS if "\u202e" in one]
    theirs = [" ".join(one.split()) for one in (*own, *turning)]
    found: list[str] = page.js(f"""(() => {{
        const reordered = [];
        for (const root of document.querySelectorAll({selector!r})) {{
            const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
            for (let node = walk.nextNode(); node; node = walk.nextNode()) {{
                const from = node.data.indexOf({BIDI!r});
                const said = node.data.replace(/[“”…`\\u2069]/g, '').replace(/\\s+/g, ' ').trim();
                if ({json.dumps(theirs)}.some((one) => one.includes(said))) continue;
                let last = null;
                for (let at = 0; at < node.data.length; at += 1) {{
                    const inside = from >= 0 && at >= from && at < from + {len(BIDI)};
                    const range = document.createRange();
                    range.setStart(node, at);
                    range.setEnd(node, at + 1);
                    const box = range.getBoundingClientRect();
                    if (!inside && !box.width) continue;
                    if (last && !inside && last.top === box.top && box.left < last.left) {{
                        reordered.push(node.data);
                        break;
                    }}
                    last = inside ? null : box;
                }}
            }}
        }}
        return reordered;
    }})()""")
    return found


def fits(page: Page) -> bool:
    return bool(page.js("document.documentElement.scrollWidth <= innerWidth"))


# ---------------------------------------------------------------- sources


def test_there_are_enough() -> None:
    assert len(set(PAYLOADS)) >= 60


def test_sources_on_the_desk(page: Page, hostile: Served) -> None:
    for number, first in enumerate(range(0, len(PAYLOADS), TOGETHER)):
        if number % AT_LENGTH == 0:
            arrive(page, hostile)
            home = page.js("location.href")
        part = slice(first, first + TOGETHER)
        ask(page, f"What did {' and '.join(NAMES[part])} write in the wood?")
        words = seen(page, SOURCES) + seen(page, NEW_ANSWER)
        for name, payload in zip(NAMES[part], PAYLOADS[part], strict=True):
            assert name in words
            assert payload == LONG or shown(payload) in words, name
    unharmed(page, hostile, home)


@pytest.mark.parametrize("place", PLACES)
def test_reading_and_history_pages(page: Page, hostile: Served, place: str) -> None:
    hits = stored(hostile, NAMES, place)
    part = PARTS[place]
    for name, payload in zip(NAMES[part], PAYLOADS[part], strict=True):
        hit = hits[name]
        path = f"/history/{hit['document_id']}" if place == "moor" else f"/read/{hit['passage_id']}"
        page.open(hostile.address + path)
        assert visible(shown(payload)) in visible(seen(page, "main"))
        assert page.js("document.querySelectorAll('script, style, [style]').length") == 0
    unharmed(page, hostile, page.js("location.href"))


# ---------------------------------------------------------------- how it looks


def test_a_long_word_breaks_no_page(page: Page, hostile: Served) -> None:
    name = NAMES[PAYLOADS.index(LONG)]
    page.resize(320, 800)
    arrive(page, hostile)
    ask(page, f"What did {name} write in {name} wood?")
    assert "www" in seen(page, SOURCES)
    assert fits(page)
    ask(page, LONG[:1900])
    assert fits(page)
    open_tab(page)
    page.js(f"{BOX}.focus()")
    page.write(f"Venn, Ada. {LONG[:3000]}. 1868.")
    page.js("document.querySelector('#check').click()")
    page.wait("document.querySelector('#checked .checked, #checked .problem')")
    assert fits(page)
    for path in found(hostile, name):
        page.open(hostile.address + path)
        assert fits(page), path


def test_a_turn_of_direction_ends_where_it_began(page: Page, hostile: Served) -> None:
    name = NAMES[PAYLOADS.index(BIDI)]
    arrive(page, hostile)
    ask(page, f"What did {name} write in {name} wood?")
    assert reordered(page, f"{NEW_ANSWER}, {SOURCES}") == []
    ask(page, BIDI)
    assert reordered(page, f"{NEW_ANSWER}, {SOURCES}") == []
    for path in found(hostile, name):
        page.open(hostile.address + path)
        assert reordered(page, "main") == [], path


def found(server: Served, name: str) -> list[str]:
    """The reading and history pages of that name's payload."""
    hits = [stored(server, [name], place)[name] for place in PLACES]
    reading = [f"/read/{one['passage_id']}#q" for one in hits]
    return [*reading, f"/history/{hits[-1]['document_id']}"]


# ---------------------------------------------------------------- pages beside the desk's first


def test_results_of_a_search(page: Page, hostile: Served) -> None:
    arrive(page, hostile)
    in_tab("Search")(page)
    home = page.js("location.href")
    many = 5  # each has a document, a record and a page: together they fill one list
    for first in range(0, len(NAMES), many):
        part = slice(first, first + many)
        words = look(page, " ".join(NAMES[part]))
        missing = [one for one in PAYLOADS[part] if shown(one)[:30] not in words]
        assert missing == []
    for typed in batches(1900):
        look(page, typed)
    unharmed(page, hostile, home)


def look(page: Page, words: str) -> str:
    """Search, and what the results say."""
    write(page, "#find-for :is(input, textarea)", words)
    with page.answered():
        page.press("Enter")
    return seen(page, "#found-list .prose > *, #found-count .prose > *")


def test_collections(page: Page, hostile: Served) -> None:
    arrive(page, hostile)
    in_tab("Collections")(page)
    home = page.js("location.href")
    page.wait("document.querySelector('#holdings-list .prose > *')")
    words = seen(page, "#holdings-list .prose > *")
    assert all(shown(one) in words for one in COLLECTIONS)
    unharmed(page, hostile, home)
    page.open(f"{hostile.address}/collections")
    words = seen(page, "main")
    assert all(shown(one) in words for one in COLLECTIONS)
    unharmed(page, hostile, f"{hostile.address}/collections")


def test_the_patrons_page(page: Page, hostile: Served) -> None:
    home = f"{hostile.address}/embed"
    page.open(home)
    left = []
    for number, first in enumerate(range(0, len(NAMES), 2)):
        if number % AT_LENGTH == 0:
            page.js("document.querySelector('#over').click()")
        two = NAMES[first : first + 2]
        asked = ", and ".join(f"{one} write in {one} wood" for one in two)
        said = told_patron(page, f"What did {asked}?")
        left += [one for one in two if not said_of(one, said)]
    for name in left:  # an answer to two questions may leave one out
        said = told_patron(page, f"What did {name} write in {name} wood?")
        assert said_of(name, said), name
    for words in [*batches(1900), LONG[:1900]]:
        told_patron(page, words)
        heading = page.js("document.querySelector('#answers .exchange h2 bdi').textContent")
        assert shown(heading) == shown(words)
    tags = page.js("[...document.querySelectorAll('main *')].map(one => one.localName)")
    assert not {"script", "img", "svg", "iframe", "style", "meta", "link", "base"} & set(tags)
    assert page.js("document.querySelectorAll('[style]').length") == 0
    unharmed(page, hostile, home)


def told_patron(page: Page, words: str) -> str:
    """Ask at the patron's page; what stands there then."""
    before = page.js("document.querySelectorAll('#answers .exchange').length")
    write(page, "#question", words)
    page.press("Enter")
    page.wait(
        f"document.querySelectorAll('#answers .exchange').length === {before + 1}"
        " && document.querySelector('#stop').hidden"
    )
    return seen(page, "#answers .exchange:first-child")


# ---------------------------------------------------------------- what people write


@pytest.mark.parametrize("field", ["question", "search", "from"])
def test_what_is_typed(page: Page, hostile: Served, field: str) -> None:
    arrive(page, hostile)
    home = page.js("location.href")
    page.js("document.querySelector('#filters > button').click()")
    ask(page, "What stands in the wood?")
    for words in [*batches(1900), LONG[:1900]]:
        page.wait("!document.querySelector('#stop')?.checkVisibility()")
        if field == "from":
            write(page, "#filters .row:not(#search-row) :is(input[type=text], textarea)", words)
            ask(page, "What stands in the wood?")
        elif field == "question":
            ask(page, words)
        else:
            write(page, "#search-for :is(input, textarea)", words)
            number = page.js("document.querySelectorAll('#conversation .exchange').length")
            page.js("document.querySelector('#search-again').click()")
            page.wait(f"document.querySelectorAll('#conversation .exchange').length > {number}")
            page.wait(f"!document.querySelector('{NEW_ANSWER} .progress')")
        assert shown(words.split(maxsplit=1)[0]) in seen(page, NEW_ANSWER)
        seen(page, SOURCES)
    unharmed(page, hostile, home)


def write(page: Page, selector: str, words: str) -> None:
    """Write into a field instead of what stands there."""
    page.js(f"document.querySelector({selector!r}).focus()")
    page.js("document.activeElement.select()")
    page.write(words)


def test_references_that_are_checked(page: Page, hostile: Served) -> None:
    arrive(page, hostile)
    home = page.js("location.href")
    open_tab(page)
    many = 12
    for first in range(0, len(PAYLOADS), many):
        some = PAYLOADS[first : first + many]
        page.js(f"{BOX}.focus()")
        page.js(f"{BOX}.select()")
        page.write("\n\n".join(f"Venn, Ada. {' '.join(one.split())[:2000]}. 1868." for one in some))
        page.js("document.querySelector('#check').click()")
        first_words = json.dumps(f"Venn, Ada. {shown(some[0])}"[:30])
        page.wait(
            "[...document.querySelectorAll('#checked blockquote')]"
            f".some((one) => one.textContent.includes({first_words}))"
        )
        words = seen(page, "#checked .checked")
        missing = [one for one in some if one != LONG and shown(one)[:40] not in words]
        assert missing == []
    unharmed(page, hostile, home)


@pytest.mark.parametrize("path", ADDRESSED)
def test_addresses(page: Page, hostile: Served, path: str) -> None:
    for words in batches(3000):
        page.open(hostile.address + path.replace("{}", quote(words, safe="")))
        assert page.js("window.ran ?? null") is None
        if page.js("document.body.className").startswith("plain"):
            seen(page, "main")
        assert page.js("location.origin") == hostile.address
        assert set(kept(page).values()) == {0}
    settle(page)
    assert page.js("window.ran ?? null") is None
    assert (foreign(page, hostile), page.violations, page.surprises) == ([], [], [])


# ---------------------------------------------------------------- what a model writes


@dataclass(kw_only=True)
class Author:
    """A model that says what it is told to, as if the first passage said so.

    It says it in long pieces, since the desk is told of each.
    """

    words: str = ""
    replies: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> list[str]:
        reply = f"{self.words} [1]." if self.words else first_sentences(request)
        self.replies.append(reply)
        return re.findall(r".{1,24}", reply, re.DOTALL)


@pytest.fixture(scope="module")
def written(
    traps: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, Author]]:
    """A server over the same documents, with a model."""
    data = shutil.copytree(traps, tmp_path_factory.mktemp("written") / "data")
    author = Author()
    with OllamaServer(reply=author) as model, serving(data, RAG_OLLAMA__URL=model.url) as server:
        assert server.token
        yield server, author


@pytest.mark.parametrize("audience", ["staff", "public"])
def test_what_a_model_writes(page: Page, written: tuple[Served, Author], audience: str) -> None:
    server, author = written
    if audience == "staff":
        page.tab.set_extra_http_headers({"Authorization": f"Bearer {server.token}"})
    arrive(page, server)
    home = page.js("location.href")
    for place, words in enumerate(batches(1900)):
        author.words = words
        ask(page, f"What did {NAMES[place]} write in {NAMES[place]} wood?")
        seen(page, NEW_ANSWER)
        seen(page, SOURCES)
    author.words = ""
    for name, payload in list(zip(NAMES, PAYLOADS, strict=True))[::28]:
        ask(page, f"What did {name} write in {name} wood?")
        assert shown(payload)[:30] in seen(page, NEW_ANSWER) + seen(page, SOURCES)
    assert author.replies
    unharmed(page, server, home)
