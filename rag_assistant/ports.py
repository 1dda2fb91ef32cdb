"""The small interfaces between the floors; each has one fake in tests/fakes.py."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from rag_assistant.answer import Kind, Sentence
from rag_assistant.schema import Access, Capture, Document, Entry, Hit, Span, Use

Vectors = NDArray[np.float32]


# ---------------------------------------------------------------- readers


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """The bytes of one leaf and what was claimed of them (claims are not believed).

    ``name`` is the file's name or the URL; ``declared_type`` and ``declared_charset`` come from
    HTTP headers and are "" for files.
    """

    data: bytes
    name: str
    declared_type: str = ""
    declared_charset: str = ""


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, blob: Blob) -> Document:
        """Make a document of the bytes.

        Raises:
            SkippedError: It is not meant to give a document.
            FailedError: It is damaged, encrypted or without text.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A plain file or one record of a container, with its one outcome.

    ``read`` carries a document; ``revisit`` carries only a capture, whose document is the one of
    the capture that it repeats; ``skipped`` and ``failed`` carry a reason, and the capture where
    the record is one: what an address gave when it gave no page (an error, a redirect, a picture).
    """

    record: str | None
    outcome: Literal["read", "revisit", "skipped", "failed"]
    document: Document | None = None
    capture: Capture | None = None
    reason: str = ""
    detail: str = ""


# ---------------------------------------------------------------- embedding and splitting


class Tokenizer(Protocol):
    """The embedding model's own tokenizer."""

    def offsets(self, texts: Sequence[str]) -> list[list[Span]]:
        """Token spans of each text, in code points, without special tokens."""


class Embedder(Protocol):
    """Text to vectors. ``fingerprint`` changes whenever vectors would differ in meaning."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension)."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension); questions are never cached."""


# ---------------------------------------------------------------- indexes


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryKey:
    """Where an index entry stands, enough to delete it."""

    passage_id: str
    document_id: str
    collection: str
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexQuery:
    """One question to an index. All bounds hold inside the index, nothing is filtered afterwards.

    ``documents`` narrows to these document ids; None means any. Date bounds are day numbers and
    mean overlap; undated entries fall outside any date bound.
    """

    text: str
    vector: Vectors | None = None
    collections: tuple[str, ...]
    access: tuple[Access, ...]
    uses: tuple[Use, ...] = ("answer", "quote", "list")
    language: str | None = None
    kind: str | None = None
    date_from: int | None = None
    date_to: int | None = None
    documents: frozenset[str] | None = None


class Index(Protocol):
    """A follower's target: can be deleted and rebuilt from the docstore at any time."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def apply(self, removed: Sequence[EntryKey], entries: Sequence[Entry]) -> None:
        """Delete ``removed``, then put ``entries``; idempotent and durable when it returns."""

    def search(self, query: IndexQuery, k: int) -> list[tuple[str, float]]:
        """(passage id, raw score), best first, at most ``k``."""

    def count(self) -> int:
        """Entries held."""

    def probe(self, sample: Sequence[Entry]) -> bool:
        """Whether each entry of the sample can be found where it should stand."""

    def close(self) -> None: ...


# ---------------------------------------------------------------- language models


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to a language model: text only."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a reply cost; None for what the server does not tell."""

    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    load_seconds: float | None = None
    prompt_seconds: float | None = None
    answer_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nothing has come yet: ``position`` 1 is the next question to be written, 2 the one after.

    At 0 the question has its turn and the model is silent. Comes at least twice a second, often
    with the position of before, so that who has stopped listening can close what it comes from.
    """

    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The end of a reply; ``cut`` where its length limit ended it."""

    cut: bool
    usage: Usage


ModelEvent = str | Waiting | Finished


class LanguageModel(Protocol):
    """Writes prose. Knows nothing of passages and citations."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str | None:
        """What tells this model from others of its name; None where the server does not say."""

    @property
    def context_window(self) -> int:
        """Tokens that prompt and reply may have together."""

    @property
    def seed(self) -> int | None:
        """Makes the same reply of the same prompt; None where that is not promised."""

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[ModelEvent]:
        """Stream a reply: perhaps `Waiting`, then pieces of text, `Finished` last.

        Closing the generator ends the work on the server.

        Raises:
            AnswererError: The model failed; what came before is no whole reply.
        """


# ---------------------------------------------------------------- answering


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of the conversation so far: text only, never passages or instructions."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What an answerer is given. ``hits`` hold only what it may use, best first.

    ``question`` is a subject, or a document's title, where something else than an answer is
    wanted; ``search`` is what was searched for, which stands alone where ``question`` follows
    others; ``policy`` says what becomes of a sentence that no source supports. ``vectors`` are
    those of passages, by id, as far as they are known.
    """

    question: str
    hits: tuple[Hit, ...]
    search: str = ""
    history: tuple[Turn, ...] = ()
    policy: Literal["mark", "drop"] = "mark"
    kind: Kind = "answer"
    vectors: Mapping[str, Vectors] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The words that a marker stands on: a span of the section's text inside one passage."""

    marker: int
    hit: Hit
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of streamed text, markers held back until they are resolved."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an answerer leaves at the end; the assistant makes the answer of it.

    An empty ``sentences`` means that nothing answers the question. ``conflicts`` are pairs of
    markers whose sources say the same thing otherwise; ``shown`` are the passages that a model
    read, None without one. ``told`` is for the reader, where there is more to say of an empty
    draft than what was searched.
    """

    sentences: tuple[Sentence, ...]
    quotes: tuple[Quote, ...]
    written: bool
    model: str | None = None
    model_digest: str | None = None
    prompt_sha256: str | None = None
    invalid_markers: int = 0
    dropped: int = 0
    trimmed: tuple[str, ...] = ()
    conflicts: tuple[tuple[int, int], ...] = ()
    shown: frozenset[str] | None = None
    told: str = ""
    reason: str | None = None
    seed: int | None = None
    usage: Usage | None = None
    timings_ms: dict[str, int] = field(default_factory=dict)


AnswerEvent = Waiting | Token | Sentence | Draft


class Answerer(Protocol):
    """Makes an answer of retrieved passages."""

    @property
    def name(self) -> str: ...

    def answer(self, task: Task) -> Generator[AnswerEvent]:
        """Stream tokens and checked sentences, then exactly one `Draft`, the last event.

        Closing it stops the work.

        Raises:
            AnswererError: The model failed.
        """
