"""Files read by real processes: the same leaves as in one, whatever kills a process."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import find_model
from rag_assistant.errors import RagAssistantError
from rag_assistant.reading import Item, Reading, Setup, extract, open_reading, pool
from rag_assistant.reading.limits import overcome
from rag_assistant.reading.outbox import Outbox
from tests.archives import ArchiveBuilder

T = TypeVar("T")
LONG = "The weir was mended in the autumn of that year. " * 20


@pytest.fixture(scope="module")
def setup() -> Setup:
    files = find_model(EmbeddingSettings())
    return Setup(tokenizer=files.tokenizer, limit=256, seconds=20.0, memory=512 << 20)


@pytest.fixture(scope="module")
def reading(setup: Setup) -> Iterator[Reading]:
    """Three processes, which the tests share: starting one takes a second."""
    with Reading(setup, 3) as opened:
        yield opened


@pytest.fixture
def everything_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small containers are read by all processes together, as large ones are."""
    monkeypatch.setattr(pool, "_SHARED_FROM", 0)


def contents(items: Iterator[Item]) -> list[tuple[object, object]]:
    return [(item.leaf, item.groups) for item in items]


def here(setup: Setup, path: Path) -> list[tuple[object, object]]:
    with open_reading(setup, 0) as in_process:
        return contents(in_process.read(path, path.name))


def real_archives() -> list[str]:
    return [
        "aut/example.docs.warc.gz",
        "warcio/example.warc",
        "warcio/example-iana.org-chunked.warc",
        "pywb/example.arc.gz",
        "py-wacz/valid_example_1.wacz",
    ]


@pytest.mark.usefixtures("everything_shared")
class TestShares:
    def test_real_archives_give_what_one_process_gives(
        self, setup: Setup, reading: Reading
    ) -> None:
        root = Path(__file__).resolve().parents[3]
        data = Path(os.environ.get("RAG_TEST_DATA", root.parent / "shared" / "data"))
        folder = data / "web-archives"
        paths = [folder / name for name in real_archives() if (folder / name).is_file()]
        assert len(paths) >= 4
        begun = [reading.read(path, path.name) for path in paths]
        for path, items in zip(paths, begun, strict=True):
            together = contents(items)
            assert together
            assert together == here(setup, path), path.name

    def test_words_that_only_a_page_list_has(
        self, setup: Setup, reading: Reading, tmp_path: Path
    ) -> None:
        path = _package_with_words(tmp_path)
        together = contents(reading.read(path, path.name))
        assert together == here(setup, path)
        words = [leaf for leaf, _ in together if "word" in str(leaf)]
        assert len(words) == 5

    def test_damage_is_told_once(self, setup: Setup, reading: Reading, tmp_path: Path) -> None:
        built = ArchiveBuilder()
        for number in range(6):
            built.page(f"http://example.org/{number}", f"{number} {LONG}")
        path = built.save(tmp_path / "cut.warc.gz")
        path.write_bytes(path.read_bytes()[:-90])
        together = contents(reading.read(path, path.name))
        assert together == here(setup, path)


def _package_with_words(folder: Path) -> Path:
    """A package with pages of pictures, whose words stand in its page list."""
    import json
    import zipfile

    built = ArchiveBuilder()
    listed = []
    for number in range(15):
        uri = f"http://example.org/{number}"
        if number % 3:
            built.page(uri, f"{number} {LONG}")
        else:
            built.page(uri)
            listed.append({"url": uri, "ts": "2020-03-04T12:00:00Z", "text": f"word {LONG}"})
    listed.reverse()
    lines = "\n".join(json.dumps(line) for line in listed)
    path = folder / "words.wacz"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("archive/data.warc.gz", b"".join(built.records))
        package.writestr("pages/pages.jsonl", lines)
    return path


