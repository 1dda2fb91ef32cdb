"""Twenty questions are asked in every way that there is, and none of their words are kept.

Each holds a word that stands nowhere else. Afterwards it is looked for in all files that the
server and the browser can have written, and in all that the server has printed.
"""

from __future__ import annotations

import base64
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Playwright

from rag_assistant.embedding.openvino_model import cache_folder
from tests.browser.devtools import Page, chromium
from tests.browser.test_checker import check, open_tab
from tests.browser.test_desk import DONE, LAST, arrive, ask, kept
from tests.browser.test_ways import SEARCH
from tests.ollama_server import OllamaServer
from tests.served import Served, serving

pytestmark = pytest.mark.browser

EVENTS = {"Accept": "text/event-stream"}
CONTROL = "controlwordkept"
STEM = "kestrelgrange"  # of all twenty words
CANARIES = [f"{STEM}{number:02}z" for number in range(1, 21)]
_WRITES = 8  # seconds after which a browser has written down what it keeps
_FROM = """[...document.querySelectorAll('#filters label')]
    .find(one => one.innerText.startsWith('From')).querySelector('input, textarea')"""
_BOX = "document.querySelector('#question textarea')"


def question(canary: str) -> str:
    return f"When was the iron bridge opened, Ümit {canary}?"


def forms(word: str) -> Iterator[bytes]:
    """The word as it may stand in a file."""
    yield word.encode()
    yield word.encode("utf-16-le")
    yield "".join(f"%{byte:02x}" for byte in word.encode()).encode()
    for shift in range(3):  # base64 differs by where in a group of three bytes the word begins
        coded = base64.b64encode(b"\0" * shift + word.encode())
        yield coded[4 if shift else 0 : -4]


def holding(word: str, *roots: Path) -> list[str]:
    """The files that hold a word, or have it in their name."""
    shapes = [*forms(word), *forms(word.upper())]
    files = (path for root in roots for path in root.rglob("*") if path.is_file())
    return [str(path) for path in files if word in path.name or _holds(path, shapes)]


def _holds(path: Path, shapes: list[bytes]) -> bool:
    data = path.read_bytes()
    return any(shape in data for shape in shapes)


@pytest.fixture(scope="module")
def town(new_town: Callable[[], Path]) -> Path:
    """A data folder, made before programs are told of another home."""
    return new_town()


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Path]]:
    """Folders of their own for all that programs write beside what they are told to."""
    with tempfile.TemporaryDirectory(prefix="stays") as temp:  # a socket's path must be short
        made = {"home": tmp_path / "home", "profile": tmp_path / "profile", "temp": Path(temp)}
        made["home"].mkdir()
        models = cache_folder()  # a server without them would convert and measure them anew
        monkeypatch.setenv("HOME", str(made["home"]))
        monkeypatch.setenv("TMPDIR", temp)
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            monkeypatch.setenv(name, str(made["home"] / name))
        if models.is_dir():
            shutil.copytree(models, cache_folder())
        yield made


def tell_api(client: httpx.Client, answerer: str, words: Iterator[str]) -> None:
    """Ask by the API, in right ways and in wrong ones."""

    def post(path: str, body: Any, **headers: str) -> int:
        return client.post(path, json=body, headers=headers).status_code

    asked = {"answerer": answerer}
    assert post("/api/ask", {"question": question(next(words)), **asked}) == 200
    assert post("/api/ask", {"question": question(next(words)), **asked}, **EVENTS) == 200
    word = next(words)
    turns = [{"role": "user", "text": question(word)}, {"role": "assistant", "text": word}]
    body = {"question": f"And what of {word}?", "history": turns, "search": word, **asked}
    assert post("/api/ask", body) == 200
    assert post("/api/ask", {"question": f"{next(words)} " * 999}) == 413
    word = next(words)
    assert post("/api/ask", {"question": word, word: 1}) == 422
    assert client.post("/api/ask", content=f'{{"question": "{word}').status_code == 422
    word = next(words)
    assert post("/api/ask", {"question": "x", "filters": {"date_from": word}}) == 400
    assert post("/api/search", {"query": word, "filters": {"collections": [word]}}) == 400
    assert post("/api/search", {"query": question(next(words))}) == 200
    post("/api/history", {"url": f"http://ferry.example/{next(words)}"})
    assert post("/api/check-reference", {"text": f"{next(words)}, A. (1868). The bridge."}) == 200
    misuse(client, next(words))
    leave(client, next(words), answerer)


