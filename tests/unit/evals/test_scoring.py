"""Scoring answers: on a real answer, and on what becomes of the scores when it is bent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evals import scoring
from evals.libraries import Library
from evals.sets import Text
from rag_assistant.answer import Answer
from rag_assistant.errors import UsageError
from tests.fakes import FakeEmbedder

TEXTS = (
    Text(
        id="ferry",
        title="The ferry",
        text="The ferry at Alderbrook stopped in 1924. A bridge of stone had been opened there.",
    ),
    Text(id="market", title="The market", text="Linen was sold at the market every Thursday."),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    made = Library("scored", tmp_path_factory.mktemp("cache"), TEXTS, FakeEmbedder())
    yield made
    made.close()


@pytest.fixture(scope="module")
def answer(library: Library) -> Answer:
    found = library.assistant.ask("When did the ferry at Alderbrook stop?", answerer="extractive")
    assert found.status == "answered"
    assert "1924" in found.text
    return found


def test_a_quoted_answer_scores_full(library: Library, answer: Answer) -> None:
    texts = scoring.stored_texts(library.assistant.docstore)
    score = scoring.score_answer(answer, texts)
    assert score.answered
    for kind in (score.fidelity, score.resolved, score.accounted, score.recall, score.precision):
        assert kind
        assert set(kind) == {1.0}


def test_each_fault_shows_in_its_own_score(library: Library, answer: Answer) -> None:
    texts = scoring.stored_texts(library.assistant.docstore)
    first, source = answer.sentences[0], answer.citations[0]
    moved = replace(answer, citations=(replace(source, start=source.start + 1),))
    assert scoring.score_answer(moved, texts).fidelity == (0.0,)
    other = replace(answer, citations=(replace(source, text_sha256="0" * 64),))
    assert scoring.score_answer(other, texts).fidelity == (0.0,)
    lost = replace(answer, citations=(replace(source, section_id="sec_nowhere"),))
    assert scoring.score_answer(lost, texts).fidelity == (0.0,)
    bare = replace(answer, sentences=(replace(first, citations=(), support="verbatim"),))
    assert scoring.score_answer(bare, texts).accounted == (0.0,)
    marked = replace(answer, sentences=(replace(first, citations=(), support="unsupported"),))
    assert scoring.score_answer(marked, texts).accounted == (1.0,)


def test_a_citation_resolves_where_its_ids_lead_to_its_words(
    library: Library, answer: Answer
) -> None:
    texts = scoring.stored_texts(library.assistant.docstore)
    market = library.assistant.search("linen market", k=1).hits[0].entry
    (source,) = answer.citations
    for bent in (
        replace(source, passage_id="nowhere"),
        replace(source, passage_id=market.passage_id),
        replace(source, section_id=market.section_id),
        replace(source, document_id=market.document_id),
    ):
        astray = replace(answer, citations=(bent,))
        assert scoring.score_answer(astray, texts).resolved == (0.0,)
        assert scoring.score_answer(astray, None).resolved == (1.0,)


def test_markers_are_numbered_from_one_and_have_one_citation_each(answer: Answer) -> None:
    (source,) = answer.citations
    second = replace(answer, citations=(replace(source, marker=2),), sentences=())
    assert scoring.score_answer(second, None).resolved == (0.0,)
    twice = replace(answer, citations=(source, source), sentences=())
    assert scoring.score_answer(twice, None).resolved == (0.0,)


def test_a_marker_without_a_citation_counts_against_precision(answer: Answer) -> None:
    first = answer.sentences[0]
    invented = replace(answer, sentences=(replace(first, citations=(1, 99)),))
    score = scoring.score_answer(invented, None)
    assert score.resolved == (1.0, 0.0)
    assert score.recall == (1.0,)
    assert score.precision == (1.0, 0.0)


def test_a_changed_year_is_not_recalled(answer: Answer) -> None:
    false = replace(answer.sentences[0], text=answer.sentences[0].text.replace("1924", "1942"))
    score = scoring.score_answer(replace(answer, sentences=(false,)), None)
    assert (score.recall, score.precision) == ((0.0,), (0.0,))


def test_a_file_is_scored_and_each_bad_line_is_named(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    lacking = {key: value for key, value in answer.to_dict().items() if key != "run"}
    lines = [json.dumps(answer.to_dict()), "", "{", json.dumps(lacking)]
    path.write_text("\n".join(lines), encoding="utf-8")
    found, faults = scoring.score(path)
    assert found["answers.scored.answered"].n == 1
    assert found["answers.scored.recall"].value == 1.0
    assert "answers.scored.quote_fidelity" not in found  # no stored text was at hand
    assert found["answers.scored.quotes_unchecked"].value == len(answer.citations)
    assert [fault.split(":")[0] for fault in faults] == ["line 3", "line 4"]
    assert "'run' is a required property" in faults[1]


def test_with_the_stored_texts_no_quote_is_left_unchecked(
    library: Library, answer: Answer, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps(answer.to_dict()) + "\n", encoding="utf-8")
    found, faults = scoring.score(path, scoring.stored_texts(library.assistant.docstore))
    assert faults == []
    assert found["answers.scored.quote_fidelity"].value == 1.0
    assert "answers.scored.quotes_unchecked" not in found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"schema_version": 2}', "line 1: $"),
        ('"an answer"', "line 1: $: 'an answer' is not of type 'object'"),
        ("[" * 100_000, "line 1: no JSON"),
    ],
)
def test_what_is_no_answer_of_the_schema_has_no_score(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(line, encoding="utf-8")
    found, faults = scoring.score(path)
    assert found == {}
    assert [fault[: len(said)] for fault in faults] == [said]


def test_a_file_without_answers_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text("\n")
    with pytest.raises(UsageError, match="holds no answers"):
        scoring.score(path)
    with pytest.raises(UsageError, match="cannot be read"):
        scoring.score(tmp_path / "none.jsonl")
