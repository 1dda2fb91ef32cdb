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

_NOT_FOUND = 404
_BUSY = 503
_TOO_LONG = re.compile(
    r"exceed_context_size|input length exceeds the context length|prompt is longer than the context"
)
_MEMORY = re.compile(r"requires more system memory(?: \((.+?)\) than is available \((.+?)\))?")
_AGAIN = "Ask again."


def meaning(error: Exception, *, model: str, url: str) -> AnswererError:
    """The error that people read, for one of the client's or of the connection's.

    What is said of time limits is the caller's: it knows what was waited for.
    """
    match error:
        case ollama.ResponseError():
            return _refusal(error, model)
        case httpx.ConnectError() | httpx.ConnectTimeout() | ConnectionError():
            return ModelServerError(f"No Ollama server answers at {url}.", "ollama serve")
        case _:
            return ModelServerError(f"The connection to Ollama broke: {error}.", _AGAIN)


def _refusal(error: ollama.ResponseError, model: str) -> AnswererError:
    text = str(error.error)
    if error.status_code == _NOT_FOUND:
        return ModelMissingError(
            f"The model '{model}' is not installed.", f"rag-assistant pull {model}"
        )
    if error.status_code == _BUSY:
        return ModelServerError("Ollama is busy with other questions.", "Ask again later.")
    if _TOO_LONG.search(text):
        return _too_long(text)
    if found := _MEMORY.search(text):
        return _no_memory(model, *found.groups())
    return ModelServerError(f"Ollama failed: {text}.", _AGAIN)


def _too_long(text: str) -> PromptTooLongError:
    """Newer servers put JSON into the text of their error, with both numbers."""
    told: Any = {}
    try:
        told = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        told = {}
    numbers = told if isinstance(told, dict) else {}
    tokens, window = numbers.get("n_prompt_tokens"), numbers.get("n_ctx")
    counts = f": {tokens} tokens for {window}" if tokens and window else ""
    return PromptTooLongError(
        f"The prompt does not fit into the model's context window{counts}.",
        "Set a larger ollama.context_window, or fewer answer.passages.",
        tokens=tokens,
        window=window,
    )


def _no_memory(model: str, needed: str | None, free: str | None) -> ModelServerError:
    figures = f": {needed} for {free} that are free" if needed and free else ""
    hint = f"Take a smaller model: rag-assistant pull {SMALL_MODEL}"
    if model == SMALL_MODEL:
        hint = "Close other programs, or set a smaller ollama.context_window."
    return ModelServerError(f"The model '{model}' needs more memory than there is{figures}.", hint)