def misuse(client: httpx.Client, word: str) -> None:
    """Put a question where none belongs, and send what is no request."""
    for path in (
        f"/{word}?q={word}",
        f"/read/{word}",
        f"/api/passages/{word}",
        f"/staff?token={word}",
    ):
        assert client.get(path, headers={"user-agent": word, "referer": word}).status_code >= 400
    host, port = str(client.base_url.host), client.base_url.port
    with socket.create_connection((host, port)) as line:
        line.sendall(f"{word} {word}\r\n\r\n".encode())
        with suppress(ConnectionError):
            line.recv(1000)


def leave(client: httpx.Client, word: str, answerer: str) -> None:
    """Close the connection before the answer is whole."""
    body = {"question": question(word), "answerer": answerer}
    with client.stream("POST", "/api/ask", json=body, headers=EVENTS) as reply:
        next(reply.iter_bytes(1))


def tell_desk(page: Page, server: Served, words: Iterator[str]) -> None:
    """Ask at the desk, and leave while one answer is still to come."""
    arrive(page, server)
    page.js(f"localStorage.setItem('control', '{CONTROL}')")  # the search must find this one
    ask(page, question(next(words)))
    ask(page, f"{next(words)} of Mars?")
    page.js("document.querySelector('#filters > button').click()")
    page.wait(f"{SEARCH}?.value")
    page.js(f"{SEARCH}.select()")
    page.write(f"paper mill {next(words)}")
    page.press("Enter")
    page.wait("document.querySelectorAll('#conversation .exchange').length === 3")
    page.wait(DONE)
    page.js(f"{_FROM}.focus()")
    page.write(next(words))
    ask(page, "When did the paper mill burn down?")
    page.wait(f"{LAST}.querySelector('.problem')")
    page.js(f"{_BOX}.focus()")
    page.write(f"not sent: {next(words)}")
    arrive(page, server)
    open_tab(page)
    check(page, f"Venn, A. (1868). The iron bridge and {next(words)}.")
    arrive(page, server, server.link.removeprefix(server.address))
    ask(page, question(" ".join(words)))
    assert kept(page) == {"local": 1, "session": 0, "databases": 0, "caches": 0, "cookies": 0}


def tell_model(page: Page, server: Served, model: OllamaServer, words: Iterator[str]) -> None:
    """Ask at the desk, and close the browser while the last answer is being written."""
    arrive(page, server)
    page.js(f"localStorage.setItem('control', '{CONTROL}')")
    ask(page, question(" ".join(words)))
    time.sleep(_WRITES)
    model.delay = 0.5
    before = len(model.requests)
    page.js(f"{_BOX}.focus()")
    page.write("When was the iron bridge opened?")  # what was said before goes to the model too
    page.press("Enter")
    page.wait(lambda: len(model.requests) > before)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_word_of_twenty_questions_is_kept(
    driver: Playwright, binary: str, town: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    words = iter(CANARIES)
    with serving(town, RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        with server.client() as client:
            tell_api(client, "extractive", words)
        with chromium(driver, binary, folders["profile"]) as context:
            tell_desk(Page(context), server, words)
        written = server.stop()[1]
    nothing_kept(words, written, town, tmp_path, folders["temp"])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nor_is_it_where_a_model_writes(
    driver: Playwright, binary: str, town: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    words = iter(CANARIES)
    with OllamaServer() as model, serving(town, RAG_OLLAMA__URL=model.url) as server:
        assert server.token
        with server.client() as client:
            tell_api(client, "ollama", words)
            model.fault = "error"
            client.post("/api/ask", json={"question": question(next(words)), "answerer": "ollama"})
            model.fault = "none"
        with chromium(driver, binary, folders["profile"]) as context:
            tell_model(Page(context), server, model, words)
        written = server.stop()[1]
    nothing_kept(words, written, town, tmp_path, folders["temp"])


def nothing_kept(words: Iterator[str], written: str, *roots: Path) -> None:
    assert list(words) == []
    assert STEM not in written.lower()
    assert holding(CONTROL, *roots)
    assert holding(STEM, *roots) == []
