"""The facade: settings become objects here, and nothing below knows it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rag_assistant import composing, health, showing
from rag_assistant.answer import Answer, Sentence, Timings
from rag_assistant.answering import answerable
from rag_assistant.answering.extractive import ExtractiveAnswerer
from rag_assistant.config import Settings, load_settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.ids import text_sha256
from rag_assistant.docstore.tombstones import Receipt
from rag_assistant.embedding import ModelTokenizer, find_model, passage_limit
from rag_assistant.engine import Engine
from rag_assistant.errors import AnswererError, ConfigError, NotFoundError, UsageError
from rag_assistant.following import Following
from rag_assistant.indexer import Indexer, OnEvent, index_lock
from rag_assistant.ports import Answerer, Draft, Embedder, Task, Token, Turn
from rag_assistant.readers.charset import clean_text
from rag_assistant.report import Report
from rag_assistant.retrieval import Retrieved, Retriever, Sort
from rag_assistant.schema import Audience, Filters

if TYPE_CHECKING:
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.retrievers import BaseRetriever

AskEvent = Retrieved | Token | Sentence | Answer
"""What `Assistant.stream` yields: what was found, pieces of text, checked sentences, the answer."""

_PATIENCE = 10.0
_HANDED_OVER = 2.0  # seconds that others have to take the indexes
_SPLITTER_VERSION = "1"
_NOT_READY = "The index is being built: try again in a moment."
_TAKEN_DOWN = "A source was taken down while the answer was written; ask again."


class Assistant:
    """Questions and answers over one data folder.

    Open it with `Assistant.open`; it acts for the operator (audience "staff") unless it is told
    otherwise, and owns the indexes, as far as nobody else does, until it is closed.
    """

    def __init__(self, settings: Settings, *, embedder: Embedder | None = None) -> None:
        self.settings = settings
        self.docstore = Docstore(settings.data)
        self.engine = Engine(settings, self.docstore, embedder)
        self.following = Following(self.docstore, self.engine)
        self._retriever = Retriever(self.docstore, self.engine, settings.retrieval)
        self._settings_sha256 = text_sha256(
            settings.model_dump_json(include={"embedding", "retrieval", "answer", "ollama"})
        )
        self._handed_over = -math.inf
        self.serving = False

    @classmethod
    def open(cls, settings: Settings | Path | str | None = None) -> Self:
        """Open a data folder by settings, by the path of its ``rag.toml``, or by the defaults."""
        if not isinstance(settings, Settings):
            settings = load_settings(Path(settings) if settings is not None else None)
        return cls(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the indexes and the docstore."""
        self.engine.close()
        self.docstore.close()

    # ------------------------------------------------------------ indexing

    def keep_following(self, stop: threading.Event) -> None:
        """For a server: see `Following.serve`."""
        self.following.serve(stop)

    def index(
        self,
        paths: Sequence[Path | str],
        *,
        collection: str | None = None,
        dry_run: bool = False,
        on_event: OnEvent = lambda event: None,
    ) -> Report:
        """Bring collections up to date with their files, and the indexes with the docstore.

        Beside a running server only the docstore is written here; the server's indexes follow.

        Raises:
            UsageError: A path is missing.
            BusyError: Another `index` is at it.
        """
        started = time.monotonic()
        files = find_model(self.settings.embedding)
        tokenizer = ModelTokenizer(files.tokenizer)
        limit = passage_limit(files, self.settings.embedding, tokenizer)
        with index_lock(self.settings.data):
            if not dry_run:
                self.following.begin(_PATIENCE)
                self.docstore.documents.open_closed()
            indexer = Indexer(
                self.docstore,
                tokenizer=tokenizer,
                limit=limit,
                splitter=f"{_SPLITTER_VERSION}:{files.sha256}:{limit}",
                on_event=on_event,
                after_file=self.following.after_file,
            )
            report = indexer.run([Path(path) for path in paths], collection, dry_run=dry_run)
            if not dry_run:
                self.following.to_the_end(on_event)
        report.seconds = time.monotonic() - started
        report.lags = self.engine.lags()
        return report

    # ------------------------------------------------------------ asking

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        filters: Filters | None = None,
        sort: Sort = "relevance",
        audience: Audience = "staff",
    ) -> Retrieved:
        """The ``k`` best passages, no answer.

        Raises:
            UsageError: The query is empty, or a filter is wrong.
            NotFoundError: Nothing was ever indexed.
        """
        query = clean_text(query)
        if not query.strip():
            raise UsageError("The question is empty.", "Write what you want to know.")
        self._attach()
        return self._retriever.search(
            query, k=k, filters=filters or Filters(), audience=audience, sort=sort
        )

    def ask(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        answerer: str | None = None,
        history: Sequence[Turn] = (),
        audience: Audience = "staff",
    ) -> Answer:
        """A cited answer. See `stream` for the arguments and errors."""
        events = self.stream(
            question, filters=filters, answerer=answerer, history=history, audience=audience
        )
        for event in events:
            if isinstance(event, Answer):
                return event
        raise RuntimeError("the stream of an answer ended without one")

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        answerer: str | None = None,
        history: Sequence[Turn] = (),
        audience: Audience = "staff",
    ) -> Iterator[AskEvent]:
        """Answer as a stream: what was found, then text as it comes, the `Answer` last.

        Args:
            question: What a person wants to know.
            filters: Bounds on what is searched.
            answerer: "auto", "extractive" or "ollama"; None takes the configured one.
            history: The conversation so far, text only.
            audience: What may be seen.

        Raises:
            UsageError: The question is empty, or a filter is wrong.
            NotFoundError: Nothing was ever indexed.
        """
        started = time.monotonic()
        filters = filters or Filters()
        question = clean_text(question)
        retrieved = self.search(
            question, k=self.settings.answer.retrieved, filters=filters, audience=audience
        )
        timings = Timings(retrieve=_since(started))
        yield retrieved
        chosen, refusal = self._choose(answerer or self.settings.answer.answerer)
        asked = composing.Asked(
            question=question,
            filters=filters,
            audience=audience,
            retrieved=retrieved,
            answerer=chosen.name if chosen else "ollama",
            settings_sha256=self._settings_sha256,
            help=composing.help_of(
                self.settings.help,
                self.docstore.library.collections(),
                retrieved.scope.collections,
            ),
            timings=timings,
        )
        if chosen is None:
            total = replace(timings, total=_since(started))
            yield composing.failed(asked, "model_failed", _told(refusal, audience), total)
        elif answerable(question, retrieved.hits)[0]:
            yield from self._answer(asked, chosen, history, started)
        elif _being_built(retrieved):
            total = replace(timings, total=_since(started))
            yield composing.failed(asked, "not_ready", _NOT_READY, total)
        else:
            total = replace(timings, total=_since(started))
            yield composing.no_answer(asked, "no passage answers the question", timings=total)

    def _answer(
        self,
        asked: composing.Asked,
        answerer: Answerer,
        history: Sequence[Turn],
        started: float,
    ) -> Iterator[AskEvent]:
        hits = asked.retrieved.hits[: self.settings.answer.passages]
        task = Task(question=asked.question, hits=hits, history=tuple(history))
        try:
            for event in answerer.answer(task):
                if isinstance(event, Draft):
                    spent = {**event.timings_ms, "total": _since(started)}
                    timings = replace(asked.timings, **spent)
                    yield composing.compose(self.docstore, asked, event, timings)
                else:
                    yield event
        except AnswererError as error:
            timings = replace(asked.timings, total=_since(started))
            yield composing.failed(asked, "model_failed", _told(error, asked.audience), timings)
        except NotFoundError:
            timings = replace(asked.timings, total=_since(started))
            yield composing.failed(asked, "model_failed", _TAKEN_DOWN, timings)

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
        embedder = self.engine.embedder if self.engine.vectors else None
        return ExtractiveAnswerer(embedder, self.settings.answer.max_sentences)

    def _generative(self) -> Answerer:
        from rag_assistant.answering import ollama
        from rag_assistant.answering.generative import GenerativeAnswerer

        model = ollama.connect(self.settings.ollama)
        return GenerativeAnswerer(
            ollama.open_llm(self.settings.ollama, model),
            model=model.name,
            digest=model.digest,
            settings=self.settings,
        )

    def _attach(self) -> None:
        """Own the indexes if nobody does, so that vectors can be asked too.

        A session holds them from question to question; it hands them over to who waits.
        """
        if self.docstore.changes.last_seq() == 0:
            raise NotFoundError(
                f"Nothing has been indexed in {self.settings.data} yet.",
                "rag-assistant index FOLDER",
            )
        if self.serving:
            return
        if self.engine.lock.held and self.engine.lock.wanted:
            self.engine.disown()
            self._handed_over = time.monotonic()
        if time.monotonic() - self._handed_over < _HANDED_OVER:
            return
        if self.engine.own("command", patience=_PATIENCE):
            self.engine.catch_up()

    # ------------------------------------------------------------ looking, taking down, mending

    def show(self, item: str, *, audience: Audience = "staff") -> dict[str, Any]:
        """A passage, section or document by its id.

        Raises:
            NotFoundError: Not there for this audience.
            GoneError: Removed.
        """
        return showing.show(self.docstore, item, audience)

    def hide(self, item: str, *, reason: str = "", dry_run: bool = False) -> Receipt:
        """Hide at once, reversibly."""
        takedown = self.docstore.takedown
        return takedown.preview(item) if dry_run else takedown.hide(item, reason)

    def remove(self, item: str, *, reason: str = "", dry_run: bool = False) -> Receipt:
        """Purge for good: text, vectors, and the indexes' old folders."""
        takedown = self.docstore.takedown
        if dry_run:
            return takedown.preview(item)
        receipt = takedown.remove(item, reason)
        self.docstore.erase()
        return receipt

    def restore(self, item: str) -> Receipt:
        """Lift a take-down."""
        return self.docstore.takedown.restore(item)

    def settle(self, on_event: OnEvent = lambda event: None) -> dict[str, int]:
        """Wait until the indexes have followed, by this process or another; the lags left."""
        return self.following.to_the_end(on_event)

    def repair(self, on_event: OnEvent = lambda event: None) -> dict[str, str]:
        """Check each index against the docstore and rebuild what differs; what was wrong."""
        if self.engine.own("index", patience=_PATIENCE):
            found = {**self.engine.mended(), **self.engine.repair()}
        else:  # a running server has them open: it builds both anew
            self.docstore.changes.request_rebuild()
            found = dict.fromkeys(self.engine.lags(), "was asked to be built anew")
        self.following.to_the_end(on_event)
        return found

    def status(self) -> dict[str, Any]:
        """Collections, indexes, failures and the answerer, for people and monitoring."""
        if not self.serving and self.docstore.changes.last_seq():
            self.engine.own("command", patience=_PATIENCE)
        return health.status(self.settings, self.docstore, self.engine)

    # ------------------------------------------------------------ LlamaIndex

    def as_retriever(self, *, k: int = 10, audience: Audience = "staff") -> BaseRetriever:
        """This assistant's search as a LlamaIndex retriever."""
        from rag_assistant.llamaindex import PassageRetriever

        return PassageRetriever(lambda query: self.search(query, k=k, audience=audience).hits)

    def as_query_engine(self, *, audience: Audience = "staff") -> BaseQueryEngine:
        """This assistant's cited answers as a LlamaIndex query engine."""
        from rag_assistant.llamaindex import CitedQueryEngine

        return CitedQueryEngine(lambda question: self.ask(question, audience=audience))


def _told(error: AnswererError | None, audience: Audience) -> str:
    """Why there is no text; addresses and commands are for the staff alone."""
    if error is None or audience == "public":
        return "The language model failed; the sources still stand."
    return f"{error.message} {error.hint}".strip()


def _being_built(retrieved: Retrieved) -> bool:
    """Whether nothing was found because too little is indexed yet."""
    coverage = retrieved.coverage
    partly = coverage["lexical"] < 1 and (coverage["vectors"] < 1 or not retrieved.hits)
    return partly and retrieved.scope.documents > 0


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
