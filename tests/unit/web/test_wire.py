"""What clients send, and what they are told of its faults."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag_assistant.web.api import problems
from rag_assistant.web.api.wire import AskBody
from rag_assistant.web.doors.access import Doorkeeper

HALF = "\\ud800"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    problems.install(app, Doorkeeper(owner_token="owner", staff_link_token="link"))

    @app.post("/ask")
    def ask(body: AskBody) -> dict[str, Any]:
        return {"asked": body.question}

    return TestClient(app)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"question": "{HALF}"}}',
        f'{{"question": "x", "filters": {{"language": "{HALF}"}}}}',
        f'{{"question": "x", "beside": {{"{HALF}": 1}}}}',
        f'{{"question": "x", "history": [{{"role": "user", "text": "{HALF}"}}]}}',
    ],
)
def test_half_a_character_is_refused(client: TestClient, body: str) -> None:
    reply = client.post("/ask", content=body, headers=JSON)
    assert reply.status_code == 422
    assert "half a character" in reply.json()["detail"]
    whole = body.replace(HALF, "\\ud83d\\ude00").replace('"language"', '"kind"')
    assert client.post("/ask", content=whole, headers=JSON).status_code == 200


def test_what_was_typed_is_not_repeated(client: TestClient) -> None:
    for body in ({"beside": {"my quagmire": "x"}}, {"beside": {"q" * 3000: 1}}, {"my quagmire": 1}):
        reply = client.post("/ask", json={"question": "x", **body})
        assert reply.status_code == 422
        assert "quagmire" not in reply.text
        assert "qqq" not in reply.text
    reply = client.post("/ask", json={"question": "x", "filters": {"colour": 1}})
    assert reply.json()["detail"] == "Unknown key 'filters.colour'."
