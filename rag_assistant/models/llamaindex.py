"""Any language model that LlamaIndex knows, as the house's port."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from rag_assistant.errors import AnswererError, ModelReplyError, ModelServerError
from rag_assistant.models import ending
from rag_assistant.ports import Finished, Message, ModelEvent, Usage
from rag_assistant.wording import say

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


class LlamaIndexModel:
    """Streams replies of a LlamaIndex `LLM`.

    Args:
        llm: The model. What it raises becomes an `AnswererError`.
        name: For the run's record.
        digest: Where the server tells it.
        context_window: Tokens.
        seed: Where it has one.
        limit: Tokens of a reply at most. Given, each call is told the smaller of it and what is
            asked for; None where the model takes no ``max_tokens`` with a call.
    """

    def __init__(
        self,
        llm: LLM,
        *,
        name: str,
        digest: str | None = None,
        context_window: int,
        seed: int | None = None,
        limit: int | None = None,
    ) -> None:
        self._llm = llm
        self.name = name
        self.digest = digest
        self.context_window = context_window
        self.seed = seed
        self._limit = limit

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[ModelEvent]:
        from llama_index.core.llms import ChatMessage, MessageRole

        chat = [ChatMessage(role=MessageRole(one.role), content=one.text) for one in messages]
        limit = {} if self._limit is None else {"max_tokens": min(self._limit, max_tokens)}
        stream = None
        some = cut = False
        usage = Usage()
        try:
            stream = self._llm.stream_chat(chat, **limit)
            for reply in stream:
                cut = cut or ending.was_cut(reply.raw)
                usage = ending.usage(reply.raw) or usage  # perhaps in a piece after the last word
                if reply.delta:
                    some = some or bool(reply.delta.strip())
                    yield reply.delta
        except AnswererError:
            raise
        except Exception as error:
            raise ModelServerError(
                say("The language model failed: {error}.", error=error)
            ) from error
        finally:
            if stream is not None:
                stream.close()
        if not some:
            raise ModelReplyError(say("The model gave an empty reply."), say("Ask again."))
        yield Finished(cut=cut, usage=usage)
