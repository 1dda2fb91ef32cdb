"""What benchmarks make of what they measure, on small real runs and worked examples."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evals import command
from evals.bench import leftovers, measuring
from evals.bench.embedding import measures
from evals.bench.notes import write_notes
from evals.bench.query import FILTERS, recall, timed
from evals.bench.stocked import Stock
from evals.bench.suite import BENCHMARKS
from evals.targets import TARGETS, better
from rag_assistant import Assistant
from rag_assistant.config import load_settings
from rag_assistant.errors import RagAssistantError
from rag_assistant.schema import Filters
from tests.fakes import FakeEmbedder

PASSAGES = 400
WORDS = ("lighthouse", "Mühlrad", "ballot box")


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("stock") / "data"
    stock = Stock(data, FakeEmbedder())
    stock.fill(PASSAGES // 2)
    stock.fill(PASSAGES)
    with Assistant(load_settings(data=data), embedder=FakeEmbedder()) as assistant:
        assistant.following.to_the_end(lambda event: None)
    return data


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


def test_every_filter_leaves_something_and_leaves_something_out(stocked: Path) -> None:
    with Assistant(load_settings(data=stocked), embedder=FakeEmbedder()) as assistant:
        whole = assistant.search("bridge").scope.documents
        for filters in FILTERS.values():
            for one in filters:
                assert 0 < assistant.search("bridge", filters=one).scope.documents < whole, one
        assert len(timed(assistant, ["a", "b", "c"], (Filters(),))) == 3


def test_recall_falls_where_the_index_lacks_vectors(stocked: Path) -> None:
    with Assistant(load_settings(data=stocked), embedder=FakeEmbedder()) as assistant:
        assert assistant.engine.own("command")
        assert recall(assistant, WORDS).value >= 0.98
        assistant.engine.disown()
        assert recall(assistant, WORDS).value == 0


def test_two_folders_are_the_same_until_one_loses_something(stocked: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(stocked, copy)
    assert leftovers.compare(stocked, copy, WORDS, FakeEmbedder()).holds
    with Assistant(load_settings(data=copy), embedder=FakeEmbedder()) as assistant:
        lost = assistant.search("lighthouse").hits[0].entry
        assistant.docstore.takedown.remove(lost.document_id, "")
        assistant.following.to_the_end(lambda event: None)
    found = leftovers.compare(stocked, copy, WORDS, FakeEmbedder())
    assert (found.healthy, found.stored, found.lexical, found.cosine) == (True, False, False, -1)
    assert not found.holds


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
    assert areas == set(BENCHMARKS)
    assert better("bench.query.p95_ms@100k") is None


def test_the_command_takes_names_and_sizes() -> None:
    parser = command.build_parser()
    assert parser.parse_args(["bench"]).names == []
    chosen = parser.parse_args(["bench", "query", "cold", "--passages", "500"])
    assert (chosen.names, chosen.passages, chosen.pages) == (["query", "cold"], 500, 1000)
    for wrong in (["bench", "nothing"], ["bench", "--pages", "0"]):
        with pytest.raises(SystemExit):
            parser.parse_args(wrong)
