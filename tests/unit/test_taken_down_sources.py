"""A second file cannot bring a removed page back, whatever kind of file it is."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.revisits import TAKEN_DOWN
from rag_assistant.indexer import Indexer
from rag_assistant.report import Report
from tests.archives import ArchiveBuilder, page
from tests.fakes import FakeTokenizer

TITLE = "Tenants"
WORDS = "The Zyxomma list names every tenant of Weir Lane and what each of them owed in 1902."
BODY = page(WORDS, title=TITLE)
DIGEST = f"sha1:{base64.b32encode(hashlib.sha1(BODY).digest()).decode()}"  # noqa: S324 - WARC's own
FIRST, OTHER = "http://town.example/tenants", "https://copies.example/t?id=4"


def archive() -> ArchiveBuilder:
    return ArchiveBuilder().response(BODY, uri=OTHER, WARC_Date="2021-01-01T00:00:00Z")


def as_warc(folder: Path) -> None:
    archive().save(folder / "second.warc.gz")


def as_wacz(folder: Path) -> None:
    with zipfile.ZipFile(folder / "second.wacz", "w") as package:
        package.writestr("archive/data.warc.gz", b"".join(archive().records))


def as_plain_file(folder: Path) -> None:
    (folder / "saved.html").write_bytes(BODY)


def as_text(folder: Path) -> None:
    (folder / "notes.txt").write_text(WORDS.replace(" every ", "\nevery  "))


def as_revisit(folder: Path) -> None:
    profile = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    built = ArchiveBuilder().record(
        "revisit",
        b"",
        uri=OTHER,
        WARC_Date="2021-01-01T00:00:00Z",
        WARC_Profile=profile,
        WARC_Payload_Digest=DIGEST,
    )
    built.save(folder / "second.warc.gz")


def index(docstore: Docstore, folder: Path) -> Report:
    indexer = Indexer(
        docstore,
        tokenizer=FakeTokenizer(),
        limit=200,
        splitter="1",
        on_event=lambda event: None,
    )
    return indexer.run([folder], None, dry_run=False)


def words_of(docstore: Docstore) -> list[str]:
    return [
        section.section.text
        for one in docstore.library.document_ids(Bounds())
        for section in docstore.library.sections(one)
    ]


def first_of(docstore: Docstore) -> str:
    (capture,) = docstore.captures.at(FIRST, Bounds())
    return capture.document_id


@pytest.mark.parametrize("bring_back", [as_warc, as_wacz, as_plain_file, as_text, as_revisit])
@pytest.mark.parametrize(("where", "access"), [("town", "staff"), ("other", "public")])
def test_none_of_them_comes_back_until_it_is_restored(
    tmp_path: Path, bring_back: Callable[[Path], None], where: str, access: str
) -> None:
    docstore = Docstore(tmp_path / "data")
    for name in ("town", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "collection.toml").write_text(f'id = "{name}"\naccess = "public"')
        (tmp_path / name / "bridge.txt").write_text(
            f"The iron bridge of {name} was opened in 1868."
        )
    town, other = tmp_path / "town", tmp_path / where
    ArchiveBuilder().response(BODY, uri=FIRST, WARC_Payload_Digest=DIGEST).save(town / "a.warc.gz")
    index(docstore, town)
    first = first_of(docstore)

    docstore.takedown.remove(first)
    (other / "collection.toml").write_text(f'id = "{where}"\naccess = "{access}"')
    bring_back(other)
    report = index(docstore, tmp_path)
    assert report.outcomes.skipped[TAKEN_DOWN] >= 1
    assert sorted(text[:15] for text in words_of(docstore)) == ["The iron bridge"] * 2
    assert docstore.captures.at(OTHER, Bounds()) == []

    docstore.takedown.restore(first)
    report = index(docstore, tmp_path)
    assert report.outcomes.skipped[TAKEN_DOWN] == 0
    again = docstore.captures.at(OTHER, Bounds())
    if bring_back is as_revisit:  # in another collection its original is not there
        assert [one.document_id for one in again] == ([first_of(docstore)] if town == other else [])
    else:
        in_archive = bring_back in (as_warc, as_wacz)
        assert len(again) == int(in_archive)
        merged = in_archive and town == other
        assert len(words_of(docstore)) == (3 if merged else 4)
    docstore.close()
