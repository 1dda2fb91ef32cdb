"""Original files in a real browser: shown at their page, and never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from reportlab.pdfgen import canvas

from rag_assistant import Assistant
from rag_assistant.config import Settings
from tests.browser.devtools import Page
from tests.integration.test_originals import ALTO
from tests.served import Served, serving, write_collection

pytestmark = pytest.mark.browser

COLOURS = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
SCRIPT = "document.title = 'run'; fetch('/api/collections')"


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    base = tmp_path_factory.mktemp("reading")
    files = {
        "page.html": f"<html><body><p>The weir was mended.</p><script>{SCRIPT}</script></html>",
        "page.txt": f"The ferryman wrote: <script>{SCRIPT}</script> and rowed on.",
        "toll.xml": ALTO,
    }
    town = write_collection(base / "town", files, 'id = "town"', 'access = "public"')
    write_picture(town / "toll.png")
    drawn = canvas.Canvas(str(town / "report.pdf"))
    for number, colour in enumerate(COLOURS, start=1):
        drawn.setFillColorRGB(*colour)
        drawn.rect(0, 0, 600, 900, fill=1)
        drawn.setFillColorRGB(0, 0, 0)
        drawn.drawString(50, 750, f"Page {number} of the report of the saltpetre works.")
        drawn.showPage()
    drawn.save()
    with Assistant(Settings(data=base / "data")) as assistant:
        assert assistant.index([town]).outcomes.failed == {}
    with serving(base / "data", RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        yield server


def write_picture(path: Path) -> None:
    from PIL import Image

    picture = Image.new("RGB", (1200, 600), "beige")
    picture.save(path)


def hit(server: Served, words: str) -> dict[str, str]:
    with server.client() as client:
        found = client.post("/api/search", json={"query": words, "k": 1}).json()["hits"][0]
    return {"passage": found["passage_id"], "file": f"/api/documents/{found['document_id']}/file"}


def middle(page: Page, path: Path) -> tuple[int, int, int]:
    """The colour of what is shown, right of the viewer's list of pages."""
    from PIL import Image

    page.shoot(path)
    with Image.open(path) as picture:
        width, height = picture.size
        found = picture.convert("RGB").getpixel((width * 3 // 4, height * 3 // 4))
    assert isinstance(found, tuple)
    red, green, blue = found
    return red, green, blue


def test_a_pdf_opens_at_its_page(reading: Served, page: Page, screenshots: Path) -> None:
    page.resize(900, 700)
    file = hit(reading, "saltpetre works")["file"]
    for number, colour in enumerate(COLOURS, start=1):
        page.open("about:blank")
        page.open(f"{reading.address}{file}#page={number}")
        wanted = tuple(255 * one for one in colour)
        shot = screenshots / f"original-page-{number}.png"
        page.wait(lambda: middle(page, shot) == wanted, 30)  # noqa: B023 - called at once
    assert {httpx.URL(one).host for one in page.requests if one.startswith("http")} == {"127.0.0.1"}


def test_a_text_is_shown_as_text(reading: Served, page: Page) -> None:
    file = hit(reading, "ferryman rowed")["file"]
    page.open(f"{reading.address}{file}")
    assert "<script>" in page.js("document.body.innerText")
    assert page.js("document.title") != "run"
    assert page.js("document.scripts.length") == 0
    assert page.js("origin") == "null"  # a sandbox, which has nothing of ours
    assert not any(one.endswith("/api/collections") for one in page.requests)


def test_a_page_is_downloaded_and_not_run(reading: Served, page: Page) -> None:
    file = hit(reading, "weir mended")["file"]
    page.open(f"{reading.address}/read/{hit(reading, 'ferryman rowed')['passage']}")
    before = page.js("document.title")
    page.js(f"location.href = '{file}'; 0")
    page.wait(lambda: page.js("1") and any(one.endswith(file) for one in page.requests))
    page.js("new Promise(done => setTimeout(done, 1000))")
    assert page.js("document.title") == before
    assert not any(one.endswith("/api/collections") for one in page.requests)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1000])
def test_a_page_picture_leads_to_its_text(
    reading: Served, page: Page, screenshots: Path, scheme: str, width: int
) -> None:
    page.scheme(scheme)
    page.resize(width, 800)
    page.open(f"{reading.address}/read/{hit(reading, 'toll-house stood empty')['passage']}")
    page.wait("document.querySelector('figure img').naturalWidth === 1200")
    assert "its text stands below" in page.js("document.querySelector('figure img').alt")
    assert page.js("document.documentElement.scrollWidth <= innerWidth")
    assert page.js("document.querySelector('figure a').getAttribute('href')") == "#text"
    page.js("document.querySelector('figure a').click()")
    page.wait("location.hash === '#text' && document.querySelector('#text:target')")
    page.shoot(screenshots / f"page-picture-{scheme}-{width}.png", whole=True)
    assert page.complaints == []
    page.open(f"{reading.address}/read/{hit(reading, 'saltpetre works')['passage']}")
    assert page.js("document.querySelector('.links a[href*=\"/file\"]').innerText").startswith(
        "Open"
    )
    page.shoot(screenshots / f"pdf-reading-{scheme}-{width}.png", whole=True)
