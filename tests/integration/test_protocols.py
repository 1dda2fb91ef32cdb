"""What communities and institutions ask for holds in every question, and stands beside the words.

Canaries are words of documents that may be quoted, listed or neither. They are looked for in all
that a model is sent and all that an asker is shown, on every way there is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag_assistant import Assistant
from rag_assistant.answer import Answer, Kind
from rag_assistant.asking import Question
from rag_assistant.cli import printing_answers
from rag_assistant.config import OllamaSettings, load_settings
from rag_assistant.errors import RagAssistantError
from rag_assistant.ports import Turn
from rag_assistant.rerunning import body_of
from rag_assistant.schema import Audience
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.cards import sources
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.render import conversation
from tests.ollama_server import OllamaServer

pytestmark = pytest.mark.integration

CANARIES = {"quote": "Quillwort", "list": "Lacewing", "none": "Nuthatch"}
TITLES = {use: f"The songs called {use}" for use in CANARIES}
AUDIENCES: tuple[Audience, ...] = ("staff", "public")
KINDS: tuple[Kind, ...] = ("summary", "label", "title", "keywords")
QUESTIONS = (
    "When was the river song first sung?",
    *(
        f"When was the river song of the {canary} people first sung?"
        for canary in CANARIES.values()
    ),
    *(f"What is in {title}?" for title in TITLES.values()),
)
WARNED = "When did the inspector call the village backward?"
HARMFUL = "This report uses words of its time that hurt."

COLLECTION = f"""
id = "songs"
title = "Songs of the valley"
access = "public"

