"""From a question to an answer, as a stream: search, choose who answers, answer, or say why not."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from rag_assistant import composing, page_changes
from rag_assistant.answer import Answer, Sentence, Timings
from rag_assistant.answering import answerable
from rag_assistant.answering.citations import markers
from rag_assistant.answering.extractive import ExtractiveAnswerer
from rag_assistant.answering.times import Times, read_times
from rag_assistant.composing import Asked
from rag_assistant.config import Settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.ids import text_sha256
from rag_assistant.engine import Engine
from rag_assistant.errors import AnswererError, ConfigError, NotFoundError
from rag_assistant.models import Models
from rag_assistant.page_changes import PageChanges
from rag_assistant.page_versions import PageVersions, captured
from rag_assistant.ports import Answerer, Draft, Embedder, Task, Token, Turn, Waiting
from rag_assistant.retrieval import Retrieved, Retriever
from rag_assistant.schema import Audience, Filters

AskEvent = Retrieved | Waiting | Token | Sentence | Answer
"""What a stream yields: what was found, a place in the queue, text, checked sentences, answers."""

_NOT_READY = "The index is being built: try again in a moment."
_TAKEN_DOWN = "A source was taken down while the answer was written; ask again."
_NOTHING = "no passage answers the question"


class Asking:
    """Answers questions over one data folder, whose indexes are open."""

    def __init__(
        self, settings: Settings, docstore: Docstore, engine: Engine, retriever: Retriever
    ) -> None:
        self._settings = settings
        self._docstore = docstore
        self._engine = engine
        self._retriever = retriever
        self.models = Models(settings)
        self._changes = PageChanges(docstore, retriever, settings.answer.max_sentences)
        self._versions = PageVersions(docstore, retriever)
        self._settings_sha256 = text_sha256(
            settings.model_dump_json(include={"embedding", "retrieval", "answer", "ollama", "llm"})
        )

    def stream(
        self,
        question: str,
        *,
        filters: Filters,
        answerer: str | None,
        history: Sequence[Turn],
        audience: Audience,
    ) -> Iterator[AskEvent]:
        """What was found, then text as it comes, the `Answer` last (see `Assistant.stream`).

        A question that says at what time it means a page is answered as of then, and the answer's
        filters show it.
        """
        started = time.monotonic()
        times = read_times(question)
        filters, times, retrieved = self._search(question, times, filters, audience)
        asked = self._asked(question, filters, audience, retrieved, _since(started))
        yield retrieved
        told = self._tell(asked, times, started) if times.change or times.still else None
        if told is not None:
            yield from _as_stream(told)
        else:
            name = answerer or self._settings.answer.answerer
            yield from self._answer(asked, times, name, history, started)

    def _search(
        self, question: str, times: Times, filters: Filters, audience: Audience
    ) -> tuple[Filters, Times, Retrieved]:
        """What is found; as of the question's own date, where pages of then can answer it."""
        k = self._settings.answer.retrieved
        if times.as_of is not None and filters.as_of is None:
            then = replace(filters, as_of=times.as_of)
            retrieved = self._retriever.search(question, k=k, filters=then, audience=audience)
            hits = captured(retrieved.hits)
            if answerable(times.undated, hits, embedder=self._embedder)[0]:
                return then, times, retrieved
        retrieved = self._retriever.search(question, k=k, filters=filters, audience=audience)
        return filters, replace(times, as_of=None), retrieved

    def _asked(
        self,
        question: str,
        filters: Filters,
        audience: Audience,
        retrieved: Retrieved,
        milliseconds: int,
    ) -> Asked:
        collections = self._docstore.library.collections()
        return Asked(
            question=question,
            filters=filters,
            audience=audience,
            retrieved=retrieved,
            answerer="ollama",
            settings_sha256=self._settings_sha256,
            help=composing.help_of(self._settings.help, collections, retrieved.scope.collections),
            timings=Timings(retrieve=milliseconds),
        )

    # ------------------------------------------------------------ from the captures of a page

    def _tell(self, asked: Asked, times: Times, started: float) -> Answer | None:
        """What the captures tell of a change; None where they cannot."""
        told = self._changes.tell(times, asked.retrieved, asked.audience, self._embedder)
        if told is None:
            return None
        asked = replace(asked, answerer=page_changes.NAME)
        timings = _spent(asked, started)
        if told.draft is None:
            text, reason = told.unchanged
            return composing.no_answer(asked, reason, timings=timings, text=text)
        try:
            return composing.compose(self._docstore, asked, told.draft, timings, told.as_of)
        except NotFoundError:  # it does not stand there any more: look for what does
            return None

    # ------------------------------------------------------------ from passages

    def _answer(
        self, asked: Asked, times: Times, name: str, history: Sequence[Turn], started: float
    ) -> Iterator[AskEvent]:
        """What an answerer makes of the passages, if they hold anything."""
        chosen, refusal = self._choose(name)
        if chosen is None:
            reason = _said(refusal, asked.audience)
            yield composing.failed(asked, "model_failed", reason, _spent(asked, started))
            return
        asked = replace(asked, answerer=chosen.name)
        if self._answerable(asked, times):
            yield from self._write(asked, times, chosen, history, started)
        elif _being_built(asked.retrieved):
            yield composing.failed(asked, "not_ready", _NOT_READY, _spent(asked, started))
        else:
            yield composing.no_answer(asked, _NOTHING, timings=_spent(asked, started))

    def _answerable(self, asked: Asked, times: Times) -> bool:
        """Whether the hits can answer; a date that became a bound is no longer asked of them."""
        question = asked.question if times.as_of is None else times.undated
        seen = self._versions.seen(asked.retrieved)
        return answerable(question, asked.retrieved.hits, seen, self._embedder)[0]

    def _write(
        self,
        asked: Asked,
        times: Times,
        answerer: Answerer,
        history: Sequence[Turn],
        started: float,
    ) -> Iterator[AskEvent]:
        hits = self._versions.preferred(asked.retrieved, times)[: self._settings.answer.passages]
        task = Task(
            question=asked.question,
            hits=hits,
            history=tuple(history),
            policy=self._policy(asked.audience),
        )
        try:
            for event in answerer.answer(task):
                if isinstance(event, Draft):
                    timings = replace(_spent(asked, started), **event.timings_ms)
                    yield composing.compose(self._docstore, asked, event, timings)
                else:
                    yield event
        except AnswererError as error:
            reason = _said(error, asked.audience)
            yield composing.failed(asked, "model_failed", reason, _spent(asked, started))
        except NotFoundError:
            yield composing.failed(asked, "model_failed", _TAKEN_DOWN, _spent(asked, started))

    def _policy(self, audience: Audience) -> Literal["mark", "drop"]:
        """Patrons never read a sentence that no source supports."""
        return "drop" if audience == "public" else self._settings.answer.policy

    # ------------------------------------------------------------ who answers

    @property
    def _embedder(self) -> Embedder | None:
        return self._engine.questions if self._engine.vectors else None

    def _choose(self, name: str) -> tuple[Answerer | None, AnswererError | None]:
        """The answerer of that name; "auto" falls back to quoting where no model is there."""
        if name == "extractive":
            return self._extractive(), None
        try:
            return self._generative(), None
        except (AnswererError, ConfigError) as error:
            if name == "auto":
                return self._extractive(), None
            if isinstance(error, ConfigError):
                raise
            return None, error

    def _extractive(self) -> Answerer:
        return ExtractiveAnswerer(self._embedder, self._settings.answer.max_sentences)

    def _generative(self) -> Answerer:
        from rag_assistant.answering.generative import GenerativeAnswerer

        model = self.models.current()
        return GenerativeAnswerer(model, settings=self._settings, embedder=self._embedder)


def _as_stream(answer: Answer) -> Iterator[AskEvent]:
    """A finished answer as it would have come."""
    for sentence in answer.sentences:
        yield Token(text=f"{sentence.text}{markers(sentence.citations)} ")
        yield sentence
    yield answer


def _said(error: AnswererError | None, audience: Audience) -> str:
    """Why there is no text; addresses and commands are for the staff alone."""
    if error is None or audience == "public":
        return "The language model failed; the sources still stand."
    return f"{error.message} {error.hint}".strip()


def _being_built(retrieved: Retrieved) -> bool:
    """Whether nothing was found because too little is indexed yet."""
    coverage = retrieved.coverage
    partly = coverage["lexical"] < 1 and (coverage["vectors"] < 1 or not retrieved.hits)
    return partly and retrieved.scope.documents > 0


def _spent(asked: Asked, started: float) -> Timings:
    return replace(asked.timings, total=_since(started))


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
