"""Files read by real processes: the same leaves as in one, whatever kills a process."""

from __future__ import annotations

import gzip
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from rag_assistant import readers
from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import find_model
from rag_assistant.errors import RagAssistantError
from rag_assistant.ports import Leaf
from rag_assistant.readers.container import Turns
from rag_assistant.reading import Item, Reading, Setup, extract, open_reading, pool, process
from rag_assistant.reading.limits import KILLED, SILENT, overcome
from rag_assistant.reading.outbox import Outbox
from tests.archives import ArchiveBuilder

T = TypeVar("T")
LONG = "The weir was mended in the autumn of that year. " * 20


@pytest.fixture(scope="module")
def setup() -> Setup:
    files = find_model(EmbeddingSettings())
    return Setup(tokenizer=files.tokenizer, limit=256, seconds=20.0, memory=512 << 20)


@pytest.fixture(scope="class")
def reading(setup: Setup) -> Iterator[Reading]:
    """Three processes, which the tests of a class share: starting one takes a second."""
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
        large.write_text("a b c " * 20_000_000, encoding="utf-8")
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

    def test_one_that_is_killed_as_it_starts_is_started_again(
        self, setup: Setup, tmp_path: Path
    ) -> None:
        (tmp_path / "a.txt").write_text(LONG, encoding="utf-8")
        with Reading(setup, 1) as reading:
            items = reading.read(tmp_path / "a.txt", "a.txt")
            (child,) = _wait_for(_children)
            os.kill(child, signal.SIGKILL)
            assert next(items).leaf.outcome == "read"

    @pytest.mark.slow
    def test_one_that_stands_still_is_given_up(
        self, setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(process, "_BACKSTOP", 1.0)
        built = ArchiveBuilder().page("http://example.org/a", LONG)
        built.response(_slow_page(), uri="http://example.org/slow")
        built.page("http://example.org/b", f"Another. {LONG}")
        path = built.save(tmp_path / "pages.warc.gz")
        with Reading(replace(setup, seconds=3.0), 1) as reading:
            items = reading.read(path, path.name)
            found = [next(items).leaf]
            (child,) = _children()
            before = _spent(child)
            _wait_for(lambda: _spent(child) > before + 0.3)  # it is within the slow page
            os.kill(child, signal.SIGSTOP)
            found += [item.leaf for item in items]
        assert [leaf.outcome for leaf in found] == ["read", "failed", "read"]
        assert found[1].reason == f"{SILENT} for 4 s"

    def test_a_disk_that_fails_within_an_archive_is_told(
        self, setup: Setup, tmp_path: Path
    ) -> None:
        """Here the temporary copy of a packed archive finds no room."""
        path = tmp_path / "two.wacz"
        pages = ArchiveBuilder().page("http://example.org/a", LONG)
        large = ArchiveBuilder(gzip=False).page("http://example.org/b", LONG)
        large.record("resource", os.urandom(4 << 20), uri="http://example.org/c")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
            package.writestr("archive/1.warc.gz", b"".join(pages.records))
            package.writestr("archive/2.warc", b"".join(large.records))
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, before[1]))
        try:
            with Reading(setup, 1) as reading:
                found = [item.leaf for item in reading.read(path, path.name)]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert [leaf.outcome for leaf in found] == ["read", "failed"]
        assert (found[1].record, found[1].reason) == (None, readers.UNREADABLE)

    def test_a_long_page_list_is_no_item_that_takes_too_long(
        self, setup: Setup, tmp_path: Path
    ) -> None:
        path = tmp_path / "listed.wacz"
        built = ArchiveBuilder().page("http://example.org/1", LONG)
        listed = "\n".join(f'{{"url": "http://example.org/{n}"}}' for n in range(100_000))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("archive/1.warc.gz", b"".join(built.records))
            package.writestr("pages/pages.jsonl", listed)
        with Reading(replace(setup, seconds=1.0), 1) as reading:
            found = [item.leaf.outcome for item in reading.read(path, path.name)]
        assert found == ["read"]

    def test_a_response_that_is_all_header_costs_itself_alone(
        self, setup: Setup, tmp_path: Path
    ) -> None:
        built = ArchiveBuilder().page("http://example.org/a", LONG)
        block = b"HTTP/1.1 200 OK\r\n" + b"ab:\n" * 12_000_000
        head = (
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/header\r\n"
            "WARC-Record-ID: <urn:uuid:12345678-0000-4000-8000-000000000000>\r\n"
            "WARC-Date: 2020-03-04T12:00:00Z\r\n"
            "Content-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(block)}\r\n\r\n"
        )
        record = head.encode() + block + b"\r\n\r\n"  # warcio would parse all these lines
        built.raw(gzip.compress(record, compresslevel=1))
        built.page("http://example.org/b", f"Another. {LONG}")
        path = built.save(tmp_path / "header.warc.gz")
        with Reading(setup, 1) as reading:
            first, header, last = (item.leaf for item in reading.read(path, path.name))
        assert (first.outcome, last.outcome) == ("read", "read")
        assert header.outcome in ("skipped", "failed"), "no text, or not enough memory"
        assert header.detail.startswith("http://example.org/header"), header

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


def _spent(process: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        ("crashed, or needed more than 256 MB", True),
        ("crashed, or needed more than 512 MB", False),
        (f"{SILENT} for 28 s", True),
        (KILLED, True),
        ("the reader crashed (signal 11)", False),
        ("reader failed", False),
        ("needs LibreOffice", True),
    ],
)
def test_a_raised_limit_overcomes_failures_of_a_lower_one(reason: str, raised: bool) -> None:
    assert overcome(reason, 20.0, 512 << 20) is raised


class OneGivenUp(Turns):
    """The second item must not be tried again."""

    def next(self, *, heavy: bool = True) -> bool:
        self.number += 1
        self.given_up = "needed more than 512 MB" if self.number == 1 else ""
        return True


def test_a_record_that_was_given_up_is_not_taken_apart(tmp_path: Path) -> None:
    built = ArchiveBuilder().page("http://example.org/a", LONG)
    built.page("http://example.org/b", LONG).page("http://example.org/c", LONG)
    path = built.save(tmp_path / "pages.warc.gz")
    first, second, third = readers.read_file(path, path.name, OneGivenUp())
    assert (first.outcome, third.outcome) == ("read", "read")
    assert (second.outcome, second.reason) == ("failed", "needed more than 512 MB")
    assert second.record
    assert second.detail == "http://example.org/b"
    assert second.capture
    assert second.capture.uri == "http://example.org/b"


class TestStrangeAnswers:
    @pytest.mark.parametrize(
        "said",
        [
            (0, print, [], 0),
            (0, None, [], 0),
            ("0", Leaf(record=None, outcome="skipped"), [], 0),
            (0, Leaf(record=None, outcome="read"), [["no passage"]], 0),
            (0, Leaf(record=None, outcome="read"), 7, 0),
            7,
        ],
    )
    def test_a_reader_that_gives_what_is_no_document_costs_that_answer_only(
        self, said: object, reading: Reading, tmp_path: Path
    ) -> None:
        note = tmp_path / "note.txt"
        note.write_text(LONG, encoding="utf-8")
        strange = pickle.dumps(said)
        outbox = Outbox()
        outbox.put(strange)
        outbox.end()
        given = [item.leaf for item in reading._merged([outbox])]
        whole = [item.leaf.outcome for item in reading.read(note, "note.txt")]
        assert whole == ["read"]
        assert [leaf.outcome for leaf in given] == ["failed"]
