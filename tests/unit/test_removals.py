"""A disk that is not there, an archive that was copied by half: nothing goes unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.docstore import Docstore
from rag_assistant.errors import UsageError
from rag_assistant.indexer import Indexer
from rag_assistant.report import Report, Withheld
from tests.archives import ArchiveBuilder
from tests.archives import page as page_of
from tests.fakes import FakeTokenizer


class Town:
    """A collection's folder and its docstore, without indexes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "town"
        self.folder.mkdir()
        self.docstore = Docstore(folder / "data")
        self.events: list[dict[str, Any]] = []

    def write(self, *names: str) -> None:
        for name in names:
            (self.folder / name).write_text(f"The {name} of the river wall was mended.")

    def archive(self, name: str, *pages: int) -> None:
        built = ArchiveBuilder()
        for page in pages:
            built.response(
                page_of(f"Ward {page} met on the weir."),
                uri=f"http://town.example/{page}",
                WARC_Record_ID=f"<urn:x:{page}>",
            )
        built.save(self.folder / name)

    def index(self, *, part: str = "", dry_run: bool = False, yes: bool = False) -> Report:
        self.events.clear()
        indexer = Indexer(
            self.docstore,
            tokenizer=FakeTokenizer(),
            limit=200,
            splitter="1",
            on_event=self.events.append,
            removal_limit=0.2,
        )
        return indexer.run([self.folder / part], "town", dry_run=dry_run, yes=yes)

    @property
    def documents(self) -> int:
        return self.docstore.files.document_count("town")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.docstore.close()


def names(first: int, last: int) -> list[str]:
    return [f"a{number:02}.txt" for number in range(first, last)]


def test_most_of_a_collection_goes_only_when_asked(town: Town) -> None:
    town.write(*names(0, 20))
    town.index()
    for name in names(0, 5):
        (town.folder / name).unlink()
    town.write("new.txt")
    report = town.index()
    assert report.withheld == {"town": Withheld(documents=5, files=5, of=20)}
    assert +report.documents == {"unchanged": 15, "added": 1}, "everything else is indexed"
    assert [one["path"] for one in town.events if one["event"] == "withheld"] == names(0, 5)
    assert town.documents == 21
    dry = town.index(dry_run=True)
    assert (dry.withheld["town"].documents, dry.planned) == (5, {})
    report = town.index(yes=True)
    assert (report.withheld, report.documents["removed"], town.documents) == ({}, 5, 16)


@pytest.mark.parametrize(("had", "gone", "left"), [(20, 4, 16), (5, 3, 2), (5, 4, 5)])
def test_a_fifth_or_a_handful_may_go(town: Town, had: int, gone: int, left: int) -> None:
    town.write(*names(0, had))
    town.index()
    for name in names(0, gone):
        (town.folder / name).unlink()
    assert bool(town.index().withheld) is (left == had)
    assert town.documents == left


def test_an_empty_folder_is_an_error_that_names_the_way(town: Town) -> None:
    with pytest.raises(UsageError) as refused:
        town.index(yes=True)
    assert "--yes" not in refused.value.hint, "there is nothing to remove"
    town.write(*names(0, 2))
    (town.folder / "collection.toml").write_text('id = "town"\naccess = "public"')
    town.index()
    for path in town.folder.iterdir():  # as where its disk is not mounted
        path.unlink()
    with pytest.raises(UsageError) as refused:
        town.index()
    assert refused.value.hint.endswith("--yes")
    assert town.documents == 2
    assert town.docstore.library.collections()["town"].access == "public", "nothing was touched"
    assert town.index(yes=True).documents["removed"] == 2
    assert town.documents == 0


@pytest.mark.parametrize("left", [0, 4])
def test_an_archive_that_holds_far_less_empties_nothing(town: Town, left: int) -> None:
    town.archive("crawl.warc.gz", *range(10))
    town.index()
    whole = (town.folder / "crawl.warc.gz").read_bytes()
    town.archive("crawl.warc.gz", *range(left))
    for _ in range(2):  # it is asked again, until it is answered
        report = town.index()
        assert report.withheld == {"town": Withheld(documents=10 - left, files=1, of=10)}
        assert (town.documents, report.documents["removed"]) == (10, 0)
    (town.folder / "crawl.warc.gz").write_bytes(whole)
    assert (town.index().withheld, town.documents) == ({}, 10)
    town.archive("crawl.warc.gz", *range(left))
    assert town.index(yes=True).documents["removed"] == 10 - left
    assert town.documents == left


def test_an_archive_that_was_cut_off_empties_nothing(town: Town) -> None:
    town.archive("crawl.warc.gz", *range(10))
    town.index()
    whole = (town.folder / "crawl.warc.gz").read_bytes()
    (town.folder / "crawl.warc.gz").write_bytes(whole[: len(whole) // 2])
    report = town.index()
    assert report.withheld["town"].documents >= 4
    assert town.documents == 10


def test_an_archive_with_other_pages_instead_replaces_them(town: Town) -> None:
    town.archive("crawl.warc.gz", *range(10))
    town.index()
    town.archive("crawl.warc.gz", *range(20, 30))
    report = town.index()
    assert (report.withheld, report.documents["removed"], town.documents) == ({}, 10, 10)


def test_pages_that_another_archive_holds_too_do_not_count(town: Town) -> None:
    town.archive("one.warc.gz", *range(10))
    town.archive("two.warc.gz", *range(10))
    town.index()
    (town.folder / "one.warc.gz").unlink()
    assert (town.index().withheld, town.documents) == ({}, 10)


def test_several_small_losses_of_one_run_count_together(town: Town) -> None:
    town.archive("one.warc.gz", *range(10))
    town.archive("two.warc.gz", *range(10, 20))
    town.index()
    town.archive("one.warc.gz", *range(3, 10))
    town.archive("two.warc.gz", *range(13, 20))
    report = town.index()
    assert report.withheld == {"town": Withheld(documents=3, files=1, of=20)}
    assert (report.documents["removed"], town.documents) == (3, 17)


def test_a_dry_run_lists_files_and_writes_nothing(town: Town, tmp_path: Path) -> None:
    town.write(*names(0, 4))
    town.index()
    (town.folder / "a00.txt").unlink()
    (town.folder / "a01.txt").write_text("Other words.")
    town.write("new.txt")
    report = town.index(dry_run=True)
    assert report.planned == {
        "added": ["town: new.txt"],
        "changed": ["town: a01.txt"],
        "removed": ["town: a00.txt"],
    }
    assert report.to_dict()["planned"] == report.planned
    assert town.documents == 4
