"""Where there is no page."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag_assistant.config import Settings
from rag_assistant.web.pages import nowhere


def test_browsers_are_shown_a_page_and_programs_are_told_a_problem() -> None:
    app = FastAPI()
    nowhere.install(app, Settings())
    client = TestClient(app)
    page = client.get("/nonsense<b>", headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "/nonsense&lt;b&gt;" in page.text or "/nonsense%3Cb%3E" in page.text
    for path, accept in (("/nonsense", "*/*"), ("/api/nonsense", "text/html")):
        told = client.get(path, headers={"accept": accept})
        assert told.status_code == 404
        assert told.headers["content-type"] == "application/problem+json"
