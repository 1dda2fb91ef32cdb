"""A search that is looked through, and what is held, as a server tells the public and the staff."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag_assistant import Assistant
from tests.served import CLOSED, LISTED, SILENT, STAFF, VAULT, Served, index_town, serving

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("RAG_TEST_DATA", ROOT.parent / "shared" / "data"))
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not there"),
]

SAMPLE = (
    "formats/marc/archivesspace/IAS_2.xml",
    "formats/ead/arclight/sul-spec_m0198_from_ASpace.xml",
    "web-archives/py-wacz/example-collection.warc",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("finding")
    settings = index_town(folder)
    library = folder / "library"
    library.mkdir()
    for name in SAMPLE:
        shutil.copy(SHARED / name, library / Path(name).name)
    (library / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    facts = ('id = "library"', 'title = "<b>Records</b>"', 'access = "public"')
    dated = ('date_range = "1900/1950"',)
    (library / "collection.toml").write_text("\n".join(facts + dated), encoding="utf-8")
    with Assistant(settings) as assistant:
        assert assistant.index([library]).outcomes.indexed
    with serving(settings.data, RAG_ANSWER__ANSWERER="extractive") as served:
        assert served.token
        yield served


def look(server: Served, *, owner: bool = False, **body: Any) -> dict[str, Any]:
    with server.client(owner=owner) as client:
        reply = client.post("/api/search", json={"query": "", "facets": True, "k": 100} | body)
        reply.raise_for_status()
        found: dict[str, Any] = reply.json()
    return found


def counts(found: dict[str, Any], name: str) -> dict[str, int]:
    return {one["value"]: one["documents"] for one in found["facets"][name]}


def test_results_are_documents_and_come_in_pages(server: Served) -> None:
    whole = look(server, query="iron bridge mill")
    assert whole["total"] == len(whole["hits"])
    assert whole["total_is"] == "exact"
    ids = [hit["document_id"] for hit in whole["hits"]]
    assert len(set(ids)) == len(ids)
    best = whole["hits"][0]
    assert best["title"] == "The iron bridge"
    assert [best["text"][start:end] for start, end in best["marks"]] == ["iron", "bridge"]
    pages = [look(server, query="iron bridge mill", k=1, offset=at)["hits"] for at in (0, 1)]
    assert [hit["rank"] for page in pages for hit in page] == [1, 2]
    assert [hit["document_id"] for page in pages for hit in page] == ids[:2]
    beyond = look(server, query="iron bridge mill", offset=500)
    assert beyond["hits"] == []
    assert beyond["total"] == whole["total"]


@pytest.mark.parametrize("query", ["", "the iron bridge"])
@pytest.mark.parametrize("owner", [False, True])
def test_each_value_gives_as_many_documents_as_it_says(
    server: Served, query: str, owner: bool
) -> None:
    found = look(server, owner=owner, query=query)
    asked = {
        "collections": lambda value: {"collections": [value]},
        "kinds": lambda value: {"kind": value},
        "languages": lambda value: {"language": value},
        "decades": lambda value: {"date_from": str(value), "date_to": str(value + 9)},
        "persons": lambda value: {"persons": [value]},
        "places": lambda value: {"places": [value]},
    }
    for name, narrowed in asked.items():
        assert counts(found, name) or name == "places"
        for value, number in counts(found, name).items():
            within = look(server, owner=owner, query=query, filters=narrowed(value))
            if query:  # what is nearest in meaning may be another document then
                assert within["total"] >= min(number, 1)
            else:
                assert within["total"] == within["searched"] == number, (name, value)


def test_the_public_learns_nothing_of_the_rest(server: Served) -> None:
    public, staff = (look(server, owner=owner) for owner in (False, True))
    assert public["total"] < staff["total"]
    for word in (STAFF, CLOSED, SILENT, VAULT, "vault"):
        for query in ("", word):
            found = look(server, query=query)
            assert word not in json.dumps({**found, "query": ""})
    assert "vault" in counts(staff, "collections")
    assert look(server, query=LISTED)["hits"][0]["text"] != LISTED
    with server.client() as client:
        problem = client.post(
            "/api/search",
            json={"query": "x", "facets": True, "filters": {"collections": ["vault"]}},
        )
    assert problem.status_code == httpx.codes.BAD_REQUEST
    assert "There is no collection 'vault'." in problem.text


def test_a_search_of_before_says_what_it_said(server: Served) -> None:
    with server.client() as client:
        told = client.post("/api/search", json={"query": "iron bridge", "k": 3}).json()
    assert told.keys() == {"query", "hits"}
    assert len(told["hits"]) == 3


def test_the_page_tells_each_audience_its_own_numbers(server: Served) -> None:
    with server.client() as client, server.client(owner=True) as owner:
        public, staff = (one.get("/collections").text for one in (client, owner))
        german = client.get("/collections?lang=de").text
    assert "&lt;b&gt;Records&lt;/b&gt;" in public
    assert "<b>Records" not in public
    assert "could not be read" not in public
    assert "damaged PDF (1)" in staff
    assert VAULT not in public
    assert VAULT in staff
    assert "1 document may only be listed" in public
    assert "Years without documents" in public
    assert "<script" not in public
    assert '<html lang="de">' in german


def test_a_search_can_be_narrowed_to_documents(server: Served) -> None:
    ids = [hit["document_id"] for hit in look(server, query="iron bridge mill")["hits"]]
    assert len(ids) > 1
    for one in ids:
        found = look(server, query="iron bridge mill", filters={"documents": [one]})
        assert [hit["document_id"] for hit in found["hits"]] == [one]
        assert found["searched"] == 1
    assert look(server, query="iron bridge", filters={"documents": ["unheard-of"]})["total"] == 0
    assert look(server, filters={"documents": ids})["total"] == len(ids)


def test_naming_a_closed_document_shows_the_public_nothing_of_it(server: Served) -> None:
    seen = {hit["document_id"] for hit in look(server)["hits"]}
    hits = look(server, owner=True)["hits"]
    closed = [hit["document_id"] for hit in hits if hit["document_id"] not in seen]
    assert closed
    found = look(server, filters={"documents": closed})
    assert found["total"] == found["searched"] == 0
    with server.client() as client:
        asked = {"question": "What is it?", "filters": {"documents": closed}, "html": True}
        reply = client.post("/api/ask", json=asked)
    assert reply.json()["status"] == "no_answer"
    titles = {hit["title"] for hit in hits if hit["document_id"] in closed}
    assert not [one for one in titles if one in reply.text]
