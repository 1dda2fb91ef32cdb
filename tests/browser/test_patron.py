"""The patron's page, as people meet it: by itself, on a library's web site, without scripts."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rag_assistant import Assistant
from rag_assistant.config import Settings
from tests.browser.devtools import Page
from tests.browser.hostile import settle
from tests.browser.tapped import tapped
from tests.browser.test_desk import CONTRAST, foreign, kept, text
from tests.ollama_server import OllamaServer
from tests.served import CLOSED, SILENT, STAFF, VAULT, Served, serving, write_collection

pytestmark = pytest.mark.browser

QUESTION = "When was the iron bridge opened?"
MARS = "Who was the first astronaut on Mars?"
WHO = "Who was Marrable?"
CATALOGUE = "https://catalogue.example.org/find?q={query}"
BOX = "document.activeElement.id === 'question'"
DONE = """document.querySelector('.exchange:first-child > .after')
    && document.querySelector('#stop').hidden"""
HOST = "document.querySelector('rag-assistant').shadowRoot"
PANEL_OPEN = f"{HOST}.querySelector('dialog').open"
_RUNS, _SHOWN, _DRIFT = 5, 100, 50  # milliseconds the latter two
SITE = """<!doctype html><html lang="en"><title>The library</title>
<meta name="viewport" content="width=device-width">
<h1>The library</h1><p><a href="/elsewhere">Opening hours</a></p>
<script src="{address}/embed.js" data-collection="town" data-theme="{theme}" async></script>
<noscript><a href="{address}/embed">Ask the collections</a></noscript></html>"""


class _Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and writes no log."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A web site of another origin: its folder and its port."""
    folder = tmp_path_factory.mktemp("library")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module")
def patrons(
    tmp_path_factory: pytest.TempPathFactory,
    new_town: Callable[[], Path],
    library: tuple[Path, int],
) -> Iterator[Served]:
    """A server that only quotes, and that the site at localhost may embed."""
    folder = tmp_path_factory.mktemp("patrons")
    settings = Settings(data=new_town())
    people = write_collection(
        folder / "people",
        {
            "josiah.md": "Josiah Marrable was a coal merchant, who died in 1868.",
            "edwin.md": "Edwin Marrable was a schoolmaster, who left for Canada in 1910.",
        },
        'id = "people"',
        'title = "People of the town"',
        'language = "en"',
        'access = "public"',
    )
    with Assistant(settings) as assistant:
        assistant.index([people])
    with serving(
        settings.data,
        RAG_ANSWER__ANSWERER="extractive",
        RAG_WEB__FRAME_ANCESTORS=json.dumps([f"http://localhost:{library[1]}"]),
        RAG_WEB__PUBLIC_COMPUTER="true",
        RAG_HELP__HOURS='["Mon-Fri 09:00-17:00"]',
        RAG_HELP__TIMEZONE="Europe/London",
        RAG_HELP__CHAT_URL="https://library.example.org/chat",
        RAG_HELP__TICKET_URL="https://library.example.org/ticket",
        RAG_HELP__CATALOGUE_SEARCH=CATALOGUE,
    ) as server:
        assert server.token
        yield server


def arrive(page: Page, address: str, options: str = "") -> None:
    """Open the page and hear what it says to those who listen."""
    page.open(f"{address}/embed{options}")
    page.js("""window.heard = []; window.firstShown = null;
        new MutationObserver(() => heard.push(document.querySelector('#status').textContent))
          .observe(document.querySelector('#status'), {childList: true});
        new MutationObserver(() => {
          if (firstShown === null && document.querySelector('.reply .sentence'))
            firstShown = performance.timeOrigin + performance.now();
        }).observe(document.querySelector('#answers'), {childList: true, subtree: true});""")


def ask(page: Page, question: str = QUESTION, done: str = DONE) -> None:
    """Ask as with a keyboard, and wait for the whole answer."""
    page.js("document.querySelector('#question').focus()")
    page.write(question)
    page.press("Enter")
    page.wait(done)


