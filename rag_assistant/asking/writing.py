"""Quoting and writing: who makes the answer, and what is shown while a model is at it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from dataclasses import replace
from typing import Self

from rag_assistant import composing
from rag_assistant.answer import Answer, Note
from rag_assistant.answering import ExtractiveAnswerer
from rag_assistant.answering.citations import markers
from rag_assistant.answering.conflicts import with_conflicts
from rag_assistant.answering.language_notices import answered_otherwise
from rag_assistant.answering.languages import language_of, reply_language, wrong_language
from rag_assistant.answering.phrases import KINDS as PHRASES
from rag_assistant.asking.pace import Pace
from rag_assistant.asking.question import AskEvent, Quoted
from rag_assistant.composing import Asked
from rag_assistant.config import Settings
from rag_assistant.docstore import Docstore
from rag_assistant.engine import Engine
from rag_assistant.errors import AnswererError, ConfigError, ModelBusyError, NotFoundError
from rag_assistant.models import Models
from rag_assistant.ports import Answerer, Draft, Embedder, LanguageModel, Task, Token, Vectors
from rag_assistant.schema import Audience, Hit
from rag_assistant.wording import message, say

EXTRACTIVE = "extractive"
_TAKEN_DOWN = message("A source was taken down while the answer was written; ask again.")
_FAILED = message("The language model failed; the sources still stand.")


class Writing:
    """Makes answers of passages, by quoting them or with a model.

    Args:
        settings: How answers are made.
        docstore: Holds the sources.
        engine: Its embedding model compares.
    """

    def __init__(self, settings: Settings, docstore: Docstore, engine: Engine) -> None:
        self._settings = settings
        self._docstore = docstore
        self._engine = engine
        self._pace = Pace(docstore)
        self.models = Models(settings)

    def choose(self, name: str) -> tuple[LanguageModel | None, AnswererError | None]:
        """The model that is to write; none where it is to be quoted, or with why it cannot be.

        "auto" quotes where no model is there, and only says why where one is busy.

        Raises:
            ConfigError: The one that was asked for must not be used.
        """
        if name == EXTRACTIVE:
            return None, None
        try:
            return self.models.current(), None
        except (AnswererError, ConfigError) as error:
            if name == "auto" and not isinstance(error, ModelBusyError):
                return None, None
            if isinstance(error, ConfigError):
                raise
            return None, error

    def quoted(self, asked: Asked, task: Task) -> Answer:
        """The sources' own sentences."""
        (draft,) = (one for one in self.quoting().answer(task) if isinstance(one, Draft))
        draft = with_conflicts(draft, task.hits)
        try:
            return composing.compose(self._docstore, replace(asked, answerer=EXTRACTIVE), draft)
        except NotFoundError:
            return composing.failed(asked, "model_failed", say(_TAKEN_DOWN))

    def quoting(self) -> Answerer:
        """What quotes."""
        return ExtractiveAnswerer(self.sentences, self._settings.answer.max_sentences)

    def offered(self, asked: Asked, task: Task, model: LanguageModel) -> Answer | None:
        """The quotations alone, where writing takes longer than people like to wait."""
        seconds = self._pace.seconds(model, task)
        if seconds is None or seconds <= self._settings.answer.patience:
            return None
        quoted = self.quoted(asked, task)
        return composing.with_offer(quoted, seconds) if quoted.sentences else None

    def written(
        self, asked: Asked, task: Task, model: LanguageModel, *, quotes: bool
    ) -> Iterator[AskEvent]:
        """What the model writes; the quotations before it, if they are wanted, as soon as made.

        Where it fails, the answer is the quotations, with what happened.
        """
        from rag_assistant.answering.generative import GenerativeAnswerer

        writer = GenerativeAnswerer(model, settings=self._settings, embedder=self.embedder)
        with _Quoting(self, asked, task) as quoting:
            if quotes:
                quoting.begin()
            try:
                with closing(writer.answer(task)) as events:
                    for event in events:
                        yield from quoting.ready()
                        if isinstance(event, Draft):
                            yield self._composed(asked, task, event, model)
                        else:
                            yield event
            except AnswererError as error:
                yield self.instead(asked, quoting.answer(), error, wanted=not quotes)
            except NotFoundError:
                yield composing.failed(asked, "model_failed", say(_TAKEN_DOWN))

    def instead(
        self, asked: Asked, quoted: Answer, error: AnswererError, *, wanted: bool
    ) -> Answer:
        """The quotations, and why there are no other words.

        A model that is only busy has not failed where quotations will do as well, so where no
        written answer was ``wanted``.
        """
        if isinstance(error, ModelBusyError) and not wanted:
            busy = Note(kind="model", text=error.message)
            return replace(quoted, notes=(*quoted.notes, busy))
        return composing.failed(asked, "model_failed", _said(error, asked.audience), quoted)

    @property
    def embedder(self) -> Embedder | None:
        """What compares by meaning; None where vectors are not to be asked."""
        return self._engine.questions if self._engine.vectors else None

    @property
    def sentences(self) -> Embedder | None:
        """The same, for sentences of the sources alone, which it remembers."""
        return self._engine.sentences if self._engine.vectors else None

    def vectors_of(self, hits: Sequence[Hit]) -> Mapping[str, Vectors]:
        """The vectors of passages, by id, as far as they are computed."""
        if self.embedder is None:
            return {}
        wanted = {hit.entry.passage_id: hit.entry.text_hash for hit in hits if hit.entry.text}
        return self._engine.passage_vectors(wanted)

    def _composed(self, asked: Asked, task: Task, draft: Draft, model: LanguageModel) -> Answer:
        if task.kind == "answer":  # other texts are of other lengths
            self._pace.learn(model, draft.usage)
        language = language_of(task.question)
        if wrong_language(language, draft.sentences):
            told = answered_otherwise(language, reply_language(draft.sentences))
            asked = replace(asked, notes=(*asked.notes, Note(kind="language", text=told)))
        if task.kind not in PHRASES:
            draft = with_conflicts(draft, task.hits)
        return composing.compose(self._docstore, asked, draft, watts=self._settings.ollama.watts)


class _Quoting:
    """Makes the quotations beside the model's work, which then waits for none of it."""

    def __init__(self, writing: Writing, asked: Asked, task: Task) -> None:
        self._writing = writing
        self._asked = asked
        self._task = task
        self._worker = ThreadPoolExecutor(1, "quoting")
        self._begun: Future[Answer] | None = None
        self._told = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.shutdown()

    def begin(self) -> Future[Answer]:
        """Make them, unless they are being made."""
        if self._begun is None:
            context = copy_context()  # with the language that is spoken now
            quoted = self._writing.quoted
            self._begun = self._worker.submit(context.run, quoted, self._asked, self._task)
        return self._begun

    def ready(self) -> Generator[Quoted]:
        """The quotations, once, when they are made and hold anything."""
        if self._begun is None or self._told or not self._begun.done():
            return
        self._told = True
        answer = self._begun.result()
        if answer.sentences:
            yield Quoted(answer=answer)

    def answer(self) -> Answer:
        """The quotations, be they made only now."""
        return self.begin().result()


def as_stream(answer: Answer) -> Iterator[AskEvent]:
    """A finished answer as it would have come."""
    for sentence in answer.sentences:
        yield Token(text=f"{sentence.text}{markers(sentence.citations)} ")
        yield sentence
    yield answer


def _said(error: AnswererError, audience: Audience) -> str:
    """Why there is no text; addresses and commands are for the staff alone."""
    if audience == "public" and not isinstance(error, ModelBusyError):
        return say(_FAILED)
    return f"{error.message} {error.hint}".strip()
