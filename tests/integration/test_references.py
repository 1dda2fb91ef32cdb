"""References of an answer, taken away by command, by API and by link, for whoever may see them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import bibtexparser
import pytest
import rispy

from rag_assistant import Assistant
from rag_assistant.cli import main
from rag_assistant.cli.parser import CITE
from rag_assistant.config import Settings
from rag_assistant.errors import NotFoundError, UsageError
from rag_assistant.ports import Embedder
from rag_assistant.reciting import Cited
from rag_assistant.references import FORMATS
from tests.archives import ArchiveBuilder
from tests.served import STAFF, Served, index_town, serving, write_collection

from .conftest import NOTES
from .conftest import write_collection as write_notes

pytestmark = pytest.mark.integration

QUESTION = "When was the iron bridge opened?"


@pytest.fixture(scope="module")
def parish(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return index_town(tmp_path_factory.mktemp("references"))


@pytest.fixture(scope="module")
def cited(parish: Settings) -> dict[str, Any]:
    """The bridge's citation, and the passage that is the staff's alone."""
    with Assistant(parish) as assistant:
        answer = assistant.ask(QUESTION, answerer="extractive").to_dict()
        (staff,) = assistant.search(STAFF, k=1).hits
    bridge = next(one for one in answer["citations"] if one["title"] == "The iron bridge")
    return {"bridge": bridge, "staff": staff.entry.passage_id}


@pytest.fixture(scope="module")
def served(parish: Settings, cited: dict[str, Any]) -> Iterator[Served]:
    assert cited
    with serving(parish.data, RAG_ANSWER__ANSWERER="extractive") as server:
        yield server


def body(citation: dict[str, Any], form: str) -> dict[str, Any]:
    place = {name: citation[name] for name in ("passage_id", "start", "end")}
    return {"passages": [place], "format": form}


def test_the_command_knows_every_format() -> None:
    assert CITE == FORMATS


# ---------------------------------------------------------------- the API


def test_the_api_gives_each_format(served: Served, cited: dict[str, Any]) -> None:
    with served.client() as client:
        made = {
            form: client.post("/api/references", json=body(cited["bridge"], form)).json()
            for form in FORMATS
        }
    assert [one["format"] for one in made.values()] == list(FORMATS)
    (item,) = json.loads(made["csl-json"]["text"])
    assert (item["title"], item["author"]) == ("The iron bridge", [{"literal": "Venn, Ada"}])
    assert item["issued"] == {"date-parts": [[1868]]}
    assert (item["source"], item["URL"]) == (
        "Town papers",
        "https://catalogue.example.org/town-1",
    )
    (entry,) = rispy.loads(made["ris"]["text"])
    assert (entry["title"], entry["authors"], entry["year"]) == (
        "The iron bridge",
        ["Venn, Ada"],
        "1868",
    )
    (tex,) = bibtexparser.loads(made["bibtex"]["text"]).entries
    assert (tex["title"], tex["year"]) == ("{The iron bridge}", "1868")
    assert made["text"]["text"].startswith("Venn, Ada. The iron bridge. 1868")
    for style in ("chicago", "mla", "apa"):
        assert "1868" in made[style]["text"]
        assert "Plain reference" not in made[style]["text"]


def test_a_link_gives_a_file(served: Served, cited: dict[str, Any]) -> None:
    bridge = cited["bridge"]
    passage = f"{bridge['passage_id']}:{bridge['start']}-{bridge['end']}"
    with served.client() as client:
        file = client.get("/api/references.ris", params={"passage": [passage, passage]})
        assert file.headers["content-type"] == "application/x-research-info-systems; charset=utf-8"
        assert file.headers["content-disposition"] == 'attachment; filename="references.ris"'
        assert file.content.count(b"\r\n") == file.content.count(b"\n")
        assert file.text.count("TY  - ") == 1
        assert client.get("/api/references.doc", params={"passage": passage}).status_code == 422
        assert client.get("/api/references.ris").status_code == 422
        for wrong in ("a:b", f"{bridge['passage_id']}:0-999999", f"{passage}@20199999999999999"):
            found = client.get("/api/references.ris", params={"passage": wrong})
            assert found.status_code in (400, 422), wrong


def test_the_public_gets_no_reference_of_what_it_may_not_see(
    served: Served, cited: dict[str, Any]
) -> None:
    wanted = {"passages": [{"passage_id": cited["staff"]}], "format": "text"}
    with served.client() as public, served.client(owner=True) as owner:
        refused = public.post("/api/references", json=wanted)
        assert refused.status_code == 404
        assert STAFF not in refused.text
        link = f"/api/references.text?passage={cited['staff']}"
        assert public.get(link).status_code == 404
        assert STAFF in owner.post("/api/references", json=wanted).json()["text"]
        assert STAFF in owner.get(link).text


def test_the_reading_page_has_one_span_and_the_reference(
    served: Served, cited: dict[str, Any]
) -> None:
    with served.client() as client:
        page = client.get(f"/read/{cited['bridge']['passage_id']}").text
    (title,) = re.findall(r'<span class="Z3988" title="([^"]*)"', page)
    assert dict(parse_qsl(title.replace("&amp;", "&")))["rft.title"] == "The iron bridge"
    assert "Venn, Ada. The iron bridge. 1868" in page


# ---------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A data folder that no server has open."""
    folder = tmp_path_factory.mktemp("notes")
    town = write_notes(folder / "town", NOTES, access="public")
    with Assistant(Settings(data=folder / "data"), embedder=embedder) as assistant:
        assistant.index([town])
    return folder / "data"


