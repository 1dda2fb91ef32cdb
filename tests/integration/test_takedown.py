"""Take-downs with the real commands and indexes: what is said, and what is left on disk."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from filelock import FileLock

from rag_assistant import Assistant
from rag_assistant.cli import main
from rag_assistant.cli.commands import NOT_FOUND, UNFINISHED
from rag_assistant.config import load_settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.errors import NotFoundError
from rag_assistant.following import Following
from rag_assistant.indexer import Event
from rag_assistant.takedown import settle
from tests.archives import ArchiveBuilder
from tests.served import Served, serving

from .conftest import CommandLine, write_collection

pytestmark = pytest.mark.integration

SECRET = "http://town.example/zyxomma-tenants"
TITLE = "Quillwort tenants"
WORDS = (
    "The Zyxomma list names every tenant of Weir Lane and what each of them owed the town in 1902."
)
NOTES = {
    "bridge.txt": "The iron bridge was opened on 4 May 1868 by the mayor, Ada Venn.",
    "mill.txt": "The paper mill by the weir burnt down in 1902 and was never rebuilt.",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two collections and their data, to be copied: indexing takes seconds."""
    folder = tmp_path_factory.mktemp("template")
    town = write_collection(folder / "town", NOTES, access="public")
    ArchiveBuilder().page(SECRET, WORDS, title=TITLE).save(town / "crawl.warc.gz")
    other = write_collection(folder / "other", {"letter.txt": WORDS.replace("The", "the", 1)})
    with Assistant(load_settings(data=folder / "data")) as assistant:
        assistant.index([town, other])
    return folder


@pytest.fixture
def town(template: Path, command_line: CommandLine) -> Path:
    """The first collection; its data stand in the command line's folder."""
    shutil.copytree(template / "data", command_line.data)
    return template / "town"


def page_id(data: Path) -> str:
    docstore = Docstore(data)
    (capture,) = docstore.captures.at(SECRET, Bounds())
    docstore.close()
    return capture.document_id


def traces(data: Path) -> dict[str, bytes]:
    """Bytes that tell of the page: words, title, address, and what its vector may look like."""
    with Assistant(load_settings(data=data)) as assistant:
        (entry,) = assistant.docstore.changes.entries([page_id(data)])
        exact = np.asarray(assistant.engine.embedder.embed_passages([entry.embedded_text])[0])
        (half,) = assistant.docstore.vectors.get(
            assistant.engine.embedder.fingerprint, [entry.text_hash]
        ).values()
    found = {
        "float16": half.astype(np.float16).tobytes(),
        "float32": half.astype(np.float32).tobytes(),
        "float32 as computed": exact.astype(np.float32).tobytes(),
    }
    for name, text in (("title", "Quillwort"), ("address", "zyxomma-tenants")):
        found |= {f"{name} {one}": text.encode(one) for one in ("utf-8", "utf-16-le", "utf-16-be")}
    return found


def left(data: Path, sought: dict[str, bytes]) -> dict[str, set[str]]:
    """Which of them stand in which file, a piece of a vector being enough."""
    pieces = {name: one[:64] if "float" in name else one for name, one in sought.items()}
    found: dict[str, set[str]] = {}
    # A server may be deleting what is looked at: `os.walk` goes on where a folder has gone.
    for path in (Path(folder, name) for folder, _, names in os.walk(data) for name in names):
        with suppress(FileNotFoundError):
            held = path.read_bytes()
            for name, piece in pieces.items():
                if piece in held or piece.lower() in held:
                    found.setdefault(name, set()).add(path.name)
    return found


def test_a_removal_leaves_no_byte_and_says_what_it_knows(
    command_line: CommandLine, town: Path
) -> None:
    data = command_line.data
    sought, page = traces(data), page_id(data)
    before = left(data, sought)
    assert {"float16", "title utf-8", "address utf-8"} <= set(before)
    assert {"float32", "float32 as computed"} & set(before), "Chroma's own copy"
    with Assistant(load_settings(data=data)) as assistant:
        dry = assistant.remove(page, dry_run=True).to_dict()
    assert left(data, sought) == before
    receipt = command_line.json("remove", page)["receipts"][0]
    for key in ("documents", "passages", "captures", "similar_count", "source_count"):
        assert receipt[key] == dry[key], key
    assert (receipt["documents"], receipt["passages"], receipt["captures"]) == (1, 1, 1)
    assert receipt["sources"] == [
        {"collection": "town", "folder": str(town), "path": "crawl.warc.gz", "there": True}
    ]
    (similar,) = receipt["similar"]
    assert (similar["title"], similar["collection"]) == ("letter.txt", "other")
    assert (dry["hidden"], dry["erased"]) == (None, None)
    assert receipt["hidden"] <= receipt["erased"]
    assert left(data, sought) == {}
    with Assistant(load_settings(data=data)) as assistant:
        (copy,) = assistant.settle([assistant.remove(similar["document_id"])])
        assert copy.done
    for path in data.rglob("*"):
        assert not path.is_file() or b"Zyxomma" not in path.read_bytes(), path