def test_what_it_is_comes_before_anything_can_be_asked(page: Page, patrons: Served) -> None:
    for lang in ("en", "de", "es", "fr"):
        page.open(f"{patrons.address}/embed?lang={lang}")
        assert page.js("document.documentElement.lang") == lang
        order = page.js("""[...document.querySelectorAll('h1, .notice, form, #answers')]
            .map(one => one.id || one.className || one.localName)""")
        assert order == ["h1", "notice", "ask", "answers"]
    page.open(f"{patrons.address}/embed?lang=en")
    notice = text(page, ".notice")
    assert "You are asking a machine, not a person." in notice
    assert "may be wrong" in notice
    assert "Town papers" in notice
    assert VAULT not in notice
    person = page.js("document.querySelector('.notice .person a').href")
    assert person.rpartition("/")[2] in ("chat", "ticket")
    assert re.search(r"Open until 17:00|Opens \w+ 09:00", notice), notice
    assert page.js("document.querySelector('#question').labels[0].innerText") == "Your question"


def test_an_answer_with_its_quotes_and_links_at_once(page: Page, patrons: Served) -> None:
    arrive(page, patrons.address)
    ask(page)
    assert "opened on 4 May 1868" in text(page, ".exchange .answer")
    assert text(page, ".exchange .origin-of") == "Quotations only"
    source = text(page, ".exchange .source")
    for part in ("The iron bridge", "Venn, Ada", "Quoted word for word", "Rights: not stated"):
        assert part in source
    assert "opened on 4 May 1868" in text(page, ".exchange .source mark")
    links = page.js("[...document.querySelectorAll('.source .links a')].map(one => one.href)")
    assert "https://catalogue.example.org/town-1" in links
    away = "[...document.querySelectorAll('.exchange a')].filter(one => !one.hash.startsWith('#n'))"
    assert page.js(f"{away}.every(one => one.target === '_blank' && one.rel.includes('noopener'))")
    heard = page.js("heard")
    assert heard[0] == "Searching"
    assert len(heard) == 2, heard
    assert re.match(r"Answer with \d+ sources?: The iron bridge was opened", heard[1])
    assert page.js(BOX)
    assert page.js("document.querySelector('#question').value") == ""


def test_the_first_sentence_is_there_within_100_ms(page: Page, patrons: Served) -> None:
    """Runs in which the browser itself came late do not count, and one more lot of them may be."""
    took: list[float] = []
    for _ in range(2):
        took = [one for one in (first_shown(page, patrons) for _ in range(_RUNS)) if one]
        print("first sentence shown after ms:", took)
        if took and max(took) <= _SHOWN:
            break
    if not took:
        pytest.skip("this computer is too busy to tell")
    assert min(took) > 0
    assert max(took) <= _SHOWN


def first_shown(page: Page, patrons: Served) -> float | None:
    """Milliseconds from the sending of the first sentence; None where timers came as late."""
    with tapped(patrons.address) as tap:
        arrive(page, tap.address)
        page.js("""window.late = 0; window.due = performance.now() + 10;
            setInterval(() => {
              late = Math.max(late, performance.now() - due);
              due = performance.now() + 10;
            }, 10);""")
        ask(page)
        assert tap.sent is not None
        shown: float = page.js("firstShown") - tap.sent * 1000
        return shown if page.js("late") <= _DRIFT else None


def test_it_is_light(patrons: Served) -> None:
    with patrons.client() as client:
        paths = ["/embed", "/embed.js"]
        paths += re.findall(r'(?:href|src)="(/web/[^"]+)"', client.get("/embed").text)
        sizes = {path: len(client.get(path).raise_for_status().content) for path in paths}
    print(sizes, sum(sizes.values()))
    assert len(sizes) == 8
    assert sum(sizes.values()) <= 40_000


def test_nothing_leaves_and_nothing_stays(page: Page, patrons: Served) -> None:
    page.open(patrons.link)  # a browser of the staff's
    arrive(page, patrons.address)
    for question in (QUESTION, MARS, f"What do the {VAULT} papers tell?", f"What of {STAFF}?"):
        ask(page, question)
    shown = page.js("document.querySelector('#answers').innerHTML")
    sources = page.js("[...document.querySelectorAll('.source')].map(one => one.innerText).join()")
    for secret in (VAULT, STAFF, CLOSED, SILENT):
        assert secret not in sources
    assert "who paid for the iron bridge" not in shown
    assert foreign(page, patrons) == []
    assert set(kept(page).values()) == {0}
    assert page.js("location.href") == f"{patrons.address}/embed"
    assert not [url for url in page.requests if "iron" in url]
    assert page.complaints == []
    with patrons.client() as client:
        assert "set-cookie" not in client.get("/embed").headers
        assert "set-cookie" not in client.post("/embed", data={"question": QUESTION}).headers


