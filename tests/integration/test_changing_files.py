"""Files that change or vanish while they are read are never half indexed in silence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag_assistant.config import EmbeddingSettings
from rag_assistant.docstore import Docstore
from rag_assistant.embedding import ModelTokenizer, find_model
from rag_assistant.indexer import Indexer
from rag_assistant.indexer.states import CHANGED, VANISHED
from rag_assistant.reading import Reading, Setup
from rag_assistant.report import Event, Report
from tests.archives import ArchiveBuilder

from .conftest import write_collection

pytestmark = pytest.mark.integration

PAGES = 80
_APPEND = """
import sys, time
record = open(sys.argv[2], "rb").read()
with open(sys.argv[1], "ab", buffering=0) as archive:
    while True:
        archive.write(record)
        time.sleep(0.05)
"""


@pytest.fixture
def town(tmp_path: Path) -> Path:
    folder = write_collection(tmp_path / "town", {"notes.txt": "The ferry was sold in 1902."})
    built = ArchiveBuilder()
    for number in range(PAGES):
        built.page(f"http://example.org/{number}", f"The weir, seen for the {number}th time.")
    built.save(folder / "pages.warc.gz")
    return folder


Index = Callable[..., Report]


@pytest.fixture
def index(town: Path, tmp_path: Path) -> Iterator[Index]:
    """Indexes the town, read by a process of its own; ``then`` is called at the first page."""
    files = find_model(EmbeddingSettings())
    setup = Setup(tokenizer=files.tokenizer, limit=256, seconds=20.0, memory=512 << 20)
    docstore = Docstore(tmp_path / "data")
    with Reading(setup, 1) as reading:

        def run(then: Callable[[], object] = lambda: None) -> Report:
            pending = [then]

            def on_event(event: Event) -> None:
                if event["event"] == "added" and event["path"] == "pages.warc.gz" and pending:
                    pending.pop()()

            indexer = Indexer(
                docstore,
                tokenizer=ModelTokenizer(setup.tokenizer),
                limit=setup.limit,
                splitter="1",
                on_event=on_event,
                reading=reading,
            )
            return indexer.run([town], None, dry_run=False)

        yield run
    docstore.close()


def failures(report: Report) -> set[tuple[str, str]]:
    return {(item.path, item.reason) for item in report.failed if item.record is None}


def test_what_a_writer_still_writes_is_read_again(town: Path, tmp_path: Path, index: Index) -> None:
    late = ArchiveBuilder().page("http://example.org/late", "The lock was opened at last.")
    late.save(tmp_path / "late.warc.gz")
    script = [sys.executable, "-c", _APPEND, str(town / "pages.warc.gz")]
    with subprocess.Popen([*script, str(tmp_path / "late.warc.gz")]) as writer:
        report = index()
        writer.kill()
    assert ("pages.warc.gz", CHANGED) in failures(report)
    assert report.documents["added"] >= PAGES, "what was read stays"

    again = index()
    assert again.failed == []
    assert again.outcomes.captures > PAGES + 1
    assert report.documents["added"] + again.documents["added"] == PAGES + 2
    assert index().documents["added"] == 0


def test_what_vanishes_is_told_and_goes_with_the_next_run(town: Path, index: Index) -> None:
    report = index((town / "pages.warc.gz").unlink)
    assert failures(report) == {("pages.warc.gz", VANISHED)}
    assert report.documents["added"] == PAGES + 1, "an open file can be read to its end"

    again = index()
    assert again.failed == []
    assert again.documents["removed"] == PAGES


def test_a_file_that_is_replaced_while_it_is_read(town: Path, index: Index) -> None:
    other = ArchiveBuilder().page("http://example.org/new", "All of it is new.")
    other.save(town.parent / "new.warc.gz")
    report = index(lambda: (town.parent / "new.warc.gz").replace(town / "pages.warc.gz"))
    assert failures(report) == {("pages.warc.gz", CHANGED)}

    again = index()
    assert again.failed == []
    assert (again.documents["added"], again.documents["removed"]) == (1, PAGES)


def test_a_plain_file_that_vanishes_has_one_outcome(town: Path, index: Index) -> None:
    for number in range(3):
        (town / f"roll-{number}.txt").write_text(f"Roll {number} of the ferry men, " * 20)
    report = index((town / "roll-0.txt").unlink)
    assert failures(report) == {("roll-0.txt", VANISHED)}
    assert report.outcomes.indexed == PAGES + 3
    assert index().documents["added"] == 0
