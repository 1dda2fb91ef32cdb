"""Several Ollama servers: what each has, which of them are well, and the model at one of them.

Nothing runs in the background: a host is looked at when it is wanted and the last look is old.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rag_assistant.config import OllamaSettings
from rag_assistant.errors import AnswererError, ModelMissingError, ModelServerError
from rag_assistant.models import ollama
from rag_assistant.models.connections import Connections
from rag_assistant.models.llamaindex import LlamaIndexModel
from rag_assistant.models.ollama import Model
from rag_assistant.models.queued import Line
from rag_assistant.wording import say

_BELIEVED = 5.0  # seconds for which a look is good
_LOOK = 1.0  # seconds that a look may take where there are other hosts
_LEFT_OUT = 10.0  # seconds for which a host that failed is passed over while others are well
_LONGEST = 60.0  # the same, after it has doubled with each look that failed too
_NOT_AGAIN = 1.0  # seconds in which a host that did not answer is not asked again at all


@dataclass(slots=True, kw_only=True, eq=False)
class _Host:
    """One server as it was last seen.

    A look may take ``patience`` seconds. ``due`` is when the next one is, ``soonest`` when it may
    be where no host is well; ``pause`` is for how long the host is passed over, 0 while it is well.
    """

    url: str
    patience: float
    listed: Sequence[dict[str, Any]] = ()
    fault: ModelServerError | None = None
    due: float = -math.inf
    soonest: float = -math.inf
    pause: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, *, urgent: bool) -> None:
        """Ask what is installed, if that is due, or could be known anew where it is urgent.

        Who needs it urgently, or knows nothing yet, waits for the look of another; others do with
        what was known last.
        """
        unknown = self.due == -math.inf
        if not self.lock.acquire(blocking=urgent or unknown):
            return
        try:
            if time.monotonic() >= (self.soonest if urgent else self.due):
                self._look(urgent=urgent)
        finally:
            self.lock.release()

    def _look(self, *, urgent: bool) -> None:
        try:
            self.listed, self.fault = ollama.tags(self.url, seconds=self.patience), None
            self.pause = 0.0
        except ModelServerError as error:
            self.fault = error  # the list stays for who reads it at this moment
            if not (urgent and self.pause):
                self.pause = min(2 * self.pause, _LONGEST) or _LEFT_OUT
        now = time.monotonic()
        self.due = now + (self.pause or _BELIEVED)
        self.soonest = now + _NOT_AGAIN

    def failed(self, error: AnswererError) -> None:
        """Pass it over for a while; one that only lacks the model is looked at anew."""
        with self.lock:
            self.soonest = -math.inf
            self.due = time.monotonic()
            if isinstance(error, ModelServerError):
                self.fault, self.pause = error, self.pause or _LEFT_OUT
                self.due += self.pause


class OllamaHosts:
    """The configured servers.

    Raises:
        ConfigError: An address is none, or not loopback where that is not allowed.
    """

    def __init__(self, settings: OllamaSettings) -> None:
        self._settings = settings
        urls = ollama.checked_urls(settings)
        # A host that accepts and says nothing must not hold up questions that others can answer.
        patience = _LOOK if len(urls) > 1 else ollama.READ_SECONDS
        self._hosts = {url: _Host(url=url, patience=patience) for url in urls}
        self._windows: dict[tuple[str, Model], int] = {}

    @property
    def urls(self) -> tuple[str, ...]:
        """Their addresses, in the configured order."""
        return tuple(self._hosts)

    def faults(self) -> dict[str, str]:
        """What is wrong with each host, as far as it is known; empty where it is well."""
        return {url: host.fault.message if host.fault else "" for url, host in self._hosts.items()}

    def best(self) -> Model:
        """The configured model, or the best one that any host has; see `ollama.connect`."""
        listed = [item for host in self._well() for item in host.listed]
        return ollama.choose(self._settings, listed)

    def models(self, name: str) -> dict[str, Model]:
        """The model of that name at each host that is well and has it.

        Raises:
            ModelServerError: No host answers.
        """
        found = {host.url: ollama.local(host.listed, name) for host in self._well()}
        return {url: model for url, model in found.items() if model is not None}

    def window(self, model: Model) -> int:
        """The context window that the model has at all hosts, in tokens. Raises as `models`."""
        found = self.models(model.name).items()
        return min(self._window(url, one) for url, one in found) if found else 0

    def failed(self, url: str, error: AnswererError) -> None:
        """Remember that a reply failed there."""
        self._hosts[url].failed(error)

    def line(self, url: str, model: Model) -> Line:
        """The model at a host, for one reply."""
        connections = Connections()
        window = self._window(url, model)
        llm = ollama.open_llm(
            self._settings, model, url=url, window=window, on_request=connections.watch
        )
        opened = LlamaIndexModel(
            llm,
            name=model.name,
            digest=model.digest,
            context_window=window,
            seed=ollama.SEED,
            limit=self._settings.max_answer_tokens,
        )
        return Line(model=opened, cut=connections.cut)

    def _window(self, url: str, model: Model) -> int:
        """Asked once of each build of a model."""
        known = self._windows.get((url, model))
        if known is None:
            known = ollama.context_window(self._settings, model, url)
            self._windows[url, model] = known
        return known

    def _well(self) -> list[_Host]:
        """The hosts that answer. Where none does, all are asked again before that is said."""
        for urgent in (False, True):
            for host in self._hosts.values():
                host.look(urgent=urgent)
            if well := [host for host in self._hosts.values() if host.fault is None]:
                return well
        first = next(iter(self._hosts.values())).fault
        if len(self._hosts) == 1 and first is not None:
            raise first
        raise ModelServerError(
            say("None of the {n} Ollama servers answers.", n=len(self._hosts)),
            "rag-assistant doctor",
        )


class HavingModel:
    """The hosts that have one model, for one question.

    Args:
        hosts: All of them.
        model: Which model they must have, by its name.
    """

    def __init__(self, hosts: OllamaHosts, model: Model) -> None:
        self._hosts = hosts
        self._model = model
        self._found: dict[str, Model] = {}

    def usable(self) -> Sequence[str]:
        """See `queued.Hosts`."""
        self._found = self._hosts.models(self._model.name)
        if not self._found:
            raise ModelMissingError(
                say("The model '{name}' is not installed any more.", name=self._model.name),
                f"rag-assistant pull {self._model.name}",
            )
        return tuple(self._found)

    def open(self, host: str) -> Line:
        """See `queued.Hosts`."""
        return self._hosts.line(host, self._found[host])

    def failed(self, host: str, error: AnswererError) -> None:
        """See `queued.Hosts`."""
        self._hosts.failed(host, error)
