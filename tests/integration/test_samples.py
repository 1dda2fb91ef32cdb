"""The sample collections: every citation checks out, every gold quote stands where it should."""

from __future__ import annotations

import json

import jsonschema
import pytest

from evals import gold
from rag_assistant import Assistant
from rag_assistant.answer import Answer
from rag_assistant.answer_schema import answer_schema
from rag_assistant.cli.demo import QUESTIONS
from rag_assistant.schema import Filters

pytestmark = pytest.mark.integration


def check(assistant: Assistant, answer: Answer) -> None:
    """What every answer must keep: its schema, its quotes to the character, its markers."""
    found = answer.to_dict()
    jsonschema.validate(found, answer_schema())
    assert json.loads(json.dumps(found)) == found
    assert [citation.marker for citation in answer.citations] == list(
        range(1, len(answer.citations) + 1)
    )
    for citation in answer.citations:
        section = assistant.show(citation.section_id)
        assert section["text"][citation.start : citation.end] == citation.quote
        assert section["text_sha256"] == citation.text_sha256
        assert citation.quote in citation.context
    for sentence in answer.sentences:
        assert set(sentence.citations) <= {citation.marker for citation in answer.citations}


def test_gold_evidence_stands_where_it_says_to_the_character(assistant: Assistant) -> None:
    questions = gold.load()
    assert sum(question.answerable for question in questions) >= 80
    assert sum(not question.answerable for question in questions) >= 30
    documents = gold.Documents(assistant.docstore)
    for question in questions:
        for evidence in question.evidence:
            document = documents.of(question.collection, evidence.path, evidence.record)
            assert document, question.id
            stored = assistant.docstore.library.sections(document)[evidence.section]
            assert stored.section.text[evidence.start : evidence.end] == evidence.quote


def test_every_citation_checks_out(assistant: Assistant) -> None:
    """For every third question of each set; the smoke suite asks them all and checks their quotes.

    Each answer embeds the sentences of what was found.
    """
    answered = 0
    for question in gold.load()[::3]:
        answer = assistant.ask(
            question.question,
            filters=Filters(collections=(question.collection,), as_of=question.as_of),
            answerer="extractive",
        )
        check(assistant, answer)
        answered += bool(answer.citations)
        assert answer.run.timings_ms.total is not None
    assert answered >= 25


def test_the_demo_has_three_cited_answers_and_one_honest_silence(assistant: Assistant) -> None:
    answers = [assistant.ask(question, answerer="extractive") for question in QUESTIONS]
    assert [answer.status for answer in answers] == ["answered"] * 3 + ["no_answer"]
    assert "No passage answering this was found" in answers[3].text
    for answer in answers:
        check(assistant, answer)


def test_captures_are_cited_with_their_replay_and_never_live(assistant: Assistant) -> None:
    filters = Filters(collections=("web-archive",))
    answer = assistant.ask("On which days was the library shut in 2014?", filters=filters)
    assert answer.citations
    for citation in answer.citations:
        assert citation.capture is not None
        stamp = citation.capture.timestamp
        assert citation.archive_url == f"https://archive.example.org/web/{stamp}/{citation.uri}"
        assert citation.capture.first_seen <= stamp <= citation.capture.last_seen


def test_pages_are_named_as_they_are_printed(assistant: Assistant) -> None:
    hits = assistant.search("annual report preface librarian", k=50).hits
    labels = {hit.locator for hit in hits if hit.entry.kind in ("report", "book", "PDF")}
    assert any(label.startswith(("p. i", "pp. i")) for label in labels), labels


def test_hidden_text_and_broken_records_leave_no_trace(assistant: Assistant) -> None:
    for hit in assistant.search("CANARY-7F3A", k=50).hits:
        assert "CANARY" not in hit.entry.text
    failures = assistant.docstore.library.failures(10)
    assert failures
    assert all(failure["reason"] for failure in failures)


def test_filters_hold(assistant: Assistant) -> None:
    def entries(**bounds: str) -> list[tuple[str, str, int | None, int | None]]:
        hits = assistant.search("river bridge library", k=50, filters=Filters(**bounds)).hits
        assert hits
        return [(h.entry.language, h.entry.kind, h.entry.date_from, h.entry.date_to) for h in hits]

    assert {language for language, *_ in entries(language="de")} == {"de"}
    assert {kind for _, kind, *_ in entries(kind="newspaper")} == {"newspaper"}
    from rag_assistant import dates

    first, last = dates.day_number(1920, 1, 1), dates.day_number(1929, 12, 31)
    for *_, begin, end in entries(date_from="1920", date_to="1929"):
        assert begin is not None
        assert end is not None
        assert begin <= last
        assert end >= first


def test_as_of_answers_from_what_stood_there_then(assistant: Assistant) -> None:
    def fees(as_of: str) -> str:
        filters = Filters(collections=("web-archive",), as_of=as_of)
        hits = assistant.search("fines for overdue books", k=5, filters=filters).hits
        return " ".join(hit.entry.text for hit in hits)

    assert "15p a day" in fees("2013-01-01")
    assert "stopped charging fines" not in fees("2013-01-01")
    assert "stopped charging fines" in fees("2020-01-01")
    assert "15p a day" not in fees("2020-01-01")


def test_when_the_ferry_timetable_changed_is_told_from_both_versions(
    assistant: Assistant,
) -> None:
    answer = assistant.ask("When did the ferry timetable change?", audience="public")
    check(assistant, answer)
    assert answer.sentences[0].text.startswith(
        "It changed between 22 September 2018 and 13 April 2019"
    )
    captures = [citation.capture for citation in answer.citations if citation.capture]
    days = {(one.first_seen[:8], one.timestamp[:8], one.last_seen[:8]) for one in captures}
    assert days == {("20160514", "20180922", "20180922"), ("20190413", "20190413", "20210612")}
    quoted = " ".join(one.text for one in answer.sentences if one.support == "verbatim")
    assert "£1.20" in quoted
    assert "£1.80" in quoted


def test_llamaindex_interfaces_give_the_same(assistant: Assistant) -> None:
    question = "How many people died in the great flood of 1923?"
    nodes = assistant.as_retriever(k=3).retrieve(question)
    hits = assistant.search(question, k=3).hits
    assert [node.node.node_id for node in nodes] == [hit.entry.passage_id for hit in hits]
    response = assistant.as_query_engine().query(question)
    assert str(response) == assistant.ask(question).text
    assert response.source_nodes
