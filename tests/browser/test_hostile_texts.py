"""Sources are not to be trusted: whatever stands in them is text and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from rag_assistant import Assistant
from rag_assistant.config import Settings
from tests.browser.devtools import Page
from tests.browser.test_desk import arrive, ask, foreign, kept
from tests.served import Served, serving, write_collection

pytestmark = pytest.mark.browser

TRAP = "http://trap.example"
PAYLOADS = (
    f"<script>window.ran = 1; fetch('{TRAP}/script')</script>",
    f"<img src=x onerror=\"window.ran = 1; new Image().src = '{TRAP}/onerror'\">",
    f"<img src='{TRAP}/img.png'>",
    f"![seen]({TRAP}/markdown.png)",
    f"![seen][far] and [far]: {TRAP}/reference.png",
    f"[follow me](javascript:window.ran=1) or [me]({TRAP}/link)",
    f"<form action='{TRAP}/form'><input name=q autofocus onfocus='window.ran = 1'></form>",
    f"<svg onload='window.ran = 1'><image href='{TRAP}/svg.png'/></svg>",
    f"<meta http-equiv=refresh content='0;url={TRAP}/refresh'>",
    f'<div style="position:fixed;inset:0;background:url({TRAP}/overlay.png)">overlay</div>',
    f"<iframe srcdoc='<script>parent.ran = 1</script>' src='{TRAP}/frame'></iframe>",
    f"<link rel=stylesheet href='{TRAP}/style.css'><style>@import '{TRAP}/import.css';</style>",
    f"<base href='{TRAP}/'><a href=relative>relative</a>",
    "${window.ran = 1} {{constructor.constructor('window.ran = 1')()}}",
    "$$\\href{javascript:window.ran=1}{x}$$ and ```mermaid graph TD; A-->B;```",
    "</mark></blockquote></li></ol></div></body>",
    "&lt;script&gt;window.ran = 1&lt;/script&gt; &#60;b&#62;",
)
NAMES = (
    *("Anselm", "Beatrix", "Cuthbert", "Drusilla", "Eustace", "Florian", "Gudrun", "Humphrey"),
    *("Isolde", "Jocasta", "Kasimir", "Leopold", "Mirabel", "Norbert", "Ottilie", "Percival"),
    "Quentin",
)
TAGS = """[...document.querySelectorAll('#conversation .exchanges *, #sources ol *')]
    .map(one => one.localName)"""
OURS = {
    *("a", "article", "bdi", "blockquote", "button", "cite", "dd", "details", "div", "dl", "dt"),
    *("h3", "li", "mark", "ol", "p", "span", "strong", "summary", "ul"),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over documents that try everything, in title, notice, creator and text."""
    folder = tmp_path_factory.mktemp("hostile")
    files = {
        f"{number:02}.md": "---\n"
        f"title: {json.dumps(payload)}\n"
        f"creator: {json.dumps(payload)}\n"
        f"notices: [{{type: Notice, text: {json.dumps(payload)}}}]\n"
        "---\n"
        "```\n"
        f"In {name} wood, {name} the trapper wrote {payload} on the door\n"
        "```\n"
        for number, (name, payload) in enumerate(zip(NAMES, PAYLOADS, strict=True))
    }
    collection = write_collection(
        folder / "traps",
        files,
        'id = "traps"',
        f"title = '''{PAYLOADS[2]}'''",
        'access = "public"',
        "[rights]",
        'uri = "javascript:window.ran=1"',
        f"label = '''{PAYLOADS[1]}'''",
    )
    settings = Settings(data=folder / "data")
    with Assistant(settings) as assistant:
        report = assistant.index([collection])
        assert report.outcomes.indexed == len(PAYLOADS)
    with serving(settings.data, RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        yield server


def settle(page: Page) -> None:
    """Let what might have been started go off, and hear of it."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        page.listen()


def test_no_text_becomes_more_than_text(page: Page, hostile: Served) -> None:
    arrive(page, hostile)
    home = page.js("location.href")
    seen: set[str] = set()
    for name in NAMES:
        ask(page, f"What did {name} write in {name} wood?")
        seen |= set(page.js(TAGS))
        assert name in page.js("document.querySelector('#sources .sources').innerText")
    settle(page)
    assert seen <= OURS
    assert page.js("window.ran") is None
    assert page.js("location.href") == home
    assert foreign(page, hostile) == []
    assert set(kept(page).values()) == {0}
    links = page.js("[...document.querySelectorAll('a')].map(one => one.href)")
    assert not [link for link in links if not link.startswith(f"{hostile.address}/")]


def test_the_words_are_shown_as_they_stand(page: Page, hostile: Served) -> None:
    arrive(page, hostile)
    for number in (0, 3, 13, 16):
        ask(page, f"What did {NAMES[number]} write in {NAMES[number]} wood?")
        shown = page.js("document.querySelector('#sources').innerText")
        assert PAYLOADS[number] in shown


def test_the_reading_page_is_as_careful(page: Page, hostile: Served) -> None:
    with hostile.client() as client:
        for name, payload in zip(NAMES, PAYLOADS, strict=True):
            body = {"query": f"{name} the trapper", "k": 1}
            hit = client.post("/api/search", json=body).json()["hits"][0]
            page.open(f"{hostile.address}/read/{hit['passage_id']}#q")
            assert page.js("document.querySelector('h1').textContent") == payload
            inner = "document.querySelectorAll('script, img, form, svg, iframe, style, [style]')"
            assert page.js(f"{inner}.length") == 0
    settle(page)
    assert page.js("window.ran") is None
    assert foreign(page, hostile) == []


def test_a_question_is_text_too(page: Page, hostile: Served) -> None:
    arrive(page, hostile)
    for payload in PAYLOADS:
        ask(page, payload)
        shown = page.js("document.querySelector('.exchange:last-child .question bdi').textContent")
        assert shown == payload
    settle(page)
    assert page.js("window.ran") is None
    assert foreign(page, hostile) == []
