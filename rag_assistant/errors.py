"""The exception tree. Each error is one sentence and, where one helps, the command that mends it.

RagAssistantError                 exit 1
├── UsageError                    exit 2   wrong argument, path or option
│   ├── ConfigError                        rag.toml, collection.toml or RAG_* is wrong
│   ├── TooLongError                       longer than can be taken
│   └── UnknownCollectionError
├── NotFoundError                 exit 4   no such passage, document or section
│   └── GoneError                          it was there and has been removed
├── DocstoreError                          the durable truth cannot be read or written
├── BusyError                              another process holds what this one needs
├── IndexDamagedError                      an index does not agree with the docstore
├── EmbeddingModelError                    no usable embedding model
├── HarvestError                           a repository cannot be harvested, or not just now
├── AnswererError                 exit 5   the language model failed; sources still stand
│   ├── ModelServerError                   Ollama is not reachable or broke off
│   │   └── ModelBusyError                  too many questions wait for it
│   ├── ModelMissingError                  the model is not pulled
│   ├── ModelReplyError                    the reply is empty, cut or refused
│   └── PromptTooLongError                 the prompt did not fit into the model's window
└── LeafError                              one leaf (file or record) gives no document
    ├── SkippedError                       it is not meant to (a picture, a redirect)
    └── FailedError                        it should have (damaged, encrypted, no text)
"""

from __future__ import annotations


class RagAssistantError(Exception):
    """Base of all errors that a person is meant to read.

    Args:
        message: One sentence that says what is wrong.
        hint: What to do about it, best a command; empty where nothing helps.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RagAssistantError):
    """A wrong argument, path or option."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file or variable is wrong."""


class TooLongError(UsageError):
    """What is asked is longer than can be taken."""


class UnknownCollectionError(UsageError):
    """A collection was named that is not there."""


class NotFoundError(RagAssistantError):
    """No such passage, document or section (for this audience)."""

    exit_code = 4


class GoneError(NotFoundError):
    """It was there and has been removed.

    Args:
        message: One sentence.
        hint: What to do about it.
        date: ISO date of the removal.
    """

    def __init__(self, message: str, hint: str = "", *, date: str) -> None:
        super().__init__(message, hint)
        self.date = date


class DocstoreError(RagAssistantError):
    """The durable truth cannot be read or written."""


class BusyError(RagAssistantError):
    """Another process holds what this one needs."""


class IndexDamagedError(RagAssistantError):
    """An index does not agree with the docstore."""


class EmbeddingModelError(RagAssistantError):
    """There is no usable embedding model."""


class HarvestError(RagAssistantError):
    """A repository cannot be harvested, or not just now; what came before is kept."""


class AnswererError(RagAssistantError):
    """The language model failed; the sources still stand."""

    exit_code = 5


class ModelServerError(AnswererError):
    """Ollama is not reachable or broke off."""


class ModelBusyError(ModelServerError):
    """Too many questions wait for the model, or one waited too long."""


class ModelMissingError(AnswererError):
    """The model is not pulled."""


class ModelReplyError(AnswererError):
    """The model's reply is empty, cut or refused."""


class PromptTooLongError(AnswererError):
    """The prompt did not fit into the model's context window.

    Args:
        message: One sentence.
        hint: What to do about it.
        tokens: What the server counted; None where it cut the prompt without saying so.
        window: Tokens that the model can take.
    """

    def __init__(
        self, message: str, hint: str = "", *, tokens: int | None = None, window: int | None = None
    ) -> None:
        super().__init__(message, hint)
        self.tokens = tokens
        self.window = window


class LeafError(RagAssistantError):
    """One leaf (a plain file or one record of a container) gives no document.

    Args:
        reason: A short phrase, the same for all leaves of this kind: reports count by it.
        detail: What is particular to this leaf.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class SkippedError(LeafError):
    """The leaf is not meant to give a document (a picture, a redirect)."""


class FailedError(LeafError):
    """The leaf should have given a document (damaged, encrypted, without text)."""


def is_panic(error: BaseException) -> bool:
    """Whether a library written in Rust met a bug or damage: its panics are no `Exception`.

    Each library has a type of this name of its own, so that no common one can be caught.
    """
    return type(error).__name__ == "PanicException"
