"""What Ollama's errors mean to people, and what helps. Imported only when a server is spoken to."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import ollama

from rag_assistant.errors import (
    AnswererError,
    ModelMissingError,
    ModelServerError,
    PromptTooLongError,
)
from rag_assistant.models.ollama import SMALL_MODEL
from rag_assistant.wording import message, say

_NOT_FOUND = 404
_BUSY = 503
_TOO_LONG = re.compile(
    r"exceed_context_size|input length exceeds the context length|prompt is longer than the context"
)
_MEMORY = re.compile(r"requires more system memory(?: \((.+?)\) than is available \((.+?)\))?")
_AGAIN = message("Ask again.")


def meaning(error: Exception, *, model: str, url: str) -> AnswererError:
    """The error that people read, for one of the client's or of the connection's.

    What is said of time limits is the caller's: it knows what was waited for.
    """
    match error:
        case ollama.ResponseError():
            return _refusal(error, model)
        case httpx.ConnectError() | httpx.ConnectTimeout() | ConnectionError():
            return ModelServerError(
                say("No Ollama server answers at {url}.", url=url), "ollama serve"
            )
        case _:
            return ModelServerError(
                say("The connection to Ollama broke: {error}.", error=error), say(_AGAIN)
            )


def _refusal(error: ollama.ResponseError, model: str) -> AnswererError:
    text = str(error.error)
    if error.status_code == _NOT_FOUND:
        return ModelMissingError(
            say("The model '{name}' is not installed.", name=model), f"rag-assistant pull {model}"
        )
    if error.status_code == _BUSY:
        return ModelServerError(
            say("Ollama is busy with other questions."), say("Ask again later.")
        )
    if _TOO_LONG.search(text):
        return _too_long(text)
    if found := _MEMORY.search(text):
        return _no_memory(model, *found.groups())
    return ModelServerError(say("Ollama failed: {error}.", error=text), say(_AGAIN))


def _too_long(text: str) -> PromptTooLongError:
    """Newer servers put JSON into the text of their error, with both numbers."""
    told: Any = {}
    try:
        told = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        told = {}
    numbers = told if isinstance(told, dict) else {}
    tokens, window = numbers.get("n_prompt_tokens"), numbers.get("n_ctx")
    words = message("The prompt does not fit into the model's context window.")
    if tokens and window:
        words = message(
            "The prompt does not fit into the model's context window: {tokens} tokens for {window}."
        )
    return PromptTooLongError(
        say(words, tokens=str(tokens), window=str(window)),
        say("Set a larger ollama.context_window, or fewer answer.passages."),
        tokens=tokens,
        window=window,
    )


def _no_memory(model: str, needed: str | None, free: str | None) -> ModelServerError:
    words = message("The model '{name}' needs more memory than there is.")
    if needed and free:
        words = message(
            "The model '{name}' needs more memory than there is: {needed} for {free} that are free."
        )
    pull = f"rag-assistant pull {SMALL_MODEL}"
    hint = say("Take a smaller model: {command}", command=pull)
    if model == SMALL_MODEL:
        hint = say("Close other programs, or set a smaller ollama.context_window.")
    return ModelServerError(say(words, name=model, needed=needed, free=free), hint)
