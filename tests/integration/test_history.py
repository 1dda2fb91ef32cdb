"""The history of a page through the real command line and a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.archives import ArchiveBuilder
from tests.served import Served, serving

from .conftest import CommandLine, write_collection

pytestmark = pytest.mark.integration

PAGE = "http://ferry.example/times"
ASKED = "https://www.ferry.example/times/"
CANARY = "Zyxomma"
DOGS = "Dogs on a lead travel free of charge on every crossing."
SHELTER = "The waiting room on the east quay is heated from October to March."
PIER = "Tickets are sold on board and at the kiosk by the pier."
RED = "\x1b[31m"


def times(*sentences: str) -> tuple[str, ...]:
    return (*sentences, DOGS, SHELTER, PIER)


OLD = times("The first ferry leaves the island at 9.15 on every day of the week.")
NEW = times("The first ferry leaves the island at 9.30 on every day of the week.")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a public crawl, and one of the same address for the staff alone."""
    folder = tmp_path_factory.mktemp("history")
    town = write_collection(
        folder / "town", {}, access="public", replay_url="https://replay.example/{timestamp}/{url}"
    )
    crawl = ArchiveBuilder()
    crawl.response(b"", uri=PAGE, status="301 Moved", WARC_Date="2012-03-14T10:00:00Z")
    crawl.page(PAGE, *OLD, at="2012-03-14T10:00:01Z", title="Ferry times")
    crawl.page("https://www.ferry.example/times", *OLD, at="2014-05-02T10:00:00Z")
    crawl.page(PAGE, *NEW, at="2015-01-09T10:00:00Z")
    crawl.response(b"gone", uri=PAGE, status="404 Not Found", WARC_Date="2017-06-03T10:00:00Z")
    crawl.page(PAGE, *OLD, at="2018-01-09T10:00:00Z")
    crawl.response(
        f"The {RED}harbour\x9b office is shut on Sundays and on Mondays.".encode(),
        uri="http://ferry.example/harbour.txt",
        headers=[("Content-Type", "text/plain; charset=utf-8")],
        WARC_Date="2016-01-01T10:00:00Z",
    )
    crawl.save(town / "crawl.warc.gz")
    vault = write_collection(folder / "vault", {})
    kept = ArchiveBuilder()
    kept.page(PAGE, *times(f"The {CANARY} papers say when it sank."), at="2013-07-07T07:07:07Z")
    kept.response(b"", uri=PAGE, status="410 Gone", WARC_Date="2016-08-08T08:08:08Z")
    kept.save(vault / "kept.warc.gz")
    done = CommandLine(folder / "data", folder).here.run("index", town, vault)
    assert done.returncode == 0, done.stderr
    return folder / "data"


@pytest.fixture
def command_line(data: Path, tmp_path: Path) -> CommandLine:
    return CommandLine(data, tmp_path)


