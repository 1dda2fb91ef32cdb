"""What benchmarks make of what they measure, on small real runs and worked examples."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import chromadb
import pytest

from evals import command
from evals.bench import leftovers, measuring, pipeline, query
from evals.bench.archive import Archive, build
from evals.bench.bench import questions
from evals.bench.embedding import measures
from evals.bench.notes import write_notes
from evals.bench.query import FILTERS, recalls, timed
from evals.bench.stocked import Stock
from evals.bench.suite import BENCHMARKS
from evals.bench.whole import Whole
from evals.targets import TARGETS, better
from rag_assistant import Assistant
from rag_assistant.config import load_settings
from rag_assistant.docstore.queries import Bounds
from rag_assistant.errors import RagAssistantError
from rag_assistant.retrieval.candidates import Candidates
from rag_assistant.schema import Filters
from tests.fakes import FakeEmbedder

PASSAGES = 1_000
WORDS = ("lighthouse", "Mühlrad", "ballot box")


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    """What has filled the stocked folder."""
    stock = Stock(tmp_path_factory.mktemp("stock") / "data", FakeEmbedder())
    stock.fill(PASSAGES // 2)
    stock.fill(PASSAGES)
    return stock


@pytest.fixture(scope="module")
def stocked(stock: Stock) -> Path:
    with Assistant(load_settings(data=stock.data), embedder=FakeEmbedder()) as assistant:
        assistant.following.to_the_end(lambda event: None)
    return stock.data


class NoPassages(FakeEmbedder):
    """An embedder that is only to be asked questions."""

    def embed_passages(self, texts: object) -> object:  # type: ignore[override]
        raise AssertionError(f"{texts} were to be in the cache")


def test_a_stocked_folder_is_full_and_embeds_nothing(stocked: Path) -> None:
    with Assistant(load_settings(data=stocked), embedder=NoPassages()) as assistant:
        found = assistant.search("When was the lighthouse restored?", k=5)
        assert len(found.hits) == 5
        assert found.coverage == {"lexical": 1.0, "vectors": 1.0}
        assert found.scope.languages == ("de", "en")
        assert found.scope.collections == ("papers", "town")
        assert sum(row["passages"] for row in assistant.docstore.library.counts()) == PASSAGES


def test_versions_of_a_page_crowd_out_the_rest_so_that_a_search_looks_further(
    stock: Stock, stocked: Path
) -> None:
    (front,) = stock.fronts
    with Assistant(load_settings(data=stocked), embedder=FakeEmbedder()) as assistant:
        assert assistant.engine.own("command")
        bounds = Bounds()
        first = Candidates(assistant.engine, assistant.docstore.library, front, bounds)
        found = first.best(20)
        for listed in (found.lexical, found.similar):
            entries = assistant.docstore.library.entries(list(listed), bounds).values()
            assert {entry.title for entry in entries} == {front}, "the first are its versions"
        hits = assistant.search(front, k=10).hits
        assert len(hits[0].beneath) >= 5
        assert max(hit.versions for hit in hits) >= 5
        assert {hit.entry.title for hit in hits} > {front}


def test_pages_are_captured_repeatedly_and_on_other_sites(stocked: Path) -> None:
    with sqlite3.connect(stocked / "docstore.sqlite") as connection:
        captured = connection.execute(
            "SELECT document_id, count(*), count(DISTINCT site) FROM captures GROUP BY 1"
        ).fetchall()
    assert {number for _, number, _ in captured} >= {1, 2, 3, 4}
    assert {sites for _, _, sites in captured} == {1, 2}


def test_every_filter_leaves_something_and_leaves_something_out(stocked: Path) -> None:
    with Assistant(load_settings(data=stocked), embedder=FakeEmbedder()) as assistant:
        whole = assistant.search("bridge").scope.documents
        left = {
            one: assistant.search("bridge", filters=one).scope.documents
            for filters in FILTERS.values()
            for one in filters
        }
        assert all(0 < number < whole for number in left.values()), left
        assert min(left[one] for one in FILTERS["early_pages"]) < 0.05 * whole
        assert max(left[one] for one in FILTERS["early_pages"]) > 0.05 * whole
        assert len(timed(assistant, ["a", "b", "c"], (Filters(),))) == 3


def test_recall_falls_where_the_index_lacks_vectors(stocked: Path) -> None:
    with Assistant(load_settings(data=stocked), embedder=FakeEmbedder()) as assistant:
        assert assistant.engine.own("command")
        assert min(recalls(assistant, WORDS)) >= 0.98
        assistant.engine.disown()
        assert recalls(assistant, WORDS) == [0, 0, 0]


def test_two_folders_are_the_same_until_one_loses_something(stocked: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy", tmp_path / "other"
    for folder in (copy, other):
        shutil.copytree(stocked, folder)
    (same,) = leftovers.compare(stocked, [copy], WORDS, FakeEmbedder())
    assert same.holds
    assert same.indexed > 0.999
    with Assistant(load_settings(data=copy), embedder=FakeEmbedder()) as assistant:
        lost = assistant.search("lighthouse").hits[0].entry
        assistant.docstore.takedown.remove(lost.document_id, "")
        assistant.following.to_the_end(lambda event: None)
        assert assistant.engine.own("command")
    turn_a_vector(other)
    removed, turned = leftovers.compare(stocked, [copy, other], WORDS, FakeEmbedder())
    assert (removed.healthy, removed.stored, removed.lexical) == (True, False, False)
    assert (removed.cached, removed.indexed) == (-1, -1)
    assert (turned.stored, turned.lexical, turned.cached) == (True, True, 1)
    assert turned.indexed < 0.5, "what the cache holds says nothing about the index"
    assert not removed.holds
    assert not turned.holds


def turn_a_vector(data: Path) -> None:
    """Let the vector index hold the opposite of one passage's vector."""
    (folder,) = (data / "indexes" / "vectors").glob("g*")
    held = leftovers.vectors_in(folder)
    client = chromadb.PersistentClient(
        str(folder), settings=chromadb.Settings(anonymized_telemetry=False)
    )
    (shelf, *_) = client.list_collections()
    one = shelf.get(limit=1, include=[])["ids"][0]
    shelf.update(ids=[one], embeddings=[-held[one]])
    client.close()


