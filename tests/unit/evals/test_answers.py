"""Answers against what people took: a small library, real parts, figures worked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.evaluators.answers import against_people, drawn, in_passage, read
from evals.given import answerer_of, as_hits, draft
from evals.libraries import Library
from evals.sets import LongAnswer, MultiSource, Reading, Text
from evals.workbench import Workbench
from rag_assistant.answering.extractive import ExtractiveAnswerer
from tests.fakes import FakeAnswerer, FakeEmbedder

TEXTS = (
    Text(
        id="0-0",
        title="Harbour",
        text="The harbour of Alderbrook was dredged by steamships in the spring of 1904. "
        "Gulls were counted there.",
    ),
    Text(
        id="1-0",
        title="Weaving",
        text="Weavers carried linen from their cottages to the Thursday market.",
    ),
)
SENTENCES = ("The bridge fell in 1902 .", "It was of wood .", "Nobody was hurt .")


def reading(question: str, paragraph: str, answer: str) -> Reading:
    return Reading(
        id="one",
        question=question,
        article=paragraph.split("-", maxsplit=1)[0],
        paragraph=paragraph,
        answers=(answer,),
        held_out=True,
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    made = Library("answers", tmp_path_factory.mktemp("answers"), TEXTS, FakeEmbedder())
    yield made
    made.close()


@pytest.fixture
def answerer() -> ExtractiveAnswerer:
    return ExtractiveAnswerer(FakeEmbedder(), 3)


def test_the_gold_answer_is_looked_for_in_what_is_quoted(
    library: Library, answerer: ExtractiveAnswerer
) -> None:
    question = "When was the harbour of Alderbrook dredged by steamships?"
    found = read(reading(question, "0-0", "the spring of 1904"), library, answerer)
    assert found == {
        "gold_in_quotes": 1,
        "given.gold_in_quotes": 1,
        "answered": 1,
        "right_paragraph": 1,
    }


def test_another_paragraph_and_another_answer_are_misses(
    library: Library, answerer: ExtractiveAnswerer
) -> None:
    question = "When was the harbour of Alderbrook dredged by steamships?"
    found = read(reading(question, "1-0", "the winter of 1904"), library, answerer)
    assert found == {
        "gold_in_quotes": 0,
        "given.gold_in_quotes": 0,
        "answered": 1,
        "right_paragraph": 0,
    }


def test_silence_is_a_miss_of_the_product_and_none_of_the_answerer(
    library: Library, answerer: ExtractiveAnswerer
) -> None:
    question = "Which Thursday did astronomers of Cardiff photograph comets?"
    found = read(reading(question, "1-0", "linen"), library, answerer)
    assert found == {"gold_in_quotes": 0, "given.gold_in_quotes": 1, "answered": 0}


def test_sentences_cut_otherwise_are_found_in_their_passage() -> None:
    assert in_passage(SENTENCES, ["It was of wood ."]) == {SENTENCES[1]}
    assert in_passage(SENTENCES, [" ".join(SENTENCES[:2])]) == set(SENTENCES[:2])
    assert in_passage(SENTENCES, ["bridge fell in 1902 ."]) == {SENTENCES[0]}
    assert in_passage(SENTENCES, ["1902 ."]) == {"1902 ."}
    assert in_passage(SENTENCES, ["It was of stone."]) == {"It was of stone."}
    assert in_passage(SENTENCES, []) == set()


def test_a_long_answer_is_compared_with_the_nearest_person() -> None:
    asked = LongAnswer(
        id="one",
        question="What happened to the bridge?",
        title="Bridge",
        sentences=SENTENCES,
        selected=(frozenset(SENTENCES[:1]), frozenset(SENTENCES[1:])),
        answers=("The bridge fell in 1902.",),
        answerable=True,
        held_out=True,
    )
    found = against_people(asked, SENTENCES[:2])
    assert found["sentence_f1"] == pytest.approx(2 * 1 / (2 + 1))
    assert found["rouge_l"] == pytest.approx(2 * 5 / (9 + 5))
    assert against_people(asked, []) == {"sentence_f1": 0, "rouge_l": 0}


def test_quoted_sources_are_compared_with_all_summaries() -> None:
    sources = tuple(Text(id=f"q-{n}", title="", text=f"Source {n} says so.") for n in (1, 2, 3))
    asked = MultiSource(
        id="q",
        question="What does source 1 say?",
        sources=sources,
        summaries=("Source 1 says so.", "nothing"),
        quoted=(frozenset({"q-1", "q-2"}), frozenset({"q-3"})),
        held_out=True,
    )
    hits = as_hits(asked.question, sources, FakeEmbedder())
    (first,) = [hit for hit in hits if hit.entry.document_id == "q-1"]
    found = drawn(asked, draft(FakeAnswerer(), asked.question, [first]))
    assert found["source_precision"] == pytest.approx((1 + 0) / 2)
    assert found["source_recall"] == pytest.approx((1 / 2 + 0) / 2)
    assert found["source_f1"] == pytest.approx((2 / 3 + 0) / 2)
    assert found["rouge_l"] == 1


def test_texts_become_hits_nearest_first() -> None:
    hits = as_hits("Who carried linen to the market?", TEXTS, FakeEmbedder())
    assert [hit.entry.document_id for hit in hits] == ["1-0", "0-0"]
    assert [hit.rank for hit in hits] == [1, 2]
    first, second = hits
    assert first.similarity is not None
    assert second.similarity is not None
    assert first.similarity > second.similarity
    for hit in hits:
        assert len(hit.entry.sentences) == (2 if hit.entry.document_id == "0-0" else 1)


def test_the_benchs_answerer_quotes_as_the_product_does(tmp_path: Path) -> None:
    bench = Workbench(data=tmp_path, cache=tmp_path, embedder=FakeEmbedder())
    made = draft(answerer_of(bench), "Who carried linen?", as_hits("linen", TEXTS, bench.embedder))
    assert made.sentences[0].text == TEXTS[1].text
    assert not made.written
