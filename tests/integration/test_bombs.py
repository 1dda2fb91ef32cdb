"""Files that mean harm are recorded failures, in time and in memory; all else is indexed."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from rag_assistant.reading.limits import SILENT

from . import bombs
from .conftest import CommandLine, write_collection

pytestmark = pytest.mark.integration

_SECONDS, _MEMORY_MB = "6", "512"  # a slow machine needs 3 s for the gigabyte of one member
_BOUND = 30  # seconds without a word, whatever is being read


class Watched:
    """The highest memory of the reading processes beneath a process, in KiB."""

    def __init__(self, parent: int) -> None:
        self.peak = 0
        self._parent = parent
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    status = (entry / "status").read_text()
                except OSError:
                    continue
                if f"PPid:\t{self._parent}\n" in status and "VmHWM" in status:
                    high = status.partition("VmHWM:")[2].split()[0]
                    self.peak = max(self.peak, int(high))


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_collection(
        tmp_path_factory.mktemp("bombs") / "town",
        {"honest.txt": f"Honest. {bombs.HONEST}", "behind.txt": f"Behind all. {bombs.HONEST}"},
    )
    bombs.archive_with_bombs(folder)
    bombs.member_bomb(folder)
    bombs.package_with_bombs(folder)
    bombs.plain_bombs(folder)
    return folder


def test_one_run_over_all_of_them(collection: Path, command_line: CommandLine) -> None:
    process = command_line.start(
        "index",
        collection,
        "--json",
        RAG_INDEXING__SECONDS=_SECONDS,
        RAG_INDEXING__MEMORY_MB=_MEMORY_MB,
        RAG_INDEXING__WORKERS="2",
    )
    watched = Watched(process.pid)
    started = time.monotonic()
    events = []
    silence = 0.0
    for line in process.stdout or ():
        events.append(json.loads(line))
        silence, started = max(silence, time.monotonic() - started), time.monotonic()
    _, err = process.communicate(timeout=60)
    watched.stop()
    assert process.returncode == 3, err
    assert silence < _BOUND
    assert 0 < watched.peak < int(_MEMORY_MB) * 1024

    failed = {f"{item['path']} {item['reason']}" for item in events[-1]["failed"]}
    for path, reasons in _EXPECTED.items():
        for reason in reasons:
            assert any(one.startswith(path) and reason in one for one in failed), (path, reason)
    slow = [one for one in failed if one.endswith("http://example.org/bomb/many-attributes")]
    assert len(slow) == 1
    assert any(reason in slow[0] for reason in _OUT_OF_TIME), slow
    skipped = {(item["path"], item["reason"].split(":")[0]) for item in events[-1]["skipped"]}
    assert skipped >= _SKIPPED
    assert not list(collection.parent.rglob("outside.txt"))
    assert not Path("/etc/outside.txt").exists()

    stored = create_engine(f"sqlite:///{command_line.data / 'docstore.sqlite'}")
    with stored.connect() as connection:
        texts = " ".join(connection.scalars(text("SELECT text FROM sections")))
    for word in _HONEST:
        assert f"{word} {bombs.HONEST}" in texts, word
    assert "laughlaugh" not in texts
    told = {item["reason"].split(": ")[-1] for item in events[-1]["failed"]}
    told |= {item["reason"].split(": ")[-1] for item in events[-1]["skipped"]}
    assert any("/bomb/feed" in one for one in told)
    for name, words in _HARMLESS.items():  # what a parser can bear must be read, else be told
        assert f"{bombs.HONEST}{words}" in texts or any(name in one for one in told), name


_HONEST = (
    "Honest.",
    "Behind all.",
    "First.",
    "Between.",
    "Last.",
    "Packed.",
    "Before the member.",
    "Behind the member.",
)
_HARMLESS = {
    "/bomb/deep-html": "",
    "/bomb/open-inline": "",
    "/bomb/deep-json-ld": " It nests.",
    "deep.md": "",
}
_OUT_OF_TIME = (f"more than {_SECONDS} s of processor time", SILENT)  # on a very busy machine
_TOO_MUCH = "more than"  # time or memory, whichever a machine runs out of first
_EXPECTED = {
    "bombs.warc": (
        "payload too large: http://example.org/bomb/gzip",
        "payload too large: http://example.org/bomb/deflate",
        "payload too large: http://example.org/bomb/br",
        "payload too large: http://example.org/bomb/zstd",
        "payload too large: http://example.org/bomb/nested-gzip",
        "http://example.org/bomb/page-tree-cycle.pdf",
        "http://example.org/bomb/page-count.pdf",
        "http://example.org/bomb/many-kids.pdf",
        "http://example.org/bomb/object-stream-cycle.pdf",
        f"{_TOO_MUCH} {_MEMORY_MB} MB: http://example.org/bomb/form-cycle.pdf",
        f"{_TOO_MUCH} {_MEMORY_MB} MB: http://example.org/bomb/flate.pdf",
    ),
    "member.warc.gz": ("damaged record: http://example.org/huge",),
    "bombs.wacz": ("damaged list", "no web archive"),
    "line.txt": ("file too large",),
    "words.txt": (_TOO_MUCH,),
    "front.md": ("metadata is wrong",),
    "fifo.txt": ("it is not a regular file",),
    "loop.txt": ("unreadable file",),
}
_SKIPPED = {
    ("bombs.warc", "no text"),  # the feed: its entities stay as they are written
    ("deep.json", "JSON data"),
    ("zip.zip", "zip archive"),
    ("out.txt", "link out of the collection"),
    ("device.txt", "link out of the collection"),
    ("tree", "link to a folder"),
}
