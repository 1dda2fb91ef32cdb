"""Nothing is fetched that a document or an asker names.

Sources of each kind name addresses: of a decoy that listens here, of the network, of files. Every
process of `index` and `serve` writes down whom it looks up and connects to, in Python; the decoy
hears what is fetched past Python too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from tests.ollama_server import OllamaServer
from tests.served import Served, serving, write_collection
from tests.traps import SECRET_FILE, trapped_archive, trapped_files, write_trapped_bag

pytestmark = pytest.mark.integration

WATCH = """
import json, os, sys

def watched(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        told = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        told = arguments[0]
    elif event in ("urllib.Request", "ftplib.connect", "smtplib.connect", "webbrowser.open"):
        told = arguments[0]
    else:
        return
    line = json.dumps([event, told if isinstance(told, (str, list, tuple)) else repr(told)])
    file = os.open(os.environ["EGRESS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, line.encode() + b"\\n")
    os.close(file)

sys.addaudithook(watched)
"""


@dataclass
class Decoy:
    """A server that nobody should speak to; what it hears."""

    heard: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def handle(self) -> None:
                outer.heard.append(str(self.client_address))
                super().handle()

            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", f"{outer.url}/again")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: tests read ``heard``."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://localhost:{self._server.server_port}"


def traps(decoy: Decoy) -> tuple[str, ...]:
    """Addresses that must not be asked."""
    port = decoy.url.rpartition(":")[2]
    return (
        f"{decoy.url}/trap",
        f"http://127.0.0.1:{port}/trap",
        f"http://redirect.example/?to={decoy.url}",
        f"http://127.0.0.1.nip.example:{port}/rebinding",
        "http://169.254.169.254/latest/meta-data/",
        f"file://{SECRET_FILE}",
        "ftp://ftp.example/trap",
    )


def write_collections(folder: Path, decoy: Decoy) -> tuple[Path, Path]:
    """A collection whose every file names all traps, and a bag that wants them fetched."""
    named = traps(decoy)
    quoted = json.dumps(named[0])
    trapped = write_collection(
        folder / "lanterns",
        trapped_files(named),
        'id = "lanterns"',
        'title = "Lanterns"',
        'access = "public"',
        f'catalogue_url = "{decoy.url}/catalogue/{{id}}"',
        f'replay_url = "{decoy.url}/replay/{{timestamp}}/{{url}}"',
        f"contact = {quoted}",
        f'notices = [{{type = "Notice", text = {quoted}, uri = {quoted}}}]',
        "[rights]",
        f"uri = {quoted}",
        f"label = {quoted}",
    )
    trapped_archive(named).save(trapped / "lamps.warc.gz")
    return trapped, write_trapped_bag(folder / "bag", named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A data folder that was filled while every connection was written down."""

    data: Path
    record: Path
    environment: dict[str, str]
    decoy: Decoy

    def told(self) -> list[tuple[str, Any]]:
        """Each look-up and connection so far."""
        if not self.record.exists():
            return []
        return [tuple(json.loads(line)) for line in self.record.read_text().splitlines()]


@pytest.fixture(scope="module")
def decoy() -> Iterator[Decoy]:
    with Decoy() as server:
        yield server


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, decoy: Decoy) -> Watched:
    folder = tmp_path_factory.mktemp("egress")
    (folder / "hook").mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(WATCH)
    paths = [str(folder / "hook"), str(Path(__file__).resolve().parents[2])]
    environment = {
        "PYTHONPATH": os.pathsep.join(paths),
        "EGRESS": str(folder / "record"),
        "HF_HUB_OFFLINE": "0",  # the packaged model is found without being told not to look
    }
    found = Watched(
        data=folder / "data", record=folder / "record", environment=environment, decoy=decoy
    )
    collections = [str(one) for one in write_collections(folder, decoy)]
    command = [sys.executable, "-m", "rag_assistant", "--data", str(found.data), "index"]
    done = subprocess.run(
        [*command, *collections, "--json"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["outcomes"]["indexed"] > 10, report
    return found


def test_what_is_read_fetches_nothing(watched: Watched) -> None:
    assert watched.told() == []
    assert watched.decoy.heard == []
    with Path(SECRET_FILE).open("rb") as file:
        secret = file.readline().strip()
    held = [path for path in watched.data.rglob("*") if path.is_file()]
    assert held
    assert not [path for path in held if secret in path.read_bytes()]


def test_the_hook_hears_and_the_decoy_too(watched: Watched) -> None:
    record = watched.record.with_name("proof")
    program = f"import urllib.request as u; u.urlopen({watched.decoy.url!r} + '/proof')"
    environment = os.environ | watched.environment | {"EGRESS": str(record)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=False, timeout=60)
    events = {json.loads(line)[0] for line in record.read_text().splitlines()}
    assert {"socket.getaddrinfo", "socket.connect", "urllib.Request"} <= events
    assert watched.decoy.heard
    watched.decoy.heard.clear()


@pytest.fixture(scope="module")
def asked(watched: Watched) -> Iterator[tuple[Served, OllamaServer]]:
    with (
        OllamaServer(reply=lambda _: f"See {watched.decoy.url}/model [1].") as model,
        serving(watched.data, RAG_OLLAMA__URL=model.url, **watched.environment) as server,
    ):
        assert server.token
        yield server, model


def test_what_is_asked_and_shown_fetches_nothing(
    watched: Watched, asked: tuple[Served, OllamaServer]
) -> None:
    server, model = asked
    named = traps(watched.decoy)
    with server.client() as client:
        for one in (*named, "Who lit the lamp room?", "lantern keeper register"):
            for answerer in ("extractive", "ollama"):
                body = {"question": f"What does {one} say of the lantern?", "answerer": answerer}
                assert client.post("/api/ask", json=body).status_code == 200
            client.post("/api/history", json={"url": one})
            client.post("/api/check-reference", json={"text": f"Keeper, A. Lantern. 1890. {one}"})
            for path in (f"/read/{one}", f"/api/documents/{one}", f"/gradio_api/file={one}"):
                client.get(path)
            client.get("/", headers={"referer": one, "x-forwarded-host": "redirect.example"})
        hits = client.post("/api/search", json={"query": "lantern", "k": 100}).json()["hits"]
        assert len(hits) > 10
        for hit in hits:
            see(client, hit)
    connected = {tuple(where) for event, where in watched.told() if event == "socket.connect"}
    port = int(model.url.rpartition(":")[2])
    assert connected == {("127.0.0.1", port)}
    others = [told for told in watched.told() if told[0] != "socket.connect"]
    assert {where for _, where in others} <= {"127.0.0.1", "localhost"}, others
    assert watched.decoy.heard == []


def see(client: httpx.Client, hit: dict[str, Any]) -> None:
    """Open all that there is of a hit."""
    for path in (
        f"/read/{hit['passage_id']}",
        f"/history/{hit['document_id']}",
        f"/api/passages/{hit['passage_id']}",
        f"/api/sections/{hit['section_id']}",
        f"/api/documents/{hit['document_id']}",
        f"/api/documents/{hit['document_id']}/file",
        f"/api/references.ris?passage={hit['passage_id']}:0-5",
    ):
        assert client.get(path).status_code < 500, path
