"""What was said before helps to find, and leaves the question's own cosines as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag_assistant import Assistant
from rag_assistant.asking import Question
from rag_assistant.config import load_settings
from rag_assistant.ports import Turn
from rag_assistant.retrieval import Retrieved
from tests.fakes import FakeEmbedder
from tests.integration.conftest import write_collection

pytestmark = pytest.mark.integration

TEXTS = {
    "nets.txt": "Fishermen mended their nets beside the lighthouse.",
    "fees.txt": "Fees of the lighthouse were sixpence for every fisherman.",
    "market.txt": "Fees of the market were a shilling for every weaver.",
    "linen.txt": "Weavers carried their linen to the market.",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("said")
    settings = load_settings(data=folder / "data")
    with Assistant(settings, embedder=FakeEmbedder()) as assistant:
        assistant.index([write_collection(folder / "texts", TEXTS, access="public")])
        yield assistant


def found(library: Assistant, question: str, before: str = "") -> Retrieved:
    history = (Turn(role="user", text=before), Turn(role="assistant", text="It stands there."))
    asked = Question(text=question, history=history if before else (), answerer="extractive")
    return next(one for one in library.stream(asked) if isinstance(one, Retrieved))


def first(retrieved: Retrieved) -> str:
    return retrieved.hits[0].entry.text


def test_one_question_finds_what_the_conversation_is_about(library: Assistant) -> None:
    for before, other in (("lighthouse", "market"), ("market", "lighthouse")):
        retrieved = found(library, "Fees?", f"Who came to the {before}?")
        assert f"Fees of the {before}" in first(retrieved)
        assert other not in first(retrieved)


def test_a_new_subject_is_found_whatever_was_said(library: Assistant) -> None:
    question = "Where did fishermen mend nets beside the lighthouse?"
    assert first(found(library, question, "Who came to the market?")) == TEXTS["nets.txt"]


def test_cosines_are_those_of_the_search(library: Assistant) -> None:
    question = "Where did fishermen mend nets beside the lighthouse?"
    alone = {hit.entry.text: hit.similarity for hit in found(library, question).hits}
    beside = found(library, question, "Who came to the market?").hits
    assert {hit.entry.text: hit.similarity for hit in beside} == pytest.approx(alone, abs=1e-3)
    assert [hit.rank for hit in beside] == [1, 2, 3, 4]


def test_the_record_tells_of_earlier_turns(library: Assistant) -> None:
    history = (Turn(role="user", text="Who came to the market?"),)
    answer = library.ask("Fees?", history=history, answerer="extractive")
    assert answer.run.turns == 1
    assert library.ask("Fees of the market?", answerer="extractive").run.turns == 0
