"""A real Chromium before a real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.browser.axe import SCRIPT, Axe
from tests.browser.devtools import Page, chromium
from tests.ollama_server import OllamaServer
from tests.served import Served, index_town, serving

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def binary() -> str:
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    pytest.skip("there is no Chromium here")


@pytest.fixture(scope="package")
def driver() -> Iterator[Playwright]:
    """Playwright, until these tests end: others use asyncio in the same thread."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def window(
    driver: Playwright, binary: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """A profile in memory, which all tests share one after the other."""
    with chromium(driver, binary, tmp_path_factory.mktemp("profile")) as on_disk:
        assert on_disk.browser is not None
        context = on_disk.browser.new_context(no_viewport=True)
        context.new_page()
        yield Page(context)
        context.close()


@pytest.fixture
def page(window: Page) -> Page:
    """A tab in which nothing is left of other tests but the files that they have fetched."""
    window.renew()
    return window


@pytest.fixture(scope="session")
def axe() -> Axe:
    """Judges pages; `make test` fetches it."""
    assert SCRIPT.exists(), "axe-core is missing: make node_modules/axe-core/axe.min.js"
    return Axe(SCRIPT.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def ollama() -> Iterator[OllamaServer]:
    """A model that writes slowly enough to be watched."""
    with OllamaServer(delay=0.4) as server:
        yield server


@pytest.fixture
def hurry(ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called when all that was to be watched has been seen: the model ends its reply at once."""
    return lambda: monkeypatch.setattr(ollama, "delay", 0.01)


@pytest.fixture(scope="session")
def new_town(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes data folders that hold the town, which is indexed once."""
    indexed = index_town(tmp_path_factory.mktemp("town")).data

    def copied() -> Path:
        return shutil.copytree(indexed, tmp_path_factory.mktemp("copy") / "data")

    return copied


@pytest.fixture(scope="session")
def quoting(new_town: Callable[[], Path]) -> Iterator[Served]:
    """A server that only quotes."""
    with serving(new_town(), RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        yield server


@pytest.fixture(scope="session")
def writing(new_town: Callable[[], Path], ollama: OllamaServer) -> Iterator[Served]:
    """A server with a language model."""
    with serving(new_town(), RAG_OLLAMA__URL=ollama.url) as server:
        assert server.token
        yield server


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where pictures are put: the folder that RAG_SCREENSHOTS names, if any."""
    folder = Path(os.environ.get("RAG_SCREENSHOTS") or tmp_path / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def offering(new_town: Callable[[], Path]) -> Iterator[Served]:
    """A server whose model is too slow for anybody's patience, once it has written."""
    with (
        OllamaServer() as model,
        serving(new_town(), RAG_OLLAMA__URL=model.url, RAG_ANSWER__PATIENCE="0.000001") as server,
    ):
        assert server.token
        yield server