[[notices]]
type = "harmful-language"
text = "{HARMFUL}"
language = "en"
community = "The valley's council"
uri = "https://example.org/wording"
"""
PROJECT = {
    "unique_id": "259854f7",
    "project_page": "https://localcontextshub.org/projects/259854f7/",
    "tk_labels": [
        {
            "name": "TK Attribution (TK A)",
            "label_type": "attribution",
            "language_tag": "en",
            "label_text": "Please name the Riverfolk as the owners of these songs.",
            "img_url": "https://example.org/never-fetched.png",
            "community": {"id": 7, "name": "Riverfolk"},
            "translations": [
                {
                    "translated_name": "TK Attribution",
                    "language_tag": "fr",
                    "translated_text": "Veuillez nommer les Riverfolk.",
                }
            ],
        }
    ],
    "notice": [
        {
            "notice_type": "traditional_knowledge",
            "name": "TK Notice",
            "default_text": "There may be rights and responsibilities beyond copyright.",
        }
    ],
}


def song(use: str, canary: str) -> str:
    return (
        f"---\ntitle: The songs called {use}\nuse: {use}\n---\n"
        f"The river song of the {canary} people was first sung in 1921.\n\n"
        f"It is sung at the {canary} stone when the river rises."
    )


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer() as running:
        yield running


@pytest.fixture(scope="module")
def assistant(
    tmp_path_factory: pytest.TempPathFactory, ollama: OllamaServer
) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("protocols")
    files = folder / "songs"
    files.mkdir()
    (files / "collection.toml").write_text(COLLECTION)
    (files / "local-contexts.json").write_text(json.dumps(PROJECT))
    (files / "open.md").write_text(song("answer", "Meadow"))
    for use, canary in CANARIES.items():
        (files / f"{use}.md").write_text(song(use, canary))
    (files / "report.txt").write_text(
        "In 1903 the inspector called the village backward.\nHe had been there for one hour."
    )
    settings = load_settings(data=folder / "data").model_copy(
        update={"ollama": OllamaSettings(url=ollama.url)}
    )
    with Assistant(settings) as opened:
        report = opened.index([files])
        assert report.documents["added"] == 5  # neither collection.toml nor the project is one
        yield opened


def asked(assistant: Assistant, question: Question) -> tuple[Answer, str]:
    """The answer, and all that is shown on the way to it and with it."""
    exchange = Exchange(question=question.text, audience=question.audience)
    shown: list[str] = []
    for event in assistant.stream(question):
        exchange = exchange.after(event)
        shown += [conversation([exchange]), sources([exchange])]
    answer = exchange.answer
    assert answer is not None
    return answer, "\n".join([*shown, json.dumps(answer.to_dict())])


def prompts(server: OllamaServer) -> str:
    return json.dumps([request["messages"] for request in server.requests])


def of_documents(assistant: Assistant) -> dict[str, str]:
    """Document ids by title; what is nowhere is not found."""
    hits = assistant.search("songs river report", k=50).hits
    return {hit.entry.title: hit.entry.document_id for hit in hits}


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("text", QUESTIONS)
def test_no_model_reads_and_nobody_sees_what_they_may_not(
    assistant: Assistant, ollama: OllamaServer, text: str, audience: Audience
) -> None:
    ollama.requests.clear()
    turns = (
        Turn(role="user", text="Who sings?"),
        Turn(role="assistant", text="The Meadow people sing."),
    )
    shown = ""
    for answerer, history in (("extractive", ()), ("ollama", turns), ("auto", ())):
        question = Question(
            text=text, answerer=answerer, history=history, clarify=True, audience=audience
        )
        shown += asked(assistant, question)[1]
    assert_silent_on(prompts(ollama).replace(text, ""), ("quote", "list", "none"))
    assert_silent_on(shown.replace(text, ""), ("list", "none"))
    assert TITLES["none"] not in shown.replace(text, "")


def test_the_model_was_asked_at_all(assistant: Assistant, ollama: OllamaServer) -> None:
    ollama.requests.clear()
    answer, _ = asked(assistant, Question(text=QUESTIONS[0], answerer="ollama"))
    assert answer.ai_generated
    assert "Meadow people" in prompts(ollama)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_written_of_what_no_model_may_read(
    assistant: Assistant, ollama: OllamaServer, kind: Kind
) -> None:
    ids = of_documents(assistant)
    for use in ("quote", "list"):
        subject = ids[TITLES[use]] if kind == "summary" else TITLES[use]
        ollama.requests.clear()
        try:
            _, shown = asked(assistant, Question(text=subject, kind=kind))
        except RagAssistantError as error:
            shown = f"{error.message} {error.hint}"
        assert_silent_on(prompts(ollama).replace(subject, ""), ("quote", "list", "none"))
        assert_silent_on(shown.replace(subject, ""), ("list", "none"))


def test_what_may_be_quoted_is_quoted(assistant: Assistant) -> None:
    answer, _ = asked(assistant, Question(text=QUESTIONS[1], answerer="extractive"))
    assert "Quillwort" in answer.citations[0].quote
    assert not answer.ai_generated


@pytest.mark.parametrize("audience", AUDIENCES)
def test_what_is_listed_is_found_by_its_title_alone(
    assistant: Assistant, audience: Audience
) -> None:
    hits = assistant.search(TITLES["list"], k=50, audience=audience).hits
    (listed,) = [hit for hit in hits if hit.entry.title == TITLES["list"]]
    assert listed.entry.text == ""
    shown = assistant.show(listed.entry.document_id, audience=audience)
    assert shown["sections"] == []
    for item in (listed.entry.passage_id, listed.entry.section_id):
        with pytest.raises(RagAssistantError) as caught:
            assistant.show(item, audience=audience)
        assert_silent_on(caught.value.message, CANARIES)
    assert all(hit.entry.title != TITLES["none"] for hit in hits)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_rerun_and_the_bridge_give_no_more(
    assistant: Assistant, ollama: OllamaServer, audience: Audience
) -> None:
    ollama.requests.clear()
    retriever = assistant.as_retriever(k=50, audience=audience)
    engine = assistant.as_query_engine(audience=audience)
    for text in QUESTIONS[1::2]:
        record = assistant.ask(text, answerer="ollama", audience=audience).to_dict()
        body = body_of(record)
        again = assistant.ask(body["question"], answerer=body["answerer"], audience=audience)
        nodes = [node.node.to_dict() for node in retriever.retrieve(text)]
        response = engine.query(text)
        said = json.dumps([record, again.to_dict(), nodes, str(response), response.metadata])
        assert_silent_on(
            said.replace(text, "").replace(json.dumps(text)[1:-1], ""), ("list", "none")
        )
    told = prompts(ollama)
    for text in QUESTIONS:
        told = told.replace(text, "")
    assert_silent_on(told, ("quote", "list", "none"))


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_count_knows_of_what_is_nowhere(assistant: Assistant, audience: Audience) -> None:
    answer, _ = asked(assistant, Question(text="How tall is Mount Kilimanjaro?", audience=audience))
    assert answer.scope.documents == 4


def assert_silent_on(said: str, uses: Any) -> None:
    """None of the words of these documents; their names may stand in a question."""
    for use in uses:
        for words in (f"{CANARIES[use]} people", f"{CANARIES[use]} stone"):
            assert words not in said, use


# ---------------------------------------------------------------- notices


def test_notices_stand_beside_each_citation_with_community_and_language(
    assistant: Assistant,
) -> None:
    answer = assistant.ask(QUESTIONS[0], answerer="extractive")
    told = [
        (one.type, one.text, one.language, one.community) for one in answer.citations[0].notices
    ]
    assert told == [
        ("harmful-language", HARMFUL, "en", "The valley's council"),
        (
            "TK Attribution (TK A)",
            "Please name the Riverfolk as the owners of these songs.",
            "en",
            "Riverfolk",
        ),
        ("TK Attribution", "Veuillez nommer les Riverfolk.", "fr", "Riverfolk"),
        ("TK Notice", "There may be rights and responsibilities beyond copyright.", "", ""),
    ]
    hit = assistant.search(QUESTIONS[0], k=1).hits[0]
    assert [one["text"] for one in hit.to_dict()["notices"]] == [text for _, text, _, _ in told]
    shown = assistant.show(hit.entry.passage_id)
    assert [one["text"] for one in shown["notices"]] == [text for _, text, _, _ in told]


@pytest.mark.parametrize("answerer", ["extractive", "ollama"])
def test_a_warning_is_read_before_the_words_and_these_stand_unaltered(
    assistant: Assistant, answerer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = assistant.ask(WARNED, answerer=answerer)
    (citation,) = [one for one in answer.citations if "backward" in one.quote]
    stored = assistant.show(citation.section_id)["text"]
    assert hashlib.sha256(stored.encode()).hexdigest() == citation.text_sha256
    assert stored[citation.start : citation.end] == citation.quote
    assert "called the village backward" in citation.quote

    exchange = Exchange(question=WARNED, audience="staff").after(answer)
    for markup in (conversation([exchange]).partition("</h3>")[2], sources([exchange])):
        assert markup.index(HARMFUL) < markup.index("village backward")
    card = sources([exchange])
    assert card.index("council</bdi></cite>") < card.index("<blockquote")
    assert '<bdi lang="fr">Veuillez' in card

    printing_answers.answer(answer.to_dict())
    printed = " ".join(capsys.readouterr().out.split()).removeprefix(f"{WARNED}")
    answered = printed.partition("Sources")
    assert answered[0].index(HARMFUL) < answered[0].index("village backward")
    assert answered[2].index(HARMFUL) < answered[2].index("village backward")
    assert "[fr] — Riverfolk" in printed


def test_a_label_narrows_the_use_where_the_institution_says_so(tmp_path: Path) -> None:
    files = tmp_path / "sacred"
    files.mkdir()
    (files / "song.txt").write_text("The Vetchling song is sung at night.")
    config = 'id = "sacred"\naccess = "public"\nlocal_contexts = "project.json"\n'
    project = {"tk_labels": [{"name": "TK Secret / Sacred", "label_type": "secret_sacred"}]}
    (files / "project.json").write_text(json.dumps(project))
    with Assistant(load_settings(data=tmp_path / "data")) as assistant:
        found = {}
        for protocols in ("", '[protocols]\nsecret_sacred = "list"\n'):
            (files / "collection.toml").write_text(config + protocols)
            assistant.index([files])
            (hit,) = assistant.search("song", k=5).hits
            found[protocols] = (hit.entry.use, hit.entry.text, hit.notices[0].type)
    sacred = "TK Secret / Sacred"
    assert list(found.values()) == [
        ("answer", "The Vetchling song is sung at night.", sacred),
        ("list", "", sacred),
    ]


def test_the_card_needs_nothing_from_elsewhere(assistant: Assistant) -> None:
    answer = assistant.ask(QUESTIONS[0], answerer="extractive")
    exchange = Exchange(question=QUESTIONS[0], audience="staff").after(answer)
    assert "never-fetched" not in sources([exchange]) + conversation([exchange])
    assert isinstance(exchange.beside, Beside)
