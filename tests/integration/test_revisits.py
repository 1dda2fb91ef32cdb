"""Revisits, whichever of them and their originals comes first, changes, or goes."""

from __future__ import annotations

import base64
import hashlib
from contextlib import closing
from pathlib import Path

import pytest

from rag_assistant import Assistant, readers
from rag_assistant.config import load_settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.indexer import states
from rag_assistant.ports import Embedder
from rag_assistant.report import Report
from tests.archives import ArchiveBuilder

from .conftest import write_collection

pytestmark = pytest.mark.integration

PAGE = "http://town.example/fees"
WORDS = "A ticket to the tollhouse costs two pounds."
FIRST, AGAIN = "2018-01-01T00:00:00Z", "2019-01-01T00:00:00Z"
SEEN_FIRST, SEEN_AGAIN = "20180101000000", "20190101000000"
PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
DIGEST = f"sha1:{base64.b32encode(hashlib.sha1(WORDS.encode()).digest()).decode()}"  # noqa: S324 - WARC's own
LONE = "revisit of a capture that is not here"
STAFF, PUBLIC = Bounds(), Bounds(access=("public",))


class Town:
    """A collection and its data folder."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self.folder = write_collection(folder / "town", {"a.txt": "A plain file."}, access="public")
        self._settings = load_settings(data=folder / "data")
        self._embedder = embedder

    def original(self, name: str, *words: str) -> None:
        ArchiveBuilder().page(PAGE, *(words or (WORDS,)), at=FIRST).save(self.folder / name)

    def revisit(self, name: str, **warc: str) -> None:
        warc = {"WARC_Refers_To_Target_URI": PAGE, "WARC_Refers_To_Date": FIRST, **warc}
        ArchiveBuilder().record(
            "revisit", b"", uri=PAGE, WARC_Date=AGAIN, WARC_Profile=PROFILE, **warc
        ).save(self.folder / name)

    def index(self, part: str = "", *, dry_run: bool = False) -> Report:
        with Assistant(self._settings, embedder=self._embedder) as assistant:
            return assistant.index([self.folder / part], dry_run=dry_run)

    def seen(self, bounds: Bounds = STAFF) -> list[list[str]]:
        """When the page was seen, for each text that it had."""
        with closing(Docstore(self._settings.data)) as docstore:
            captures = docstore.captures.at(PAGE, bounds)
        texts = dict.fromkeys(capture.document_id for capture in captures)
        return [
            [capture.timestamp for capture in captures if capture.document_id == text]
            for text in texts
        ]


@pytest.fixture
def town(tmp_path: Path, embedder: Embedder) -> Town:
    return Town(tmp_path, embedder)


@pytest.fixture(params=[("b.warc.gz", "c.warc.gz"), ("c.warc.gz", "b.warc.gz")])
def names(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The files of the original and of its revisit, in both orders."""
    first, second = request.param
    return first, second


def test_a_revisit_may_come_a_run_before_its_original(town: Town, names: tuple[str, str]) -> None:
    original, revisit = names
    town.revisit(revisit)
    for _ in range(2):
        alone = town.index().outcomes
        assert (alone.skipped, alone.records, alone.captures) == ({LONE: 1}, 1, 0)
    town.original(original)
    found = town.index().outcomes
    assert (found.skipped, found.records, found.captures) == ({}, 2, 2)
    assert town.seen() == [[SEEN_FIRST, SEEN_AGAIN]]
    again = town.index(dry_run=True).outcomes
    assert (again.captures, again.indexed, again.unchanged) == (2, 0, 3)


def test_indexing_the_original_alone_is_enough(town: Town) -> None:
    town.revisit("b.warc.gz")
    town.index()
    town.original("c.warc.gz")
    assert town.index("c.warc.gz").outcomes.captures == 1  # of that file
    assert town.seen() == [[SEEN_FIRST, SEEN_AGAIN]]


def test_a_revisit_is_counted_once_in_every_run(town: Town, names: tuple[str, str]) -> None:
    town.original(names[0])
    town.revisit(names[1])
    first, second = town.index().outcomes, town.index().outcomes
    assert (first.records, first.captures, first.indexed, first.unchanged) == (2, 2, 3, 0)
    assert (second.records, second.captures, second.indexed, second.unchanged) == (2, 2, 0, 3)


