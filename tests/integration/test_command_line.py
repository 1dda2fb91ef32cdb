"""The commands as people run them: each in a process of its own, what is looked up again here."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from .conftest import NOTES, CommandLine, one_sentence_and_hint

pytestmark = pytest.mark.integration


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data", tmp_path, readers=True)


# ------------------------------------------------------------ the main job


def test_index_search_ask_show_status(indexed: CommandLine) -> None:
    hits = indexed.json("search", "bridge opened by whom", "-k", "2")["hits"]
    assert hits[0]["title"] == "bridge.txt"
    answer = indexed.json("ask", "Who opened the iron bridge?", "--answerer", "extractive")
    assert answer["status"] == "answered"
    citation = answer["citations"][0]
    shown = indexed.json("show", citation["passage_id"])
    assert shown["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert "Ada Venn" in citation["quote"]
    whole = indexed.here.json("show", citation["document_id"])
    assert whole["sections"][0]["text"] == NOTES["bridge.txt"]
    status = indexed.json("status")
    assert status["healthy"]
    assert status["collections"] == [
        {"id": "town", "access": "public", "documents": 3, "passages": 3, "failed": 0}
    ]
    for command in (["search", "bridge"], ["ask", "Who opened the bridge?"], ["status"]):
        printed = indexed.here.run(*command)
        assert (printed.returncode, printed.stderr) == (0, "")
        assert printed.stdout


def test_what_is_not_there_is_said_with_exit_4(indexed: CommandLine) -> None:
    answer = indexed.json("ask", "How tall is Mount Kilimanjaro in feet?", code=4)
    assert answer["status"] == "no_answer"
    assert answer["text"].startswith("No passage answering this was found in 3 documents")
    assert "exist" not in answer["text"]
    nothing = indexed.here.json("search", "zyzzyva", "--from", "1500", "--to", "1501", code=4)
    assert nothing["hits"] == []


def test_a_second_run_changes_nothing_and_a_changed_folder_is_followed(
    indexed: CommandLine, town: Path
) -> None:
    again = indexed.here.json("index", town)
    assert again["documents"] == {"added": 0, "changed": 0, "unchanged": 3, "removed": 0}
    assert again["outcomes"]["unchanged"] == 3
    (town / "mill.txt").unlink()
    (town / "school.txt").write_text("The girls' school moved to Priory Street in 1920.")
    (town / "ferry.txt").write_text("The ferry stopped running when the bridge was freed of toll.")
    dry = indexed.here.json("index", town, "--dry-run")
    assert (dry["dry_run"], dry["documents"]["removed"]) == (True, 1)
    done = indexed.here.json("index", town)
    assert done["documents"] == {"added": 1, "changed": 1, "unchanged": 1, "removed": 1}
    assert indexed.here.json("search", "Priory Street school")["hits"][0]["title"] == "school.txt"
    titles = {hit["title"] for hit in indexed.here.json("search", "paper mill weir")["hits"]}
    assert "mill.txt" not in titles


def test_events_are_one_json_object_a_line(command_line: CommandLine, town: Path) -> None:
    done = command_line.run("index", town, "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["event"] == "start"
    assert events[-1]["event"] == "report"
    assert sum(event["event"] == "added" for event in events) == 3
    assert done.stderr == ""


def test_hide_remove_restore(indexed: CommandLine, town: Path) -> None:
    document = indexed.here.json("search", "paper mill")["hits"][0]["document_id"]
    dry = indexed.here.run("hide", document, "--dry-run").stdout
    assert "Would no longer be findable here: 1 document," in dry
    assert indexed.run("hide", document, "--reason", "asked for").returncode == 0
    hits = indexed.here.json("search", "paper mill")["hits"]
    assert document not in {hit["document_id"] for hit in hits}
    assert indexed.here.json("status")["takedowns"][0]["reason"] == "asked for"
    assert indexed.run("restore", document).returncode == 0
    assert indexed.here.json("search", "paper mill")["hits"][0]["document_id"] == document
    removed = indexed.run("remove", document)
    assert "No longer findable here: 1 document, 1 passage." in removed.stdout
    assert "Erased " in removed.stdout
    gone = one_sentence_and_hint(indexed.here.run("show", document), 4)
    assert "was removed on" in gone
    assert indexed.here.json("index", town)["outcomes"]["skipped"] == {}
    for path in indexed.data.rglob("*"):
        if path.is_file():
            assert b"never rebuilt" not in path.read_bytes(), path
    assert indexed.here.json("status")["healthy"]


def test_what_was_removed_settles_though_the_next_item_is_unknown(indexed: CommandLine) -> None:
    document = indexed.here.json("search", "paper mill")["hits"][0]["document_id"]
    done = indexed.here.run("remove", document, "nosuchdocument")
    one_sentence_and_hint(done, done.returncode)
    assert done.returncode != 0
    assert "Erased " in done.stdout
    indexes = indexed.here.json("status")["indexes"]
    assert all(index["lag"] == 0 for index in indexes.values())


# ------------------------------------------------------------ bad input


def test_missing_path(command_line: CommandLine, tmp_path: Path) -> None:
    one_sentence_and_hint(command_line.here.run("index", tmp_path / "nowhere"), 2)


def test_empty_folder_does_not_empty_the_collection(indexed: CommandLine, town: Path) -> None:
    for path in town.glob("*.txt"):
        path.unlink()
    one_sentence_and_hint(indexed.here.run("index", town), 2)
    assert indexed.here.json("search", "bridge")["hits"]


def test_unreadable_files_are_named_and_the_rest_is_indexed(
    command_line: CommandLine, town: Path
) -> None:
    (town / "dangling.txt").symlink_to(town / "nowhere.txt")
    os.mkfifo(town / "fifo.txt")
    report = command_line.json("index", town, code=3)
    assert report["documents"]["added"] == 3
    assert {item["path"] for item in report["failed"]} == {"dangling.txt", "fifo.txt"}
    again = command_line.here.json("index", town, code=3)
    assert {item["path"] for item in again["failed"]} == {"dangling.txt", "fifo.txt"}


@pytest.mark.parametrize(
    ("file", "text", "part"),
    [
        ("rag.toml", "[retrieval]\nvector_wieght = 1\n", "retrieval.vector_wieght"),
        ("rag.toml", "data = \n", "cannot be read"),
        ("town/collection.toml", 'id = "town"\nacess = "public"\n', "acess"),
        ("town/collection.toml", 'id = "town"\naccess = "everyone"\n', "access"),
    ],
)
def test_wrong_configuration(
    command_line: CommandLine, town: Path, tmp_path: Path, file: str, text: str, part: str
) -> None:
    (tmp_path / file).write_text(text)
    assert part in one_sentence_and_hint(command_line.here.run("index", town), 2)


def test_wrong_environment(command_line: CommandLine, town: Path) -> None:
    done = command_line.run("index", town, RAG_ANSWER__PASSAGES="many")
    assert "answer.passages" in one_sentence_and_hint(done, 2)


def test_unknown_collection_and_wrong_date(indexed: CommandLine) -> None:
    done = indexed.here.run("search", "bridge", "--collection", "village")
    assert "Collections here: town." in one_sentence_and_hint(done, 2)
    one_sentence_and_hint(indexed.here.run("search", "bridge", "--from", "yesterday-ish"), 2)


def test_empty_question(indexed: CommandLine) -> None:
    one_sentence_and_hint(indexed.here.run("ask", "  "), 2)


def test_nothing_indexed_yet(command_line: CommandLine) -> None:
    one_sentence_and_hint(command_line.run("search", "x"), 4)
    for command in (["search", "x"], ["ask", "x"], ["show", "x"], ["status"]):
        one_sentence_and_hint(command_line.here.run(*command), 4)
    assert not command_line.data.exists()


def test_port_in_use(indexed: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = indexed.run("serve", "--port", str(port), "--no-browser")
    told = one_sentence_and_hint(done, 1)
    assert f"Port {port} is in use." in told
    assert f"rag-assistant serve --port {port + 1}" in told


def test_ollama_down_and_model_not_pulled(indexed: CommandLine) -> None:
    question = ("ask", "Who opened the iron bridge?", "--answerer", "ollama", "--json")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        down = indexed.run(*question, OLLAMA_HOST=address)
    assert down.returncode == 5, down.stderr
    answer = json.loads(down.stdout)
    assert (answer["status"], answer["text_origin"]) == ("model_failed", "quoted")
    assert answer["citations"], "the sources still stand"
    assert [one["kind"] for one in answer["notes"]] == ["model"]
    assert "ollama serve" in answer["reason"]
    from tests.ollama_server import OllamaServer

    with OllamaServer() as server:
        elsewhere = {"OLLAMA_HOST": server.url, "RAG_OLLAMA__MODEL": "nosuch:7b"}
        missing = indexed.here.run(*question, **elsewhere)
    assert missing.returncode == 5
    assert "rag-assistant pull nosuch:7b" in json.loads(missing.stdout)["reason"]


def test_a_local_model_writes_and_the_system_checks(indexed: CommandLine) -> None:
    from tests.ollama_server import OllamaServer

    def reply(request: dict[str, Any]) -> str:
        return (
            "The iron bridge was opened on 4 May 1868 by Ada Venn [1]. "
            "It cost 900 pounds [99], see https://doi.org/10.1234/made-up."
        )

    with OllamaServer(reply=reply) as server:
        question = ("ask", "Who opened the iron bridge?", "--json")
        answer = indexed.here.run(*question, OLLAMA_HOST=server.url)
        found = json.loads(answer.stdout)
    assert answer.returncode == 0, answer.stderr
    assert (found["run"]["answerer"], found["ai_generated"]) == ("ollama", True)
    assert (found["text_origin"], found["status"]) == ("written", "partial")
    assert found["run"]["invalid_markers"] >= 1
    assert "[99]" not in found["text"]
    assert "doi.org" not in found["text"]
    supported, unsupported = found["sentences"]
    assert (supported["support"], supported["citations"]) == ("supported", [1])
    assert (unsupported["support"], unsupported["citations"]) == ("unsupported", [])
    assert found["citations"][0]["quote"] == NOTES["bridge.txt"]
    assert found["run"]["model"]
    assert found["run"]["prompt_sha256"]
