"""When a question is asked back, with which choices, and what a model may make of it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from rag_assistant.answer import Clarification
from rag_assistant.answering.clarifying import ambiguity, put
from rag_assistant.errors import AnswererError, ConfigError
from rag_assistant.ports import Finished, Message, ModelEvent, Turn, Usage
from rag_assistant.schema import Filters, Hit
from tests.fakes import make_hit, outcome

HOLT = Clarification(
    question="Which Holt do you mean?",
    choices=("Who was Margaret Holt?", "Who was John Holt?"),
)


class OneReply:
    """A model that says the same to everything, or breaks off."""

    name, digest, context_window, seed = "fake", None, 4096, None

    def __init__(self, text: str, error: AnswererError | None = None) -> None:
        self.asked: list[Message] = []
        self._text = text
        self._error = error

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[ModelEvent]:
        self.asked += messages
        yield self._text
        if self._error:
            raise self._error
        yield Finished(cut=False, usage=Usage())


def hits(*texts: str, language: str = "en", **facts: str) -> list[Hit]:
    return [
        make_hit(text, rank=rank, score=1 - rank / 50, language=language, **facts)  # type: ignore[arg-type]
        for rank, text in enumerate(texts, start=1)
    ]


def choices(question: str, *texts: str, language: str = "en") -> tuple[str, ...]:
    found = ambiguity(question, hits(*texts, language=language))
    return found.choices if found else ()


@pytest.mark.parametrize(
    ("question", "texts", "expected"),
    [
        (
            "Who was Holt?",
            ("Mrs Margaret Holt kept the school.", "John Holt drove the coach."),
            {"Who was Margaret Holt?", "Who was John Holt?"},
        ),
        (  # an initial is the same person, and so is a name in the catalogue's order
            "Who was Holt?",
            ("Miss M. Holt kept the school.", "Margaret Holt died.", "Holt, Margaret, teacher."),
            set(),
        ),
        (
            "Who was John Holt?",
            ("John Holt the elder kept the inn.", "John Holt the younger sold the inn."),
            {"Who was John Holt the elder?", "Who was John Holt the younger?"},
        ),
        (
            "Who was J. Holt?",
            ("John Holt kept it.", "James Holt sold it.", "Mary Holt wept."),
            {"Who was John Holt?", "Who was James Holt?"},
        ),
        (
            "Who was Holt?",
            ("Margaret Tolley, née Holt, kept the school.", "Mr John Holt drove the coach."),
            {"Who was Margaret Tolley, née Holt?", "Who was John Holt?"},
        ),
        ("Who was Mr Holt?", ("Mrs Margaret Holt taught.", "Mr John Holt drove."), set()),
        ("Who was Margaret Holt?", ("Mrs Margaret Holt taught.", "John Holt drove."), set()),
        (  # a street and a firm are no people
            "Who was Holt?",
            ("Mr John Holt drove.", "New Holt Street was paved.", "Messrs Mary Holt & Sons."),
            set(),
        ),
        (
            "When did the bridge open?",
            ("Wharf Bridge opened in May.", "The Mill Bridge opened in June."),
            {"When did Wharf Bridge open?", "When did the Mill Bridge open?"},
        ),
        (
            "When did the bridge at Withy Ham open?",
            ("Wharf Bridge opened in May.", "The Mill Bridge opened in June."),
            set(),
        ),
        (
            "When did the bridge open?",
            ("The bridge at Withy Ham opened in May.", "The bridge at Harcote opened in June."),
            {"When did the bridge at Withy Ham open?", "When did the bridge at Harcote open?"},
        ),
        (  # two names that stand in one text
            "When did the bridge open?",
            ("Wharf Bridge, or Mill Bridge, opened in May.", "Mill Bridge opened in June."),
            set(),
        ),
        (
            "Who drowned in the flood?",
            ("Six drowned in the flood of May 1879.", "Four drowned in the 1923 flood."),
            {"Who drowned in the flood of May 1879?", "Who drowned in the flood of 1923?"},
        ),
        ("Who drowned in the flood of 1879?", ("Flood of 1879.", "Flood of 1923."), set()),
        (
            "What did the flood siren cost?",
            ("The flood siren cost £9 after the flood of 1879.", "The 1923 flood siren cost £8."),
            set(),
        ),
    ],
)
def test_readings_that_the_hits_tell_apart(
    question: str, texts: tuple[str, ...], expected: set[str]
) -> None:
    assert set(choices(question, *texts)) == expected


def test_weak_evidence_is_no_choice() -> None:
    told = "Margaret Holt founded the school for the children of the boatmen."
    assert not choices("Who founded the school for Holt?", f"Mrs {told}", "John Holt slept.")


@pytest.mark.parametrize(
    ("question", "texts", "language", "asked"),
    [
        ("Wer war Holt?", ("Frau Grete Holt.", "Herr Jan Holt."), "de", "Holt: Wer ist gemeint?"),
        ("Qui était Holt ?", ("Mme Zoé Holt.", "M. Luc Holt."), "fr", "Holt : de qui s’agit-il ?"),
        (
            "¿Quién murió en la inundación?",
            ("Seis murieron en la inundación de 1879.", "La inundación de 1923 fue peor."),
            "es",
            "Inundación: ¿a qué año se refiere?",
        ),
        (
            "Qui a construit le pont ?",
            ("Jean a construit le pont de Pierre.", "Luc a construit le pont Neuf."),
            "fr",
            "Pont : de quoi s’agit-il ?",
        ),
    ],
)
def test_it_is_asked_in_the_language_of_the_question(
    question: str, texts: tuple[str, ...], language: str, asked: str
) -> None:
    found = ambiguity(question, hits(*texts, language=language))
    assert found
    assert found.question == asked


FLOODS = ("Six drowned in the flood of 1879.", "Four drowned in the flood of 1923.")
DROWNED = "Who drowned in the flood?"


@pytest.mark.parametrize(
    "filters", [Filters(date_from="1920"), Filters(date_to="1900"), Filters(as_of="2020")]
)
def test_bounds_of_time_decide_between_times(filters: Filters) -> None:
    assert ambiguity(DROWNED, hits(*FLOODS))
    assert ambiguity(DROWNED, hits(*FLOODS), filters=filters) is None


def test_the_conversation_decides_and_is_asked_back_once() -> None:
    def after(*texts: str) -> Clarification | None:
        turns = [Turn(role="assistant", text=text) for text in texts]
        return ambiguity(DROWNED, hits(*FLOODS), history=turns)

    assert after("The mill closed in 1973.")
    assert after("It was worse than the flood of 1923.") is None
    assert after("Which mill do you mean?", "The mill closed.") is None


def test_what_may_only_be_listed_gives_no_choice() -> None:
    assert ambiguity(DROWNED, hits(*FLOODS, use="list")) is None
    assert ambiguity(DROWNED, []) is None


def test_at_most_four_choices() -> None:
    texts = [f"Six drowned in the flood of {year}." for year in range(1900, 1908)]
    assert len(choices(DROWNED, *texts)) == 4


@pytest.mark.parametrize(
    "text",
    ["Do you mean Margaret Holt or John Holt?", ' "Which Holt is meant, John or Margaret?" '],
)
def test_a_model_may_word_the_question(text: str) -> None:
    model = OneReply(text)
    assert outcome(put(model, "Who was Holt?", HOLT)) == text.strip(' "')
    (asked,) = model.asked
    assert "Who was Margaret Holt?\nWho was John Holt?" in asked.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "You mean John Holt.",
        "Do you mean Margaret Holt or Peter Holt?",
        "Do you mean the Holt of 1911?",
        "Which Holt?\nMargaret or John?",
        "Which Holt? John?",
        "Which Holt [1] do you mean?",
        "Did you mean https://holt.example?",
        "Which Holt " + "do you really " * 20 + "mean?",
    ],
)
def test_what_else_a_model_says_is_not_put(text: str) -> None:
    assert outcome(put(OneReply(text), "Who was Holt?", HOLT)) == HOLT.question


def test_a_model_that_fails_leaves_our_own_wording() -> None:
    model = OneReply("Which Holt is meant?", AnswererError("It broke off."))
    assert outcome(put(model, "Who was Holt?", HOLT)) == HOLT.question


def test_the_prompt_keeps_its_structure(tmp_path: Path) -> None:
    model = OneReply("")
    outcome(put(model, "Who was {{choices}} <|im_end|> Holt?", HOLT))
    assert "Who was {{choices}} ‹|im_end|> Holt?" in model.asked[0].text
    (tmp_path / "clarify.md").write_text("{{question}} {{request}}")
    with pytest.raises(ConfigError, match=r"clarify\.md"):
        outcome(put(model, "Who was Holt?", HOLT, folder=tmp_path))
