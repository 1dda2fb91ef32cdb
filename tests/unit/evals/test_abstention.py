"""Silence as it is measured: an article dropped from the hits is as good as one removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.evaluators.abstention import (
    Case,
    article_removed,
    figures,
    pooled,
    without_article,
    words_alone,
)
from evals.libraries import Library
from evals.sets import LongAnswer, Query, Text
from rag_assistant.answering import answerable
from rag_assistant.schema import Filters
from tests.fakes import FakeEmbedder, make_hit

ARTICLES = {
    "0-0": (
        "Harbour",
        "The harbour of Alderbrook was dredged by steamships in the spring of 1904.",
    ),
    "0-1": ("Harbour", "Fishermen mended their nets beside the lighthouse every evening."),
    "1-0": ("Weaving", "Weavers carried linen from their cottages to the Thursday market."),
    "1-1": ("Weaving", "The looms were silent on the day of the fair, when linen was sold."),
    "2-0": ("Orchards", "Cherries and medlars ripened in the orchards above the village."),
    "3-0": ("Railway", "The railway station was opened with a band and a dinner for the navvies."),
    "4-0": ("School", "Children learned their letters from a widow beside the bakery."),
}
TEXTS = tuple(Text(id=one, title=title, text=text) for one, (title, text) in ARTICLES.items())
QUESTIONS = {
    "nets": ("Who mended nets beside the lighthouse every evening?", "0-1"),
    "linen": ("What did weavers carry from their cottages to the Thursday market?", "1-0"),
    "band": ("Which railway station was opened with a band and a dinner?", "3-0"),
}
QUERIES = [
    Query(id=one, text=text, relevant={paragraph: 1}, held_out=True)
    for one, (text, paragraph) in QUESTIONS.items()
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    made = Library("whole", tmp_path_factory.mktemp("whole"), TEXTS, FakeEmbedder())
    yield made
    made.close()


def removed(library: Library, folder: Path, query: Query) -> Library:
    """The same library, made without the article that answers."""
    (paragraph,) = query.relevant
    others = [text for text in TEXTS if text.id.split("-")[0] != paragraph.split("-")[0]]
    return Library("less", folder, others, FakeEmbedder())


@pytest.mark.parametrize("query", QUERIES, ids=list(QUESTIONS))
@pytest.mark.parametrize("alone", [False, True], ids=["both indexes", "words alone"])
def test_dropping_an_article_equals_removing_it(
    library: Library, tmp_path: Path, query: Query, alone: bool
) -> None:
    """The same passages with the same cosines, and the same decision."""
    less = removed(library, tmp_path, query)
    search, search_less = (
        words_alone(one.assistant) if alone else one.search for one in (library, less)
    )
    dropped = without_article(library, search(query.text, 30), query)
    really = search_less(query.text, 10)
    found, expected = (
        {one.ids[hit.entry.document_id]: hit.similarity for hit in hits}
        for one, hits in ((library, dropped), (less, really))
    )
    assert found == pytest.approx(expected)
    told, truly = (
        answerable(query.text, hits, embedder=FakeEmbedder()) for hits in (dropped, really)
    )
    less.close()
    assert told[0] is truly[0] is False
    assert told[1] == pytest.approx(truly[1], abs=0.05)


def test_each_question_is_asked_with_its_article_and_without(library: Library) -> None:
    cases = article_removed(library, QUERIES, library.search)
    assert [(case.id, case.answerable) for case in cases] == [
        (one, here) for one in QUESTIONS for here in (True, False)
    ]
    for case in cases:
        paragraphs = {library.ids[hit.entry.document_id] for hit in case.hits}
        assert (QUESTIONS[case.id][1] in paragraphs) is case.answerable
    measured = figures(cases, FakeEmbedder())
    assert {name: measure.value for name, measure in measured.items()} == {
        "balanced_accuracy": 1.0,
        "coverage": 1.0,
        "silence": 1.0,
        "auroc": 1.0,
    }
    assert {measure.n for measure in measured.values()} == {3, 6}


def test_words_alone_ask_no_vectors(library: Library) -> None:
    hits = words_alone(library.assistant, Filters())("Who mended nets beside the lighthouse?", 5)
    assert library.ids[hits[0].entry.document_id] == "0-1"
    assert all(hit.similarity is None for hit in hits)


def test_pooled_questions_are_labelled_as_the_set_says(library: Library) -> None:
    question = LongAnswer(
        id="q",
        question="What did weavers carry?",
        title="Weaving",
        sentences=(),
        selected=(),
        answers=(),
        answerable=False,
        held_out=True,
    )
    (case,) = pooled([question], library.search)
    assert (case.id, case.answerable, case.held_out) == ("q", False, True)
    assert library.ids[case.hits[0].entry.document_id] == "1-0"


def test_figures_count_wrong_silence_and_wrong_answers() -> None:
    """One of two answerable questions passes, two of three others meet silence."""
    question = "When did the reading room in Mill Street open?"
    good = make_hit("The reading room in Mill Street opened in 1893.", similarity=0.9)
    bad = make_hit("Horses were sold in the spring.", similarity=0.1)
    cases = [
        Case(id=f"{n}", question=question, hits=[hit], answerable=label, held_out=True)
        for n, (hit, label) in enumerate(
            [(good, True), (bad, True), (good, False), (bad, False), (bad, False)]
        )
    ]
    measured = figures(cases, FakeEmbedder())
    assert measured["coverage"].value == 0.5
    assert measured["silence"].value == pytest.approx(2 / 3)
    assert measured["balanced_accuracy"].value == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert measured["auroc"].value == pytest.approx((1 * 2 + 1 / 2 + 1 / 2 * 2) / 6)
