"""The project's own questions: what counts as found, right, astray, and as a day that is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evals.evaluators import own
from evals.evaluators.own import Asked
from evals.gold import Evidence, Question
from evals.measures import Measure
from rag_assistant import Assistant
from rag_assistant.answer import Answer
from rag_assistant.answer import Sentence as Said
from rag_assistant.config import load_settings
from tests.archives import ArchiveBuilder
from tests.fakes import FakeEmbedder

TEXT = "The ferry runs at eight and at nine in the morning, every day."
OTHER = "The museum is shut on Mondays. Children come in free of charge."
QUESTION = Question(
    id="q-1",
    collection="archive",
    question="When does the ferry run in the morning?",
    answer="at eight and at nine",
    evidence=(
        Evidence(path="crawl.warc.gz", record="", section=0, start=18, end=26, quote="at eight"),
    ),
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Two captured pages, really indexed."""
    folder: Path = tmp_path_factory.mktemp("own")
    (folder / "archive").mkdir()
    crawl = ArchiveBuilder()
    for name, text in (("ferry", TEXT), ("museum", OTHER)):
        address = f"https://{name}.example.org/"
        crawl.page(address, text, at="2018-09-22T10:00:00Z", title=f"The {name}")
    crawl.save(folder / "archive" / "crawl.warc.gz")
    with Assistant(load_settings(data=folder / "data"), embedder=FakeEmbedder()) as opened:
        opened.index([folder / "archive"])
        yield opened


@pytest.fixture(scope="module")
def asked(assistant: Assistant) -> Asked:
    """The question, asked; it names the record of the page that answers it."""
    hits = assistant.search(QUESTION.question, k=2).hits
    (ferry,) = [hit.entry for hit in hits if hit.entry.text == TEXT]
    (capture,) = assistant.docstore.captures.of(ferry.document_id)
    evidence = replace(QUESTION.evidence[0], record=f"<{capture.record}>")
    (one,) = own.ask(assistant, [replace(QUESTION, evidence=(evidence,))], "extractive")
    return one


def test_what_overlaps_the_evidence_is_found_and_right(assistant: Assistant, asked: Asked) -> None:
    assert (asked.answered, asked.right, asked.astray) == (True, True, False)
    found = own._retrieval(assistant, [asked])
    assert {name.split(".")[2] for name in found} == {"lexical", "vectors", "fused"}
    assert {measure.value for measure in found.values()} == {1.0}
    elsewhere = replace(asked, evidence={("doc_x", "sec_x"): [(0, 5)]})
    assert own._relevant(elsewhere, [hit.entry for hit in asked.retrieved.hits]) == {}


def test_evidence_that_is_not_indexed_is_an_error(assistant: Assistant) -> None:
    with pytest.raises(RuntimeError, match=r"q-1: the evidence in crawl\.warc\.gz"):
        own.ask(assistant, [QUESTION], "extractive")


def test_a_hit_stands_for_the_relevant_passages_beneath_it(asked: Asked) -> None:
    first, second = (
        replace(
            asked.retrieved.hits[0], entry=replace(asked.retrieved.hits[0].entry, passage_id=one)
        )
        for one in ("a", "b")
    )
    hits = [replace(first, beneath=("c", "d")), second]
    assert own._passages(hits, {}) == ["a", "b"]
    assert own._passages(hits, {"d": 1}) == ["d", "b"]
    assert own._passages(hits, {"a": 1, "d": 1}) == ["a", "d", "b"]


def test_an_answer_is_right_where_a_citation_overlaps_the_evidence(asked: Asked) -> None:
    (cited,) = asked.answer.citations
    place = (cited.document_id, cited.section_id)
    beside = replace(asked, evidence={place: [(cited.end, cited.end + 5)]})
    assert (beside.right, beside.astray) == (False, False)
    elsewhere = replace(asked, evidence={("doc_x", "sec_x"): [(0, 5)]})
    assert (elsewhere.right, elsewhere.astray) == (False, True)
    silent = replace(elsewhere, answer=replace(asked.answer, status="no_answer", citations=()))
    assert (silent.answered, silent.right, silent.astray) == (False, False, False)


def test_coverage_and_silence_count_their_own_questions(asked: Asked) -> None:
    unknown = replace(asked, question=replace(QUESTION, id="q-2", evidence=()), evidence={})
    kept = replace(unknown, answer=replace(asked.answer, status="no_answer"))
    kept = replace(kept, question=replace(kept.question, id="q-3"))
    found: dict[str, Measure] = own._abstention([asked, unknown, kept])
    values = {name.removeprefix("abstention.own."): one.value for name, one in found.items()}
    assert values == {"coverage": 1.0, "silence": 0.5, "balanced_accuracy": 0.75}


def test_a_day_is_known_where_a_cited_capture_was_taken_on_it(asked: Asked) -> None:
    def said(text: str, *markers: int) -> Answer:
        sentence = Said(text=text, citations=markers, support="supported")
        return replace(asked.answer, sentences=(sentence,))

    assert own._days_known(said("On 22 September 2018 the page said:", 1)) == [1.0]
    assert own._days_known(said("On 23 September 2018 the page said:", 1)) == [0.0]
    assert own._days_known(said("On 22 September 2018 the page said:")) == [0.0]
    assert own._days_known(said("The page never changed.", 1)) == []
