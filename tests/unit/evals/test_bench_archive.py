"""The archive that benchmarks read: real, dirty, and the same each time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from warcio.archiveiterator import ArchiveIterator

from evals.bench import prose
from evals.bench.archive import SITES, Archive, build
from evals.bench.warc import digest
from rag_assistant import readers
from rag_assistant.ports import Leaf

PAGES = 400


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return build(tmp_path_factory.mktemp("bench") / "crawl.warc.gz", PAGES)


@pytest.fixture(scope="module")
def leaves(archive: Archive) -> list[Leaf]:
    return list(readers.read_file(archive.path, archive.path.name))


def test_the_same_seed_gives_the_same_bytes_and_another_others(tmp_path: Path) -> None:
    one, same, other = (
        build(tmp_path / f"{name}.warc.gz", 12, seed).path.read_bytes()
        for name, seed in (("one", 3), ("same", 3), ("other", 4))
    )
    assert one == same != other


def test_a_second_reader_agrees_with_every_record_and_its_digest(archive: Archive) -> None:
    """Another library checks lengths and payload digests by its own code."""
    kinds: Counter[str] = Counter()
    with archive.path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            kinds[record.rec_type] += 1
            if record.rec_type == "response":
                sent = record.raw_stream.read()
                assert digest(sent) == record.rec_headers.get_header("WARC-Payload-Digest")
    assert kinds.total() == archive.records
    assert kinds["revisit"] > 0


def test_every_page_is_read_in_its_own_charset(leaves: list[Leaf]) -> None:
    pages = [leaf for leaf in leaves if leaf.document and leaf.document.format == "html"]
    hosts = {leaf.capture.uri.split("/")[2] for leaf in pages if leaf.capture}
    assert hosts == {site.host for site in SITES}
    for leaf in pages:
        assert leaf.document is not None
        text = " ".join(section.text for section in leaf.document.sections)
        assert "\ufffd" not in text
        assert len(text) > 1000
    german = [leaf for leaf in pages if leaf.capture and "museum" in leaf.capture.uri]
    assert any("ü" in leaf.document.sections[0].text for leaf in german if leaf.document)


def test_it_holds_what_makes_an_archive_hard(leaves: list[Leaf]) -> None:
    kinds = Counter(leaf.outcome if leaf.document is None else "page" for leaf in leaves)
    assert kinds["revisit"] > 0
    assert kinds["failed"] == 0
    reasons = {leaf.reason for leaf in leaves if leaf.outcome == "skipped"}
    assert {"redirect", "error page", "picture"} <= reasons
    captured = Counter(leaf.capture.uri for leaf in leaves if leaf.document and leaf.capture)
    assert max(captured.values()) > 1, "no page was captured twice"
    documents = [leaf.document for leaf in leaves if leaf.document]
    texts = Counter(document.sections[0].text for document in documents)
    assert max(texts.values()) > 1, "no text stands twice"
    assert len([leaf for leaf in leaves if leaf.outcome in ("read", "revisit")]) >= PAGES


def test_prose_fills_every_gap_in_every_language() -> None:
    draw = Random(1)  # noqa: S311 - the same each time
    for language in prose.LANGUAGES.values():
        for template in (*language.templates, *language.titles):
            for topic in language.topics:
                text = prose.filled(draw, template, language, topic)
                assert "{" not in text
                assert text[0] == text[0].upper()
    assert len(set(prose.questions(draw, 50))) == 50
