"""The durable truth: documents, captures, passages, rights, and the log of their changes."""

from rag_assistant.docstore.store import Docstore

__all__ = ["Docstore"]
