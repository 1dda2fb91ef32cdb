"""The commands as people run them, in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.cli import main
from rag_assistant.docstore import Docstore

from .conftest import CommandLine, write_collection

pytestmark = pytest.mark.integration

NOTES = {
    "bridge.txt": "The iron bridge was opened on 4 May 1868 by the mayor, Ada Venn.",
    "mill.txt": "The paper mill by the weir burnt down in 1902 and was never rebuilt.",
    "school.txt": "The girls' school in Chapel Lane taught Latin from 1911 onwards.",
}


def one_sentence_and_hint(done: subprocess.CompletedProcess[str], code: int) -> str:
    """An error as people should meet it; its text."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 2, done.stderr
    assert lines[0].startswith("rag-assistant: ")
    assert lines[0].endswith(".")
    assert lines[1].startswith("  ")
    return done.stderr


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a collection and its data, to be copied: indexing takes seconds."""
    folder = tmp_path_factory.mktemp("template")
    town = write_collection(folder / "town", NOTES, access="public")
    done = CommandLine(folder / "data", folder).run("index", town)
    assert done.returncode == 0, done.stderr
    return folder.rename(folder.with_name("moved"))


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "town", NOTES, access="public")


@pytest.fixture
def indexed(command_line: CommandLine, template: Path, town: Path) -> CommandLine:
    shutil.copytree(template / "town", town, dirs_exist_ok=True)
    shutil.copytree(template / "data", command_line.data)
    return command_line


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
    whole = indexed.json("show", citation["document_id"])
    assert whole["sections"][0]["text"] == NOTES["bridge.txt"]
    status = indexed.json("status")
    assert status["healthy"]
    assert status["collections"] == [
        {"id": "town", "access": "public", "documents": 3, "passages": 3, "failed": 0}
    ]
    for command in (["search", "bridge"], ["ask", "Who opened the bridge?"], ["status"]):
        printed = indexed.run(*command)
        assert (printed.returncode, printed.stderr) == (0, "")
        assert printed.stdout


def test_what_is_not_there_is_said_with_exit_4(indexed: CommandLine) -> None:
    answer = indexed.json("ask", "How tall is Mount Kilimanjaro in feet?", code=4)
    assert answer["status"] == "no_answer"
    assert answer["text"].startswith("No passage answering this was found in 3 documents")
    assert "exist" not in answer["text"]
    assert indexed.json("search", "zyzzyva", "--from", "1500", "--to", "1501", code=4)["hits"] == []


def test_a_second_run_changes_nothing_and_a_changed_folder_is_followed(
    indexed: CommandLine, town: Path
) -> None:
    again = indexed.json("index", town)
    assert again["documents"] == {"added": 0, "changed": 0, "unchanged": 3, "removed": 0}
    assert again["outcomes"]["unchanged"] == 3
    (town / "mill.txt").unlink()
    (town / "school.txt").write_text("The girls' school moved to Priory Street in 1920.")
    (town / "ferry.txt").write_text("The ferry stopped running when the bridge was freed of toll.")
    dry = indexed.json("index", town, "--dry-run")
    assert (dry["dry_run"], dry["documents"]["removed"]) == (True, 1)
    done = indexed.json("index", town)
    assert done["documents"] == {"added": 1, "changed": 1, "unchanged": 1, "removed": 1}
    assert indexed.json("search", "Priory Street school")["hits"][0]["title"] == "school.txt"
    titles = {hit["title"] for hit in indexed.json("search", "paper mill weir")["hits"]}
    assert "mill.txt" not in titles


def test_events_are_one_json_object_a_line(command_line: CommandLine, town: Path) -> None:
    done = command_line.run("index", town, "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["event"] == "start"
    assert events[-1]["event"] == "report"
    assert sum(event["event"] == "added" for event in events) == 3
    assert done.stderr == ""


def test_hide_remove_restore(indexed: CommandLine, town: Path) -> None:
    document = indexed.json("search", "paper mill")["hits"][0]["document_id"]
    dry = indexed.run("hide", document, "--dry-run").stdout
    assert "Would no longer be findable here: 1 document," in dry
    assert indexed.run("hide", document, "--reason", "asked for").returncode == 0
    assert document not in {
        hit["document_id"] for hit in indexed.json("search", "paper mill")["hits"]
    }
    assert indexed.json("status")["takedowns"][0]["reason"] == "asked for"
    assert indexed.run("restore", document).returncode == 0
    assert indexed.json("search", "paper mill")["hits"][0]["document_id"] == document
    removed = indexed.run("remove", document)
    assert "No longer findable here: 1 document, 1 passage." in removed.stdout
    assert "Erased " in removed.stdout
    gone = one_sentence_and_hint(indexed.run("show", document), 4)
    assert "was removed on" in gone
    assert indexed.json("index", town)["outcomes"]["skipped"] == {}
    for path in indexed.data.rglob("*"):
        if path.is_file():
            assert b"never rebuilt" not in path.read_bytes(), path
    assert indexed.json("status")["healthy"]


def test_what_was_removed_settles_though_the_next_item_is_unknown(indexed: CommandLine) -> None:
    document = indexed.json("search", "paper mill")["hits"][0]["document_id"]
    done = indexed.run("remove", document, "nosuchdocument")
    one_sentence_and_hint(done, done.returncode)
    assert done.returncode != 0
    assert "Erased " in done.stdout
    assert all(index["lag"] == 0 for index in indexed.json("status")["indexes"].values())


# ------------------------------------------------------------ bad input


def test_missing_path(command_line: CommandLine, tmp_path: Path) -> None:
    one_sentence_and_hint(command_line.run("index", tmp_path / "nowhere"), 2)


def test_empty_folder_does_not_empty_the_collection(indexed: CommandLine, town: Path) -> None:
    for path in town.glob("*.txt"):
        path.unlink()
    one_sentence_and_hint(indexed.run("index", town), 2)
    assert indexed.json("search", "bridge")["hits"]


def test_unreadable_files_are_named_and_the_rest_is_indexed(
    command_line: CommandLine, town: Path
) -> None:
    (town / "dangling.txt").symlink_to(town / "nowhere.txt")
    os.mkfifo(town / "fifo.txt")
    report = command_line.json("index", town, code=3)
    assert report["documents"]["added"] == 3
    assert {item["path"] for item in report["failed"]} == {"dangling.txt", "fifo.txt"}
    again = command_line.json("index", town, code=3)
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
    assert part in one_sentence_and_hint(command_line.run("index", town), 2)


def test_wrong_environment(command_line: CommandLine, town: Path) -> None:
    done = command_line.run("index", town, RAG_ANSWER__PASSAGES="many")
    assert "answer.passages" in one_sentence_and_hint(done, 2)


def test_unknown_collection_and_wrong_date(indexed: CommandLine) -> None:
    done = indexed.run("search", "bridge", "--collection", "village")
    assert "Collections here: town." in one_sentence_and_hint(done, 2)
    one_sentence_and_hint(indexed.run("search", "bridge", "--from", "yesterday-ish"), 2)


def test_empty_question(indexed: CommandLine) -> None:
    one_sentence_and_hint(indexed.run("ask", "  "), 2)


def test_nothing_indexed_yet(command_line: CommandLine) -> None:
    for command in (["search", "x"], ["ask", "x"], ["show", "x"], ["status"]):
        one_sentence_and_hint(command_line.run(*command), 4)
    assert not command_line.data.exists()


def test_port_in_use(indexed: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = indexed.run("serve", "--port", str(port), "--no-browser")
    assert f"--port {port + 1}" in one_sentence_and_hint(done, 1)


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
        missing = indexed.run(*question, OLLAMA_HOST=server.url, RAG_OLLAMA__MODEL="nosuch:7b")
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
        answer = indexed.run("ask", "Who opened the iron bridge?", "--json", OLLAMA_HOST=server.url)
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


def test_two_indexes_at_once(indexed: CommandLine, town: Path) -> None:
    from filelock import FileLock

    with FileLock(indexed.data / "index.lock"):
        assert "Another `rag-assistant index`" in one_sentence_and_hint(
            indexed.run("index", town), 1
        )


def test_an_index_of_another_model_is_never_mixed(indexed: CommandLine, town: Path) -> None:
    other = {"RAG_EMBEDDING__PASSAGE_PREFIX": "passage: "}
    found = indexed.run("search", "iron bridge", "--json", **other)
    assert found.returncode == 0
    assert json.loads(found.stdout)["hits"], "by words alone"
    assert "rag-assistant repair" in one_sentence_and_hint(found, 0)
    assert indexed.run("search", "iron bridge").stderr == "", "the old index was left alone"
    assert indexed.run("repair", **other).returncode == 0
    assert indexed.run("search", "iron bridge", **other).stderr == ""


def test_a_lost_graph_is_noticed_and_mended(indexed: CommandLine) -> None:
    (graph,) = [path for path in indexed.data.glob("indexes/vectors/*/*") if path.is_dir()]
    for path in graph.iterdir():
        path.unlink()
    graph.rmdir()
    status = indexed.run("status", "--json")
    found = json.loads(status.stdout)
    if not found["healthy"]:  # Chroma may still hold so few vectors in its log
        assert status.returncode == 1
        assert "rag-assistant repair" in indexed.run("status").stdout
    repaired = indexed.run("repair")
    assert repaired.returncode == 0
    assert indexed.json("status")["healthy"]


@pytest.mark.parametrize("name", ["lexical", "vectors"])
def test_a_lost_index_is_noticed_and_mended(indexed: CommandLine, name: str) -> None:
    shutil.rmtree(indexed.data / "indexes" / name)
    assert indexed.json("status", code=1)["healthy"] is False
    repaired = indexed.run("repair")
    assert f"The {name} index" in repaired.stdout
    assert indexed.json("status")["healthy"]
    assert indexed.json("search", "iron bridge")["hits"][0]["title"] == "bridge.txt"


def test_awkward_characters_survive(command_line: CommandLine, town: Path) -> None:
    text = "The 🏛 museum’s cat 🐈‍⬛ sat by the Māori flag in 1999. Nobody fed it.\x00 End."
    (town / "odd.txt").write_bytes(text.encode() + b"\r\n\xed\xa0\x80")
    report = command_line.json("index", town)
    assert report["documents"]["added"] == 4
    answer = command_line.json("ask", "Where did the museum's cat sit?")
    (citation,) = [one for one in answer["citations"] if one["title"] == "odd.txt"]
    shown = command_line.json("show", citation["section_id"])
    assert shown["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert "🐈‍⬛" in citation["quote"]
    assert "\x00" not in shown["text"]
    strange = command_line.run("ask", os.fsdecode(b"bridge \xff\xfe opened?"))
    assert strange.returncode in (0, 4), strange.stderr


@pytest.mark.parametrize(
    "command", [["search", "bridge", "--lang"], ["show"], ["hide", "--dry-run"]]
)
def test_bytes_that_are_no_text(indexed: CommandLine, command: list[str]) -> None:
    done = indexed.run(*command, os.fsdecode(b"\xff"))
    assert done.returncode in (0, 2, 4), done.stderr
    assert "Traceback" not in done.stderr


def test_a_console_that_lacks_characters(command_line: CommandLine, town: Path) -> None:
    (town / "odd.txt").write_text("The library 図書館 opened in 1911.", encoding="utf-8")
    command_line.json("index", town)
    done = command_line.run("search", "図書館 library", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "The library ??? opened in 1911." in done.stdout


def test_more_hits_than_the_api_gives(command_line: CommandLine) -> None:
    done = command_line.run("search", "bridge", "-k", "1001")
    assert done.returncode == 2
    assert "must be between 1 and 1000" in done.stderr


def test_a_full_disk_is_named_and_loses_nothing(tmp_path: Path, town: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        command_line = CommandLine(disk / "data", tmp_path)
        (disk / "ballast").write_bytes(b"x" * 1_000_000)
        for number in range(40):
            (town / f"long-{number}.txt").write_text(f"Line {number} of a long roll. " * 4000)
        done = command_line.run("index", town)
        assert "full" in one_sentence_and_hint(done, 1)
        (disk / "ballast").unlink()
        for number in range(40):
            (town / f"long-{number}.txt").unlink()
        store = Docstore(command_line.data)
        assert store.damage() is None
        store.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


class _Interrupted(MetaPathFinder):
    """Ctrl-C while the commands are being imported."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "rag_assistant.cli.commands":
            raise KeyboardInterrupt


def test_ctrl_c_while_it_starts_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "rag_assistant.cli.commands", raising=False)
    monkeypatch.delattr("rag_assistant.cli.commands", raising=False)
    monkeypatch.setattr(sys, "meta_path", [_Interrupted(), *sys.meta_path])
    assert main(["status"]) == 130
    assert "Stopped." in capsys.readouterr().err


def test_ctrl_c_leaves_a_consistent_docstore(command_line: CommandLine, town: Path) -> None:
    for number in range(200):
        (town / f"more-{number}.txt").write_text(f"Note {number} on the weir and the ferry.")
    process = command_line.start("index", town, "--json")
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Run the same command again to go on." in errors
    assert "Traceback" not in errors
    assert command_line.json("index", town)["indexes"]["vectors"]["lag"] == 0


# ------------------------------------------------------------ beside each other


def test_search_answers_while_index_runs(indexed: CommandLine, town: Path) -> None:
    for number in range(150):
        (town / f"more-{number}.txt").write_text(
            f"Note {number}: " + "the weir, the ferry and the toll house were mended. " * 20
        )
    process = indexed.start("index", town, "--json")
    assert process.stdout is not None
    while "follow" not in (line := process.stdout.readline()):
        assert line, "it ended before it followed"
    answer = indexed.run("ask", "Who opened the iron bridge?", "--json")
    assert process.poll() is None, "the index run ended too early to prove anything"
    found = json.loads(answer.stdout)
    assert found["run"]["coverage"] == {"lexical": 1.0, "vectors": 0.0}
    assert found["status"] == "answered"
    process.send_signal(signal.SIGINT)
    process.communicate()


