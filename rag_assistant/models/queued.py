"""A language model that waits for its turn, and takes another host where one fails."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from rag_assistant.errors import AnswererError, ModelMissingError, ModelServerError
from rag_assistant.models.queue import Queue
from rag_assistant.models.relay import Relay
from rag_assistant.ports import LanguageModel, Message, ModelEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A model at one host, for one reply; ``cut`` ends its connection from another thread."""

    model: LanguageModel
    cut: Callable[[], None]


class Hosts(Protocol):
    """Where one model can be had."""

    def usable(self) -> Sequence[str]:
        """The hosts that may be asked now.

        Raises:
            AnswererError: None may.
        """

    def open(self, host: str) -> Line:
        """The model there, for one reply."""

    def failed(self, host: str, error: AnswererError) -> None:
        """Remember that a reply failed there."""


class QueuedModel:
    """A model at several hosts. Made for one question: ``digest`` is that of the last writer.

    Args:
        hosts: Where the model is.
        queue: Shared by all questions.
        name: The model's.
        digest: Before anything is written.
        context_window: Tokens.
        seed: Where it has one.
    """

    def __init__(
        self,
        hosts: Hosts,
        queue: Queue,
        *,
        name: str,
        digest: str | None,
        context_window: int,
        seed: int | None,
    ) -> None:
        self._hosts = hosts
        self._queue = queue
        self.name = name
        self.digest = digest
        self.context_window = context_window
        self.seed = seed

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[ModelEvent]:
        """See the port; where a host fails before the first word, another one is tried once.

        Raises:
            ModelBusyError: Too many questions wait, or the turn did not come in time.
            AnswererError: The model failed.
        """
        ticket = self._queue.ticket()
        failed: set[str] = set()
        while True:
            slot = yield from self._queue.turn(ticket, lambda: self._without(failed))
            begun = False
            try:
                line = self._hosts.open(slot.host)
                self.digest = line.model.digest
                reply = line.model.write(messages, max_tokens=max_tokens)
                relay = Relay(reply, cut=line.cut, finished=slot.leave)
                with closing(relay.events()) as events:
                    for event in events:
                        begun = begun or isinstance(event, str)
                        yield event
            except (ModelServerError, ModelMissingError) as error:
                self._hosts.failed(slot.host, error)
                if begun or failed or not self._others(slot.host):
                    raise
                failed.add(slot.host)
            else:
                return
            finally:
                slot.leave()

    def _without(self, failed: set[str]) -> Sequence[str]:
        usable = self._hosts.usable()
        return [host for host in usable if host not in failed] or usable

    def _others(self, failed: str) -> bool:
        """Whether anywhere else will do."""
        try:
            return any(host != failed for host in self._hosts.usable())
        except AnswererError:
            return False