def test_the_keyboard_is_enough(page: Page, patrons: Served) -> None:
    arrive(page, patrons.address, "?collection=town")
    for _ in range(10):
        page.press("Tab")
        if page.js(BOX):
            break
    page.write(QUESTION)
    page.press("Enter")
    page.wait(DONE)
    for _ in range(10):
        page.press("Tab")
        if page.js("document.activeElement.matches('.marker')"):
            break
    page.press("Enter")
    assert page.js("document.activeElement.matches('.source')")
    assert page.js("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Escape")
    assert page.js("document.activeElement.matches('.marker')")
    for _ in range(40):
        page.press("Tab")
        if page.js("document.activeElement.innerText === 'No'"):
            break
    page.press("Enter")
    page.wait("document.querySelector('.after .person a')")
    assert "Thank you" in page.js("document.activeElement.innerText")
    assert text(page, ".after .person").startswith("Rather ask a person:")
    page.js("document.querySelector('#over').focus()")
    page.press("Enter")
    assert page.js("document.querySelectorAll('.exchange').length") == 0
    assert page.js(BOX)


def test_silence_offers_the_catalogue_and_a_person(page: Page, patrons: Served) -> None:
    arrive(page, patrons.address)
    ask(page, f"{MARS} & more?")
    assert "The library may still hold something." in text(page, ".exchange .answer")
    found = page.js("document.querySelector('.exchange .catalogue a').getAttribute('href')")
    assert found == CATALOGUE.replace("{query}", "Who%20was%20the%20first%20astronaut%20on%20Mars"
                                                 "%3F%20%26%20more%3F")  # fmt: skip
    assert page.js("document.querySelector('.exchange .person a').href")
    assert foreign(page, patrons) == []


def test_a_question_back_can_be_skipped(page: Page, patrons: Served) -> None:
    arrive(page, patrons.address, "?collection=people")
    back = "document.querySelector('.reply .buttons')"
    ask(page, WHO, back)
    assert page.js(f"{back}.lastElementChild.innerText") == "Skip: answer as asked"
    page.js(f"{back}.lastElementChild.focus()")
    page.press("Enter")
    page.wait(DONE)
    assert "Marrable was" in text(page, ".exchange .answer")
    assert page.js(BOX)
    page.js("document.querySelector('#over').click()")
    ask(page, WHO, back)
    choice = page.js(f"{back}.firstElementChild.innerText")
    page.js(f"{back}.firstElementChild.click()")
    page.wait(DONE)
    assert text(page, ".exchange h2 bdi") == choice
    assert page.js(f"{back}") is None


def test_what_goes_wrong_is_one_sentence_and_the_question_stays(
    page: Page, patrons: Served
) -> None:
    arrive(page, patrons.address)
    ended = "document.querySelector('.exchange .problem') && document.querySelector('#stop').hidden"
    value = "document.querySelector('#question').value"
    long = "why " * 600
    ask(page, long, ended)
    assert text(page, ".problem") == "The question is too long. Shorten it and ask again."
    assert page.js(value).strip() == long.strip()
    page.js("document.querySelector('#over').click()")

    def instead(made: str) -> None:
        page.js(f"window.fetch = async () => {{ {made} }}; 0")
        page.js("document.querySelector('#over').click()")
        ask(page, QUESTION, ended)
        assert page.js(value) == QUESTION
        assert page.js("heard.at(-1)") == text(page, ".problem")

    instead("return new Response('{}', {status: 429, headers: {'retry-after': '2'}})")
    assert "Wait before you ask again" in text(page, ".problem")
    assert "Seconds to wait: " in text(page, ".reply")
    page.wait("document.querySelector('.reply').innerText.includes('You can ask again now.')")
    instead("return new Response('{}', {status: 503})")
    assert "Ask again in a minute" in text(page, ".problem")
    instead("return new Response('x', {status: 500, headers: {'x-request-id': 'R-1'}})")
    assert "To report it, give this number: R-1" in text(page, ".reply")
    instead("throw new TypeError('offline')")
    assert "The connection was lost" in text(page, ".problem")


