"""Retrieval and languages, on sets of a few documents that the product really indexes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals import sets
from evals.evaluators import languages, retrieval
from evals.libraries import Library
from evals.measures import Measure
from evals.metrics.retrieval import USUAL, reciprocal_rank_fusion
from evals.workbench import Workbench
from rag_assistant.answering import answerable
from rag_assistant.schema import Hit
from tests.fakes import FakeEmbedder

ARTICLES = {
    "0-0": ("Harbour", "The harbour of Alderbrook was dredged by steamships in the spring."),
    "0-1": ("Harbour", "Fishermen mended their nets beside the lighthouse every evening."),
    "1-0": ("Weaving", "Weavers carried linen from their cottages to the Thursday market."),
    "2-0": ("Orchards", "Cherries and medlars ripened in the orchards above the village."),
}
LONG = " ".join(f"The railway station number {one} was opened with a band." for one in range(60))
QUESTIONS = {
    "q1": ("Who mended nets beside the lighthouse?", "0-1"),
    "q2": ("What did weavers carry to the Thursday market?", "1-0"),
    "q3": ("Which railway station was opened with a band?", "3-0"),
}


def write_set(folder: Path) -> None:
    """The same few documents in BEIR's layout."""
    texts = {**ARTICLES, "3-0": ("Railway", LONG)}
    corpus = [{"_id": one, "title": title, "text": text} for one, (title, text) in texts.items()]
    queries = [{"_id": one, "text": text} for one, (text, _) in QUESTIONS.items()]
    judged = [f"{one}\t{document}\t1" for one, (_, document) in QUESTIONS.items()]
    (folder / "qrels").mkdir(parents=True)
    for name, rows in {"corpus": corpus, "queries": queries}.items():
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    header = "query-id\tcorpus-id\tscore"
    (folder / "qrels" / "test.tsv").write_text("\n".join([header, *judged]))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("evaluation")
    for name in retrieval.SETS:
        write_set(folder / "data" / "retrieval" / name)
    made = Workbench(
        data=folder / "data", cache=folder / "cache", embedder=FakeEmbedder(), everything=True
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def measured(bench: Workbench) -> dict[str, Measure]:
    return retrieval.evaluate(bench)


def library_of(bench: Workbench) -> Library:
    texts = sets.retrieval(bench.data, "xquad-en").texts
    return bench.library("xquad-en", lambda: texts)


def hits_of(bench: Workbench, question: str) -> tuple[Hit, ...]:
    return library_of(bench).search(question, 25)


def test_every_set_is_measured_in_three_ways(measured: dict[str, Measure]) -> None:
    plain = {
        f"retrieval.{name}.{listed}.{metric}"
        for name in retrieval.SETS
        for listed in ("lexical", "vectors", "fused")
        for metric in USUAL
        if (listed, metric) != ("fused", "recall@100") or name in retrieval.COMPARED
    }
    compared = {f"retrieval.{name}.plain.ndcg@10" for name in retrieval.COMPARED} | {
        f"retrieval.{name}.fused.ndcg@10_gain_over_plain" for name in ("cisi", "cranfield", "both")
    }
    assert measured.keys() == plain | compared


def test_figures_are_of_the_questions(measured: dict[str, Measure]) -> None:
    found = measured["retrieval.xquad-en.lexical.ndcg@10"]
    assert (found.value, found.n) == (1.0, len(QUESTIONS))  # each shares its words with one alone
    assert found.values == (1.0, 1.0, 1.0)
    assert measured["retrieval.cisi.vectors.recall@10"].value == 1.0


def test_both_sets_are_pooled(measured: dict[str, Measure]) -> None:
    one, other, both = (
        measured[f"retrieval.{name}.fused.ndcg@10_gain_over_plain"]
        for name in ("cisi", "cranfield", "both")
    )
    assert both.n == one.n + other.n
    assert one.values and other.values
    assert both.values == (*one.values, *other.values)


def test_the_lists_are_those_of_the_indexes_and_of_the_search(bench: Workbench) -> None:
    queries = sets.retrieval(bench.data, "xquad-en").queries
    vectors = bench.embedder.embed_queries([query.text for query in queries])
    library = library_of(bench)
    lists = retrieval.rankings(library, queries, vectors)
    assert set(lists) == {"lexical", "vectors", "fused", "plain"}
    for query, vector in zip(queries, vectors, strict=True):
        found = retrieval.nearest(library, query.text, vector)
        bm25 = {hit.entry.passage_id: hit.lexical for hit in hits_of(bench, query.text)}
        cosines = {hit.entry.passage_id: hit.similarity for hit in hits_of(bench, query.text)}
        assert found["lexical"] == sorted(found["lexical"], key=lambda one: -bm25[one])
        assert found["vectors"][0] == max(cosines, key=lambda one: cosines[one] or -1.0)
        # Words find few, vectors find all, and what is fused is what either finds.
        assert set(lists["lexical"][query.id]) <= set(lists["vectors"][query.id])
        assert set(lists["fused"][query.id]) == set(lists["plain"][query.id])
        assert lists["fused"][query.id] == library.ranked(hits_of(bench, query.text))


def test_a_document_of_many_passages_stands_once_at_its_best(bench: Workbench) -> None:
    query = sets.retrieval(bench.data, "xquad-en").queries[2]
    vectors = bench.embedder.embed_queries([query.text])
    library = library_of(bench)
    found = retrieval.nearest(library, query.text, vectors[0])
    assert len(found["lexical"]) > 1  # several passages of one document
    lists = retrieval.rankings(library, [query], vectors)
    assert lists["lexical"][query.id][0] == "3-0"
    assert all(len(ranked[query.id]) == len(set(ranked[query.id])) for ranked in lists.values())
    assert len(reciprocal_rank_fusion([*found.values()])) > len(lists["plain"][query.id])


def test_an_article_is_taken_out_whole(bench: Workbench) -> None:
    query = sets.retrieval(bench.data, "xquad-en").queries[0]
    library, hits = library_of(bench), hits_of(bench, query.text)
    assert {"0-0", "0-1"} <= set(library.ranked(hits))
    left = languages.without_article(library, hits, query)
    assert set(library.ranked(left)) == set(library.ranked(hits)) - {"0-0", "0-1"}
    assert [hit.rank for hit in left] == sorted(hit.rank for hit in left)


def test_answering_and_silence_are_measured_side_by_side(bench: Workbench) -> None:
    queries = sets.retrieval(bench.data, "xquad-es").queries
    values = languages.across(library_of(bench), queries)
    assert set(values) == {"fused.ndcg@10", "fused.recall@10", "answered", "silent_without_article"}
    articles = {"q1": "Harbour", "q2": "Weaving", "q3": "Railway"}
    for query in queries:
        hits = hits_of(bench, query.text)
        others = [hit for hit in hits if hit.entry.title != articles[query.id]]
        passes, silent = values["answered"], values["silent_without_article"]
        assert bool(passes[query.id]) == answerable(query.text, hits[:10], None, bench.embedder)[0]
        assert (
            bool(silent[query.id]) != answerable(query.text, others[:10], None, bench.embedder)[0]
        )


def test_languages_are_told_or_left_open_or_mistaken() -> None:
    texts = {
        "a": "Wann fuhr die Fähre nach Harlow?",
        "b": "Harlow",
        "c": "When was it that he left?",
    }
    queries = [
        sets.Query(id=one, text=text, relevant={"0-0": 1}, held_out=True)
        for one, text in texts.items()
    ]
    assert languages.told(queries, "de") == {
        "told": {"a": 1.0, "b": 0.0, "c": 0.0},
        "mistaken": {"a": 0.0, "b": 0.0, "c": 1.0},
    }


def test_translated_sentences_are_checked_at_their_own_paragraph_and_at_another() -> None:
    originals = [
        sets.Text(id="0-0", title="", text="The ferry ran from 1934. It was red."),
        sets.Text(id="0-1", title="", text="The mill burned down in 1871."),
    ]
    translated = [
        sets.Text(id="0-0", title="", text="Die Fähre fuhr ab 1934. Sie war rot und nicht blau."),
        sets.Text(id="0-1", title="", text="Die Mühle ist im Jahr 1872 abgebrannt."),
    ]
    assert languages.checked(translated, originals, "de") == {
        "kept": {"0-0:0": 1.0, "0-0:24": 1.0, "0-1:0": 0.0},
        "refused_elsewhere": {"0-0:0": 1.0, "0-1:0": 1.0},
    }


def test_a_set_that_is_missing_is_no_figure(tmp_path: Path) -> None:
    empty = Workbench(data=tmp_path, cache=tmp_path / "cache", embedder=FakeEmbedder())
    for evaluator in (retrieval.evaluate, languages.evaluate):
        with pytest.raises(sets.NotFoundError):
            evaluator(empty)