def test_what_the_runner_has_set_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the environment nor a configuration in the working folder reaches a benchmark."""
    (tmp_path / "rag.toml").write_text("nonsense = 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAG_EMBEDDING__MODEL", str(tmp_path / "nowhere"))
    folder = tmp_path / "bench"
    archive = build(folder / "crawl.warc.gz", 2)
    told = measuring.told("evals.bench.raw", folder, archive.path)
    assert told["extraction_alone_s"][0] > 0


def test_what_was_measured_before_is_left_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "person"))
    monkeypatch.delenv("HF_HOME", raising=False)
    with measuring.own_cache(tmp_path / "own"):
        inherited = measuring.environment()
        assert inherited["XDG_CACHE_HOME"] == str(tmp_path / "own")
        assert inherited["HF_HOME"] == str(tmp_path / "person" / "huggingface")
        assert measuring.environment(tmp_path / "empty")["XDG_CACHE_HOME"] == str(
            tmp_path / "empty"
        )
        assert measuring.environment(tmp_path / "empty")["HF_HOME"] == inherited["HF_HOME"]
    assert measuring.environment()["XDG_CACHE_HOME"] == str(tmp_path / "person")
    assert "HF_HOME" not in measuring.environment()


def test_what_a_run_comes_to_stands_on_both_samples_of_its_parts() -> None:
    whole = Whole(
        archive=Archive(path=Path("a"), pages=10, texts=10, records=10),
        data=Path("d"),
        run=measuring.Run(seconds=10, cpu=0, children=0, peak=0, torch=False, out=""),
        report={"passages": 50},
        first=1,
        by_words=5,
    )
    alone = {
        "extraction_alone_s": [2.0, 4.0],
        "extraction_cpu_s": [4.0, 6.0],
        "embedding_alone_s": [5.0, 5.0],
        "embedding_cpu_s": [12.0, 14.0],
    }
    found = pipeline.figures(whole, alone, 2)
    efficiency = found["bench.pipeline.efficiency"]
    assert (efficiency.low, efficiency.value, efficiency.high) == pytest.approx((0.8, 0.9, 1.0))
    by_words = found["bench.pipeline.by_words"]
    assert (by_words.low, by_words.value, by_words.high) == pytest.approx((0.75, 1.0, 1.5))


def test_questions_about_pages_with_many_versions_have_a_figure_of_their_own() -> None:
    asked = questions(1, ["one", "two"])
    assert len(asked) == 100
    assert asked[::5] == ("one", "two") * 10
    times = [30.0 if question in ("one", "two") else 10.0 for question in asked]
    told = {"plain": times, "filtered": {"kind": [60.0] * 100}, "recalls": [1.0]}
    found = {name: one.value for name, one in query.figures(told, "5k").items()}
    assert found["bench.query.p50_ms@5k"] == 10
    assert found["bench.query.p95_ms@5k"] == 30
    assert found["bench.query.many_versions.p50_ms@5k"] == 30
    assert found["bench.query.filtered_over_plain@5k"] == 2


def test_speeds_are_compared_round_by_round() -> None:
    found = measures(
        {"torch": [10.0, 20.0], "torch-bf16": [20.0, 40.0], "openvino": [30.0, 60.0]}, "openvino"
    )
    assert found["bench.embedding.speedup_over_torch"].value == 3
    assert found["bench.embedding.speedup_over_torch"].low == 3, "the machine's load is taken out"
    assert found["bench.embedding.speedup_over_torch_bf16"].value == 1.5
    assert found["bench.embedding.openvino.passages_per_s"].value == 45


def test_a_command_tells_what_it_took(tmp_path: Path) -> None:
    write_notes(tmp_path / "notes", 3)
    command = ("--data", tmp_path / "data", "index", tmp_path / "notes", "--dry-run", "--json")
    run = measuring.run(tmp_path, *command)
    assert 0 < run.cpu < run.seconds * measuring.cores() + 1
    assert run.peak > 5_000_000
    assert not run.torch
    assert measuring.report_of(run)["documents"]["added"] == 3


def test_a_command_that_fails_is_an_error_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(RagAssistantError, match="nowhere"):
        measuring.run(tmp_path, "--data", tmp_path / "data", "index", tmp_path / "nowhere")


def test_every_benchmark_has_a_target_and_none_fails_a_comparison() -> None:
    areas = {name.split(".")[1] for name in TARGETS if name.startswith("bench.")}
    assert areas == set(BENCHMARKS) - {"first"}, "what is paid once has none"
    assert better("bench.query.p95_ms@100k") is None


def test_the_command_takes_names_and_sizes() -> None:
    parser = command.build_parser()
    assert parser.parse_args(["bench"]).names == []
    chosen = parser.parse_args(["bench", "query", "cold", "--passages", "500"])
    assert (chosen.names, chosen.passages, chosen.pages) == (["query", "cold"], 500, 1000)
    for wrong in (["bench", "nothing"], ["bench", "--pages", "0"]):
        with pytest.raises(SystemExit):
            parser.parse_args(wrong)