def test_what_is_copied_says_first_who_wrote_it(page: Page, patrons: Served) -> None:
    arrive(page, patrons.address)
    ask(page)
    page.js("navigator.clipboard.writeText = async (text) => { window.taken = text }; 0")
    page.js("document.querySelector('.after .copy').click()")
    page.wait("window.taken")
    taken = page.js("window.taken")
    assert taken.startswith(f"Quotations\n\n{QUESTION}\n\n“The iron bridge was opened")
    assert "[1] " in taken
    page.js("navigator.clipboard.writeText = async () => { throw new Error('closed') }; 0")
    page.js("document.querySelector('.after .copy').click()")
    page.js("""document.addEventListener('copy', () => {
        window.again = document.activeElement.value })""")
    page.js("document.querySelector('.after .copy').click()")
    page.wait("window.again")
    assert page.js("window.again") == taken
    page.wait("document.querySelector('#status').textContent === 'Copied.'")


def test_a_model_writes_and_can_be_stopped(
    page: Page, writing: Served, ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(page, writing.address)
    ask(page, QUESTION, "document.querySelector('.reply .quoted')")
    page.press("Escape")
    page.wait("document.querySelector('.problem')")
    assert text(page, ".problem").startswith("Stopped.")
    assert page.js("document.querySelector('#question').value") == QUESTION
    page.js("document.querySelector('#over').click()")
    page.js("""window.before = '';
        new MutationObserver(() => {
          const sources = document.querySelector('.progress') && document.querySelector('.sources');
          const made = sources && document.querySelector('.made');
          if (made?.nextElementSibling?.querySelector('.sentence')) before = made.innerText;
        }).observe(document.querySelector('#answers'), {childList: true, subtree: true});""")
    monkeypatch.setattr(ollama, "delay", 0.1)
    ask(page)
    assert page.js("before").startswith("AI Written by a machine")  # beside the quotations
    assert text(page, ".origin-of").startswith("AI Written by")
    assert page.js("[...document.querySelectorAll('.exchange .badge')].length") == 1
    page.js("navigator.clipboard.writeText = async (text) => { window.taken = text }; 0")
    page.js("document.querySelector('.after .copy').click()")
    page.wait("window.taken")
    assert page.js("window.taken").startswith("AI-generated\n")


def test_a_computer_that_many_use_clears_itself(page: Page, patrons: Served) -> None:
    arrive(page, patrons.address)
    assert page.js("document.querySelector('main').dataset.idle") == "300"
    page.js("Object.assign(document.querySelector('main').dataset, {idle: 3, warning: 2})")
    ask(page)
    warning = "!document.querySelector('#idle').hidden"
    page.wait(warning)
    assert "Nobody seems to be here" in text(page, "#idle")
    page.js("document.querySelector('#idle button').focus()")
    page.press("Enter")
    page.wait(f"!({warning})")
    assert page.js("document.querySelectorAll('.exchange').length") == 1
    page.wait("document.querySelectorAll('.exchange').length === 0")
    assert page.js("document.querySelector('#question').value") == ""


# ---------------------------------------------------------------- what the server says


def test_who_is_not_public_is_not_there(patrons: Served) -> None:
    with patrons.client() as client, patrons.client(owner=True) as owner:
        public = client.get("/embed", params={"lang": "en", "collection": ["town", "people"]})
        assert public.status_code == 200
        missing = client.get("/embed", params={"lang": "en", "collection": "nowhere"})
        assert missing.status_code == 404
        for names in ("vault", ["town", "vault"], "", "x" * 5000):
            same = owner.get("/embed", params={"lang": "en", "collection": names})
            assert (same.status_code, same.text) == (404, missing.text), names
        assert client.get("/embed", params=[("collection", "town")] * 51).status_code == 422


def test_headers_say_who_may_frame_it(patrons: Served, library: tuple[Path, int]) -> None:
    with patrons.client() as client:
        headers = client.get("/embed").headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            "font-src 'none'; media-src 'none'; connect-src 'self'; form-action 'self'; "
            f"frame-ancestors 'self' http://localhost:{library[1]}; base-uri 'none'"
        )
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        script = client.get("/embed.js").headers
        assert script["cross-origin-resource-policy"] == "cross-origin"
        assert script["content-type"].startswith("text/javascript")
        assert "set-cookie" not in script
        page = client.get("/web/palette.css").headers
        assert page["cross-origin-resource-policy"] == "same-origin"


