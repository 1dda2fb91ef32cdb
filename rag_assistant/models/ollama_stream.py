"""LlamaIndex's Ollama model, made to fail where a reply is not whole.

Ollama may end a stream with status 200 and neither a last line nor an error; read as it comes,
that is a short answer. Here it is a failed one. Imported only when a model is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import ollama
from llama_index.core.base.llms.types import ChatMessage, ChatResponseGen
from llama_index.llms.ollama import Ollama  # type: ignore[import-untyped]

from rag_assistant.errors import (
    AnswererError,
    ModelMissingError,
    ModelReplyError,
    ModelServerError,
)

_NOT_FOUND = 404
_BUSY = 503


class CheckedOllama(Ollama):  # type: ignore[misc]
    """Streams as `Ollama` does; raises `AnswererError` for every failure and every cut reply."""

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Stream a reply, which must end with the server's last line."""
        return self._checked(messages, kwargs)

    def _checked(self, messages: Sequence[ChatMessage], kwargs: dict[str, Any]) -> ChatResponseGen:
        done = False
        stream: ChatResponseGen | None = None
        try:
            stream = super().stream_chat(messages, **kwargs)
            for reply in stream:
                done = isinstance(reply.raw, dict) and bool(reply.raw.get("done"))
                yield reply
        except (ollama.ResponseError, httpx.HTTPError, ConnectionError, ValueError) as error:
            raise self._meaning(error) from error
        finally:
            if stream is not None:
                stream.close()
        if not done:
            raise ModelReplyError("The model broke off in the middle of its reply.", "Ask again.")

    def _meaning(self, error: Exception) -> AnswererError:
        match error:
            case ollama.ResponseError(status_code=status) if status == _NOT_FOUND:
                return ModelMissingError(
                    f"The model '{self.model}' is not installed.", f"ollama pull {self.model}"
                )
            case ollama.ResponseError(status_code=status) if status == _BUSY:
                return ModelServerError("Ollama is busy with other questions.", "Ask again later.")
            case ollama.ResponseError():
                return ModelServerError(f"Ollama failed: {error.error}.", "Ask again.")
            case httpx.ConnectError() | httpx.ConnectTimeout() | ConnectionError():
                return ModelServerError(
                    f"No Ollama server answers at {self.base_url}.", "ollama serve"
                )
            case httpx.TimeoutException():
                return ModelServerError(
                    f"Ollama did not answer within {self.request_timeout:g} seconds.",
                    "Take a smaller model, or set a longer ollama.timeout.",
                )
            case _:
                return ModelServerError(f"The connection to Ollama broke: {error}.", "Ask again.")
