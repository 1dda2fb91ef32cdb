"""What a person reads while indexing goes on."""

from __future__ import annotations

import io
import json
import time

import pytest
from rich.console import Console

from rag_assistant.cli.progress import IndexProgress, Tally
from rag_assistant.indexer import Event


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def file(number: int = 1, *, before: int = 0, of: int = 4) -> Event:
    return {
        "event": "file",
        "collection": "town",
        "path": f"crawl-{number}.warc.gz",
        "number": number,
        "of": of,
        "before": before,
        "bytes": 1000,
    }


def page(*, passages: int = 3, read: int = 0) -> Event:
    return {"event": "added", "document_id": "d", "passages": passages, "read": read}


def test_it_counts_pages_passages_and_failures(clock: Clock) -> None:
    tally = Tally(clock=clock)
    for event in (file(), page(), page(passages=2), {"event": "failed"}, {"event": "skipped"}):
        tally.take(event)
    assert tally.counts == "2 pages, 5 passages, 1 failed"


def test_the_time_left_follows_the_bytes_read_within_a_file_too(clock: Clock) -> None:
    tally = Tally(clock=clock)
    tally.take(file())
    clock.now = 10.0
    tally.take(page(read=250))
    assert tally.read == 0.25
    assert tally.left == pytest.approx(30.0)
    tally.take(file(2, before=500))
    assert tally.read == 0.5
    assert tally.left == pytest.approx(10.0)


def test_nothing_is_promised_from_the_first_seconds(clock: Clock) -> None:
    tally = Tally(clock=clock)
    tally.take(file())
    clock.now = 1.0
    tally.take(page(read=10))
    assert tally.left is None


def test_once_all_is_read_the_time_left_is_that_of_embedding(clock: Clock) -> None:
    tally = Tally(clock=clock)
    tally.take(file())
    tally.take({"event": "follow", "lexical": 0, "vectors": 90})
    assert "Reading town" in tally.line
    tally.take({"event": "read"})
    clock.now = 20.0
    tally.take({"event": "follow", "lexical": 0, "vectors": 30})
    assert tally.left == pytest.approx(10.0)
    assert tally.line == "0 pages, 0 passages, 0 failed, 30 documents to embed, about 10 s left"


def test_without_a_terminal_there_is_a_line_a_minute(clock: Clock) -> None:
    out = io.StringIO()
    console = Console(file=out, width=40)
    with IndexProgress(as_json=False, quiet=False, console=console, clock=clock) as progress:
        progress.on_event(file())
        for second in range(1, 150):
            clock.now = float(second)
            progress.on_event(page(read=2 * second))
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0] == (
        "Reading town: file 1 of 4, 60 pages, 180 passages, 0 failed, 1 pages/s, about 7 min left"
    )


def test_a_line_comes_also_while_nothing_happens(clock: Clock) -> None:
    out = io.StringIO()
    console = Console(file=out)
    with IndexProgress(as_json=False, quiet=False, console=console, clock=clock):
        clock.now = 61.0
        until = time.monotonic() + 10
        while not out.getvalue() and time.monotonic() < until:
            time.sleep(0.05)
    assert out.getvalue() == "Looking at the files\n"


def test_quiet_says_nothing(clock: Clock) -> None:
    out = io.StringIO()
    console = Console(file=out)
    with IndexProgress(as_json=False, quiet=True, console=console, clock=clock) as progress:
        progress.on_event(file())
        clock.now = 100.0
        progress.on_event(page())
    assert out.getvalue() == ""


def test_on_a_terminal_bars_show_reading_and_embedding(clock: Clock) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with IndexProgress(as_json=False, quiet=False, console=console, clock=clock) as progress:
        progress.on_event(file())
        clock.now = 10.0
        progress.on_event(page(read=250))
        progress.on_event({"event": "failed"})
        progress.on_event({"event": "follow", "lexical": 0, "vectors": 7})
    shown = out.getvalue()
    assert "1 pages · 3 passages · 1 failed" in shown
    assert "crawl-1.warc.gz" in shown
    assert "of 7 documents" in shown


def test_as_json_each_event_is_a_line(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with IndexProgress(as_json=True, quiet=False, clock=clock) as progress:
        progress.on_event(file())
        progress.on_event(page())
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["file", "added"]
