"""What clients send."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rag_assistant.answer import Kind
from rag_assistant.asking import Question
from rag_assistant.ports import Turn
from rag_assistant.reciting import Cited
from rag_assistant.references import Format
from rag_assistant.schema import Audience, Filters

_MOST_HITS = 1000
_MOST_TURNS = 40
_MOST_CITED = 200
_LONGEST_TURN = 8000
_MOST_BESIDE = 4
_HEAVIEST = 10

_Beside = Annotated[str, Field(max_length=2000)]
_Weight = Annotated[float, Field(gt=0, le=_HEAVIEST, allow_inf_nan=False)]
_LONGEST_ADDRESS = 1 << 15
_MOST_NAMES = 20
_Name = Annotated[str, Field(max_length=500)]
_MOST_DOCUMENTS = 100
_Id = Annotated[str, Field(max_length=100)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _can_be_written(cls, values: Any) -> Any:
        """JSON may escape half a character, which nothing can store or send."""
        try:
            json.dumps(values, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise ValueError("a text has half a character (a lone surrogate)") from None
        return values


class FiltersBody(_Body):
    """Bounds on a search; dates are ISO, or a bare year."""

    collections: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    as_of: str | None = None
    language: str | None = None
    kind: str | None = None
    persons: Annotated[tuple[_Name, ...], Field(max_length=_MOST_NAMES)] = ()
    places: Annotated[tuple[_Name, ...], Field(max_length=_MOST_NAMES)] = ()
    documents: Annotated[tuple[_Id, ...], Field(max_length=_MOST_DOCUMENTS)] = ()

    def filters(self) -> Filters:
        """As the schema's type."""
        return Filters(**self.model_dump())


class TurnBody(_Body):
    """One turn of the conversation so far: text only."""

    role: Literal["user", "assistant"]
    text: Annotated[str, Field(max_length=_LONGEST_TURN)]

    def turn(self) -> Turn:
        """As the port's type."""
        return Turn(role=self.role, text=self.text)


class AskBody(_Body):
    """A question, or a subject where another ``kind`` of text is wanted.

    ``search`` is what to search for instead of what is made of the question; ``beside`` belongs to
    it, as a recorded run tells it. ``lang`` is the language of our own words about the answer.
    With ``html`` the events of a stream carry their markup (see `Marked`). ``as_public`` asks as
    the public, whoever asks: a request can narrow what it may see, never widen it.
    """

    question: str
    filters: FiltersBody = FiltersBody()
    answerer: Literal["auto", "extractive", "ollama"] | None = None
    history: Annotated[tuple[TurnBody, ...], Field(max_length=_MOST_TURNS)] = ()
    search: str | None = None
    beside: Annotated[dict[_Beside, _Weight], Field(max_length=_MOST_BESIDE)] = {}
    clarify: bool = False
    kind: Kind = "answer"
    lang: Literal["en", "de", "es", "fr"] = "en"
    html: bool = False
    as_public: bool = False

    def asked_by(self, audience: Audience) -> Question:
        """The question as the house knows it."""
        return Question(
            text=self.question,
            filters=self.filters.filters(),
            answerer=self.answerer,
            history=tuple(turn.turn() for turn in self.history),
            audience="public" if self.as_public else audience,
            search=self.search,
            beside=self.beside,
            clarify=self.clarify,
            kind=self.kind,
            told_in=self.lang,
        )


class HelpedBody(_Body):
    """Whether an answer helped; nothing else is told."""

    helped: bool


class HistoryBody(_Body):
    """The address of a page."""

    url: Annotated[str, Field(max_length=_LONGEST_ADDRESS)]


class CheckBody(_Body):
    """References, as they were pasted: one, or a list."""

    text: str


class CitedBody(_Body):
    """Cited words, as an answer's citation tells them; of a web page with the cited capture."""

    passage_id: str
    start: Annotated[int | None, Field(ge=0)] = None
    end: Annotated[int | None, Field(ge=0)] = None
    captured: str | None = None

    def cited(self) -> Cited:
        """As the house knows it."""
        return Cited(**self.model_dump())


class ReferencesBody(_Body):
    """What references are wanted of, and in which format."""

    passages: Annotated[tuple[CitedBody, ...], Field(max_length=_MOST_CITED)]
    format: Format


class SearchBody(_Body):
    """A search without an answer.

    With ``facets`` or an ``offset`` it is looked through page by page (see `retrieval.finding`); an
    empty query then means all documents within the filters.
    """

    query: str
    k: Annotated[int, Field(ge=1, le=_MOST_HITS)] = 10
    filters: FiltersBody = FiltersBody()
    sort: Literal["relevance", "date"] = "relevance"
    facets: bool = False
    offset: Annotated[int | None, Field(ge=0)] = None
