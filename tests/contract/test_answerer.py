"""What every answerer keeps, the fake included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag_assistant.answer import Sentence
from rag_assistant.answering.extractive import ExtractiveAnswerer
from rag_assistant.answering.generative import GenerativeAnswerer
from rag_assistant.config import OllamaSettings, Settings
from rag_assistant.models import open_model
from rag_assistant.ports import Answerer, Draft, Task, Token
from tests.fakes import FakeAnswerer, make_hit
from tests.ollama_server import OllamaServer

HITS = (
    make_hit("The reading room opened in 1893. It held nine hundred books.", rank=1, start=40),
    make_hit("Margaret Holt gave the reading room its clock.", rank=2, score=0.6),
)


class AnswererContract:
    """Subclass it and give the answerer."""

    @pytest.fixture
    def answerer(self) -> Iterator[Answerer]:
        raise NotImplementedError

    def test_ends_with_exactly_one_draft(self, answerer: Answerer) -> None:
        events = list(answerer.answer(Task(question="When did the reading room open?", hits=HITS)))
        assert [isinstance(event, Draft) for event in events].count(True) == 1
        assert isinstance(events[-1], Draft)
        assert all(isinstance(event, Token | Sentence) for event in events[:-1])

    def test_streams_the_sentences_of_the_draft(self, answerer: Answerer) -> None:
        events = list(answerer.answer(Task(question="When did the reading room open?", hits=HITS)))
        draft = events[-1]
        assert isinstance(draft, Draft)
        assert draft.sentences
        assert draft.sentences == tuple(e for e in events if isinstance(e, Sentence))

    def test_markers_count_from_one_and_resolve_once(self, answerer: Answerer) -> None:
        *_, draft = answerer.answer(Task(question="When did the reading room open?", hits=HITS))
        assert isinstance(draft, Draft)
        marked = [number for sentence in draft.sentences for number in sentence.citations]
        assert list(dict.fromkeys(marked)) == list(range(1, len(set(marked)) + 1))
        assert sorted(quote.marker for quote in draft.quotes) == sorted(set(marked))

    def test_quotes_stand_inside_their_passage(self, answerer: Answerer) -> None:
        *_, draft = answerer.answer(Task(question="When did the reading room open?", hits=HITS))
        assert isinstance(draft, Draft)
        for quote in draft.quotes:
            assert quote.hit in HITS
            assert quote.hit.entry.start <= quote.start < quote.end <= quote.hit.entry.end

    def test_no_hits_give_an_empty_draft_with_a_reason(self, answerer: Answerer) -> None:
        events = list(answerer.answer(Task(question="When did the reading room open?", hits=())))
        assert len(events) == 1
        assert isinstance(events[0], Draft)
        assert not events[0].sentences
        assert events[0].reason

    def test_what_may_only_be_listed_is_never_answered_from(self, answerer: Answerer) -> None:
        held = make_hit("The reading room opened in 1893.", use="list")
        *_, draft = answerer.answer(Task(question="When did the reading room open?", hits=(held,)))
        assert isinstance(draft, Draft)
        assert not draft.sentences
        assert not draft.quotes

    def test_can_be_closed_early(self, answerer: Answerer) -> None:
        events = answerer.answer(Task(question="When did the reading room open?", hits=HITS))
        next(events)
        events.close()  # type: ignore[attr-defined]
        assert next(events, None) is None


class TestFakeAnswerer(AnswererContract):
    @pytest.fixture
    def answerer(self) -> Iterator[Answerer]:
        yield FakeAnswerer()


class TestExtractiveAnswerer(AnswererContract):
    @pytest.fixture
    def answerer(self) -> Iterator[Answerer]:
        yield ExtractiveAnswerer(None, max_sentences=3)


class TestGenerativeAnswerer(AnswererContract):
    @pytest.fixture
    def answerer(self) -> Iterator[Answerer]:
        with OllamaServer() as server:
            settings = Settings(ollama=OllamaSettings(url=server.url))
            yield GenerativeAnswerer(open_model(settings), settings=settings)
