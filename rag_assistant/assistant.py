"""The facade: settings become objects here, and nothing below knows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rag_assistant import health, reciting, showing, takedown
from rag_assistant import history as histories
from rag_assistant.answer import Answer, Kind
from rag_assistant.asking import AskEvent, Asking, Question, Watch
from rag_assistant.checking import Checker, CheckReport
from rag_assistant.config import Settings, load_settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.receipts import Receipt
from rag_assistant.embedding import (
    Choice,
    ModelFiles,
    ModelTokenizer,
    choose_anew,
    find_model,
    passage_limit,
)
from rag_assistant.engine import Engine
from rag_assistant.errors import NotFoundError, UsageError
from rag_assistant.following import Following, Session
from rag_assistant.indexer import Event, Indexer, OnEvent, index_lock
from rag_assistant.ports import Embedder, Turn
from rag_assistant.readers.charset import clean_text
from rag_assistant.reading import Reads, Setup, open_reading
from rag_assistant.reciting import Cited
from rag_assistant.references import Export, Format
from rag_assistant.report import Report
from rag_assistant.resplitting import splitter_name
from rag_assistant.retrieval import Retrieved, Retriever, Sort
from rag_assistant.retrieval.finding import Finder
from rag_assistant.schema import Audience, Filters
from rag_assistant.wording import say

if TYPE_CHECKING:
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.retrievers import BaseRetriever

__all__ = ["AskEvent", "Assistant", "Question", "answer_of"]

_PATIENCE = 10.0


class Assistant(AbstractContextManager["Assistant", None]):
    """Questions and answers over one data folder.

    Open it with `Assistant.open`; it acts for the operator (audience "staff") unless it is told
    otherwise, and owns the indexes, as far as nobody else does, until it is closed.
    """

    def __init__(self, settings: Settings, *, embedder: Embedder | None = None) -> None:
        self.settings = settings
        self.docstore = Docstore(settings.data)
        self.engine = Engine(settings, self.docstore, embedder)
        self.following = Following(self.docstore, self.engine)
        parts = self.docstore, self.engine, settings.retrieval
        self._retriever = Retriever(*parts)
        self.finder = Finder(*parts, self._retriever, self._answering)
        self._asking = Asking(settings, self.docstore, self.engine, self._retriever)
        self._session = Session(self.engine)
        self.serving = False
        self.watch: Watch = lambda question, events: events

    @classmethod
    def open(cls, settings: Settings | Path | str | None = None) -> Self:
        """Open a data folder by settings, by the path of its ``rag.toml``, or by the defaults."""
        if not isinstance(settings, Settings):
            settings = load_settings(Path(settings) if settings is not None else None)
        return cls(settings)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the indexes and the docstore."""
        self._session.end()
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
        yes: bool = False,
        on_event: OnEvent = lambda event: None,
    ) -> Report:
        """Bring collections up to date with their files, and the indexes with the docstore.

        Beside a running server only the docstore is written here; the server's indexes follow.
        Where most of a collection's documents would go they stay, and the report says so, unless
        ``yes`` confirms it. A dry run writes nothing.

        Raises:
            UsageError: A path is missing.
            BusyError: Another `index` is at it.
        """
        started = time.monotonic()
        files = find_model(self.settings.embedding)
        tokenizer = ModelTokenizer(files.tokenizer)
        limit = passage_limit(files, self.settings.embedding, tokenizer)

        def told(event: Event) -> None:
            if report_faults and not self.engine.opened:
                report_faults()  # what cannot be opened is not told after hours of reading
            on_event(event)

        with ExitStack() as stack:
            report_faults = None if dry_run else stack.enter_context(self._followed())
            indexer = Indexer(
                self.docstore,
                tokenizer=tokenizer,
                limit=limit,
                splitter=splitter_name(files, limit),
                on_event=told,
                removal_limit=self.settings.indexing.removal_limit,
                reading=stack.enter_context(self._reading(files, limit)),
            )
            report = indexer.run(
                [Path(path) for path in paths], collection, dry_run=dry_run, yes=yes
            )
            if report_faults:
                self.following.finish(on_event, report_faults)
                if self.engine.lock.held and (chosen := self.engine.settle_backend()):
                    event = {"backend": chosen.backend, "reason": chosen.reason}
                    on_event({"event": "backend", **event})
                takedown.finish(self.docstore)
        report.seconds = time.monotonic() - started
        report.lags = self.engine.lags()
        return report

    @contextmanager
    def _followed(self) -> Iterator[Callable[[], None] | None]:
        """The indexes follow what the block stores, in a server by themselves."""
        with index_lock(self.settings.data):
            if self.serving:
                yield None
                return
            self.following.begin(_PATIENCE)
            self.docstore.documents.open_closed()
            with self.following.beside(words_first=True) as report_faults:
                yield report_faults
            self._session.rest()

    def _reading(self, files: ModelFiles, limit: int) -> Reads:
        own = self.settings.indexing
        setup = Setup(
            tokenizer=files.tokenizer, limit=limit, seconds=own.seconds, memory=own.memory_mb << 20
        )
        return open_reading(setup, own.workers)

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
        query = _checked(query)
        with self._answering():
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
        search: str | None = None,
        beside: Mapping[str, float] | None = None,
        clarify: bool = False,
        kind: Kind = "answer",
    ) -> Answer:
        """A cited answer; see `Question` for the arguments and `stream` for the errors."""
        asked = Question(
            text=question,
            filters=filters or Filters(),
            answerer=answerer,
            history=tuple(history),
            audience=audience,
            search=search,
            beside=beside or {},
            clarify=clarify,
            kind=kind,
        )
        return answer_of(self.stream(asked))

    def stream(self, question: Question) -> Generator[AskEvent]:
        """Answer as a stream: what was found, then text as it comes, the `Answer` last.

        Closing it ends the work, also that of a model.

        Raises:
            UsageError: The question is empty, or a filter is wrong.
            NotFoundError: Nothing was ever indexed.
        """
        search = clean_text(question.search or "").strip() or None
        question = replace(question, text=_checked(question.text), search=search)
        with self._answering():
            yield from self.watch(question, self._asking.stream(question))

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """One question, from its beginning to its end."""
        self._require_anything()
        try:
            with nullcontext() if self.serving else self._session.question(_PATIENCE):
                yield
        finally:
            self.engine.forget_questions()

    def _require_anything(self) -> None:
        if self.docstore.changes.last_seq() == 0:
            raise NotFoundError(
                f"Nothing has been indexed in {self.settings.data} yet.",
                "rag-assistant index FOLDER",
            )

    def check_references(self, text: str, *, audience: Audience = "staff") -> CheckReport:
        """References beside the records held here; raises as `Checker.check` and `search` do."""
        self._require_anything()
        return Checker(self.docstore, self.engine, self.settings.checking).check(text, audience)

    # ------------------------------------------------------------ looking, taking down, mending

    def show(self, item: str, *, audience: Audience = "staff") -> dict[str, Any]:
        """A passage, section or document by its id.

        Raises:
            NotFoundError: Not there for this audience.
            GoneError: Removed.
        """
        return showing.show(self.docstore, item, audience)

    def references(
        self, cited: Sequence[Cited], form: Format, *, audience: Audience = "staff"
    ) -> Export:
        """The references of cited passages, to be taken away; see `reciting.references`."""
        return reciting.references(self.docstore, cited, form, audience)

    def history(self, url: str, *, audience: Audience = "staff") -> dict[str, Any]:
        """The captures of a page, its distinct versions and what changed between them.

        Needs no index.

        Raises:
            UsageError: The address is empty.
            NotFoundError: It was not captured, or nothing was ever indexed.
        """
        self._require_anything()
        return histories.history(self.docstore, url, audience).to_dict()

    def hide(self, item: str, *, reason: str = "", dry_run: bool = False) -> Receipt:
        """Hide at once, reversibly. Raises as `remove` does."""
        if dry_run:
            return self.docstore.takedown.preview(item, "hidden")
        return self.docstore.takedown.hide(item, reason)

    def remove(self, item: str, *, reason: str = "", dry_run: bool = False) -> Receipt:
        """Delete for good; `settle` sees to the indexes and the files, and notes the times.

        Raises:
            NotFoundError: Nothing stored is named by it.
        """
        if dry_run:
            return self.docstore.takedown.preview(item, "removed")
        return self.docstore.takedown.remove(item, reason)

    def restore(self, item: str, *, dry_run: bool = False) -> Receipt:
        """Lift a take-down; what was removed comes back with the next `index`.

        Raises:
            NotFoundError: No take-down of it stands.
        """
        if dry_run:
            return self.docstore.takedown.preview(item, "restored")
        return self.docstore.takedown.restore(item)

    def settle(
        self, receipts: list[Receipt], on_event: OnEvent = lambda event: None
    ) -> list[Receipt]:
        """Wait until take-downs hold in every index and file; see `takedown.settle`."""
        try:
            return takedown.settle(self.docstore, self.following, receipts, on_event)
        finally:
            self._session.rest()

    def repair(self, on_event: OnEvent = lambda event: None) -> dict[str, str]:
        """Check each index against the docstore and rebuild what differs; what was wrong.

        Raises:
            DocstoreError: A file of the docstore is damaged.
        """
        if damage := self.docstore.damage():
            raise damage
        if self.engine.own("index", patience=_PATIENCE):
            found = {**self.engine.mended(), **self.engine.repair()}
        else:  # a running server has them open: it builds both anew
            self.docstore.changes.request_erasure()
            found = dict.fromkeys(self.engine.lags(), "was asked to be built anew")
        with self.following.beside() as report_faults:
            self.following.watch(on_event, report_faults)
            if late := self.engine.repair():  # how much it must hold is known at the log's end
                found |= late
                self.following.watch(on_event, report_faults)
            takedown.finish(self.docstore)
        self._session.rest()
        return found

    def choose_backend(self, name: str = "auto") -> Choice:
        """Measure the embedding backends anew and keep one for this data folder.

        Args:
            name: As in ``embedding.backend``; "auto" takes the quickest that is faithful.

        Raises:
            UsageError: The configuration names another one.
            EmbeddingModelError: The named one cannot be used.
        """
        settings = self.settings.embedding
        if settings.backend != "auto":
            raise UsageError(
                f"The configuration names the backend {settings.backend}.",
                "Remove embedding.backend from it, or change it there.",
            )
        return choose_anew(name, settings, find_model(settings), self.docstore)

    def status(self) -> dict[str, Any]:
        """Collections, indexes, failures and the answerer, for people and monitoring."""
        if not self.serving and self.docstore.changes.last_seq():
            self._session.hold(_PATIENCE)
        return health.status(self.settings, self.docstore, self.engine, self._asking.models)

    def waiting(self) -> int:
        """Questions that wait for the language model."""
        return self._asking.models.waiting

    def answerer_in_use(self) -> dict[str, Any]:
        """Which answerer a question would get now; see `health.answerer_in_use`."""
        return health.answerer_in_use(self.settings, self._asking.models)

    # ------------------------------------------------------------ LlamaIndex

    def as_retriever(self, *, k: int = 10, audience: Audience = "staff") -> BaseRetriever:
        """This assistant's search as a LlamaIndex retriever."""
        from rag_assistant.llamaindex import PassageRetriever

        return PassageRetriever(lambda query: self.search(query, k=k, audience=audience).hits)

    def as_query_engine(self, *, audience: Audience = "staff") -> BaseQueryEngine:
        """This assistant's cited answers as a LlamaIndex query engine."""
        from rag_assistant.llamaindex import CitedQueryEngine

        return CitedQueryEngine(lambda question: self.ask(question, audience=audience))


def answer_of(events: Iterator[AskEvent]) -> Answer:
    """The answer at the end of a stream."""
    for event in events:
        if isinstance(event, Answer):
            return event
    raise RuntimeError("the stream of an answer ended without one")


def _checked(question: str) -> str:
    question = clean_text(question)
    if not question.strip():
        raise UsageError(say("The question is empty."), say("Write what you want to know."))
    return question