def test_a_revisit_follows_its_original_to_the_public(town: Town, names: tuple[str, str]) -> None:
    rules = town.folder / "rules.aclj"
    rules.write_text(
        'example,town)/fees - {"access": "block"}\n'
        'example,town)/fees - {"access": "allow", "user": "staff"}\n'
    )
    town.original(names[0])
    town.revisit(names[1])
    town.index()
    assert (town.seen(), town.seen(PUBLIC)) == ([[SEEN_FIRST, SEEN_AGAIN]], [])
    rules.unlink()
    town.index()
    assert town.seen(PUBLIC) == [[SEEN_FIRST, SEEN_AGAIN]]


def test_a_revisit_follows_its_original_to_the_staff(town: Town, names: tuple[str, str]) -> None:
    """The sidecar is of the original's file alone, so that only that is read again."""
    town.original(names[0])
    town.revisit(names[1])
    town.index()
    (town.folder / f"{names[0]}.toml").write_text('access = "staff"\n')
    town.index()
    assert (town.seen(), town.seen(PUBLIC)) == ([[SEEN_FIRST, SEEN_AGAIN]], [])


def test_a_revisit_follows_a_newer_reading(
    town: Town, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    town.original(names[0])
    town.revisit(names[1])
    town.index()
    town.original(names[0], WORDS, "A newer reader finds a line more.")
    monkeypatch.setattr(states, "READERS_VERSION", "next")
    town.index()
    assert town.seen() == [[SEEN_FIRST, SEEN_AGAIN]]


def test_a_revisit_goes_with_its_original(town: Town, names: tuple[str, str]) -> None:
    town.original(names[0])
    town.revisit(names[1])
    town.index()
    (town.folder / names[0]).unlink()
    report = town.index()
    assert (report.documents["removed"], report.outcomes.skipped) == (1, {LONE: 1})
    assert town.seen() == []
    (town.folder / names[1]).unlink()
    assert town.index().outcomes.skipped == {}


def test_what_cannot_be_read_now_loses_no_revisit(town: Town, names: tuple[str, str]) -> None:
    town.original(names[0])
    town.revisit(names[1])
    town.index()
    for name in names:
        (town.folder / name).write_bytes(b"")
        (town.folder / name).unlink()
        (town.folder / name).symlink_to(town.folder / "nowhere")
    report = town.index()
    assert report.outcomes.failed[readers.UNREADABLE] == 2
    assert (report.outcomes.records, report.outcomes.captures) == (0, 0)
    assert town.seen() == [[SEEN_FIRST, SEEN_AGAIN]]


@pytest.mark.parametrize("order", ["bcd", "bdc", "cbd"])
def test_the_place_that_a_revisit_names_goes_before_its_digest(town: Town, order: str) -> None:
    """A style sheet with the same bytes gave no document, the page did."""
    sheet, page, revisit = (f"{letter}.warc.gz" for letter in order)
    for name, uri, at, kind in (
        (sheet, "http://town.example/x.css", "2017-01-01T00:00:00Z", "text/css"),
        (page, PAGE, FIRST, "text/plain"),
    ):
        ArchiveBuilder().response(
            WORDS.encode(),
            uri=uri,
            headers=[("Content-Type", kind)],
            WARC_Date=at,
        ).save(town.folder / name)
    town.revisit(revisit, WARC_Payload_Digest=DIGEST)
    assert town.index().outcomes.skipped == {"style sheet": 1}
    assert town.seen() == [[SEEN_FIRST, SEEN_AGAIN]]


def test_why_an_original_gave_nothing_is_forgotten_with_it(town: Town) -> None:
    ArchiveBuilder().response(
        b"p { color: red }", uri=PAGE, headers=[("Content-Type", "text/css")], WARC_Date=FIRST
    ).save(town.folder / "b.warc.gz")
    town.revisit("c.warc.gz")
    assert town.index().outcomes.skipped == {"style sheet": 2}
    (town.folder / "b.warc.gz").unlink()
    assert town.index().outcomes.skipped == {LONE: 1}
    town.original("d.warc.gz")
    assert town.index().outcomes.skipped == {}
    assert town.seen() == [[SEEN_FIRST, SEEN_AGAIN]]