def test_markup_only_for_who_wants_it(patrons: Served) -> None:
    with patrons.client() as client:
        body = {"question": QUESTION, "lang": "en"}
        events = {"accept": "text/event-stream"}
        plain = client.post("/api/ask", json=body, headers=events).text
        assert '"html"' not in plain
        marked = client.post("/api/ask", json=body | {"html": True}, headers=events).text
        told = dict(re.findall(r"event: (\w+)\ndata: (.*)\n", marked))
        assert json.loads(told["sentence"])["html"].startswith('<span class="sentence"')
        parts = json.loads(told["answer"])["html"]
        assert set(parts) == {"answer", "sources", "person", "spoken", "copy", "turn"}
        assert parts["turn"] == json.loads(told["answer"])["text"]
        assert client.post("/api/helped", json={"helped": True}).status_code == 204
        assert client.post("/api/helped", json={"helped": 1, "why": "x"}).status_code == 422


# ---------------------------------------------------------------- without scripts


def test_without_scripts_the_form_answers(page: Page, patrons: Served) -> None:
    with patrons.client() as client:
        plain = client.get("/embed", params={"lang": "en", "collection": "town"}).text
        noscript = re.search(r"<noscript>(.*)</noscript>", plain)
        assert noscript
        assert "https://library.example.org/" in noscript[1]
        assert re.search("Open until|Opens", noscript[1])
        inputs = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', plain))
        assert inputs == {"lang": "en", "collection": "town"}
        reply = client.post("/embed", data={**inputs, "question": QUESTION})
        assert "opened on 4 May 1868" in reply.text
        assert "Quoted word for word" in reply.text
        empty = client.post("/embed", data={"question": " "})
        assert empty.status_code == 400
        long = client.post("/embed", data={"question": "<b>" * 1000})
        assert long.status_code == 413
        assert html.escape("<b>" * 1000) in long.text
        assert client.post("/embed", data={"question": QUESTION, "collection": "vault"}).is_error
    page.open(f"{patrons.address}/embed")
    page.js(f"document.querySelector('#question').value = {QUESTION!r}")
    page.js("HTMLFormElement.prototype.submit.call(document.querySelector('#ask'))")
    page.wait("document.readyState === 'complete' && document.querySelector('.exchange mark')")
    assert page.js("location.href") == f"{patrons.address}/embed"


# ---------------------------------------------------------------- on a library's web site


def visit(page: Page, library: tuple[Path, int], host: str, address: str, theme: str = "") -> None:
    folder, port = library
    (folder / "index.html").write_text(SITE.format(address=address, theme=theme))
    page.open(f"http://{host}:{port}/index.html")
    page.wait("document.querySelector('rag-assistant')")


def test_one_tag_opens_it_on_another_site(
    page: Page, patrons: Served, library: tuple[Path, int], screenshots: Path
) -> None:
    page.resize(1000, 760)
    with tapped(patrons.address) as tap:
        visit(page, library, "localhost", tap.address)
        assert tap.requests == ["GET /embed.js"]  # before anybody wants it
        button = f"{HOST}.querySelector('.open')"
        assert page.js(f"{button}.innerText") == "Ask the collections (machine)"
        assert page.js(f"{button}.getAttribute('aria-expanded')") == "false"
        assert page.js(f"{button}.offsetHeight >= 44 && {button}.offsetWidth >= 44")
        for _ in range(5):
            page.press("Tab")
            if page.js(f"{HOST}.activeElement === {button}"):
                break
        assert page.js(f"getComputedStyle({button}).outlineStyle") == "solid"
        page.press("Enter")
        page.wait(PANEL_OPEN)
        assert page.js(f"{button}.getAttribute('aria-expanded')") == "true"
        assert page.js(f"{HOST}.activeElement.localName") == "iframe"
        assert page.js(f"{HOST}.activeElement.title") == "Ask the collections (machine)"
        walk_and_ask(page)
        page.wait(lambda: "POST /api/ask" in tap.requests)
        page.wait(lambda: tap.sent)
        settle(page)
        page.shoot(screenshots / "patron-embedded.png")
        page.press("Escape")  # inside the frame, which tells the page around it
        page.wait(f"!{PANEL_OPEN}")
        page.wait(f"{HOST}.activeElement === {button}", 5)
        assert set(kept(page).values()) == {0}
        known = ("favicon", "can escape its sandboxing")  # a frame of its own origin could
        assert not [one for one in page.complaints if not any(part in one for part in known)]