def test_a_removal_beside_a_running_server(command_line: CommandLine, town: Path) -> None:
    data = command_line.data
    sought, page = traces(data), page_id(data)
    with serving(data) as served:
        assert served.token
        receipt = command_line.json("remove", page)["receipts"][0]
        assert receipt["hidden"] <= receipt["erased"]
        assert left(data, sought) == {}
        with served.client(owner=True) as client:
            hits = client.post("/api/search", json={"query": "Zyxomma tenants"}).json()["hits"]
        assert page not in {hit["document_id"] for hit in hits}


@pytest.mark.parametrize("finisher", ["remove", "index", "serve"])
def test_a_removal_that_was_killed_is_finished(
    command_line: CommandLine, town: Path, finisher: str
) -> None:
    data = command_line.data
    sought, page = traces(data), page_id(data)
    with standing_still(data):
        removing = command_line.start("remove", page)
        docstore = Docstore(data)
        until(docstore.takedown.standing)
        removing.kill()
        removing.communicate()
        docstore.close()
    assert left(data, sought)
    if finisher == "serve":
        with serving(data):
            until(lambda: not left(data, sought))
        return
    with Assistant(load_settings(data=data)) as assistant:
        if finisher == "index":
            assistant.index([town])
        else:
            assert assistant.settle([assistant.remove(page)])[0].done
    assert left(data, sought) == {}


@pytest.mark.parametrize("action", ["hide", "remove"])
def test_whoever_stands_still_is_told_of_every_time(
    command_line: CommandLine,
    town: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    action: str,
) -> None:
    data = command_line.data
    page = page_id(data)
    with standing_still(data), monkeypatch.context() as impatient:
        impatient.setattr("rag_assistant.following._STUCK", 0.5)
        impatient.setattr("rag_assistant.takedown._SWEPT_WITHIN", 0.2)
        for number in range(2):
            assert main(["--data", str(data), action, page]) == UNFINISHED
            text = " ".join(capsys.readouterr().out.split())
            assert ("already " in text) == bool(number)
            assert "No longer findable here: 1 document, 1 passage (1 capture)." in text
            assert "source file crawl.warc.gz (of 'town'" in text
            assert "Not yet hidden in every index, though no answer shows it." in text
            assert ("Not yet erased" in text) == (action == "remove")
        assert main(["--data", str(data), "status"]) == 0
        told = capsys.readouterr().out
        assert ("What was removed is not yet erased" in told) == (action == "remove")
        assert f"{page} " in told
    assert main(["--data", str(data), action, page, "--json"]) == 0
    (receipt,) = json.loads(capsys.readouterr().out)["receipts"]
    assert receipt["since"]
    assert receipt["hidden"]
    assert bool(receipt["erased"]) == (action == "remove")
    if action == "remove":
        assert main(["--data", str(data), action, page]) == 0
        text = capsys.readouterr().out
        assert f"already removed on {receipt['since'][:10]}" in text
        assert "Nothing that is stored is named by it now." in text
        assert "source file" not in text


def test_what_is_erased_is_hidden_too(command_line: CommandLine, town: Path) -> None:
    """The wait for an owner may be over a moment before its indexes are new."""
    data = command_line.data
    sought = traces(data)
    with Assistant(load_settings(data=data)) as assistant:
        removed = assistant.remove(page_id(data))
        assistant.settle([removed])
        late = [replace(removed, first=1, seq=10**9)]
        (receipt,) = settle(assistant.docstore, Resting(assistant), late, lambda event: None)
    assert receipt.done
    assert receipt.hidden == receipt.erased
    assert left(data, sought) == {}


