"""LlamaIndex's own evaluation runs over this project: its evaluators need nothing of ours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.evaluation import (
    BaseEvaluator,
    BatchEvalRunner,
    EvaluationResult,
    RetrievalEvalResult,
    RetrieverEvaluator,
)
from llama_index.core.tools import QueryEngineTool

from rag_assistant import Assistant
from rag_assistant.config import load_settings
from rag_assistant.llamaindex import PassageRetriever
from rag_assistant.schema import Hit
from tests.integration.conftest import write_collection

pytestmark = pytest.mark.integration

FILES = {
    "flood.txt": "The great flood of 1923 drowned eleven people in Alderbrook and broke the dam.",
    "library.txt": "The public library of Alderbrook opened in 1907 with a gift of Ada Thorne.",
    "weaving.txt": "Weavers carried their linen to the Thursday market until the mill closed.",
    "orchard.txt": "Cherries and medlars ripened in the orchards above the village.",
}
QUESTIONS = {
    "How many people drowned in the great flood?": "flood.txt",
    "Who gave the money for the public library?": "library.txt",
    "Where did weavers carry their linen?": "weaving.txt",
}
METRICS = ["hit_rate", "mrr"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("town")
    files = write_collection(folder / "files", FILES, id="town", access="public")
    settings = load_settings(data=folder / "data")
    answer = settings.answer.model_copy(update={"answerer": "extractive"})
    with Assistant(settings.model_copy(update={"answer": answer})) as assistant:
        assistant.index([files])
        yield assistant


@pytest.fixture(scope="module")
def passages(town: Assistant) -> dict[str, str]:
    """Passage id by file; a file is called by its name where it has no title."""
    found = town.search("Alderbrook weavers orchards library flood", k=len(FILES)).hits
    by_title = {hit.entry.title: hit.entry.passage_id for hit in found}
    assert by_title.keys() == FILES.keys()
    return by_title


def evaluator_of(assistant: Assistant, k: int) -> RetrieverEvaluator:
    made = RetrieverEvaluator.from_metric_names(METRICS, retriever=assistant.as_retriever(k=k))
    assert isinstance(made, RetrieverEvaluator)
    return made


def test_the_retriever_evaluator_finds_what_answers(
    town: Assistant, passages: dict[str, str]
) -> None:
    for question, name in QUESTIONS.items():
        result = evaluator_of(town, 3).evaluate(query=question, expected_ids=[passages[name]])
        assert result.metric_vals_dict == {"hit_rate": 1.0, "mrr": 1.0}
        assert result.retrieved_texts
        assert result.retrieved_texts[0] == FILES[name]


def test_its_figures_follow_the_rank(town: Assistant) -> None:
    question = "How many people drowned in the great flood?"
    ids = [hit.entry.passage_id for hit in town.search(question, k=4).hits]
    third = evaluator_of(town, 4).evaluate(query=question, expected_ids=[ids[2]])
    assert third.retrieved_ids == ids
    assert third.metric_vals_dict == {"hit_rate": 1.0, "mrr": pytest.approx(1 / 3)}
    beyond = evaluator_of(town, 2).evaluate(query=question, expected_ids=[ids[2]])
    assert beyond.metric_vals_dict == {"hit_rate": 0.0, "mrr": 0.0}


def test_many_questions_are_asked_at_once(town: Assistant, passages: dict[str, str]) -> None:
    evaluator = evaluator_of(town, 3)

    async def ask_all() -> list[RetrievalEvalResult]:
        return await asyncio.gather(
            *(
                evaluator.aevaluate(query=question, expected_ids=[passages[name]])
                for question, name in QUESTIONS.items()
            )
        )

    results = asyncio.run(ask_all())
    assert [one.query for one in results] == [*QUESTIONS]
    assert all(one.metric_vals_dict == {"hit_rate": 1.0, "mrr": 1.0} for one in results)


class Quoted(BaseEvaluator):
    """Passes a response that stands word for word in what it cites."""

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: dict[str, Any]) -> None:
        """It has none."""

    async def aevaluate(
        self,
        query: str | None = None,
        response: str | None = None,
        contexts: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> EvaluationResult:
        passing = bool(contexts) and all(text in (response or "") for text in contexts or ())
        return EvaluationResult(query=query, response=response, passing=passing)


def test_the_event_loop_is_left_free() -> None:
    asked_in: list[int] = []

    def search(query: str) -> tuple[Hit, ...]:
        asked_in.append(threading.get_ident())
        return ()

    assert asyncio.run(PassageRetriever(search).aretrieve("Where?")) == []
    assert len(asked_in) == 1
    assert asked_in != [threading.get_ident()]


@pytest.mark.filterwarnings("ignore:asyncio_module:DeprecationWarning")  # LlamaIndex's own
def test_the_query_engine_runs_in_batch_evaluation(town: Assistant) -> None:
    engine = town.as_query_engine()
    assert isinstance(engine, BaseQueryEngine)
    runner = BatchEvalRunner({"quoted": Quoted()}, workers=2)
    unanswerable = "What did the bishop say about comets in 1682?"
    results = asyncio.run(runner.aevaluate_queries(engine, [*QUESTIONS, unanswerable]))["quoted"]
    assert [one.passing for one in results] == [True, True, True, False]


def test_the_query_engine_answers_as_the_assistant_does(town: Assistant) -> None:
    question = "Where did weavers carry their linen?"
    asked = town.ask(question)
    engine = town.as_query_engine()
    for response in (engine.query(question), asyncio.run(engine.aquery(question))):
        assert str(response) == asked.text
        assert [one.node.node_id for one in response.source_nodes] == [
            citation.passage_id for citation in asked.citations
        ]
        assert response.metadata
        assert response.metadata["answer"]["status"] == "answered"
    tool = QueryEngineTool.from_defaults(engine, name="town", description="The town's history.")
    assert tool.call(question).content == asked.text
