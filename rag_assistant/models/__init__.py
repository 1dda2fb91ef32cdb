"""Language models: which one is there, and how it is spoken to. The rest of the house knows ports.

Nothing heavy is imported before a model is wanted.
"""

from rag_assistant.models.opening import Models, open_model

__all__ = ["Models", "open_model"]
