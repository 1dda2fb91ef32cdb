"""LlamaIndex's Ollama model, made to fail where a reply or its prompt is not whole.

Ollama may end a stream with status 200 and neither a last line nor an error; read as it comes,
that is a short answer. It may also cut a long prompt and answer what is left. Here both have
failed. Imported only when a model is opened.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Self

import httpx
import ollama
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseGen
from llama_index.llms.ollama import Ollama  # type: ignore[import-untyped]

from rag_assistant.errors import (
    AnswererError,
    ModelReplyError,
    ModelServerError,
    PromptTooLongError,
)
from rag_assistant.models.ollama import SUGGESTED_MODEL
from rag_assistant.models.ollama_failures import meaning
from rag_assistant.models.prompt_count import was_cut
from rag_assistant.wording import say

STALL_SECONDS = 60.0
"""Between two pieces of a reply; before the first, queue, load and prompt take far longer."""

_CHAT = "/api/chat"
_WHOLE = {"truncate": False, "shift": False}


class WholePrompts(httpx.HTTPTransport):
    """Sends chats so that the server refuses what it would else cut, and notices a stall.

    ``truncate`` and ``shift`` forbid it to drop the prompt's beginning, before and while it
    writes; Ollama's client has no argument for either. The limit on waiting changes with the
    headers, which come with the first piece.

    Args:
        stall: Seconds that may pass between two pieces.
        verify: Whether there are certificates to check.
    """

    def __init__(self, *, stall: float, verify: bool) -> None:
        # The client is for one reply: kept for another, a connection would stay until Python
        # collects the client.
        none_kept = httpx.Limits(max_keepalive_connections=0)
        super().__init__(trust_env=False, verify=verify, limits=none_kept)
        self._stall = stall

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        if not request.url.path.endswith(_CHAT):
            return super().handle_request(request)
        body = json.loads(request.content) | _WHOLE
        headers = [pair for pair in request.headers.raw if pair[0].lower() != b"content-length"]
        timeouts = dict(request.extensions.get("timeout", {}))
        sent = httpx.Request(
            request.method,
            request.url,
            headers=headers,
            content=json.dumps(body).encode(),
            extensions=request.extensions | {"timeout": timeouts},
        )
        response = super().handle_request(sent)
        timeouts["read"] = min(self._stall, timeouts["read"] or self._stall)
        return response


class CheckedOllama(Ollama):  # type: ignore[misc]
    """Streams as `Ollama` does; raises `AnswererError` for every failure and every cut reply."""

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Stream a reply, which must end with the server's last line.

        ``max_tokens`` is a lower limit for this reply than the model's own.
        """
        return self._checked(messages, kwargs)

    def _checked(self, messages: Sequence[ChatMessage], kwargs: dict[str, Any]) -> ChatResponseGen:
        limited = self._limited(kwargs.pop("max_tokens", None))
        last: ChatResponse | None = None
        stream: ChatResponseGen | None = None
        try:
            stream = super(CheckedOllama, limited).stream_chat(messages, **kwargs)
            for reply in stream:
                last = reply
                yield reply
        except httpx.TimeoutException as error:
            raise self._late(error, begun=last is not None) from error
        except (ollama.ResponseError, httpx.HTTPError, ConnectionError, ValueError) as error:
            raise meaning(error, model=self.model, url=self.base_url) from error
        finally:
            if stream is not None:
                stream.close()
        self._check(last, messages)

    def _limited(self, tokens: int | None) -> Self:
        """The same model over the same client; LlamaIndex takes no option with a call."""
        own = self.additional_kwargs
        if tokens is None:
            return self
        tokens = min(tokens, own.get("num_predict", tokens))
        limited: Self = self.model_copy(update={"additional_kwargs": own | {"num_predict": tokens}})
        return limited

    def _check(self, last: ChatResponse | None, messages: Sequence[ChatMessage]) -> None:
        raw = last.raw if last is not None and isinstance(last.raw, dict) else {}
        if last is None or not raw.get("done"):
            raise ModelReplyError(
                say("The model broke off in the middle of its reply."), say("Ask again.")
            )
        counted = raw.get("prompt_eval_count")
        texts = [message.content or "" for message in messages]
        if was_cut(texts, counted, self.context_window):
            raise PromptTooLongError(
                say(
                    "The server cut the prompt: the model read only {counted} tokens of it.",
                    counted=str(counted),
                ),
                say(
                    "Set a smaller ollama.context_window, or fewer answer.passages; "
                    "or update Ollama."
                ),
                window=self.context_window,
            )
        if (last.message.content or "").strip():
            return
        if any(block.block_type == "thinking" for block in last.message.blocks):
            raise ModelReplyError(
                say("The model only thought, and wrote no answer."),
                say(
                    "Take one that does not think: {command}",
                    command=f"rag-assistant pull {SUGGESTED_MODEL}",
                ),
            )
        raise ModelReplyError(say("The model gave an empty reply."), say("Ask again."))

    def _late(self, error: httpx.TimeoutException, *, begun: bool) -> AnswererError:
        if isinstance(error, httpx.ConnectTimeout):
            return meaning(error, model=self.model, url=self.base_url)
        if begun:
            return ModelServerError(
                say("Ollama stopped in the middle of its reply and sent no more."),
                say("Ask again."),
            )
        return ModelServerError(
            say(
                "Ollama did not begin to answer within {seconds} seconds.",
                seconds=f"{self.request_timeout:g}",
            ),
            say("Take a smaller model, or set a longer ollama.timeout."),
        )
