"""Every command beside a running server, as a person would have it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag_assistant import Assistant
from rag_assistant.config import load_settings

from .conftest import NOTES, CommandLine, write_collection

pytestmark = pytest.mark.integration


class Server:
    """A running ``rag-assistant serve``."""

    def __init__(self, command_line: CommandLine) -> None:
        often = {"RAG_LIMITS__TRUSTED_NETWORKS": '["127.0.0.1/32"]'}  # tests may ask without end
        self.process = command_line.start("serve", "--port", "0", "--no-browser", **often)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + self.process.communicate()[1]
        self.address = found[0]
        for _ in range(2):  # the staff link, and how to stop it
            self.process.stdout.readline()

    def post(self, path: str, body: dict[str, Any], token: str = "") -> Any:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(
            self.address + path, data=json.dumps(body).encode(), headers=headers
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        assert self.process.returncode in (0, 130)


@pytest.fixture(scope="module")
def beside(template: Path, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The command line of the server's data folder, where each test has a collection of its own."""
    folder = tmp_path_factory.mktemp("beside")
    shutil.copytree(template / "data", folder / "data")
    return CommandLine(folder / "data", folder)


@pytest.fixture(scope="module")
def server(beside: CommandLine) -> Iterator[Server]:
    server = Server(beside)
    until((beside.data / "owner.json").exists)
    question = {"question": "Who opened the iron bridge?"}
    opened = {"lexical": 1.0, "vectors": 1.0}
    until(lambda: server.post("/api/ask", question)["run"]["coverage"] == opened)
    yield server
    server.stop()
    assert not (beside.data / "owner.json").exists()


def until(condition: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def comparable(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs from one moment to the next."""
    run = {key: value for key, value in answer["run"].items() if key != "timings_ms"}
    return {**answer, "run": run}


def test_command_line_http_and_python_give_the_same(
    server: Server, beside: CommandLine, tmp_path: Path
) -> None:
    question = "Who opened the iron bridge?"
    card = json.loads((beside.data / "owner.json").read_text())
    assert (beside.data / "owner.json").stat().st_mode & 0o777 == 0o600
    by_http = server.post("/api/ask", {"question": question}, token=card["token"])
    by_command = beside.json("ask", question)
    public = server.post("/api/ask", {"question": question})
    copy = tmp_path / "copy"
    server.process.send_signal(signal.SIGSTOP)  # a still picture of its files
    shutil.copytree(beside.data, copy, ignore=shutil.ignore_patterns("owner.*"))
    server.process.send_signal(signal.SIGCONT)
    with Assistant(load_settings(data=copy)) as assistant:
        by_python = assistant.ask(question).to_dict()
        for_public = assistant.ask(question, audience="public").to_dict()
    assert comparable(by_http) == comparable(by_command) == comparable(by_python)
    assert comparable(public) == comparable(for_public)
    assert (public["audience"], by_http["audience"]) == ("public", "staff")


def test_what_is_indexed_beside_it_is_found_without_a_restart(
    server: Server, beside: CommandLine, tmp_path: Path
) -> None:
    text = "The water tower on Carn Edge was pulled down in 1977."
    edge = write_collection(tmp_path / "edge", {"tower.txt": text}, access="public")
    report = beside.json("index", edge)
    assert report["documents"]["added"] == 1
    assert report["indexes"] == {"lexical": {"lag": 0}, "vectors": {"lag": 0}}
    answer = server.post("/api/ask", {"question": "When was the water tower pulled down?"})
    assert "1977" in answer["citations"][0]["quote"]
    assert answer["run"]["coverage"] == {"lexical": 1.0, "vectors": 1.0}


def test_questions_are_answered_all_the_while_index_runs_beside_it(
    server: Server, beside: CommandLine, tmp_path: Path
) -> None:
    """What was there is found by words and by meaning, whatever comes beside it."""
    county = write_collection(tmp_path / "county", {}, access="public")
    for number in range(60):
        words = f"Roll {number}: the weir, the ferry and the toll house were mended. " * 5
        (county / f"roll-{number}.txt").write_text(words)

    def asked(**filters: Any) -> tuple[str, str, float, float]:
        question = "When did the paper mill by the weir burn down?"
        answer = server.post("/api/ask", {"question": question, "filters": filters})
        coverage = answer["run"]["coverage"]
        quote = answer["citations"][0]["quote"] if answer["citations"] else ""
        return answer["status"], quote, coverage["lexical"], coverage["vectors"]

    expected = asked()
    assert expected == ("answered", NOTES["mill.txt"], 1.0, 1.0)
    indexing = beside.start("index", county, "--json")
    in_town, anywhere = set(), set()
    while indexing.poll() is None:
        in_town.add(asked(collections=["town"]))
        anywhere.add(asked()[:2])
    out, errors = indexing.communicate(timeout=60)
    assert indexing.returncode == 0, errors
    assert json.loads(out.splitlines()[-1])["documents"]["added"] == 60
    assert (in_town, anywhere) == ({expected}, {expected[:2]})
    assert asked() == expected


def test_every_command_works_beside_it(server: Server, beside: CommandLine, tmp_path: Path) -> None:
    text = "The glass works at Pell Moor made bottles until 1934."
    moor = write_collection(tmp_path / "moor", {"glass.txt": text}, access="public")
    assert beside.here.run("index", moor).returncode == 0
    hit = beside.json("search", "glass works bottles")["hits"][0]
    assert hit["title"] == "glass.txt"
    assert beside.json("show", hit["passage_id"])["quote"] == hit["text"]
    assert beside.json("status")["healthy"]
    assert beside.run("hide", hit["document_id"]).returncode == 0
    again = beside.here.json("search", "glass works bottles")["hits"]
    assert hit["document_id"] not in {one["document_id"] for one in again}
    assert beside.run("restore", hit["document_id"]).returncode == 0
    assert beside.run("remove", hit["document_id"]).returncode == 0
    missing = beside.here.run("show", hit["passage_id"])
    assert missing.returncode == 4
    assert "was removed on" in missing.stderr
    repaired = beside.run("repair")
    assert (repaired.returncode, repaired.stderr) == (0, "")
    assert beside.here.json("status")["healthy"]
    assert beside.here.json("search", "iron bridge")["hits"][0]["title"] == "bridge.txt"


def test_a_server_that_was_killed_leaves_nothing_locked(
    indexed: CommandLine,
) -> None:
    server = Server(indexed)
    until((indexed.data / "owner.json").exists)
    server.process.kill()
    server.process.communicate()
    assert indexed.here.json("search", "iron bridge")["hits"][0]["title"] == "bridge.txt"


def test_a_server_that_starts_while_index_runs_takes_over(
    command_line: CommandLine, town: Path
) -> None:
    for number in range(120):
        words = f"Roll {number}: the weir, the ferry and the toll house were mended. " * 15
        (town / f"roll-{number}.txt").write_text(words)
    indexing = command_line.start("index", town, "--json")
    assert indexing.stdout is not None
    while '"follow"' not in (line := indexing.stdout.readline()):
        assert line, "it ended before it followed"
    server = Server(command_line)
    try:
        first = server.post("/api/ask", {"question": "Who opened the iron bridge?"})
        assert first["run"]["coverage"]["lexical"] == 1.0
        assert first["citations"]
        out, errors = indexing.communicate(timeout=240)
        assert indexing.returncode == 0, errors
        assert json.loads(out.splitlines()[-1])["indexes"]["vectors"]["lag"] == 0
        card = json.loads((command_line.data / "owner.json").read_text())
        assert card["purpose"] == "serve"
    finally:
        server.stop()


def test_a_second_index_is_refused_and_does_the_first_no_harm(
    command_line: CommandLine, town: Path
) -> None:
    for number in range(60):
        words = f"Roll {number}: the weir, the ferry and the toll house were mended. " * 5
        (town / f"roll-{number}.txt").write_text(words)
    first = command_line.start("index", town, "--json")
    assert first.stdout is not None
    assert first.stdout.readline(), "it reads"
    second = command_line.run("index", town)
    assert first.poll() is None
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.splitlines()[0] == (
        f"rag-assistant: Another `rag-assistant index` is writing to {command_line.data}."
    )
    assert len(second.stderr.splitlines()) == 2  # the sentence, and what to do
    out, errors = first.communicate(timeout=240)
    assert first.returncode == 0, errors
    report = json.loads(out.splitlines()[-1])
    assert report["documents"]["added"] == 63
    assert report["indexes"] == {"lexical": {"lag": 0}, "vectors": {"lag": 0}}
    status = command_line.here.json("status")
    assert (status["healthy"], status["indexes"]["vectors"]["coverage"]) == (True, 1.0)


_SESSION = """
import sys
from pathlib import Path
from rag_assistant import Assistant
from rag_assistant.config import load_settings

with Assistant(load_settings(data=Path(sys.argv[1]))) as session:
    assert session.search("iron bridge").hits
    assert session.engine.lock.held
    print("asked", flush=True)
    sys.stdin.read()
"""


def test_an_idle_session_lets_index_have_the_indexes(indexed: CommandLine, town: Path) -> None:
    session = subprocess.Popen(
        [sys.executable, "-c", _SESSION, str(indexed.data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    try:
        assert session.stdout is not None
        assert session.stdout.readline() == "asked\n"
        (town / "tower.txt").write_text("The water tower on Carn Edge was pulled down in 1977.")
        started = time.monotonic()
        report = indexed.json("index", town)
        assert report["indexes"] == {"lexical": {"lag": 0}, "vectors": {"lag": 0}}
        assert time.monotonic() - started < 60
        assert session.poll() is None
    finally:
        session.communicate("", timeout=60)
    assert session.returncode == 0


def test_a_server_answers_while_what_was_removed_is_erased(
    server: Server, beside: CommandLine, tmp_path: Path
) -> None:
    def asked() -> tuple[str, float]:
        answer = server.post("/api/ask", {"question": "Who opened the iron bridge?"})
        return answer["status"], answer["run"]["coverage"]["vectors"]

    def generations() -> list[str]:
        folders = (beside.data / "indexes").glob("*/*")
        return [folder.name for folder in sorted(folders) if folder.is_dir()]

    text = "The lime kiln at Senn Quay went out in 1888."
    quay = write_collection(tmp_path / "quay", {"kiln.txt": text}, access="public")
    assert beside.here.run("index", quay).returncode == 0
    kiln = beside.here.json("search", "lime kiln")["hits"][0]["document_id"]
    before = generations()
    removing = beside.start("remove", kiln)
    seen = set()
    while removing.poll() is None:
        seen.add(asked())
    out, errors = removing.communicate(timeout=60)
    assert removing.returncode == 0, out + errors
    assert seen == {("answered", 1.0)}
    after = generations()
    assert len(before) == len(after) == 2
    assert all(new > old for new, old in zip(after, before, strict=True)), (before, after)


def test_no_port_but_the_page_is_open(server: Server) -> None:
    listening = subprocess.run(
        ["ss", "-H", "-ltnp"], capture_output=True, text=True, check=True
    ).stdout
    own = [line for line in listening.splitlines() if f"pid={server.process.pid}," in line]
    port = server.address.rpartition(":")[2]
    assert len(own) == 1, own
    assert f"127.0.0.1:{port}" in own[0]