def asked(data: Path, *words: str) -> int:
    """The exit of `ask`, by the command's own main function."""
    return main(["--data", str(data), "ask", *words])


def test_ask_prints_the_references_alone(notes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = ("Who opened the iron bridge?", "--answerer", "extractive")
    assert asked(notes, *question, "--cite", "csl-json") == 0
    (item, *_) = json.loads(capsys.readouterr().out)
    assert item["title"] == "bridge.txt"
    assert asked(notes, *question, "--cite", "text") == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.startswith("bridge.txt. ")
    assert "Ada Venn" not in printed.out
    with pytest.raises(SystemExit) as refused:
        asked(notes, *question, "--cite", "text", "--json")
    assert refused.value.code == 2


def test_without_sources_nothing_is_printed_and_the_exit_says_so(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(notes, "How tall is Mount Kilimanjaro in feet?", "--cite", "ris") == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "No passage answering this was found" in printed.err


# ---------------------------------------------------------------- captures


def test_the_cited_capture_stays_cited(tmp_path: Path, embedder: Embedder) -> None:
    words = "The ferry to Olney leaves at nine in the morning and at four in the afternoon."
    archive = ArchiveBuilder()
    for date in ("2018-05-03T12:00:00Z", "2020-05-03T12:00:00Z"):
        archive.page("http://ferry.example/", words, at=date)
    folder = write_collection(
        tmp_path / "web",
        {},
        'id = "web"',
        'title = "Town web"',
        'access = "public"',
        'replay_url = "https://replay.example/{timestamp}/{url}"',
    )
    archive.save(folder / "town.warc.gz")
    with Assistant(Settings(data=tmp_path / "data"), embedder=embedder) as assistant:
        assistant.index([folder])
        (hit, *_) = assistant.search("ferry", k=1).hits
        passage = hit.entry.passage_id
        old = Cited(passage_id=passage, captured="20180503120000")
        told = assistant.references([old, Cited(passage_id=passage)], "text").text.splitlines()
        assert "Captured 3 May 2018, Town web." in told[0]
        assert "https://replay.example/20180503120000/http://ferry.example/" in told[0]
        assert "Captured 3 May 2020, Town web." in told[1]
        items = json.loads(assistant.references([old, Cited(passage_id=passage)], "csl-json").text)
        assert [one["accessed"]["date-parts"][0][0] for one in items] == [2018, 2020]
        with pytest.raises(UsageError):
            assistant.references([Cited(passage_id=passage, captured="2018")], "text")
        with pytest.raises(NotFoundError):
            assistant.references([Cited(passage_id="nothing")], "text")
