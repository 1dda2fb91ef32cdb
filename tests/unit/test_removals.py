"""A disk that is not there, an archive that was copied by half: nothing goes unasked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.docstore import Docstore
from rag_assistant.errors import UsageError
from rag_assistant.indexer import Indexer
from rag_assistant.ports import Leaf
from rag_assistant.reading import LOST, InProcess, Item, Reads, splitter_of
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

    def index(
        self,
        *parts: str,
        dry_run: bool = False,
        yes: bool = False,
        limit: float = 0.2,
        reading: Reads | None = None,
    ) -> Report:
        self.events.clear()
        indexer = Indexer(
            self.docstore,
            tokenizer=FakeTokenizer(),
            limit=200,
            splitter="1",
            on_event=self.events.append,
            removal_limit=limit,
            reading=reading,
        )
        paths = [self.folder / part for part in parts or ("",)]
        return indexer.run(paths, "town", dry_run=dry_run, yes=yes)

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


def test_a_folder_with_nothing_but_what_is_passed_over_is_as_empty(town: Town) -> None:
    town.write(*names(0, 2))
    (town.folder / "collection.toml").write_text('id = "town"\naccess = "public"')
    town.index()
    for path in town.folder.iterdir():
        path.unlink()
    (town.folder / ".DS_Store").touch()
    with pytest.raises(UsageError, match="no file to index"):
        town.index()
    assert town.documents == 2
    assert town.docstore.library.collections()["town"].access == "public", "nothing was touched"
    assert town.index(yes=True).documents["removed"] == 2


def test_a_limit_of_zero_lets_nothing_go_unasked(town: Town) -> None:
    town.write(*names(0, 2))
    town.index()
    (town.folder / "a00.txt").unlink()
    assert town.index(limit=0).withheld["town"].documents == 1
    assert town.index(limit=0, yes=True).documents["removed"] == 1


def test_a_file_that_became_a_link_out_of_the_collection_is_gone(
    town: Town, tmp_path: Path
) -> None:
    (tmp_path / "outside.txt").write_text("What the collection does not hold.")
    town.write(*names(0, 4))
    town.index()
    (town.folder / "a00.txt").unlink()
    (town.folder / "a00.txt").symlink_to(tmp_path / "outside.txt")
    report = town.index()
    assert (report.documents["removed"], town.documents) == (1, 3)
    assert report.outcomes.skipped == {"link out of the collection": 1}


def test_a_dry_run_over_parts_withholds_what_the_run_would(town: Town) -> None:
    (town.folder / "collection.toml").write_text('id = "town"')
    for part in ("a", "b"):
        (town.folder / part).mkdir()
        town.write(*(f"{part}/{name}" for name in names(0, 10)))
    town.index()
    for part in ("a", "b"):
        for name in names(0, 3):
            (town.folder / part / name).unlink()
    dry = town.index("a", "b", dry_run=True)
    assert (len(dry.planned["removed"]), dry.withheld["town"].documents) == (3, 3)
    report = town.index("a", "b")
    assert (report.documents["removed"], report.withheld["town"].documents) == (3, 3)


class CutOff(InProcess):
    """Reads a file's first pages, and then no more, as where its processes die."""

    def read(self, path: Path, name: str) -> Iterator[Item]:
        yield from islice(super().read(path, name), 2)
        lost = Leaf(record=None, outcome="failed", reason="crashed", detail=LOST)
        yield Item(2, lost, [])


def test_what_stands_behind_a_lost_place_is_kept_and_looked_for_again(town: Town) -> None:
    town.archive("crawl.warc.gz", *range(4))
    town.index()
    town.archive("crawl.warc.gz", *range(5))
    cut_off = CutOff(splitter_of(FakeTokenizer(), 200))
    for _ in range(2):
        report = town.index(yes=True, reading=cut_off)
        assert (report.outcomes.failed, town.documents) == ({"crashed": 1}, 4)
    report = town.index()
    assert (report.documents["added"], report.outcomes.failed, town.documents) == (1, {}, 5)


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
