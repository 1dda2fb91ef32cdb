"""From the settings to the language model that writes."""

from __future__ import annotations

import threading
from typing import Any

from rag_assistant.config import Settings
from rag_assistant.models import ollama
from rag_assistant.models.configured import ConfiguredModel
from rag_assistant.models.hosts import HavingModel, OllamaHosts
from rag_assistant.models.queue import Queue
from rag_assistant.models.queued import QueuedModel
from rag_assistant.ports import LanguageModel


class Models:
    """The model servers that the settings name, and the one queue before them.

    Made once and shared by all questions. Asks nobody anything until it is asked itself.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        limits = settings.llm if settings.llm.class_name else settings.ollama
        self._queue = Queue(
            parallel=limits.parallel, waiting=limits.waiting, patience=limits.patience
        )
        self._ollama: OllamaHosts | None = None
        self._configured: ConfiguredModel | None = None
        self._lock = threading.Lock()

    def current(self) -> LanguageModel:
        """The model for one question: the configured one, or the best that is installed now.

        Raises:
            ConfigError: What the settings name must not, or cannot, be used.
            ModelBusyError: As many questions wait as may.
            AnswererError: There is no server, or no model.
        """
        self._queue.check()
        return self._found()

    @property
    def waiting(self) -> int:
        """Questions that wait for their turn; nobody is asked."""
        return self._queue.waiting

    def standing(self) -> dict[str, Any]:
        """The model, its servers and what they are at, for people and monitoring.

        ``model`` (its name), ``digest``, ``context_window`` (tokens), ``size`` (bytes; None where
        it is not known), ``waiting`` (questions), ``hosts``: each with ``url``, ``writing``
        (replies) and ``fault`` (None where it is well).

        Raises:
            RagAssistantError: As `current`, except for being busy.
        """
        model = self._found()
        faults = {self._configured.host: ""} if self._configured else {}
        if self._ollama is not None:
            faults = self._ollama.faults()
        return {
            "model": model.name,
            "digest": model.digest,
            "context_window": model.context_window,
            "size": self._ollama.best().size if self._ollama else None,
            "waiting": self._queue.waiting,
            "hosts": [
                {"url": url, "writing": self._queue.writing(url), "fault": fault or None}
                for url, fault in faults.items()
            ],
        }

    def _found(self) -> LanguageModel:
        if self._settings.llm.class_name:
            return self._elsewhere()
        with self._lock:
            hosts = self._ollama = self._ollama or OllamaHosts(self._settings.ollama)
        best = hosts.best()
        return QueuedModel(
            HavingModel(hosts, best),
            self._queue,
            name=best.name,
            digest=best.digest,
            context_window=hosts.window(best),
            seed=ollama.SEED,
        )

    def _elsewhere(self) -> LanguageModel:
        with self._lock:
            made = self._configured = self._configured or ConfiguredModel(self._settings)
        return QueuedModel(
            made,
            self._queue,
            name=made.model.name,
            digest=None,
            context_window=made.model.context_window,
            seed=None,
        )


def open_model(settings: Settings) -> LanguageModel:
    """The model for one question, of servers that nothing else is asked of. As `Models.current`."""
    return Models(settings).current()
