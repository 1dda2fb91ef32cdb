"""From a question to what is found for it: what to search for, as of when, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag_assistant.answering import answerable
from rag_assistant.answering.followups import said_beside, stand_alone
from rag_assistant.answering.times import Times, read_times
from rag_assistant.asking.question import Question
from rag_assistant.engine import Engine
from rag_assistant.page_versions import captured
from rag_assistant.ports import Embedder
from rag_assistant.retrieval import Retrieved, Retriever
from rag_assistant.schema import Filters


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was searched for, within which bounds, and what came of it.

    ``filters`` are the asker's, with the date at which the question itself means a page.
    """

    search: str
    filters: Filters
    times: Times
    retrieved: Retrieved


class Finder:
    """Searches for what questions ask.

    Args:
        engine: Its embedding model compares.
        retriever: Searches.
        depth: Hits of a search.
    """

    def __init__(self, engine: Engine, retriever: Retriever, depth: int) -> None:
        self._engine = engine
        self._retriever = retriever
        self._depth = depth

    def find(self, question: Question) -> Found:
        """What is found; as of the question's own date, where pages of then can answer it."""
        if question.kind == "summary":
            return self._read(question)
        search = question.search or stand_alone(question.text, question.history)
        times = read_times(search)
        if times.as_of is not None and question.filters.as_of is None:
            then = replace(question.filters, as_of=times.as_of)
            found = self._found(search, then, times, question)
            hits = captured(found.retrieved.hits)
            if answerable(times.undated, hits, embedder=self._embedder)[0]:
                return found
        return self._found(search, question.filters, replace(times, as_of=None), question)

    def _read(self, question: Question) -> Found:
        """The document that is to be summarised; what is asked of it is its title."""
        retrieved = self._retriever.of_document(question.text, question.audience)
        title = next((hit.entry.title for hit in retrieved.hits), "") or question.text
        return Found(
            search=title, filters=question.filters, times=read_times(""), retrieved=retrieved
        )

    def _found(self, search: str, filters: Filters, times: Times, question: Question) -> Found:
        beside = None if question.search else said_beside(question.text, search, question.history)
        retrieved = self._retriever.search(
            search, k=self._depth, filters=filters, audience=question.audience, beside=beside
        )
        return Found(search=search, filters=filters, times=times, retrieved=retrieved)

    @property
    def _embedder(self) -> Embedder | None:
        return self._engine.questions if self._engine.vectors else None