def test_startup_is_quick() -> None:
    def seconds(*command: str) -> float:
        best = 9.0
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
            best = min(best, time.perf_counter() - started)
        return best

    shown = seconds("-m", "rag_assistant", "--help")
    assert shown < 0.4
    assert shown <= 25 * seconds("-c", "pass")


def test_a_recorded_question_is_asked_again(indexed: CommandLine, tmp_path: Path) -> None:
    record = tmp_path / "run.json"
    answer = indexed.run("ask", "Who opened the iron bridge?", "--json")
    record.write_text(answer.stdout)
    same = indexed.run("rerun", str(record))
    assert same.returncode == 0, same.stderr
    assert "The same passages were found, in the same order." in same.stdout
    assert "The answer is the same." in same.stdout
    other = json.loads(answer.stdout)
    other["run"]["retrieved"].append({"passage_id": "gone", "score": 0.1})
    record.write_text(json.dumps(other))
    differs = indexed.run("rerun", str(record), "--json")
    assert differs.returncode == 3
    assert {"passage_id": "gone", "now": None} in [
        {name: one[name] for name in ("passage_id", "now")}
        for one in json.loads(differs.stdout)["changed"]
    ]
    assert indexed.run("rerun", str(tmp_path / "nothing.json")).returncode == 2