def walk_and_ask(page: Page) -> None:
    """Go through the frame with the keyboard to the field of the question, and ask."""
    frame = page.wait(lambda: next((one for one in page.frames if "/embed?" in one.url), None))
    page.wait(lambda: frame.evaluate("document.readyState === 'complete'"))  # its script has run
    for _ in range(12):
        if frame.evaluate("document.activeElement?.id") == "question":
            break
        page.press("Tab")
    else:
        pytest.fail("the keyboard does not lead to the field of the question")
    page.write(QUESTION)
    page.press("Enter")


def test_another_site_may_not(page: Page, patrons: Served, library: tuple[Path, int]) -> None:
    with tapped(patrons.address) as tap:
        visit(page, library, "127.0.0.1", tap.address)
        page.js(f"{HOST}.querySelector('.open').click()")
        page.wait(lambda: any(one.startswith("GET /embed?") for one in tap.requests))
        settle(page)
        assert "GET /web/embed.page.js" not in tap.requests
        assert any("frame-ancestors" in one for one in page.complaints), page.complaints


def test_on_a_phone_it_fills_the_window(
    page: Page, patrons: Served, library: tuple[Path, int], screenshots: Path
) -> None:
    page.resize(320, 640)
    visit(page, library, "localhost", patrons.address, theme="dark")
    page.js(f"{HOST}.querySelector('.open').click()")
    page.wait(PANEL_OPEN)
    box = f"{HOST}.querySelector('dialog').getBoundingClientRect()"
    assert page.js(f"[{box}.left, {box}.top, {box}.width, {box}.height]") == [0, 0, 320, 640]
    assert page.js(f"{HOST}.querySelector('dialog').matches(':modal')")
    settle(page)
    page.shoot(screenshots / "patron-embedded-phone.png")
    page.js(f"{HOST}.querySelector('header button').click()")
    page.wait(f"!{PANEL_OPEN}")
    assert page.js("document.documentElement.scrollWidth") <= 320


# ---------------------------------------------------------------- looks


@pytest.mark.parametrize(("width", "height"), [(320, 640), (640, 450)])  # 640: 1280 at 200 %
def test_narrow_windows_and_large_letters(
    page: Page, patrons: Served, width: int, height: int
) -> None:
    page.resize(width, height)
    arrive(page, patrons.address)
    ask(page)
    assert page.js("document.documentElement.scrollWidth") <= width
    small = page.js("""[...document.querySelectorAll('button, a')]
        .filter(one => one.checkVisibility() && !one.closest('.visually-hidden'))
        .filter(one => one.getBoundingClientRect().height < 24)
        .map(one => one.outerHTML)""")
    assert small == []


def test_themes_can_be_read(page: Page, patrons: Served, screenshots: Path) -> None:
    grounds = {}
    for theme in ("light", "dark", "contrast"):
        arrive(page, patrons.address, f"?theme={theme}")
        page.resize(420, 900)
        ask(page)
        ask(page, MARS)
        grounds[theme] = page.js("getComputedStyle(document.body).backgroundColor")
        assert page.js(CONTRAST) == [], theme
        page.shoot(screenshots / f"patron-{theme}.png", whole=True)
    assert len(set(grounds.values())) == 3
    page.scheme("dark")
    arrive(page, patrons.address, "?theme=nonsense")
    assert page.js("getComputedStyle(document.body).backgroundColor") == grounds["dark"]


def test_no_movement_where_none_is_wanted(
    page: Page, patrons: Served, library: tuple[Path, int]
) -> None:
    feature = {"name": "prefers-reduced-motion", "value": "reduce"}
    page.call("Emulation.setEmulatedMedia", features=[feature])
    visit(page, library, "localhost", patrons.address)
    still = f"getComputedStyle({HOST}.querySelector('.open')).transitionDuration"
    assert page.js(still) == "0s"
