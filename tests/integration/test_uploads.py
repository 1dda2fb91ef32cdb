"""Files sent to a real server: stored, indexed while it runs, and the staff's alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.test_api import problem, search, wait_until
from tests.served import Served, serving

pytestmark = pytest.mark.integration

WORDS = "The quagmire inquiry of 1877 named nobody."


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("uploads") / "data"
    data.mkdir()
    (data / "uploads/box").mkdir(parents=True)
    (data / "uploads/box/.arriving-0123456789abcdef").write_text("left behind")
    with serving(data, RAG_UPLOADS__ENABLED="true", RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        yield server


def indexed(client: httpx.Client, collection: str) -> dict[str, Any]:
    """Wait until a collection is indexed; its part of the list."""
    found: list[dict[str, Any]] = []

    def done() -> bool:
        listed = client.get("/api/uploads").json()["collections"]
        found[:] = [one for one in listed if one["id"] == collection]
        return found[0]["indexing"]["step"] in ("indexed", "failed")

    wait_until(done)
    assert found[0]["indexing"]["step"] == "indexed", found
    return found[0]


def test_what_is_sent_is_found_by_the_staff_and_can_be_deleted(served: Served) -> None:
    with served.client(owner=True) as owner, served.client() as public:
        assert not (served.data / "uploads/box/.arriving-0123456789abcdef").exists()
        path = "/api/uploads/box/inquiry%201877.txt"
        reply = owner.put(path, content=WORDS.encode())
        assert reply.status_code == 201, reply.text
        assert reply.json()["name"] == "inquiry 1877.txt"
        told = indexed(owner, "box")
        assert told["files"] == [{"name": "inquiry 1877.txt", "bytes": len(WORDS)}]
        assert told["indexing"]["report"]["documents"]["added"] == 1
        wait_until(lambda: bool(search(owner, "quagmire inquiry")["hits"]))
        hit = search(owner, "quagmire inquiry")["hits"][0]
        assert search(public, "quagmire inquiry")["hits"] == []
        file = f"/api/documents/{hit['document_id']}/file"
        assert owner.get(file).text == WORDS
        problem(public.get(file), 404)

        assert owner.put(path, content=b"Other words, of a culvert.").status_code == 200
        indexed(owner, "box")
        assert owner.get(file).text == "Other words, of a culvert."

        assert owner.delete(path).status_code == 200
        assert indexed(owner, "box")["files"] == []
        problem(owner.get(file), 410)
        problem(owner.delete(path), 404)
        shutil.rmtree(served.data / "uploads/box")


def test_the_public_sends_and_sees_nothing(served: Served) -> None:
    with served.client() as public:
        problem(public.put("/api/uploads/box/a.txt", content=b"x"), 403)
        problem(public.delete("/api/uploads/box/a.txt"), 403)
        problem(public.get("/api/uploads"), 403)


def test_a_page_of_another_site_cannot_send(served: Served) -> None:
    with served.client(owner=True) as owner:
        headers = {"Origin": "https://elsewhere.example.org"}
        problem(owner.put("/api/uploads/box/a.txt", content=b"x", headers=headers), 403)


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.js"])
def test_what_could_run_is_stored_and_never_run(served: Served, name: str) -> None:
    evil = {
        "evil.html": "<!doctype html><title>Lamplighters</title><p>The lamplighters met here.</p>"
        "<script>document.title = 'run'</script>",
        "evil.svg": "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "evil.js": "// The lamplighters wrote this.\ndocument.title = 'run'",
    }[name]
    with served.client(owner=True) as owner:
        assert owner.put(f"/api/uploads/{name}/{name}", content=evil.encode()).status_code == 201
        report = indexed(owner, name)["indexing"]["report"]
        if name == "evil.svg":  # a picture: it gives no document, and so has no address
            assert report["outcomes"]["skipped"] == {"picture": 1}
            return
        wait_until(lambda: bool(of(owner, name)))
        reply = owner.get(f"/api/documents/{of(owner, name)[0]['document_id']}/file")
        assert reply.content == evil.encode()
        shown = reply.headers["content-type"] == "text/plain; charset=utf-8"
        assert shown or reply.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in reply.headers["content-security-policy"]


def of(client: httpx.Client, collection: str) -> list[dict[str, Any]]:
    wanted = {"collections": [collection]}
    found: list[dict[str, Any]] = search(client, "lamplighters", filters=wanted)["hits"]
    return found
