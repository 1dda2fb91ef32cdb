"""Web archives from the file to the hit: access rules, furniture, revisits, provenance."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from rag_assistant import Assistant
from rag_assistant.config import load_settings
from rag_assistant.docstore.queries import Bounds
from rag_assistant.errors import ConfigError
from rag_assistant.ports import Embedder
from rag_assistant.schema import Filters
from tests.archives import ArchiveBuilder
from tests.fakes import FakeEmbedder

from .conftest import REPOSITORY, write_collection

pytestmark = pytest.mark.integration

STAFF = Bounds()
PUBLIC = Bounds(access=("public",))
NOTICE = "We use one biscuit to remember that you have read about the biscuit."
HOURS = "The tollhouse is open on Sundays from two until five."


def data() -> Path:
    folder = Path(os.environ.get("RAG_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    assert (folder / "README.md").is_file(), f"The test data is not in {folder}."
    return folder / "web-archives"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    folder = write_collection(tmp_path / "town", {}, access="public")
    crawl = ArchiveBuilder()
    crawl.page("http://town.example/minutes", "The council met about the Quillwort weir.")
    crawl.page("http://town.example/private/list", "The Zyxomma list names the tenants.")
    crawl.page("http://www.town.example/staff/rota", "The Nuthatch rota is pinned up.")
    crawl.save(folder / "crawl.warc.gz")
    return folder


@pytest.fixture
def fresh(tmp_path: Path, embedder: Embedder) -> Assistant:
    """Of an empty data folder, with a model that is loaded already; to be closed."""
    return Assistant(load_settings(data=tmp_path / "data"), embedder=embedder)


def found(assistant: Assistant, question: str, audience: str = "staff") -> list[str]:
    hits = assistant.search(question, audience=audience).hits  # type: ignore[arg-type]
    return [hit.uri for hit in hits]


def test_access_rules_are_obeyed_and_may_come_later(fresh: Assistant, town: Path) -> None:
    with fresh as assistant:
        before = assistant.index([town])
        assert before.outcomes.indexed == 3
        rules = town / "acl" / "rules.aclj"
        rules.parent.mkdir()
        rules.write_text(
            'example,town)/staff - {"access": "allow", "user": "desk"}\n'
            'example,town)/staff - {"access": "block"}\n'
            'example,town)/private - {"access": "exclude"}\n'
        )
        after = assistant.index([town])
        assert after.outcomes.skipped["excluded by access rules"] == 1
        everything = {*found(assistant, "Zyxomma tenants"), *found(assistant, "Nuthatch rota")}
        assert "http://town.example/private/list" not in everything
        assert "http://www.town.example/staff/rota" in everything
        public = found(assistant, "Nuthatch rota pinned", "public")
        assert public == ["http://town.example/minutes"]
        rules.write_text("")
        assert assistant.index([town]).outcomes.indexed == 2
        assert "http://town.example/private/list" in found(assistant, "Zyxomma tenants", "public")


RULES = (
    'example,town)/staff - {"access": "allow", "user": "desk"}\n'
    'example,town)/staff - {"access": "block"}\n'
    'example,town)/private - {"access": "exclude"}\n'
)
MINUTES = "http://town.example/minutes"
LIST = "http://town.example/private/list"
ROTA = "http://www.town.example/staff/rota"


def seen(assistant: Assistant, audience: Bounds) -> set[str]:
    captures = assistant.docstore.captures
    return {uri for uri in (MINUTES, LIST, ROTA) if captures.at(uri, audience)}


def test_a_rule_holds_at_once_for_what_is_not_read_again(fresh: Assistant, town: Path) -> None:
    with fresh as assistant:
        assistant.index([town])
        assert seen(assistant, PUBLIC) == {MINUTES, LIST, ROTA}
        (town / "rules.aclj").write_text(RULES)
        (town / "new.txt").write_text("The Wheatear is new.")
        assistant.index([town / "new.txt"])
        assert (seen(assistant, PUBLIC), seen(assistant, STAFF)) == ({MINUTES}, {MINUTES, ROTA})
        assert found(assistant, "Nuthatch rota pinned")[0] == ROTA
        assert ROTA not in found(assistant, "Nuthatch rota pinned", "public")
        assert assistant.index([town]).outcomes.skipped["excluded by access rules"] == 1
        assert (seen(assistant, PUBLIC), seen(assistant, STAFF)) == ({MINUTES}, {MINUTES, ROTA})
        (town / "rules.aclj").unlink()
        assistant.index([town])
        assert seen(assistant, PUBLIC) == {MINUTES, LIST, ROTA}


def test_a_rule_holds_for_an_archive_that_cannot_be_read_now(fresh: Assistant, town: Path) -> None:
    with fresh as assistant:
        assistant.index([town])
        (town / "rules.aclj").write_text(RULES)
        (town / "crawl.warc.gz").unlink()
        (town / "crawl.warc.gz").symlink_to(town / "nowhere")
        assert sum(assistant.index([town]).outcomes.failed.values()) == 1
        assert (seen(assistant, PUBLIC), seen(assistant, STAFF)) == ({MINUTES}, {MINUTES, ROTA})


def test_a_rule_parts_what_shared_its_words(fresh: Assistant, town: Path) -> None:
    """Two addresses with the same words are one document until only one of them is open."""
    crawl = ArchiveBuilder()
    crawl.page(MINUTES, "The council met about the Quillwort weir.")
    crawl.page(ROTA, "The council met about the Quillwort weir.")
    crawl.save(town / "crawl.warc.gz")
    with fresh as assistant:
        assistant.index([town])
        (town / "rules.aclj").write_text(RULES)
        (town / "new.txt").write_text("The Wheatear is new.")
        assistant.index([town / "new.txt"])
        assert (seen(assistant, PUBLIC), seen(assistant, STAFF)) == ({MINUTES}, {MINUTES, ROTA})
        before = assistant.docstore.library.document_ids(STAFF)
        assert len(before) == 3
        assistant.index([town])
        assert assistant.docstore.library.document_ids(STAFF) == before


def test_a_miss_and_a_revisit_are_judged_too(fresh: Assistant, town: Path) -> None:
    crawl = ArchiveBuilder()
    crawl.page(MINUTES, "The council met about the Quillwort weir.", at="2018-01-01T00:00:00Z")
    for uri in (LIST, ROTA):
        crawl.response(b"", uri=uri, status="404 Not Found")
        crawl.record(
            "revisit",
            b"",
            uri=uri,
            WARC_Date="2019-01-01T00:00:00Z",
            WARC_Refers_To_Target_URI=MINUTES,
            WARC_Refers_To_Date="2018-01-01T00:00:00Z",
        )
    crawl.save(town / "crawl.warc.gz")
    with fresh as assistant:
        assistant.index([town])
        assert seen(assistant, PUBLIC) == {MINUTES, LIST, ROTA}
        (town / "rules.aclj").write_text(RULES)
        (town / "new.txt").write_text("The Wheatear is new.")
        assistant.index([town / "new.txt"])
        assert seen(assistant, STAFF) == {MINUTES}  # no open page is repeated for the staff
        captures = assistant.docstore.captures
        assert [captures.misses(uri, ["town"]) for uri in (LIST, ROTA)] == [[], []]
        assistant.index([town])
        assert seen(assistant, STAFF) == {MINUTES}


def test_a_rule_that_cannot_be_read_stops_the_run(fresh: Assistant, town: Path) -> None:
    (town / "rules.aclj").write_text("example,town)/private - exclude\n")
    with (
        fresh as assistant,
        pytest.raises(ConfigError, match=r"rules\.aclj"),
    ):
        assistant.index([town])


def test_furniture_costs_no_passage_and_is_still_found(tmp_path: Path, fresh: Assistant) -> None:
    folder = write_collection(tmp_path / "town", {}, access="public")
    crawl = ArchiveBuilder()
    subjects = ("weir", "ferry", "bakery", "choir", "chapel", "orchard", "tannery", "school")
    for subject in subjects:
        crawl.page(
            f"http://town.example/{subject}",
            NOTICE,
            f"The history of the {subject} fills three boxes in the reading room.",
            f"Ask for the {subject} by name, and bring a pencil.",
            HOURS,
        )
    crawl.save(folder / "crawl.warc.gz")
    with fresh as assistant:
        report = assistant.index([folder])
        library = assistant.docstore.library
        entries = library.entries(list(library.text_hashes(STAFF)), STAFF).values()
        holding = Counter(
            words for entry in entries for words in (NOTICE, HOURS) if words in entry.text
        )
        assert holding == {NOTICE: 1, HOURS: 1}
        assert report.passages == len(entries)
        assert report.lags == {"lexical": 0, "vectors": 0}
        answer = assistant.ask("When is the tollhouse open?", answerer="extractive")
        assert HOURS in answer.text
        for citation in answer.citations:
            text = library.section(citation.section_id, STAFF).section.text
            assert text[citation.start : citation.end] == citation.quote


def test_an_unchanged_page_is_one_document_seen_often(tmp_path: Path) -> None:
    """What the documents and captures are does not depend on the many vectors."""
    settings = load_settings(data=tmp_path / "data")
    with Assistant(settings, embedder=FakeEmbedder()) as assistant:
        report = assistant.index([data() / "pywb" / "iana.warc.gz"], collection="iana")
        outcomes = report.outcomes
        # All 123 revisits are of style sheets and the like, and say so as their originals do.
        aside = ("style sheet", "script", "font", "picture")
        assert sum(outcomes.skipped[reason] for reason in aside) == 12 + 123
        assert outcomes.skipped["revisit of a capture that is not here"] == 0
        assert report.documents["added"] + report.documents["unchanged"] > 0
        captures = [
            capture
            for document_id in assistant.docstore.library.document_ids(STAFF)
            for capture in assistant.docstore.captures.of(document_id)
        ]
        assert len(captures) == outcomes.captures
        assert all(capture.payload_digest and capture.record for capture in captures)


def test_as_of_takes_what_stood_there_then(tmp_path: Path, fresh: Assistant) -> None:
    folder = write_collection(tmp_path / "town", {}, access="public")
    crawl = ArchiveBuilder()
    crawl.page("http://town.example/fees", "A ticket costs two pounds.", at="2016-05-01T10:00:00Z")
    crawl.page("https://www.town.example/fees/", "A ticket is free.", at="2019-05-01T10:00:00Z")
    crawl.response(
        b"gone",
        uri="https://town.example/fees",
        status="404 Not Found",
        WARC_Date="2021-05-01T10:00:00Z",
    )
    crawl.save(folder / "crawl.warc.gz")
    with fresh as assistant:
        assistant.index([folder])
        said = {
            year: [
                hit.entry.text
                for hit in assistant.search("ticket", filters=Filters(as_of=str(year))).hits
            ]
            for year in (2015, 2017, 2020, 2022)
        }
    assert said == {
        2015: [],
        2017: ["A ticket costs two pounds."],
        2020: ["A ticket is free."],
        2022: [],
    }
