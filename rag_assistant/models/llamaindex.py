"""Any language model that LlamaIndex knows, as the house's port."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from rag_assistant.errors import AnswererError, ModelReplyError, ModelServerError
from rag_assistant.ports import Finished, Message, ModelEvent, Usage

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

_BILLION = 1e9


class LlamaIndexModel:
    """Streams replies of a LlamaIndex `LLM`.

    Args:
        llm: The model. What it raises becomes an `AnswererError`.
        name: For the run's record.
        digest: Where the server tells it.
        context_window: Tokens.
        seed: Where it has one.
    """

    def __init__(
        self,
        llm: LLM,
        *,
        name: str,
        digest: str | None = None,
        context_window: int,
        seed: int | None = None,
    ) -> None:
        self._llm = llm
        self.name = name
        self.digest = digest
        self.context_window = context_window
        self.seed = seed

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[ModelEvent]:
        from llama_index.core.llms import ChatMessage, MessageRole

        chat = [ChatMessage(role=MessageRole(one.role), content=one.text) for one in messages]
        stream = None
        raw: dict[str, Any] = {}
        some = False
        try:
            stream = self._llm.stream_chat(chat)
            for reply in stream:
                raw = reply.raw if isinstance(reply.raw, dict) else {}
                if reply.delta:
                    some = some or bool(reply.delta.strip())
                    yield reply.delta
        except AnswererError:
            raise
        except Exception as error:
            raise ModelServerError(f"The language model failed: {error}.") from error
        finally:
            if stream is not None:
                stream.close()
        if not some:
            raise ModelReplyError("The model gave an empty reply.", "Ask again.")
        yield Finished(cut=raw.get("done_reason") == "length", usage=_usage(raw))


def _usage(raw: dict[str, Any]) -> Usage:
    """Ollama's final counts; other servers may tell none of them."""
    return Usage(
        prompt_tokens=raw.get("prompt_eval_count"),
        answer_tokens=raw.get("eval_count"),
        load_seconds=_seconds(raw.get("load_duration")),
        prompt_seconds=_seconds(raw.get("prompt_eval_duration")),
        answer_seconds=_seconds(raw.get("eval_duration")),
    )


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / _BILLION