@pytest.fixture(scope="module")
def expected(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the command says without a server."""
    command_line = CommandLine(data, tmp_path_factory.mktemp("here"))
    found: dict[str, Any] = command_line.json("history", ASKED)
    return found


@pytest.fixture(scope="module")
def served(data: Path, expected: dict[str, Any]) -> Iterator[Served]:
    """A server; whatever it was asked, no address stands in what it has written in the end."""
    with serving(data) as server:
        assert server.token
        yield server
        _, written = server.stop()
        assert "example" not in written


def outline(found: dict[str, Any]) -> list[tuple[str, int | None, int]]:
    return [(one["timestamp"][:4], one["version"], one["status"]) for one in found["captures"]]


# ---------------------------------------------------------------- without a server


def test_the_command_tells_everything_as_json(expected: dict[str, Any]) -> None:
    assert expected["url"] == ASKED
    assert outline(expected) == [
        ("2012", None, 301),
        ("2012", 1, 200),
        ("2013", 2, 200),
        ("2014", 1, 200),
        ("2015", 3, 200),
        ("2016", None, 410),
        ("2017", None, 404),
        ("2018", 1, 200),
    ]
    change = expected["changes"][2]
    assert (change["from"], change["to"]) == (1, 3)
    assert (change["words_removed"], change["words_added"]) == (1, 1)
    assert [(one["op"], one["text"]) for one in change["diff"]] == [
        ("removed", OLD[0]),
        ("added", NEW[0]),
        *(("same", one) for one in (DOGS, SHELTER, PIER)),
    ]
    assert expected["versions"][0]["archive_url"].startswith("https://replay.example/2018")


def test_what_people_read(command_line: CommandLine) -> None:
    done = command_line.run("history", PAGE, COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert max(map(len, lines)) <= 80
    for line in (
        "5 captures, 3 versions, 14 March 2012 – 9 January 2018",
        "Version 1, seen in 3 captures, 14 March 2012 – 9 January 2018",
        "  redirect (HTTP 301) on 14 March 2012",
        "  not found (HTTP 410) on 8 August 2016",
        "Changed between 2 May 2014 and 9 January 2015:",
        "  - The first ferry leaves the island at [-9.15-] on every day of the week.",
        "  + The first ferry leaves the island at {+9.30+} on every day of the week.",
        f"    {DOGS}",
        "    … 2 sentences unchanged …",
    ):
        assert line in lines, done.stdout


def test_no_model_is_loaded(command_line: CommandLine) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-X", "importtime", "-m", "rag_assistant"),
            *("--data", str(command_line.data), "history", PAGE),
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"RAG_EMBEDDING__MODEL": "/nowhere"},
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "rag_assistant.history" in loaded
    assert not loaded & {"torch", "chromadb", "tantivy", "sentence_transformers", "gradio"}


def test_stored_text_does_not_steer_the_terminal(command_line: CommandLine) -> None:
    (found,) = command_line.here.json("history", "ferry.example/harbour.txt")["versions"]
    for command in (["show", found["document_id"]], ["search", "harbour office Sundays"]):
        done = command_line.here.run(*command)
        assert "\u241b[31mharbour\ufffd office" in done.stdout
        assert "\x1b" not in done.stdout
        assert "\x9b" not in done.stdout


def test_nothing_found_is_said_with_exit_4(command_line: CommandLine, tmp_path: Path) -> None:
    done = command_line.here.run("history", f"{PAGE}/winter", "--json")
    assert (done.returncode, done.stdout) == (4, "")
    message, hint = done.stderr.splitlines()
    assert message == "rag-assistant: There is no capture of that address here."
    assert hint == f"  Captured of that site: {PAGE}."
    nothing = CommandLine(tmp_path / "none", tmp_path).here.run("history", PAGE)
    assert nothing.returncode == 4
    assert "Nothing has been indexed" in nothing.stderr
    assert command_line.here.run("history", " ").returncode == 2


# ---------------------------------------------------------------- through a server


def test_a_running_server_tells_the_same(
    served: Served, command_line: CommandLine, expected: dict[str, Any]
) -> None:
    assert command_line.json("history", ASKED) == expected
    done = command_line.run("history", f"{PAGE}/winter")
    assert done.returncode == 4
    assert f"Captured of that site: {PAGE}." in done.stderr


def test_the_public_learns_nothing_of_what_the_staff_has(
    served: Served, expected: dict[str, Any]
) -> None:
    with served.client() as public, served.client(owner=True) as owner:
        assert owner.post("/api/history", json={"url": ASKED}).json() == expected
        found = public.post("/api/history", json={"url": ASKED})
    for word in (CANARY, "vault", "20130707", "20160808"):
        assert word in json.dumps(expected)
        assert word not in found.text
    assert outline(found.json()) == [
        ("2012", None, 301),
        ("2012", 1, 200),
        ("2014", 1, 200),
        ("2015", 2, 200),
        ("2017", None, 404),
        ("2018", 1, 200),
    ]
    assert [one["version"] for one in found.json()["versions"]] == [1, 2]
    assert [(one["from"], one["to"]) for one in found.json()["changes"]] == [(1, 2), (2, 1)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"url": "http://elsewhere.example/"}, 404),
        ({"url": ""}, 400),
        ({"url": "x" * 40_000}, 422),
        ({"url": "http://[::1"}, 404),
        ({"url": PAGE, "audience": "staff"}, 422),
        ({}, 422),
    ],
)
def test_wrong_requests_are_problems(served: Served, body: dict[str, Any], status: int) -> None:
    with served.client() as public:
        reply = public.post("/api/history", json=body)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert "elsewhere" not in reply.text