def test_a_reader_that_holds_the_old_bytes_costs_no_receipt(
    command_line: CommandLine,
    town: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag_assistant.docstore.sqlite._TRIES", 2)
    data = command_line.data
    sought, page = traces(data), page_id(data)
    with closing(sqlite3.connect(data / "docstore.sqlite")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM documents").fetchone()
        assert main(["--data", str(data), "remove", page]) == 1
        told = capsys.readouterr()
    assert "A reader still holds deleted text" in told.err
    assert "No longer findable here: 1 document, 1 passage (1 capture)." in told.out
    assert "Hidden " in told.out
    assert "Not yet erased" in told.out
    assert "letter.txt" in told.out, "similar text"
    assert main(["--data", str(data), "remove", page]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "No longer findable here: 1 document, 1 passage (1 capture)." in text
    assert "source file crawl.warc.gz (of 'town'" in text
    assert "Similar text still searchable: not looked for" in text
    assert left(data, sought) == {}


def test_hiding_does_not_wait_for_what_is_still_to_be_embedded(
    command_line: CommandLine, town: Path, tmp_path: Path
) -> None:
    data = command_line.data
    notes = {f"a{number}.txt": f"The lantern of ward {number} was lit." for number in range(400)}
    wards = write_collection(tmp_path / "wards", notes)
    with Assistant(load_settings(data=data)) as assistant:
        page = page_id(data)
        with pytest.raises(Enough):
            assistant.index([wards], on_event=stop_at_following)
        assert assistant.engine.lags()["vectors"] > 300
        (receipt,) = assistant.settle([assistant.hide(page)])
        assert receipt.hidden
        assert assistant.engine.lags()["vectors"] > 0
        (receipt,) = assistant.settle([assistant.restore(page)])
        assert receipt.followed


@pytest.mark.parametrize("action", ["hide", "remove", "restore"])
def test_what_is_not_there_is_said(
    command_line: CommandLine, town: Path, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    nowhere = "http://nowhere.example/"
    assert main(["--data", str(command_line.data), action, nowhere, "--json"]) == NOT_FOUND
    told = capsys.readouterr()
    assert json.loads(told.out) == {"receipts": []}
    said = "No take-down of" if action == "restore" else "Nothing stored is named by"
    assert f"{said} {nowhere}" in told.err


def test_a_broken_page_of_a_removed_address_is_not_named(
    command_line: CommandLine, tmp_path: Path
) -> None:
    lost = "http://town.example/zyxomma/divorce-of-ada-quillwort.pdf"
    folder = write_collection(tmp_path / "town", NOTES)
    archive = ArchiveBuilder().page("http://town.example/zyxomma/list", WORDS, title=TITLE)
    pdf = [("Content-Type", "application/pdf")]
    archive.response(b"%PDF-1.7 broken", uri=lost, headers=pdf).save(folder / "crawl.warc.gz")
    data = command_line.data
    sought = {"address": b"divorce-of-ada"}
    with Assistant(load_settings(data=data)) as assistant:
        assert assistant.index([folder]).failed
        assert left(data, sought)
        removed = assistant.remove("http://town.example/zyxomma/*")
        assert (removed.documents, removed.failures) == (1, 1)
        assert assistant.settle([removed])[0].done
        assert not left(data, sought)
        with (folder / "crawl.warc.gz").open("ab") as archive_file:
            archive_file.write(gzip.compress(b""))
        assert assistant.index([folder]).outcomes.failed
        (failure,) = assistant.status()["failures"]
        assert (failure["path"], failure["detail"]) == ("crawl.warc.gz", "")
    assert not left(data, sought)


def test_what_is_hidden_is_gone_before_any_index_has_followed(
    command_line: CommandLine, town: Path
) -> None:
    with Assistant(load_settings(data=command_line.data)) as assistant:
        page = page_id(command_line.data)
        assert assistant.search("Zyxomma tenants of Weir Lane").hits[0].uri == SECRET
        assistant.docstore.takedown.hide(f"{SECRET}*")
        assert assistant.engine.lags()["lexical"] > 0
        hits = assistant.search("Zyxomma tenants of Weir Lane").hits
        assert page not in {hit.entry.document_id for hit in hits}
        answer = assistant.ask("What does the Zyxomma list name?")
        assert page not in {one.document_id for one in answer.citations}
        assert answer.scope.documents == 3
        with pytest.raises(NotFoundError):
            assistant.show(page)
        with pytest.raises(NotFoundError):
            assistant.history(SECRET)
        counts = {row["id"]: row["documents"] for row in assistant.docstore.library.counts()}
        assert counts == {"town": 2, "other": 1}
        assistant.restore(f"{SECRET}*")
        assert assistant.show(page)["title"] == TITLE


# ------------------------------------------------------------ index


def test_most_of_a_collection_goes_only_with_yes(command_line: CommandLine, tmp_path: Path) -> None:
    notes = {f"a{number}.txt": f"The lantern of ward {number} was lit." for number in range(8)}
    wards = write_collection(tmp_path / "wards", notes)
    with Assistant(load_settings(data=command_line.data)) as assistant:
        assistant.index([wards])
    for number in range(6):
        (wards / f"a{number}.txt").unlink()
    before = pictures(command_line.data)
    dry = command_line.here.run("index", wards, "--dry-run")
    assert dry.returncode == 3
    assert "Nothing was written." in dry.stdout
    assert pictures(command_line.data) == before
    done = command_line.here.run("index", wards)
    assert done.returncode == 3
    assert "6 of 8 documents of 'wards' would be removed, because 6 files are gone" in done.stderr
    assert f"rag-assistant index {wards} --yes" in done.stderr
    for path in wards.glob("*.txt"):
        path.unlink()
    empty = command_line.here.run("index", wards)
    assert empty.returncode == 2
    assert f"rag-assistant index {wards} --yes" in empty.stderr
    report = command_line.json("index", wards, "--yes")
    assert (report["documents"]["removed"], report["withheld"]) == (8, {})


def test_a_dry_run_makes_no_data_folder(command_line: CommandLine, tmp_path: Path) -> None:
    town = write_collection(tmp_path / "town", NOTES)
    done = command_line.run("index", town, "--dry-run", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["path"] for one in events if one["event"] == "added"] == sorted(NOTES)
    assert (done.returncode, done.stderr) == (0, "")
    assert not command_line.data.exists()


def test_no_query_fails_while_index_adds_changes_and_removes(
    command_line: CommandLine, tmp_path: Path
) -> None:
    wards = write_collection(
        tmp_path / "wards",
        {f"a{number}.txt": f"The lantern of ward {number} was lit." for number in range(12)},
        access="public",
    )
    with Assistant(load_settings(data=command_line.data)) as assistant:
        assistant.index([wards])
    with serving(command_line.data) as served, asking(served) as answers:
        until(lambda: len(answers) > 3)
        for number in range(8):
            (wards / f"b{number}.txt").write_text(f"The ferry of ward {number} was late.")
        (wards / "a0.txt").write_text("The lantern of ward 0 was stolen by a heron.")
        (wards / "a1.txt").unlink()
        (wards / "a2.txt").unlink()
        report = command_line.json("index", wards)
        assert report["documents"] == {"added": 8, "changed": 1, "unchanged": 9, "removed": 2}
        during = len(answers)
        until(lambda: len(answers) > during + 1)
    assert during > 5
    assert {status for status, _ in answers} == {200}
    assert all(found["hits"] for _, found in answers)
    assert "heron" in answers[-1][1]["hits"][0]["text"]


class Enough(Exception):
    """All is read, and little of it embedded."""


def stop_at_following(event: Event) -> None:
    if event["event"] == "read":
        raise Enough


class Resting(Following):
    """Waits for nobody."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant.docstore, assistant.engine)

    def watch(self, *arguments: Any, **named: Any) -> dict[str, int]:
        return {}


@contextmanager
def standing_still(data: Path) -> Iterator[None]:
    """Another `index` owns the indexes, and does nothing."""
    with FileLock(data / "owner.lock"):
        card = {"pid": os.getpid(), "purpose": "index"}
        (data / "owner.json").write_text(json.dumps(card))
        yield
        (data / "owner.json").unlink()


@contextmanager
def asking(served: Served) -> Iterator[list[tuple[int, Any]]]:
    """Asks a server without pause; what it says, as (HTTP status, body)."""
    answers: list[tuple[int, Any]] = []
    stop = threading.Event()

    def ask() -> None:
        query = {"query": "lantern of the ward stolen by a heron"}
        with served.client() as client:
            while not stop.is_set():
                try:
                    reply = client.post("/api/search", json=query)
                except httpx.HTTPError as error:
                    answers.append((0, {"hits": [], "error": str(error)}))
                    continue
                answers.append((reply.status_code, reply.json()))
                stop.wait(0.1)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()


def pictures(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def until(condition: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
