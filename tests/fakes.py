"""Hand-written stand-ins, one for each port, and small builders of what flows between them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Sequence
from typing import Any, TypeVar

import numpy as np

from rag_assistant.answer import Sentence
from rag_assistant.errors import AnswererError
from rag_assistant.ports import (
    AnswerEvent,
    Draft,
    EntryKey,
    Finished,
    IndexQuery,
    Message,
    ModelEvent,
    Quote,
    Task,
    Token,
    Usage,
    Vectors,
    Waiting,
)
from rag_assistant.schema import Access, Entry, Hit, Span, Use

_TOKEN = re.compile(r"\w{1,4}|[^\w\s]")
_SENTENCE = re.compile(r"\S[^.!?]*[.!?]*")

Outcome = TypeVar("Outcome")


def make_hit(
    text: str,
    *,
    rank: int = 1,
    score: float = 1.0,
    similarity: float | None = None,
    title: str = "A history of the library",
    use: Use = "answer",
    access: Access = "public",
    language: str = "en",
    start: int = 0,
    passage_id: str = "",
    **facts: Any,
) -> Hit:
    """A hit on a passage of plain sentences.

    Args:
        text: The passage; its sentences end at ".", "!" or "?".
        rank: Place in the result.
        score: Score within the search.
        similarity: Cosine to the question.
        title: The document's title.
        use: What may be done with the text.
        access: Who may see it.
        language: Its language.
        start: Where the passage begins in its section.
        passage_id: Its id; derived from the rank where empty.
        **facts: Further fields of `Entry` and `Hit`.
    """
    entry_fields = {name: facts.pop(name) for name in tuple(facts) if name in Entry.__slots__}
    entry: dict[str, Any] = {
        "passage_id": passage_id or f"passage-{rank}",
        "document_id": f"document-{rank}",
        "section_id": f"section-{rank}",
        "collection": "local-history",
        "access": access,
        "use": use,
        "language": language,
        "kind": "text",
        "title": title,
        "headings": (),
        "start": start,
        "end": start + len(text),
        "text": text,
        "sentences": tuple(
            (start + found.start(), start + found.end()) for found in _SENTENCE.finditer(text)
        ),
        "date_from": None,
        "date_to": None,
        "text_hash": f"hash-{rank}",
    }
    hit: dict[str, Any] = {
        "rank": rank,
        "score": score,
        "entry": Entry(**(entry | entry_fields)),
        "locator": "",
        "uri": "",
        "archive_url": "",
        "captured_at": "",
        "versions": 1,
        "similarity": similarity,
    }
    return Hit(**(hit | facts))


class FakeAnswerer:
    """Quotes the first sentence of the first usable hit, or fails on demand.

    Args:
        name: The name it goes by.
        written: Whether it passes for a model's prose.
        error: Raised after the first token, as a model breaks off.
    """

    def __init__(
        self, name: str = "fake", *, written: bool = False, error: Exception | None = None
    ) -> None:
        self.name = name
        self.tasks: list[Task] = []
        self._written = written
        self._error = error

    def answer(self, task: Task) -> Generator[AnswerEvent]:
        self.tasks.append(task)
        hit = next((hit for hit in task.hits if hit.entry.use == "answer" and hit.entry.text), None)
        if hit is None:
            yield Draft(sentences=(), quotes=(), written=self._written, reason="nothing to quote")
            return
        entry = hit.entry
        start, end = entry.sentences[0] if entry.sentences else (entry.start, entry.end)
        text = " ".join(entry.text[start - entry.start : end - entry.start].split())
        yield Token(text=text)
        if self._error is not None:
            raise self._error
        sentence = Sentence(text=text, citations=(1,), support="verbatim")
        yield sentence
        yield Draft(
            sentences=(sentence,),
            quotes=(Quote(marker=1, hit=hit, start=start, end=end),),
            written=self._written,
            model=self.name if self._written else None,
        )


def outcome(steps: Generator[object, None, Outcome]) -> Outcome:
    """What a generator returns in the end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Outcome = end.value
            return found


