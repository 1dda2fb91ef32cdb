"""References checked through the real command line and a real server; nothing of them stays."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.evaluators.references import is_right, records_of
from evals.pasted import invented, real
from rag_assistant import Assistant
from rag_assistant.config import load_settings
from rag_assistant.readers import FORMATS
from tests.fakes import FakeEmbedder
from tests.served import CLOSED, LISTED, SILENT, STAFF, VAULT, Served, index_town, serving

from .conftest import CommandLine

pytestmark = pytest.mark.integration

BRIDGE = "Venn, A. (1868). The iron bridge. Weir: Town Press."
CANARY = "Zyxomma"
SHARED = Path(
    os.environ.get("RAG_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
MARC = SHARED / "formats" / "marc"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return index_town(tmp_path_factory.mktemp("checking")).data


@pytest.fixture(scope="module")
def served(data: Path) -> Iterator[Served]:
    with serving(data, RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        yield server


def test_the_public_learns_nothing_of_what_is_the_staffs(served: Served) -> None:
    letter = f"Marsh, Bo. Letter about {STAFF}. 1871."
    with served.client() as public, served.client(owner=True) as owner:
        replies = [
            client.post("/api/check-reference", json={"text": f"{BRIDGE}\n\n{letter}"}).json()
            for client in (public, owner)
        ]
    verdicts = [[one["verdict"] for one in reply["references"]] for reply in replies]
    assert verdicts == [["matched", "not_found"], ["matched", "close"]]
    assert [reply["searched"] for reply in replies] == [4, 7]
    assert replies[0]["references"][0]["records"][0]["catalogue_url"] == (
        "https://catalogue.example.org/town-1"
    )
    told = json.dumps([one["records"] for one in replies[0]["references"]])
    assert not any(word in told for word in (STAFF, CLOSED, SILENT, VAULT))


def test_what_may_only_be_listed_is_found_by_its_title(served: Served) -> None:
    with served.client() as public:
        reply = public.post("/api/check-reference", json={"text": "Sick club register, 1877"})
    (record,) = reply.json()["references"][0]["records"]
    assert record["title"] == "Sick club register"
    assert LISTED not in reply.text


def test_faults_are_problems_that_repeat_nothing(served: Served) -> None:
    with served.client() as public:
        for body, status in (
            ({"text": f"{CANARY} " * 10_000}, 413),
            ({"text": "\n\n".join(f"{CANARY}, A. Book {n}. 1999." for n in range(101))}, 413),
            ({"text": "  "}, 400),
            ({"text": BRIDGE, "audience": "staff"}, 422),
        ):
            reply = public.post("/api/check-reference", json=body)
            assert reply.status_code == status, reply.text
            assert reply.headers["content-type"].startswith("application/problem+json")
            assert CANARY not in reply.text


def test_the_command_goes_through_the_server_and_exits_by_what_it_found(
    served: Served, tmp_path: Path
) -> None:
    command = CommandLine(served.data, tmp_path)
    found = command.here.json("check-reference", BRIDGE)
    assert found["audience"] == "staff"
    assert found["counts"]["matched"] == 1
    path = tmp_path / "list.txt"
    path.write_text(f"Sources:\n\n1. {BRIDGE}\n2. Marsh, Bo. No such book. London: Verso, 1999.\n")
    done = command.run("check-reference", "--file", path)
    assert done.returncode == 4, done.stderr
    assert "1. MATCHED" in done.stdout
    assert "2. NOT FOUND" in done.stdout
    assert "Not found among 7 records searched here; real works may be missing" in done.stdout
    assert "Next: library search, WorldCat, interlibrary loan." in done.stdout
    assert "Taken for no reference: Sources:" in done.stdout
    both = command.here.run("check-reference", BRIDGE, "--file", path)
    assert both.returncode == 2
    missing = command.here.run("check-reference", "--file", tmp_path / "none.txt")
    assert missing.returncode == 2
    assert "cannot be read" in missing.stderr


def test_nothing_of_a_reference_stays(tmp_path: Path) -> None:
    data = index_town(tmp_path / "town").data
    text = f"{CANARY}, Ada. {CANARY} of the {CANARY}. Weir, 1868."
    command = CommandLine(data, tmp_path)
    assert command.run("check-reference", text).returncode == 4
    with serving(data, RAG_ANSWER__ANSWERER="extractive") as server:
        assert server.token
        with server.client() as public:
            reply = public.post("/api/check-reference", json={"text": text})
            assert reply.json()["counts"]["not_found"] == 1
        code, said = server.stop()
    assert code == 0
    assert CANARY not in said
    for path in data.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


@pytest.mark.skipif(
    "marc" not in FORMATS or not MARC.is_dir(), reason="there are no MARC records to be read"
)
def test_of_forty_references_twenty_are_invented(tmp_path: Path) -> None:
    folder = tmp_path / "marc"
    shutil.copytree(MARC, folder)
    (folder / "collection.toml").write_text('id = "marc"\naccess = "public"\n')
    settings = load_settings(data=tmp_path / "data")
    with Assistant(settings, embedder=FakeEmbedder()) as assistant:
        assistant.index([folder])
        records = records_of(assistant)
        titles = {one: record.title for one, record in records}
        texts = [*real(records, 20, 28), *invented(records, 20, 28)]
        reports = [assistant.check_references(one.text, audience="public") for one in texts]
    pairs = list(zip(texts, reports, strict=True))
    assert sum(is_right(one, report, titles) for one, report in pairs[:20]) >= 18
    assert [one.text for one, report in pairs[20:] if report.counts["matched"]] == []
