"""Answers as the terminal prints them."""

from __future__ import annotations

import pytest

from rag_assistant.answer import Answer, Clarification, Cost, Note, Suggestion
from rag_assistant.cli import printing_answers
from rag_assistant.schema import Notice
from rag_assistant.web.components.cards import sources
from rag_assistant.web.components.conversation import Exchange
from tests.answers import (
    OPENED,
    QUESTION,
    make_answer,
    make_citation,
    make_run,
    make_sentence,
    silent,
    written,
)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def printed(answer: Answer, capsys: pytest.CaptureFixture[str]) -> list[str]:
    printing_answers.answer(answer.to_dict())
    return [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("lexical", "vectors", "words"),
    [
        (1.0, 0.9962, "passages searched by words: 100 %, by meaning: 99 %"),
        (0.2, 1.0, "passages searched by words: 20 %, by meaning: 100 %"),
        (0.9999, 0.29, "passages searched by words: 99 %, by meaning: 29 %"),
        (1.0, 0.0, "passages searched by words: 100 %, by meaning: 0 %"),
        (1.0, 1.0, ""),
    ],
)
def test_an_answer_says_what_is_missing(
    lexical: float, vectors: float, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(coverage={"lexical": lexical, "vectors": vectors})
    last = printed(silent(run=run), capsys)[-1]
    assert last == " · ".join(filter(None, [words, "7 ms"]))


def test_the_last_line_tells_the_cost(capsys: pytest.CaptureFixture[str]) -> None:
    cost = Cost(prompt_tokens=900, answer_tokens=80, seconds=36.0, energy_wh=0.45)
    run = make_run(cost, answerer="ollama", model="gemma3:4b")
    last = printed(written(make_sentence(OPENED, 1), run=run), capsys)[-1]
    told = "Written by gemma3:4b · 900 tokens read, 80 written · 36 s · about 0.45 Wh"
    assert last == told


def test_other_words_that_were_searched_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(make_answer(search_query="iron bridge opening"), capsys)
    assert lines[1] == "Searched for: iron bridge opening"
    assert not [one for one in printed(make_answer(), capsys) if "Searched for" in one]


def test_a_question_back_has_numbered_choices(capsys: pytest.CaptureFixture[str]) -> None:
    back = Clarification(question="Which bridge?", choices=("The iron one?", "The old one?"))
    lines = printed(silent("clarify", clarification=back, text="Which bridge?"), capsys)
    assert lines[1:5] == [
        "Which bridge?",
        "1. The iron one?",
        "2. The old one?",
        "Ask one of these, or your question without --clarify.",
    ]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"described_by": "cataloguer"}, "Catalogue description, not the source itself"),
        ({"text_origin": "ocr"}, "Machine-read text, may contain errors: check the image"),
        ({"text_origin": "htr"}, "Machine-read text, may contain errors: check the image"),
    ],
)
def test_whose_words_a_source_has_stands_before_them(
    facts: dict[str, str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = make_answer(citations=(make_citation(text_quality=0.71, **facts),))
    lines = printed(answer, capsys)
    assert lines.index(told) == lines.index(f"“{OPENED}”") - 1
    card = str(sources([Exchange(question=QUESTION, audience="public").after(answer)]))
    assert card.index(told) < card.index("<blockquote")
    assert not [one for one in (card, *lines) if "71" in one or "0.7" in one]


def test_a_warning_is_read_before_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    warning = Notice(type="Content warning", text="It hurts.", language="en", community="Us")
    other = Notice(type="TK Attribution", text="Name us.")
    lines = printed(make_answer(citations=(make_citation(notices=(other, warning)),)), capsys)
    assert lines[1:3] == ["Content warning: It hurts. [en] — Us", f"{OPENED} [1]"]
    assert lines.index("TK Attribution: Name us.") < lines.index(f"“{OPENED}”")


def test_notes_name_their_sources(capsys: pytest.CaptureFixture[str]) -> None:
    notes = (
        Note(kind="conflict", text="Sources differ here: compare [1] with [2].", citations=(1, 2)),
        Note(kind="versions", text="It changed between these dates.", citations=(3,)),
    )
    lines = printed(make_answer(notes=notes), capsys)
    assert "Note: Sources differ here: compare [1] with [2]." in lines
    assert "Note: It changed between these dates. [3]" in lines


def test_ways_on_stand_under_their_kind(capsys: pytest.CaptureFixture[str]) -> None:
    offer = "A written answer needs about 40 seconds on this computer. Write it?"
    ways = (
        Suggestion(kind="passage", text="The iron bridge, page 3", passage_id="p1"),
        Suggestion(kind="search", text="bridge 1868"),
        Suggestion(kind="written", text=offer),
        Suggestion(kind="person", text="Ask us", url="https://library.example/ask"),
    )
    lines = printed(silent(suggestions=ways), capsys)
    told = [
        *("You could look at", "The iron bridge, page 3 (p1)"),
        *("Other words to search for", "bridge 1868"),
        *("Someone to ask", "Ask us (https://library.example/ask)"),
        *(offer, f"rag-assistant ask '{QUESTION}' --answerer ollama"),
    ]
    assert lines[1:-1] == told


def test_a_failure_is_told_before_the_quotations(capsys: pytest.CaptureFixture[str]) -> None:
    note = Note(kind="model", text="No answer was written. These are the sources' own words.")
    answer = make_answer(status="model_failed", reason="It does not run.", notes=(note,))
    lines = printed(answer, capsys)
    assert lines[1:4] == ["The model failed: It does not run.", note.text, f"{OPENED} [1]"]
