"""From a question to an answer, as a stream: search, choose who answers, answer, or say why not."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from rag_assistant import composing, page_changes
from rag_assistant.answer import Answer, Clarification, Timings
from rag_assistant.answering import answerable
from rag_assistant.answering.clarifying import ambiguity, worded
from rag_assistant.answering.orders import is_order
from rag_assistant.asking.finding import Finder, Found
from rag_assistant.asking.question import AskEvent, Question, Quoted, Watch
from rag_assistant.asking.writing import EXTRACTIVE, Writing, as_stream
from rag_assistant.composing import Asked
from rag_assistant.config import Settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.ids import text_sha256
from rag_assistant.engine import Engine
from rag_assistant.errors import NotFoundError
from rag_assistant.models import Models
from rag_assistant.page_changes import PageChanges
from rag_assistant.page_versions import PageVersions
from rag_assistant.ports import LanguageModel, Task
from rag_assistant.retrieval import Retrieved, Retriever
from rag_assistant.schema import Audience
from rag_assistant.wording import in_language, message, say

__all__ = ["AskEvent", "Asking", "Question", "Quoted", "Watch"]

_NOT_READY = message("The index is being built: try again in a moment.")
_NOTHING = message("no passage answers the question")


class Asking:
    """Answers questions over one data folder, whose indexes are open."""

    def __init__(
        self,
        settings: Settings,
        docstore: Docstore,
        engine: Engine,
        retriever: Retriever,
        writing: Writing | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._docstore = docstore
        self._finder = Finder(engine, retriever, settings.answer.retrieved)
        self._writing = writing or Writing(settings, docstore, engine)
        self._changes = PageChanges(docstore, retriever, settings.answer.max_sentences)
        self._versions = PageVersions(docstore, retriever)
        self._settings_sha256 = text_sha256(settings.shaping)

    @property
    def models(self) -> Models:
        """What writes."""
        return self._writing.models

    def stream(self, question: Question) -> Generator[AskEvent]:
        """What was found, then text as it comes, the `Answer` last (see `Assistant.stream`).

        A question that says at what time it means a page is answered as of then, and the answer's
        filters show it.
        """
        return in_language(question.told_in, self._steps(question))

    def _steps(self, question: Question) -> Generator[AskEvent]:
        started = time.monotonic()
        other = question.kind != "answer"  # only a model can write it
        name = "ollama" if other else question.answerer or self._settings.answer.answerer
        model, refusal = self._writing.choose(name)
        found = yield from self._finder.find(question, model)
        asked = self._asked(question, found, started)
        if model is None and refusal is None:
            asked = replace(asked, answerer=EXTRACTIVE)
        yield found.retrieved
        told = self._tell(asked, found, question)
        if told is not None:
            yield from as_stream(told)
        elif not self._answerable(found, question):
            yield self._silence(asked)
        elif asks := self._ask_back(found, question):
            readable = all(hit.entry.use == "answer" for hit in found.retrieved.hits)
            wording = worded(asks, question.text, model if readable else None)
            yield composing.asks_back(asked, (yield from wording))
        elif refusal is not None:
            quoted = self._writing.quoted(asked, self._task(found, question))
            instead = self._writing.instead(asked, quoted, refusal, wanted=name != "auto")
            yield from as_stream(instead)
        else:
            task = self._task(found, question)
            yield from self._answer(asked, task, model, waits=name == "auto")

    def _asked(self, question: Question, found: Found, started: float) -> Asked:
        collections = self._docstore.library.collections()
        searched = found.retrieved.scope.collections
        return Asked(
            question=question.text,
            search=found.search,
            filters=found.filters,
            audience=question.audience,
            retrieved=found.retrieved,
            answerer="ollama",
            settings_sha256=self._settings_sha256,
            help=composing.help_of(self._settings.help, collections, searched, self._clock()),
            started=started,
            kind=question.kind,
            turns=found.turns,
            beside=found.beside,
            notes=found.notes,
            timings=Timings(retrieve=composing.milliseconds_since(started)),
        )

    # ------------------------------------------------------------ from the captures of a page

    def _tell(self, asked: Asked, found: Found, question: Question) -> Answer | None:
        """What the captures tell of a change; None where they cannot."""
        times = found.times
        if question.kind != "answer" or not (times.change or times.still):
            return None
        told = self._changes.tell(times, found.retrieved, asked.audience, self._writing.sentences)
        if told is None:
            return None
        asked = replace(asked, answerer=page_changes.NAME)
        if told.draft is None:
            text, reason = told.unchanged
            return composing.no_answer(asked, reason, text=text)
        try:
            return composing.compose(self._docstore, asked, told.draft, as_of=told.as_of)
        except NotFoundError:  # it does not stand there any more: look for what does
            return None

    # ------------------------------------------------------------ from passages

    def _answer(
        self, asked: Asked, task: Task, model: LanguageModel | None, *, waits: bool
    ) -> Iterator[AskEvent]:
        """What is quoted or written of the passages; ``waits`` where quotations come first."""
        if model is None:
            yield from as_stream(self._writing.quoted(asked, task))
        elif waits and (offered := self._writing.offered(asked, task, model)):
            yield from as_stream(offered)
        else:
            yield from self._writing.written(asked, task, model, quotes=waits)

    def _ask_back(self, found: Found, question: Question) -> Clarification | None:
        """The one question back, where the asker allows one and what was found needs it."""
        if not question.clarify or question.kind != "answer":
            return None
        return ambiguity(
            found.search,
            found.retrieved.hits,
            self._writing.sentences,
            filters=found.filters,
            history=question.history,
        )

    def _answerable(self, found: Found, question: Question) -> bool:
        """Whether the hits can answer; a date that became a bound is no longer asked of them."""
        if question.kind == "summary":
            return bool(found.retrieved.hits)
        asked = found.search if found.times.as_of is None else found.times.undated
        seen = self._versions.seen(found.retrieved)
        return answerable(asked, found.retrieved.hits, seen, self._writing.embedder)[0]

    def _silence(self, asked: Asked) -> Answer:
        if _being_built(asked.retrieved):
            return composing.failed(asked, "not_ready", say(_NOT_READY))
        return composing.no_answer(asked, say(_NOTHING))

    def _task(self, found: Found, question: Question) -> Task:
        whole = question.kind == "summary"
        hits = found.retrieved.hits
        if not whole:
            hits = self._versions.preferred(found.retrieved, found.times)
            hits = hits[: self._settings.answer.passages]
        return Task(
            question=_named(found.search) if whole else question.text,
            search=found.search,
            hits=hits,
            kind=question.kind,
            vectors=self._writing.vectors_of(hits),
            history=question.history,
            policy=self._policy(question.audience),
        )

    def _policy(self, audience: Audience) -> Literal["mark", "drop"]:
        """Patrons never read a sentence that no source supports."""
        return "drop" if audience == "public" else self._settings.answer.policy


def _named(title: str) -> str:
    """A document's title for a model to read; one that gives orders is not among its words."""
    return "the document above" if is_order(title) else title


def _being_built(retrieved: Retrieved) -> bool:
    """Whether nothing was found because too little is indexed yet."""
    coverage = retrieved.coverage
    partly = coverage["lexical"] < 1 and (coverage["vectors"] < 1 or not retrieved.hits)
    return partly and retrieved.scope.documents > 0