class TestDeaths:
    def test_a_killed_process_costs_nothing(
        self, setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pool, "_SHARED_FROM", 0)
        built = ArchiveBuilder()
        for number in range(120):
            built.page(f"http://example.org/{number}", f"{number} {LONG}")
        path = built.save(tmp_path / "pages.warc.gz")
        with Reading(setup, 2) as reading:
            items = reading.read(path, path.name)
            found = [next(items)]
            for process in _children():
                os.kill(process, signal.SIGKILL)
            found += items
        assert contents(iter(found)) == here(setup, path)

    def test_what_takes_too_long_is_one_failure(self, setup: Setup, tmp_path: Path) -> None:
        quick = Setup(
            tokenizer=setup.tokenizer, limit=setup.limit, seconds=1.5, memory=setup.memory
        )
        built = ArchiveBuilder().page("http://example.org/a", LONG)
        built.response(_slow_page(), uri="http://example.org/slow")
        built.page("http://example.org/b", f"Another. {LONG}")
        path = built.save(tmp_path / "slow.warc.gz")
        with Reading(quick, 1) as reading:
            first, slow, last = (item.leaf for item in reading.read(path, path.name))
        assert (first.outcome, last.outcome) == ("read", "read")
        assert (slow.outcome, slow.reason) == ("failed", "took more than 1.5 s of processor time")
        assert slow.capture is not None
        assert slow.capture.uri == "http://example.org/slow"

    def test_what_needs_too_much_memory_is_one_failure(self, setup: Setup, tmp_path: Path) -> None:
        large = tmp_path / "large.txt"
        large.write_text("a b c " * 4_000_000, encoding="utf-8")
        small = tmp_path / "small.txt"
        small.write_text(LONG, encoding="utf-8")
        with Reading(replace(setup, memory=256 << 20), 1) as reading:
            begun = [reading.read(path, path.name) for path in (small, large, small)]
            leaves = [next(items).leaf for items in begun]
        assert [leaf.outcome for leaf in leaves] == ["read", "failed", "read"]
        assert "needed more than 256 MB" in leaves[1].reason

    def test_a_process_that_cannot_start_is_told(self, setup: Setup, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text(LONG, encoding="utf-8")
        broken = Setup(tokenizer=tmp_path / "none", limit=256, seconds=20.0, memory=512 << 20)
        with (
            Reading(broken, 1) as reading,
            pytest.raises(RagAssistantError, match="does not start"),
        ):
            next(reading.read(tmp_path / "a.txt", "a.txt"))

    def test_processes_end_with_their_parent(self, setup: Setup, tmp_path: Path) -> None:
        path = tmp_path / "slow.html"
        path.write_bytes(_slow_page())
        script = (
            "import sys; from pathlib import Path; from rag_assistant.reading import *\n"
            f"setup = Setup(tokenizer=Path({str(setup.tokenizer)!r}), limit=256, seconds=60.0,"
            " memory=512 << 20)\n"
            "reading = open_reading(setup, 1)\n"
            f"items = reading.read(Path({str(path)!r}), 'slow.html')\n"
            "next(items)\n"
        )
        parent = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[3])
        (child,) = _wait_for(lambda: _children(parent.pid))
        parent.kill()
        parent.wait()
        assert _wait_for(lambda: not Path(f"/proc/{child}").exists())


class TestFlow:
    def test_what_nobody_takes_waits_outside(self, setup: Setup, tmp_path: Path) -> None:
        """Files that were asked for and never taken do not keep `close` waiting."""
        built = ArchiveBuilder()
        for number in range(30):
            built.page(f"http://example.org/{number}", f"{number} {LONG}")
        path = built.save(tmp_path / "pages.warc.gz")
        reading = Reading(setup, 1)
        begun = [reading.read(path, path.name) for _ in range(3)]
        next(begun[0])
        started = time.monotonic()
        reading.close()
        assert time.monotonic() - started < 5
        assert not _children()

    def test_nothing_is_started_before_it_is_needed(self, setup: Setup) -> None:
        before = threading.active_count()
        with Reading(setup, 4):
            assert threading.active_count() == before
            assert not _children()

    def test_extraction_alone_can_be_measured(self, setup: Setup, tmp_path: Path) -> None:
        paths = []
        for number in range(5):
            paths.append(tmp_path / f"{number}.txt")
            paths[-1].write_text(f"{number} {LONG}", encoding="utf-8")
        leaves, seconds = extract(paths, setup, 0)
        assert leaves == 5
        assert seconds > 0


def _slow_page() -> bytes:
    """Takes a parser minutes: attributes are compared with one another."""
    names = b" ".join(b'a%d="b"' % number for number in range(400_000))
    return b"<html><body><p " + names + b">slow</p></body></html>"


def _children(parent: int | None = None) -> list[int]:
    """Reading processes of a process that live."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "status").read_text()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if f"PPid:\t{parent or os.getpid()}\n" in status and b"reading.child" in command:
            found.append(int(entry.name))
    return found


def _wait_for(condition: Callable[[], T]) -> T:
    """What a condition gives as soon as it holds."""
    for _ in range(400):
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("it never came")


@pytest.mark.parametrize(
    ("reason", "raised"),
    [
        ("needed more than 256 MB", True),
        ("needed more than 512 MB", False),
        ("took more than 10 s of processor time", True),
        ("took more than 20 s of processor time", False),
        ("took more than 28 s", False),
        ("reader failed", False),
    ],
)
def test_a_raised_limit_overcomes_failures_of_a_lower_one(reason: str, raised: bool) -> None:
    assert overcome(reason, 20.0, 512 << 20) is raised


def test_a_reader_that_gives_what_is_no_document_costs_that_answer_only(
    setup: Setup, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_text(LONG, encoding="utf-8")
    strange = pickle.dumps((0, print, []))
    with Reading(setup, 1) as reading:
        whole = [item.leaf.outcome for item in reading.read(note, "note.txt")]
        outbox = Outbox()
        outbox.put(strange)
        outbox.end()
        given = [item.leaf for item in reading._merged([outbox])]
    assert whole == ["read"]
    assert [leaf.outcome for leaf in given] == ["failed"]
