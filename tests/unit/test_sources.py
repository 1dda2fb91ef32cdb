"""What is found in a folder, and what is kept of what can no longer be read."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from rag_assistant import readers
from rag_assistant.docstore import Docstore
from rag_assistant.errors import ConfigError, UsageError
from rag_assistant.indexer import Indexer
from rag_assistant.report import Report
from rag_assistant.sources import Found, find_files, find_roots
from tests.fakes import FakeTokenizer


def write(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"The {name} of the river wall was mended in 1902.", encoding="utf-8")
    return folder


def found(path: Path) -> dict[str, str]:
    """What is found by name, and why it is refused."""
    (root,) = find_roots([path], None)
    return {one.name: one.refused for one in find_files(root)}


def index(docstore: Docstore, path: Path, collection: str | None = None) -> Report:
    indexer = Indexer(
        docstore,
        tokenizer=FakeTokenizer(),
        limit=200,
        splitter="1",
        on_event=lambda event: None,
    )
    return indexer.run([path], collection, dry_run=False)


def documents(docstore: Docstore) -> int:
    return sum(row["documents"] for row in docstore.library.counts())


@pytest.mark.parametrize("name", ["a.txt.TOML", "A.TXT.toml"])
def test_a_description_is_looked_for_as_a_disk_without_capitals_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    town = write(tmp_path / "town", "a.txt")
    outside = tmp_path / "outside.toml"
    outside.write_text("")
    (town / name).symlink_to(outside)
    here = {one.name.casefold(): one for one in town.iterdir()}
    monkeypatch.setattr(
        "rag_assistant.sources.sidecar_of",
        lambda path: here.get(f"{path.name}.toml".casefold()),
    )
    assert found(town)["a.txt"] == "its description is a link out of the collection"


# ------------------------------------------------------------ what cannot be read


def test_what_lies_in_an_unreadable_folder_stays(plain_user: Path) -> None:
    town = write(plain_user / "town", "a.txt", "sub/b.txt", "sub/deep/c.txt", "gone.txt")
    docstore = Docstore(plain_user / "data")
    index(docstore, town)
    (town / "gone.txt").unlink()
    (town / "sub").chmod(0)
    report = index(docstore, town)
    (town / "sub").chmod(0o700)
    assert report.outcomes.failed == {"unreadable folder": 1}
    assert [(item.path, item.detail) for item in report.failed] == [
        ("sub", os.strerror(errno.EACCES))
    ]
    assert report.documents["removed"] == 1
    assert documents(docstore) == 3
    assert [row["path"] for row in docstore.library.failures(9)] == ["sub"]
    again = index(docstore, town)
    assert (again.outcomes.failed, documents(docstore)) == ({}, 3)
    assert docstore.library.failures(9) == []


@pytest.mark.parametrize("part", ["", "sub"])
def test_what_lies_in_an_unreadable_root_or_part_stays(plain_user: Path, part: str) -> None:
    town = write(plain_user / "town", "collection.toml", "a.txt", "sub/b.txt")
    (town / "collection.toml").write_text('id = "town"')
    docstore = Docstore(plain_user / "data")
    index(docstore, town)
    (town / part).chmod(0o100)
    report = index(docstore, town / part)
    (town / part).chmod(0o700)
    assert report.outcomes.failed == {"unreadable folder": 1}
    assert documents(docstore) == 2


def test_a_root_that_lets_nobody_look_is_an_error(plain_user: Path) -> None:
    town = write(plain_user / "town", "a.txt")
    town.chmod(0)
    with pytest.raises(ConfigError, match="cannot be read"):
        find_roots([town], None)
    town.chmod(0o700)


def test_a_known_file_that_cannot_be_read_keeps_its_document(plain_user: Path) -> None:
    town = write(plain_user / "town", "a.txt", "b.txt")
    docstore = Docstore(plain_user / "data")
    index(docstore, town)
    for _ in range(2):  # the second time the ledger no longer knows it
        (town / "a.txt").chmod(0)
        os.utime(town / "a.txt", (1, 1))
        report = index(docstore, town)
        assert report.outcomes.failed == {"unreadable file": 1}
        assert (report.documents["removed"], documents(docstore)) == (0, 2)
        assert [row["path"] for row in docstore.library.failures(9)] == ["a.txt"]
    (town / "a.txt").chmod(0o600)
    assert index(docstore, town).outcomes.unchanged == 2
    assert docstore.library.failures(9) == []


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 and nothing else"])
def test_a_known_file_that_is_damaged_or_empty_loses_its_document(
    tmp_path: Path, content: bytes
) -> None:
    town = write(tmp_path / "town", "a.txt", "b.txt")
    docstore = Docstore(tmp_path / "data")
    index(docstore, town)
    (town / "a.txt").write_bytes(content)
    assert index(docstore, town).documents["removed"] == 1
    assert documents(docstore) == 1


def test_a_disk_that_fails_is_no_fault_of_the_file() -> None:
    memory = Path("/proc/self/mem")  # a regular file whose first byte cannot be read
    if not memory.exists():
        pytest.skip("there is no file here that cannot be read")
    (leaf,) = readers.read_file(memory, "a.txt")
    assert (leaf.outcome, leaf.reason) == ("failed", readers.UNREADABLE)


# ------------------------------------------------------------ where a collection stands


def test_a_folder_of_the_same_name_does_not_take_over_a_collection(tmp_path: Path) -> None:
    old = write(tmp_path / "disk" / "town", "a.txt")
    new = write(tmp_path / "other" / "town", "b.txt")
    docstore = Docstore(tmp_path / "data")
    index(docstore, old)
    shutil.rmtree(tmp_path / "disk")
    with pytest.raises(UsageError) as refusal:
        index(docstore, new)
    assert "--collection ID" in refusal.value.hint
    assert documents(docstore) == 1
    index(docstore, new, "town")
    assert docstore.library.collections()["town"].root == new
    moved = new.rename(tmp_path / "moved")
    (moved / "collection.toml").write_text('id = "town"')
    index(docstore, moved)
    assert docstore.library.collections()["town"].root == moved


# ------------------------------------------------------------ names and globs


def test_names_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "town", "a.txt")
    (tmp_path / "town" / os.fsdecode(b"bad\xff.txt")).write_text("The weir.")
    reasons = {"a.txt": "", "bad\ufffd.txt": "name is not UTF-8"}
    assert found(tmp_path / "town") == reasons
    report = index(Docstore(tmp_path / "data"), tmp_path / "town")
    assert (report.outcomes.indexed, report.outcomes.skipped) == (1, {"name is not UTF-8": 1})
    bad = tmp_path / os.fsdecode(b"bad\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        find_roots([write(bad, "a.txt")], None)


@pytest.mark.parametrize(
    ("globs", "names"),
    [
        ("", {"a.txt", "b.md", "private/c.txt", "private/sub/d.txt"}),
        ('include = ["*.txt"]', {"a.txt"}),
        ('include = ["**/*.txt"]', {"a.txt", "private/c.txt", "private/sub/d.txt"}),
        ('include = ["private"]', {"private/c.txt", "private/sub/d.txt"}),
        ('exclude = ["private/*"]', {"a.txt", "b.md"}),
        ('exclude = ["private/**"]', {"a.txt", "b.md"}),
        ('exclude = ["./**/sub/", "*.md"]', {"a.txt", "private/c.txt"}),
    ],
)
def test_globs(tmp_path: Path, globs: str, names: set[str]) -> None:
    write(tmp_path, "a.txt", "b.md", "private/c.txt", "private/sub/d.txt", ".git/config")
    (tmp_path / "collection.toml").write_text(f'id = "town"\n{globs}')
    assert set(found(tmp_path)) == names


@pytest.mark.parametrize("part", ["private", "private/sub", "private/sub/d.txt"])
def test_a_path_that_is_left_out_cannot_be_named(tmp_path: Path, part: str) -> None:
    write(tmp_path, "a.txt", "private/sub/d.txt")
    (tmp_path / "collection.toml").write_text('id = "town"\nexclude = ["private"]')
    with pytest.raises(UsageError, match=r"left out by 'exclude' in collection\.toml"):
        found(tmp_path / part)


def test_a_named_path_is_refused_for_the_same_reasons_as_others(tmp_path: Path) -> None:
    town = write(tmp_path / "town", "a.txt", ".b.txt", ".git/c.txt")
    write(tmp_path, "outside/d.txt")
    (town / "collection.toml").write_text('id = "town"\ninclude = ["**/*.txt", "out"]')
    (town / "e.txt").symlink_to(tmp_path / "outside" / "d.txt")
    (town / "out").symlink_to(tmp_path / "outside")
    assert found(town / "a.txt") == {"a.txt": ""}
    assert found(town / ".b.txt") == {".b.txt": "hidden file"}
    assert found(town / ".git" / "c.txt") == {".git/c.txt": "hidden file"}
    assert found(town / "e.txt") == {"e.txt": "link out of the collection"}
    assert found(town / "out") == {"out": "link to a folder"}
    assert found(town / "out" / "d.txt") == {"out/d.txt": "link out of the collection"}
    write(town, "f.md")
    with pytest.raises(UsageError, match="left out by 'include'"):
        found(town / "f.md")


def test_a_folder_covers_what_lies_in_it() -> None:
    folder = Found(path=Path("sub"), name="sub", failed=True)
    assert folder.covers("sub/a.txt")
    assert not folder.covers("subway.txt")
    assert Found(path=Path(), name=".", failed=True).covers("a.txt")
