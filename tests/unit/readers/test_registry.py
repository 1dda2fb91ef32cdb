"""The registry: one leaf for a plain file, sidecars, and nothing ever raised."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rag_assistant import readers
from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Blob, Leaf
from rag_assistant.readers.guard import failures_recorded
from rag_assistant.schema import Access

Read = Callable[[Path], list[Leaf]]
Save = Callable[[str, bytes], Path]

LETTER = b"Dear Mathilde, the school has given us two rooms above the reading room."


def test_exported_names() -> None:
    assert readers.__all__ == sorted(readers.__all__, key=lambda name: (name.islower(), name))
    assert all(hasattr(readers, name) for name in readers.__all__)
    assert set(readers.FORMATS) == {
        "text", "markdown", "html", "pdf", "feed", "warc", "arc", "wacz", "docx", "odt", "rtf",
        "doc", "epub", "tei", "ead", "vtt", "srt", "sbv", "oralhistory", "collectionbuilder",
        "iiif", "mapped", "marc", "marcjson", "marcxml", "mods", "dc", "oai", "alto", "page",
        "hocr", "mets", "image",
    }  # fmt: skip


def test_a_plain_file_is_one_leaf(saved: Save, leaves: Read) -> None:
    (leaf,) = leaves(saved("letter.txt", LETTER))
    assert (leaf.record, leaf.outcome, leaf.capture) == (None, "read", None)
    assert leaf.document is not None
    assert leaf.document.sections[0].text == LETTER.decode()


@pytest.mark.parametrize(
    ("name", "content", "outcome", "reason"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", "skipped", "picture"),
        ("a.txt", b"", "skipped", "empty"),
        ("a.pdf", b"%PDF-1.4 and no more", "failed", "damaged PDF"),
        ("a.md", b"---\nacess: staff\n---\nText", "failed", "metadata is wrong"),
        ("a.html", b"<html><body></body></html>", "skipped", "no text"),
    ],
)
def test_other_outcomes(
    saved: Save, leaves: Read, name: str, content: bytes, outcome: str, reason: str
) -> None:
    (leaf,) = leaves(saved(name, content))
    assert (leaf.record, leaf.outcome, leaf.reason) == (None, outcome, reason)
    assert leaf.document is None


def test_a_missing_file_a_folder_and_a_fifo(tmp_path: Path, leaves: Read) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.symlink("loop", tmp_path / "loop")
    for name in ("missing", ".", "pipe", "loop"):
        (leaf,) = leaves(tmp_path / name)
        assert (leaf.outcome, leaf.reason) == ("failed", "unreadable file")
        assert leaf.detail
        assert not readers.is_container(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_is_not_ours_to_read(saved: Save, leaves: Read) -> None:
    path = saved("a.txt", LETTER)
    path.chmod(0)
    (leaf,) = leaves(path)
    assert (leaf.outcome, leaf.reason) == ("failed", "unreadable file")


def test_a_sidecar_lies_over_what_was_found(saved: Save, leaves: Read) -> None:
    path = saved("letter.md", b"---\ntitle: Found\ncreator: Delvaux\naccess: staff\n---\n" + LETTER)
    saved("letter.md.toml", b'title = "Said"\naccess = "public"\ndate = "soon"\n')
    (leaf,) = leaves(path)
    assert leaf.document is not None
    description = leaf.document.description
    assert (description.title, description.creator) == ("Said", "Delvaux")
    assert description.access == "staff", "a sidecar may narrow access, never widen it"
    assert leaf.document.notes == ("date not understood: soon",)


def test_a_wrong_sidecar_fails_its_file(saved: Save, leaves: Read) -> None:
    path = saved("letter.txt", LETTER)
    saved("letter.txt.toml", b'acces = "staff"\n')
    (leaf,) = leaves(path)
    assert (leaf.outcome, leaf.reason) == ("failed", "metadata is wrong")
    assert "acces" in leaf.detail


def test_a_sidecar_of_megabytes_fails_its_file(saved: Save, leaves: Read) -> None:
    path = saved("a.txt", b"Words of a file.")
    with path.with_name("a.txt.toml").open("wb") as sidecar:
        sidecar.truncate(600 << 20)
    (leaf,) = leaves(path)
    assert (leaf.outcome, leaf.reason) == ("failed", "metadata is wrong")


def test_what_is_a_sidecar(saved: Save) -> None:
    letter, sidecar = saved("letter.txt", LETTER), saved("letter.txt.toml", b"")
    assert readers.is_sidecar(sidecar)
    assert readers.sidecar_of(letter) == sidecar
    assert readers.is_sidecar(saved("collection.toml", b""))
    assert not readers.is_sidecar(saved("alone.toml", b"a = 1"))
    assert not readers.is_sidecar(letter)
    assert readers.sidecar_of(sidecar) is None


def test_a_sidecar_narrows_every_record_and_names_none(
    archive: Callable[..., object], tmp_path: Path, leaves: Read
) -> None:
    builder = archive()
    page = b"<title>Own title</title><p>The library opens at nine on every working day.</p>"
    builder.response(page, uri="http://a.example/")  # type: ignore[attr-defined]
    builder.response(page, uri="http://b.example/")  # type: ignore[attr-defined]
    path = builder.save(tmp_path / "crawl.warc.gz")  # type: ignore[attr-defined]
    (tmp_path / "crawl.warc.gz.toml").write_text(
        'title = "Crawl"\naccess = "staff"\nuse = "list"\n[rights]\nlabel = "In copyright"\n',
        encoding="utf-8",
    )
    read = [leaf.document for leaf in leaves(path) if leaf.document]
    assert len(read) == 2
    for document in read:
        description = document.description
        assert description.title == "Own title"
        staff: Access = "staff"
        assert (description.access, description.use) == (staff, "list")
        assert description.rights is not None
        assert description.rights.label == "In copyright"


def test_a_wrong_sidecar_fails_the_whole_archive(
    archive: Callable[..., object], tmp_path: Path, leaves: Read
) -> None:
    builder = archive()
    builder.response(b"<p>Words</p>")  # type: ignore[attr-defined]
    path = builder.save(tmp_path / "crawl.warc.gz")  # type: ignore[attr-defined]
    (tmp_path / "crawl.warc.gz.toml").write_text("access = 1", encoding="utf-8")
    (leaf,) = leaves(path)
    assert (leaf.record, leaf.outcome, leaf.reason) == (None, "failed", "metadata is wrong")


def test_titles_are_bounded() -> None:
    page = f"<title>{'word ' * 5000}</title><p>The library opens at nine.</p>"
    document = readers.read_blob(Blob(data=page.encode(), name="http://a.example/"))
    assert len(document.description.title) == 500
    assert document.description.title.endswith("…")


class PanicException(BaseException):
    """Stands for what parsers written in Rust raise."""


@pytest.mark.parametrize(
    "error", [ValueError("odd"), RecursionError("deep"), PanicException("index")]
)
def test_whatever_a_parser_raises_is_recorded_by_type(error: BaseException) -> None:
    with pytest.raises(FailedError) as failure, failures_recorded():
        raise error
    assert failure.value.reason == "reader failed"
    assert failure.value.detail.startswith(type(error).__name__)


def test_want_of_memory_has_a_reason_of_its_own() -> None:
    with pytest.raises(FailedError, match="out of memory"), failures_recorded():
        raise MemoryError


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), SkippedError("picture")])
def test_what_is_no_failure_of_a_parser_passes(error: BaseException) -> None:
    with pytest.raises(type(error)), failures_recorded():
        raise error
