"""What is asked, and what a stream gives back for it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

from rag_assistant.answer import Answer, Kind, Sentence
from rag_assistant.ports import Token, Turn, Waiting
from rag_assistant.retrieval import Retrieved
from rag_assistant.schema import Audience, Filters
from rag_assistant.wording import ENGLISH


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with all that its asker says about it.

    Attributes:
        text: What a person wants to know.
        filters: Bounds on what is searched.
        answerer: "auto", "extractive" or "ollama"; None takes the configured one.
        history: The conversation so far, text only.
        audience: What may be seen.
        search: What to search for, as its asker has edited it; None makes it of the question.
        beside: Texts that are searched for beside ``search``, with their weights, as a recorded
            run tells them.
        clarify: Whether a question may be asked back.
        kind: What is wanted; the text is a subject then, or, for a summary, a document's id.
        told_in: The language of our own words about the answer, one of `wording.LANGUAGES`.
    """

    text: str
    filters: Filters = field(default_factory=Filters)
    answerer: str | None = None
    history: tuple[Turn, ...] = ()
    audience: Audience = "staff"
    search: str | None = None
    beside: Mapping[str, float] = field(default_factory=dict)
    clarify: bool = False
    kind: Kind = "answer"
    told_in: str = ENGLISH


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """Quotations that answer, shown while the model still writes; the answer itself comes last."""

    answer: Answer


AskEvent = Retrieved | Quoted | Waiting | Token | Sentence | Answer
"""What was found, quotations, a place in the queue, text, checked sentences; the answer last."""

Watch = Callable[[Question, Generator[AskEvent]], Generator[AskEvent]]
"""Sees what is asked and what comes of it, and hands that on unchanged."""
