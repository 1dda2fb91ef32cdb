"""Follow-ups: which conversations count, and what each of the three searches asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.evaluators.followups import found_for, is_followup, recalls
from evals.libraries import Library
from evals.sets import Conversation, Text
from tests.fakes import FakeEmbedder

TEXTS = (
    Text(id="nets", title="Nets", text="Fishermen mended their nets beside the lighthouse."),
    Text(id="linen", title="Linen", text="Weavers carried linen to the Thursday market."),
    *(
        Text(id=f"news-{one}", title="News", text=f"Yesterday a notice, number {one}, was posted.")
        for one in "abcdefghijkl"
    ),
)
CONVERSATION = Conversation(
    id="talk",
    turns=(
        ("user", "Where did fishermen mend nets?"),
        ("assistant", "Beside the lighthouse."),
        ("user", "Which fishermen mended nets beside the lighthouse?"),
        ("assistant", "It does not say."),
        ("user", "Was a notice posted yesterday?"),
    ),
    relevant={"nets": 1},
    answerability="ANSWERABLE",
    held_out=True,
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder: Path = tmp_path_factory.mktemp("libraries")
    made = Library("mtrag", folder, TEXTS, FakeEmbedder())
    yield made
    made.close()


def talk(*turns: tuple[str, str], relevant: dict[str, int]) -> Conversation:
    return Conversation(
        id="other", turns=turns, relevant=relevant, answerability="", held_out=False
    )


def test_only_later_questions_with_known_passages_count() -> None:
    assert is_followup(CONVERSATION)
    assert not is_followup(talk(*CONVERSATION.turns, relevant={}))
    assert not is_followup(talk(("user", "Where?"), relevant={"nets": 1}))
    assert not is_followup(talk(("assistant", "Hello"), ("user", "Where?"), relevant={"nets": 1}))


def test_the_whole_conversation_finds_what_its_last_turn_does_not(library: Library) -> None:
    found = recalls(library, [CONVERSATION], "extractive")
    assert set(found) == {"last_turn", "rewritten", "all_turns"}
    assert found["last_turn"] == {"talk": 0.0}
    assert found["all_turns"] == {"talk": 1.0}


def test_a_search_finds_what_an_answer_is_made_of(library: Library) -> None:
    question = "Where did fishermen mend nets?"
    answer = library.assistant.ask(question, answerer="extractive")
    cited = [library.ids[citation.document_id] for citation in answer.citations]
    assert cited == ["nets"]
    assert found_for(library, question, (), "extractive")[0] == "nets"
