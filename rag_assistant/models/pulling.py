"""Pulling a model into Ollama. The server downloads; what it has it keeps, also when we leave."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag_assistant.config import OllamaSettings
from rag_assistant.errors import AnswererError, ModelMissingError, ModelServerError
from rag_assistant.models.ollama import (
    CONNECT_SECONDS,
    SUGGESTED_MODEL,
    checked_url,
    refuse_cloud,
)

if TYPE_CHECKING:
    from ollama import ResponseError

QUIET_SECONDS = 600.0
"""Between two lines: the server says nothing while it verifies many gigabytes."""
DONE = "success"

_UNKNOWN = re.compile(r"file does not exist|manifest unknown|invalid model name")
_DISK_FULL = re.compile(r"no space left|not enough space|disk full", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """How far a pull is: what the server does, and of a layer its bytes."""

    status: str
    completed: int = 0
    total: int | None = None


def pull(settings: OllamaSettings, name: str) -> Generator[Pulled]:
    """Let the server pull a model; its last line is `DONE`. Closing leaves off.

    Raises:
        ConfigError: The model runs in a cloud, or the server is on another machine.
        ModelMissingError: There is no such model.
        ModelServerError: No server, no disk, no network, or it broke off.
    """
    import httpx
    import ollama

    from rag_assistant.models.ollama_failures import meaning

    refuse_cloud(name)
    url = checked_url(settings)
    client = ollama.Client(
        host=url,
        timeout=httpx.Timeout(QUIET_SECONDS, connect=CONNECT_SECONDS),
        trust_env=False,
        follow_redirects=False,
    )
    status = ""
    try:
        with client:
            for line in client.pull(name, stream=True):
                status = line.status or ""
                yield Pulled(status=status, completed=line.completed or 0, total=line.total)
    except ollama.ResponseError as error:
        raise _refusal(error, name) from error
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise meaning(error, model=name, url=url) from error
    except (httpx.HTTPError, ValueError) as error:
        raise ModelServerError(f"The connection to Ollama broke: {error}.", _go_on(name)) from error
    if status != DONE:
        raise ModelServerError("Ollama broke off the download.", _go_on(name))


def _refusal(error: ResponseError, name: str) -> AnswererError:
    text = str(error.error)
    if _DISK_FULL.search(text):
        return ModelServerError(
            f"The disk of the Ollama server is full: {text}.", f"Free some space. {_go_on(name)}"
        )
    if _UNKNOWN.search(text):
        return ModelMissingError(
            f"Ollama knows no model '{name}'.", f"rag-assistant pull {SUGGESTED_MODEL}"
        )
    return ModelServerError(f"Ollama could not pull '{name}': {text}.", _go_on(name))


def _go_on(name: str) -> str:
    return f"To go on: rag-assistant pull {name}"