def test_a_label_a_summary_and_keywords_are_written(indexed: CommandLine) -> None:
    from tests.ollama_server import OllamaServer

    label = "The iron bridge was opened on 4 May 1868 by Ada Venn [1]. A wonder of the age [1]."
    with OllamaServer(reply=lambda request: label) as server:
        written = indexed.run("write", "label", "The iron bridge", "--json", OLLAMA_HOST=server.url)
        prompt = server.requests[-1]["messages"][-1]["content"]
        assert written.returncode == 0, written.stderr
        found = json.loads(written.stdout)
        assert "label for an exhibition" in prompt
        assert [one["support"] for one in found["sentences"]] == ["supported", "unsupported"]
        document = found["citations"][0]["document_id"]

        server.reply = lambda request: "It tells who opened the iron bridge: Ada Venn [1]."
        written = indexed.run("write", "summary", document, "--json", OLLAMA_HOST=server.url)
        assert written.returncode == 0, written.stderr
        found = json.loads(written.stdout)
        assert "in reading order" in server.requests[-1]["messages"][-1]["content"]
        assert {one["document_id"] for one in found["citations"]} == {document}
        assert found["scope"]["documents"] == 1

        server.reply = lambda request: "iron bridge [1]\nAda Venn [1]\nsteam engine [1]"
        written = indexed.run(
            "write", "keywords", "The iron bridge", "--json", OLLAMA_HOST=server.url
        )
        found = json.loads(written.stdout)
        assert [(one["text"], one["support"]) for one in found["sentences"]] == [
            ("iron bridge", "supported"),
            ("Ada Venn", "supported"),
            ("steam engine", "unsupported"),
        ]
    missing = indexed.run("write", "summary", "nosuch")
    assert missing.returncode == 4
