"""The commands beside each other, with lost and broken files, and broken off."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest

from rag_assistant.cli import main
from rag_assistant.docstore import Docstore

from .conftest import CommandLine, one_sentence_and_hint

pytestmark = pytest.mark.integration


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data", tmp_path, readers=True)


def test_two_indexes_at_once(indexed: CommandLine, town: Path) -> None:
    from filelock import FileLock

    with FileLock(indexed.data / "index.lock"):
        refused = indexed.here.run("index", town)
    assert "Another `rag-assistant index`" in one_sentence_and_hint(refused, 1)


def test_an_index_of_another_model_is_never_mixed(indexed: CommandLine, town: Path) -> None:
    other = {"RAG_EMBEDDING__PASSAGE_PREFIX": "passage: "}
    found = indexed.here.run("search", "iron bridge", "--json", **other)
    assert found.returncode == 0
    assert json.loads(found.stdout)["hits"], "by words alone"
    assert "rag-assistant repair" in one_sentence_and_hint(found, 0)
    assert indexed.here.run("search", "iron bridge").stderr == "", "the old index was left alone"
    assert indexed.here.run("repair", **other).returncode == 0
    assert indexed.here.run("search", "iron bridge", **other).stderr == ""


def test_a_lost_graph_is_noticed_and_mended(indexed: CommandLine) -> None:
    (graph,) = [path for path in indexed.data.glob("indexes/vectors/*/*") if path.is_dir()]
    for path in graph.iterdir():
        path.unlink()
    graph.rmdir()
    status = indexed.here.run("status", "--json")
    found = json.loads(status.stdout)
    if not found["healthy"]:  # Chroma may still hold so few vectors in its log
        assert status.returncode == 1
        assert "rag-assistant repair" in indexed.here.run("status").stdout
    repaired = indexed.here.run("repair")
    assert repaired.returncode == 0
    assert indexed.here.json("status")["healthy"]


@pytest.mark.parametrize("name", ["lexical", "vectors"])
def test_a_lost_index_is_noticed_and_mended(indexed: CommandLine, name: str) -> None:
    shutil.rmtree(indexed.data / "indexes" / name)
    assert indexed.here.json("status", code=1)["healthy"] is False
    repaired = indexed.run("repair")
    assert f"The {name} index" in repaired.stdout
    assert indexed.here.json("status")["healthy"]
    assert indexed.here.json("search", "iron bridge")["hits"][0]["title"] == "bridge.txt"


def test_awkward_characters_survive(command_line: CommandLine, town: Path) -> None:
    text = "The 🏛 museum’s cat 🐈‍⬛ sat by the Māori flag in 1999. Nobody fed it.\x00 End."
    (town / "odd.txt").write_bytes(text.encode() + b"\r\n\xed\xa0\x80")
    report = command_line.here.json("index", town)
    assert report["documents"]["added"] == 4
    answer = command_line.here.json("ask", "Where did the museum's cat sit?")
    (citation,) = [one for one in answer["citations"] if one["title"] == "odd.txt"]
    shown = command_line.here.json("show", citation["section_id"])
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
    command_line.here.json("index", town)
    done = command_line.run("search", "図書館 library", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "The library ??? opened in 1911." in done.stdout


def test_more_hits_than_the_api_gives(command_line: CommandLine) -> None:
    done = command_line.here.run("search", "bridge", "-k", "1001")
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
    for number in range(60):
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
    assert command_line.here.json("index", town)["indexes"]["vectors"]["lag"] == 0


# ------------------------------------------------------------ beside each other


def test_search_answers_while_index_runs(indexed: CommandLine, town: Path) -> None:
    for number in range(100):
        (town / f"more-{number}.txt").write_text(
            f"Note {number}: " + "the weir, the ferry and the toll house were mended. " * 20
        )
    process = indexed.start("index", town, "--json")
    assert process.stdout is not None
    while "follow" not in (line := process.stdout.readline()):
        assert line, "it ended before it followed"
    answer = indexed.here.run("ask", "Who opened the iron bridge?", "--json")
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
    answer = indexed.here.run("ask", "Who opened the iron bridge?", "--json")
    record.write_text(answer.stdout)
    same = indexed.run("rerun", str(record))
    assert same.returncode == 0, same.stderr
    assert "The same passages were found, in the same order." in same.stdout
    assert "The answer is the same." in same.stdout
    other = json.loads(answer.stdout)
    other["run"]["retrieved"].append({"passage_id": "gone", "score": 0.1})
    record.write_text(json.dumps(other))
    differs = indexed.here.run("rerun", str(record), "--json")
    assert differs.returncode == 3
    assert {"passage_id": "gone", "now": None} in [
        {name: one[name] for name in ("passage_id", "now")}
        for one in json.loads(differs.stdout)["changed"]
    ]
    assert indexed.here.run("rerun", str(tmp_path / "nothing.json")).returncode == 2
