"""From a question to what is found for it: what to search for, as of when, and how."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace

from rag_assistant.answer import Note
from rag_assistant.answering import answerable
from rag_assistant.answering.condensing import condensed
from rag_assistant.answering.followups import leaning_language, said_beside, stand_alone
from rag_assistant.answering.language_notices import collections_lack
from rag_assistant.answering.languages import commonest, lacks, language_of
from rag_assistant.answering.times import Times, read_times
from rag_assistant.answering.translating import translated
from rag_assistant.asking.question import Question
from rag_assistant.dates import parse_date
from rag_assistant.engine import Engine
from rag_assistant.page_versions import captured
from rag_assistant.ports import Embedder, LanguageModel, Waiting
from rag_assistant.retrieval import Retrieved, Retriever
from rag_assistant.schema import Filters

Steps = Generator[Waiting, None, "Found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was searched for, within which bounds, and what came of it.

    ``filters`` are the asker's, with the date at which the question itself means a page; ``turns``
    are the earlier ones that the search was made with, ``beside`` what else was searched for
    because of them; ``notes`` say what it may miss.
    """

    search: str
    filters: Filters
    times: Times
    retrieved: Retrieved
    turns: int = 0
    beside: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


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

    def find(self, question: Question, model: LanguageModel | None) -> Steps:
        """What is found; a model, where there is one, rewrites what needs it.

        A follow-up becomes a search of its own, and a search in a language that is not held is
        translated. What an asker has edited is searched as it stands.
        """
        if question.kind == "summary":
            return self._read(question)
        if question.search is not None:
            return self._told(self._dated(question.search, question, question.beside))
        search = question.text
        if question.history and leaning_language(question.text, question.history):
            written = None
            if model is not None:
                written = yield from condensed(model, question.text, question.history)
                model = model if written else None  # nobody waits for it twice
            search = written or stand_alone(question.text, question.history)
        beside = said_beside(question.text, search, question.history)
        turns = len(question.history) if beside else 0
        found = replace(self._dated(search, question, beside), turns=turns)
        languages = found.retrieved.scope.languages
        if model is not None and lacks(language_of(search), languages):
            target = commonest(found.retrieved.hits, languages)
            other = yield from translated(model, search, target)
            if other is not None:
                return replace(self._dated(other, question), turns=turns)
        return self._told(found)

    def _told(self, found: Found) -> Found:
        """With a note, where the search is in a language that nothing is held in."""
        asked, held = language_of(found.search), found.retrieved.scope.languages
        if not lacks(asked, held):
            return found
        return replace(found, notes=(Note(kind="language", text=collections_lack(asked, held)),))

    def _dated(
        self, search: str, question: Question, beside: Mapping[str, float] | None = None
    ) -> Found:
        """As of the search's own date, where pages of then can answer it.

        Whoever has set that date as the filter, too, asks the same.
        """
        times = read_times(search)
        if _then(times.as_of, question.filters.as_of):
            then = replace(question.filters, as_of=question.filters.as_of or times.as_of)
            found = self._found(search, then, times, question, beside)
            hits = captured(found.retrieved.hits)
            if answerable(times.undated, hits, embedder=self._embedder)[0]:
                return found
        times = replace(times, as_of=None)
        return self._found(search, question.filters, times, question, beside)

    def _found(
        self,
        search: str,
        filters: Filters,
        times: Times,
        question: Question,
        beside: Mapping[str, float] | None,
    ) -> Found:
        retrieved = self._retriever.search(
            search, k=self._depth, filters=filters, audience=question.audience, beside=beside
        )
        return Found(
            search=search,
            filters=filters,
            times=times,
            retrieved=retrieved,
            beside=dict(beside or {}),
        )

    def _read(self, question: Question) -> Found:
        """The document that is to be summarised; what is asked of it is its title."""
        retrieved = self._retriever.of_document(question.text, question.audience)
        title = next((hit.entry.title for hit in retrieved.hits), "") or question.text
        return Found(
            search=title, filters=question.filters, times=read_times(""), retrieved=retrieved
        )

    @property
    def _embedder(self) -> Embedder | None:
        return self._engine.questions if self._engine.vectors else None


def _then(said: str | None, bound: str | None) -> bool:
    """Whether a search says as of when, and the filter is not set to another day than that."""
    if said is None or bound is None:
        return said is not None
    days, bounds = parse_date(said), parse_date(bound)
    return days is not None and bounds is not None and days.last == bounds.last
