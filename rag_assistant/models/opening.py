"""From the settings to the language model that writes."""

from __future__ import annotations

from rag_assistant.config import Settings
from rag_assistant.models import ollama
from rag_assistant.models.llamaindex import LlamaIndexModel
from rag_assistant.ports import LanguageModel


def open_model(settings: Settings) -> LanguageModel:
    """The model that the settings name, or the best one that is installed.

    Raises:
        ConfigError: What they name must not, or cannot, be used.
        AnswererError: There is no server, or no model.
    """
    found = ollama.connect(settings.ollama)
    window = ollama.context_window(settings.ollama, found)
    return LlamaIndexModel(
        ollama.open_llm(settings.ollama, found, window=window),
        name=found.name,
        digest=found.digest,
        context_window=window,
        seed=ollama.SEED,
    )
