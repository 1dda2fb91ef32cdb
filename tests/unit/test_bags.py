"""A bag in a collection: what it vouches for is read, and every fault of it is named."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag_assistant.bags import DIFFERS, MISSING, TAG_FILE, UNNAMED, Bags
from rag_assistant.docstore import Docstore
from rag_assistant.indexer import Indexer
from rag_assistant.report import Report
from tests.fakes import FakeTokenizer

WORDS = {
    "data/minutes/1902.txt": "The river wall was mended in the spring of 1902.",
    "data/minutes/1903.txt": "The reading room was opened to women in 1903.",
    "data/letter.txt": "Dear Mathilde, the school has given us two rooms.",
}


def sealed(folder: Path, algorithm: str, paths: list[str]) -> None:
    lines = [
        f"{hashlib.new(algorithm, (folder / path).read_bytes()).hexdigest()}  {path}\n"
        for path in paths
    ]
    (folder / f"manifest-{algorithm}.txt").write_text("".join(lines), encoding="utf-8")


def bag(folder: Path, algorithm: str = "sha256", words: dict[str, str] | None = None) -> Path:
    words = words or WORDS
    for name, text in words.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "bagit.txt").write_text(
        "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", encoding="utf-8"
    )
    (folder / "bag-info.txt").write_text("Source-Organization: Town Archive\n", encoding="utf-8")
    sealed(folder, algorithm, list(words))
    (folder / f"tagmanifest-{algorithm}.txt").write_text("", encoding="utf-8")
    return folder


@pytest.fixture
def docstore(tmp_path: Path) -> Iterator[Docstore]:
    store = Docstore(tmp_path / "data")
    yield store
    store.close()


def index(docstore: Docstore, path: Path) -> Report:
    indexer = Indexer(
        docstore, tokenizer=FakeTokenizer(), limit=200, splitter="1", on_event=lambda event: None
    )
    return indexer.run([path], "town", dry_run=False)


def failures(report: Report) -> dict[str, str]:
    return {item.path: item.reason for item in report.failed}


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
def test_a_whole_bag_is_read_and_its_tag_files_are_not(
    tmp_path: Path, docstore: Docstore, algorithm: str
) -> None:
    bag(tmp_path / "town" / "accession", algorithm)
    report = index(docstore, tmp_path / "town")
    assert report.documents["added"] == 3
    assert not report.failed
    assert dict(report.outcomes.skipped) == {TAG_FILE: 4}


@pytest.mark.parametrize("algorithm", ["md5", "sha256", "sha512"])
def test_one_wrong_byte_is_a_failure_and_is_not_indexed(
    tmp_path: Path, docstore: Docstore, algorithm: str
) -> None:
    folder = bag(tmp_path / "town" / "accession", algorithm)
    letter = folder / "data/letter.txt"
    letter.write_bytes(letter.read_bytes().replace(b"two", b"tvo"))
    report = index(docstore, tmp_path / "town")
    assert report.documents["added"] == 2
    assert failures(report) == {"accession/data/letter.txt": DIFFERS}
    assert algorithm in report.failed[0].detail
    again = index(docstore, tmp_path / "town")
    assert failures(again) == {"accession/data/letter.txt": DIFFERS}
    assert again.documents["unchanged"] == 2
    letter.write_text(WORDS["data/letter.txt"], encoding="utf-8")
    mended = index(docstore, tmp_path / "town")
    assert not mended.failed
    assert mended.documents["added"] == 1


def test_what_was_good_and_is_damaged_is_no_longer_found(
    tmp_path: Path, docstore: Docstore
) -> None:
    folder = bag(tmp_path / "town" / "accession")
    index(docstore, tmp_path / "town")
    (folder / "data/letter.txt").write_text("Something else.", encoding="utf-8")
    report = index(docstore, tmp_path / "town")
    assert failures(report) == {"accession/data/letter.txt": DIFFERS}
    assert report.documents["removed"] == 1


def test_missing_files_and_files_that_no_manifest_names(tmp_path: Path, docstore: Docstore) -> None:
    folder = bag(tmp_path / "town" / "accession")
    (folder / "data/minutes/1903.txt").unlink()
    (folder / "data/extra.txt").write_text("Nobody vouches for this.", encoding="utf-8")
    (folder / "fetch.txt").write_text(
        "https://archive.example/big.txt - data/big.txt\n", encoding="utf-8"
    )
    report = index(docstore, tmp_path / "town")
    assert failures(report) == {
        "accession/data/minutes/1903.txt": MISSING,
        "accession/data/big.txt": MISSING,
        "accession/data/extra.txt": UNNAMED,
    }
    (big,) = [item for item in report.failed if item.path.endswith("big.txt")]
    assert big.detail == "to be fetched from https://archive.example/big.txt"
    assert report.documents["added"] == 2


def test_another_manifest_checks_anew_what_has_not_changed(
    tmp_path: Path, docstore: Docstore
) -> None:
    folder = bag(tmp_path / "town" / "accession")
    assert not index(docstore, tmp_path / "town").failed
    manifest = folder / "manifest-sha256.txt"
    good = manifest.read_text(encoding="utf-8")
    manifest.write_text(good.replace(good[:8], "00000000", 1), encoding="utf-8")
    assert list(failures(index(docstore, tmp_path / "town")).values()) == [DIFFERS]
    manifest.write_text(good, encoding="utf-8")
    report = index(docstore, tmp_path / "town")
    assert not report.failed
    assert (report.documents["added"], report.documents["unchanged"]) == (1, 2)


def test_a_part_of_a_bag_knows_its_manifest(tmp_path: Path, docstore: Docstore) -> None:
    folder = bag(tmp_path / "town" / "accession")
    (tmp_path / "town/collection.toml").write_text('id = "town"', encoding="utf-8")
    (folder / "data/letter.txt").unlink()
    (folder / "data/minutes/1902.txt").write_text("Other words.", encoding="utf-8")
    report = index(docstore, folder / "data" / "minutes")
    assert failures(report) == {"accession/data/minutes/1902.txt": DIFFERS}


def test_every_manifest_must_agree(tmp_path: Path, docstore: Docstore) -> None:
    folder = bag(tmp_path / "town" / "accession")
    sealed(folder, "md5", list(WORDS))
    manifest = folder / "manifest-md5.txt"
    wrong = [f"{'0' * 32}{line[32:]}" for line in manifest.read_text().splitlines()]
    manifest.write_text("\n".join(wrong), encoding="utf-8")
    report = index(docstore, tmp_path / "town")
    assert set(failures(report).values()) == {DIFFERS}
    assert len(report.failed) == 3


def test_names_with_accents_percent_signs_and_stars(tmp_path: Path, docstore: Docstore) -> None:
    name = unicodedata.normalize("NFC", "data/Müller 100%.txt")
    folder = bag(tmp_path / "town" / "accession", words={name: "Words of Müller."})
    manifest = folder / "manifest-sha256.txt"
    written = unicodedata.normalize("NFD", manifest.read_text(encoding="utf-8"))
    manifest.write_text(written.replace("  ", " *").replace("%", "%25"), encoding="utf-8")
    report = index(docstore, tmp_path / "town")
    assert not report.failed
    assert report.documents["added"] == 1


def test_a_manifest_that_leads_out_of_its_bag_is_not_followed(tmp_path: Path) -> None:
    folder = bag(tmp_path / "town" / "accession")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    with (folder / "manifest-sha256.txt").open("a", encoding="utf-8") as manifest:
        manifest.write(f"{'0' * 64}  data/../../../secret.txt\n{'0' * 64}  /etc/passwd\n")
    (found,) = [Bags(tmp_path / "town").over(folder)]
    assert found is not None
    assert set(found.sums) == set(WORDS)


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_sidecar_that_the_bag_does_not_vouch_for_says_nothing(
    tmp_path: Path, docstore: Docstore, algorithm: str
) -> None:
    letter, sidecar = "data/letter.txt", "data/letter.txt.toml"
    folder = bag(tmp_path / "town" / "bag", algorithm, WORDS | {sidecar: 'access = "staff"'})
    assert index(docstore, tmp_path / "town").documents["added"] == 3
    (folder / sidecar).write_text('access = "public"', encoding="utf-8")
    assert failures(index(docstore, tmp_path / "town")) == {f"bag/{letter}": DIFFERS}
    sealed(folder, algorithm, list(WORDS))
    assert failures(index(docstore, tmp_path / "town")) == {f"bag/{letter}": UNNAMED}
    sealed(folder, algorithm, [*WORDS, sidecar])
    assert not index(docstore, tmp_path / "town").failed