class FakeLanguageModel:
    """Says what it was given, one reply a prompt, the last one again and again.

    Args:
        *replies: Texts, or errors that break a reply off; a text comes in pieces, word by word.
        cut: Whether the length limit ends each reply.

    Attributes:
        prompts: The messages of each prompt.
    """

    name = "fake"
    digest = "sha256:fake"
    context_window = 8192
    seed = 7

    def __init__(self, *replies: str | AnswererError, cut: bool = False) -> None:
        self.prompts: list[tuple[Message, ...]] = []
        self._replies = replies
        self._cut = cut

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[ModelEvent]:
        reply = self._replies[min(len(self.prompts), len(self._replies) - 1)]
        self.prompts.append(tuple(messages))
        yield Waiting(position=1)
        if isinstance(reply, AnswererError):
            yield "It was"
            raise reply
        yield from re.findall(r"\s*\S+\s*", reply)
        yield Finished(cut=self._cut, usage=Usage())


class FakeIndex:
    """An index in memory: every word in common counts one.

    Args:
        held: The entries by passage id; pass the same dictionary to "reopen" an index.
    """

    name = "fake"
    fingerprint = "fake-1"

    def __init__(self, held: dict[str, Entry] | None = None) -> None:
        self.held = {} if held is None else held
        self.closed = False

    def apply(self, removed: Sequence[EntryKey], entries: Sequence[Entry]) -> None:
        for key in removed:
            self.held.pop(key.passage_id, None)
        for entry in entries:
            self.held[entry.passage_id] = entry

    def search(self, query: IndexQuery, k: int) -> list[tuple[str, float]]:
        wanted = set(re.findall(r"\w+", query.text.lower()))
        found = []
        for entry in self.held.values():
            words = set(re.findall(r"\w+", entry.embedded_text.lower()))
            if wanted & words and self._within(entry, query):
                found.append((entry.passage_id, float(len(wanted & words))))
        return sorted(found, key=lambda hit: -hit[1])[: max(k, 0)]

    def count(self) -> int:
        return len(self.held)

    def probe(self, sample: Sequence[Entry]) -> bool:
        return all(self.held.get(entry.passage_id) == entry for entry in sample)

    def close(self) -> None:
        self.closed = True

    @staticmethod
    def _within(entry: Entry, query: IndexQuery) -> bool:
        first, last = entry.date_from, entry.date_to
        return (
            entry.collection in query.collections
            and entry.access in query.access
            and entry.use in query.uses
            and query.language in (None, entry.language, *entry.languages)
            and query.kind in (None, entry.kind)
            and (query.documents is None or entry.document_id in query.documents)
            and (query.date_from is None or (last is not None and last >= query.date_from))
            and (query.date_to is None or (first is not None and first <= query.date_to))
        )


class FakeTokenizer:
    """Words in pieces of four letters, all else character by character."""

    def offsets(self, texts: Sequence[str]) -> list[list[Span]]:
        return [[piece.span() for piece in _TOKEN.finditer(text)] for text in texts]


class FakeEmbedder:
    """Vectors of hashed words: texts that share long words are near, the rest is far.

    Args:
        query_prefix: Put before questions.
        passage_prefix: Put before passages.
        max_tokens: Words that are read of a text.
        dimension: Length of the vectors.
    """

    def __init__(
        self,
        *,
        query_prefix: str = "",
        passage_prefix: str = "",
        max_tokens: int = 256,
        dimension: int = 256,
    ) -> None:
        self.dimension = dimension
        self.fingerprint = f"fake-{query_prefix}-{passage_prefix}-{max_tokens}-{dimension}"
        self.embedded: list[str] = []
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._max_tokens = max_tokens

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        return self._vectors([self._passage_prefix + text for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._vectors([self._query_prefix + text for text in texts])

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        vectors[:, 0] = 0.01  # no text is without direction
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.lower())[: self._max_tokens]:
                digest = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
                row[digest % self.dimension] += len(word) ** 2 * (1 if digest >> 63 else -1)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit
