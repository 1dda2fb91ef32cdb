"""Harvesting a repository over real HTTP: kept up to date, resumed, and never half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.cli import main
from rag_assistant.errors import BusyError, HarvestError, RagAssistantError, UsageError
from rag_assistant.harvesting import Harvested, Wanted, harvest
from rag_assistant.harvesting import http as over_http
from rag_assistant.harvesting.store import STATE
from rag_assistant.readers import read_file
from tests.oai_server import DATE, Item, OaiServer, busy, cut_off, hang, redirect

ROOT = Path(__file__).resolve().parents[2]
FIVE = [Item(str(number), f"Roads {number}") for number in range(1, 6)]


@pytest.fixture
def server() -> Iterator[OaiServer]:
    with OaiServer(items=list(FIVE)) as running:
        yield running


def run(server: OaiServer, folder: Path, **wanted: str) -> Harvested:
    *_, last = harvest(Wanted(url=server.url, **wanted), folder)
    return last


def titles(folder: Path) -> dict[str, str]:
    """What the files of the folder say now, as the readers find it."""
    found = {}
    for path in sorted((folder / "records").rglob("*.xml")):
        (leaf,) = read_file(path, path.name)
        title = leaf.document.description.title if leaf.document else leaf.reason
        found[str(leaf.record)] = title
    return dict(sorted(found.items()))


ALL = {f"oai:x:{number}": f"Roads {number}" for number in range(1, 6)}


def test_all_records_become_files(server: OaiServer, tmp_path: Path) -> None:
    last = run(server, tmp_path, prefix="oai_dc", set="maps", until="2024-06-01")
    assert titles(tmp_path) == ALL
    assert (last.records, last.deleted, last.total, last.done) == (5, 0, 5, True)
    listed = server.requests[1:]
    first = {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "maps"}
    assert listed[0] == first | {"until": "2024-06-01"}
    assert listed[1:] == [
        {"verb": "ListRecords", "resumptionToken": token} for token in ("2", "4")
    ], "a token stands alone"


def test_the_next_run_asks_for_what_has_changed(server: OaiServer, tmp_path: Path) -> None:
    run(server, tmp_path)
    server.items = [Item("2", "Bridges"), Item("3"), Item("9")]
    server.date = "2024-05-09T00:00:00Z"
    last = run(server, tmp_path)
    assert server.requests[-2]["from"] == DATE, "since the first response of the whole harvest"
    assert (last.records, last.deleted, last.since) == (1, 2, DATE)
    assert titles(tmp_path) == ALL | {"oai:x:2": "Bridges", "oai:x:3": "deleted record"}
    server.items = []
    assert run(server, tmp_path).records == 0
    assert server.requests[-1]["from"] == "2024-05-09T00:00:00Z"


def test_dates_without_a_time_of_day(server: OaiServer, tmp_path: Path) -> None:
    server.granularity = "YYYY-MM-DD"
    run(server, tmp_path, since="2020-01-01T00:00:00Z")
    run(server, tmp_path, since="2020-01-01T00:00:00Z")
    starts = [asked["from"] for asked in server.requests if "from" in asked]
    assert starts == ["2020-01-01", "2024-05-01"]


@pytest.mark.parametrize(
    "fault", ["<OAI-PMH><ListRecords>", "<html><body>Sorry</body></html>", "", "<OAI-PMH/>"]
)
def test_a_damaged_response_keeps_what_came_before(
    fault: str, server: OaiServer, tmp_path: Path
) -> None:
    server.faults = [None, fault]
    with pytest.raises(HarvestError):
        run(server, tmp_path)
    assert titles(tmp_path) == {name: ALL[name] for name in ("oai:x:1", "oai:x:2")}
    last = run(server, tmp_path)
    assert server.requests[-2] == {"verb": "ListRecords", "resumptionToken": "2"}
    assert (titles(tmp_path), last.resumed) == (ALL, True)


def test_a_forgotten_token_begins_anew(server: OaiServer, tmp_path: Path) -> None:
    steps = harvest(Wanted(url=server.url), tmp_path)
    next(steps)
    steps.close()
    server.known_tokens, server.page = False, 10
    last = run(server, tmp_path)
    assert (titles(tmp_path), last.records) == (ALL, 5)


def test_patience(server: OaiServer, tmp_path: Path) -> None:
    server.faults = [busy("0"), busy("0"), None, busy("0.1"), None]
    assert run(server, tmp_path).records == 5
    server.faults = [busy("86400")]
    with pytest.raises(HarvestError, match="1440 minutes"):
        run(server, tmp_path)
    server.faults = [busy("0")] * 9
    with pytest.raises(HarvestError, match="answers 503"):
        run(server, tmp_path)
    assert len(server.faults) == 4, "after five tries it is given up"


def test_a_connection_that_breaks_is_tried_again(
    server: OaiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(over_http.time, "sleep", waits.append)
    server.faults = [cut_off, cut_off, None]
    assert run(server, tmp_path).records == 5
    assert waits == [2.0, 4.0]


def test_redirects_lead_nowhere_else(server: OaiServer, tmp_path: Path) -> None:
    same = f"{server.url}?verb=ListRecords&metadataPrefix=oai_dc"
    server.faults = [redirect(same)]
    assert run(server, tmp_path).records == 5
    for target in ("http://localhost:1/oai", "file:///etc/passwd", "ftp://127.0.0.1/"):
        server.faults = [redirect(target)]
        with pytest.raises(HarvestError, match="redirects to another place"):
            run(server, tmp_path / "other")
    server.faults = [redirect(same)] * 20
    with pytest.raises(HarvestError, match="without end"):
        run(server, tmp_path / "third")


def test_a_response_without_end_is_left(
    server: OaiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_http, "LONGEST_RESPONSE", 1000)
    server.faults = ["<OAI-PMH>" + " " * 2000]
    with pytest.raises(HarvestError, match="longer than"):
        run(server, tmp_path)


def test_a_repository_that_repeats_itself(server: OaiServer, tmp_path: Path) -> None:
    body = "<ListRecords><resumptionToken>0</resumptionToken></ListRecords>"
    page = f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{body}</OAI-PMH>'
    server.faults = [page] * 50
    with pytest.raises(HarvestError, match="repeats itself"):
        run(server, tmp_path)


def test_what_the_repository_refuses(server: OaiServer, tmp_path: Path) -> None:
    error = '<error code="cannotDisseminateFormat">No such format.</error>'
    server.faults = [f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{error}</OAI-PMH>']
    with pytest.raises(UsageError, match="No such format"):
        run(server, tmp_path, prefix="marc99")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.org/oai", "example.org/oai", "http://", "",
        "http://user:secret@127.0.0.1/oai", "http://[::1", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_only_addresses_of_the_web(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        list(harvest(Wanted(url=url), tmp_path))


def test_a_wrong_address_is_told_at_once(tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(HarvestError, match="cannot be reached"):
        list(harvest(Wanted(url="http://127.0.0.1:1/oai"), tmp_path))
    assert time.monotonic() - begun < 5


def test_arguments_in_the_address_are_dropped(server: OaiServer, tmp_path: Path) -> None:
    *_, last = harvest(Wanted(url=f"{server.url}?verb=Identify&page=oai"), tmp_path)
    assert last.records == 5
    assert server.requests[1] == {
        "page": "oai",
        "verb": "ListRecords",
        "metadataPrefix": "oai_dc",
    }


def test_a_folder_holds_one_harvest(server: OaiServer, tmp_path: Path) -> None:
    run(server, tmp_path)
    with pytest.raises(UsageError, match="holds another harvest"):
        run(server, tmp_path, prefix="mods")
    (tmp_path / STATE).write_text("{", encoding="utf-8")
    with pytest.raises(HarvestError, match="cannot be read"):
        run(server, tmp_path)


def test_one_harvest_at_a_time(server: OaiServer, tmp_path: Path) -> None:
    steps = harvest(Wanted(url=server.url), tmp_path)
    next(steps)
    with pytest.raises(BusyError):
        run(server, tmp_path)
    steps.close()
    assert run(server, tmp_path).records == 3


def test_wrong_dates(server: OaiServer, tmp_path: Path) -> None:
    for date in ("soon", "2024", "2024-13-01"):
        with pytest.raises(UsageError, match="is no date"):
            run(server, tmp_path, since=date)
    assert server.requests == []


def test_records_without_an_identifier_are_counted(
    server: OaiServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.items.append(Item("", "Nameless"))
    server.deleted = "no"
    folder = tmp_path / "folder"
    arguments = ["--data", str(tmp_path / "data"), "harvest", server.url, str(folder)]
    assert main(arguments) == 3
    told = capsys.readouterr().err
    assert "5 records, 0 deleted." in told
    assert "1 had no identifier and were left out." in told
    assert "does not tell what it deletes" in told
    assert f"rag-assistant index {folder}" in told
    assert not (tmp_path / "data").exists(), "no index is needed"


def test_a_harvest_that_cannot_be_written(server: OaiServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(HarvestError, match="cannot be written"):
        run(server, tmp_path / "file")


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle_it_goes_on(
    kill: signal.Signals, server: OaiServer, tmp_path: Path
) -> None:
    server.faults = [None, None, hang]
    command = [sys.executable, "-m", "rag_assistant", "harvest", server.url, str(tmp_path / "h")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: len(server.requests) == 4)
        process.send_signal(kill)
        _, told = process.communicate(timeout=20)
    if kill == signal.SIGINT:
        assert process.returncode == 130
        assert "Run the same command again to go on." in told
    assert json.loads((tmp_path / "h" / STATE).read_text(encoding="utf-8"))["token"] == "4"
    assert len(titles(tmp_path / "h")) == 4
    last = run(server, tmp_path / "h")
    assert (titles(tmp_path / "h"), last.records) == (ALL, 1)


def test_an_identifier_is_no_path(server: OaiServer, tmp_path: Path) -> None:
    server.items = [Item("../../../etc/passwd", "Roads"), Item("x" * 5000, "Long")]
    run(server, tmp_path / "h")
    files = [path for path in tmp_path.rglob("*.xml")]
    assert len(files) == 2
    assert all(path.is_relative_to(tmp_path / "h" / "records") for path in files)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/oai",  # the same, as one number
        "http://[::ffff:169.254.169.254]/oai",
        "http://[fe80::1]/oai",
    ],
)
def test_nothing_is_asked_of_a_link_local_address(url: str, tmp_path: Path) -> None:
    with pytest.raises(HarvestError, match="which no repository has"):
        list(harvest(Wanted(url=url), tmp_path / "h"))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x.example/", "gopher://x.example/"])
def test_only_the_web_is_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no address of the web"):
        list(harvest(Wanted(url=url), tmp_path / "h"))


def test_who_answers_is_looked_at_too() -> None:
    for allowed in ("127.0.0.1", "10.0.0.7", "192.168.1.20", "::1", "fd00::7", "192.0.2.1"):
        over_http.check_address("repository.example", allowed)
    for refused in ("169.254.169.254", "fe80::1", "::ffff:169.254.0.1"):
        with pytest.raises(HarvestError, match="leads to"):
            over_http.check_address("repository.example", refused)


def test_an_answer_from_a_link_local_address_is_not_read(
    server: OaiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a name leads to one place when it is checked, and to another when it is asked."""
    asked: list[str] = []
    checked = over_http.check_address

    def second_is_elsewhere(host: str, address: str) -> None:
        asked.append(address)
        checked(host, address if len(asked) == 1 else "169.254.169.254")

    monkeypatch.setattr(over_http, "check_address", second_is_elsewhere)
    with pytest.raises(HarvestError, match="no repository has"):
        run(server, tmp_path / "h")
    assert asked == ["127.0.0.1", "127.0.0.1"]


def wait_for(reached: Callable[[], Any], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_errors_are_for_people() -> None:
    assert issubclass(HarvestError, RagAssistantError)
