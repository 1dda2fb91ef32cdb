"""Language models: which one is there, and how it is spoken to. The rest of the house knows ports.

Imported where a model is wanted, and only then.
"""

from rag_assistant.models.opening import open_model

__all__ = ["open_model"]
