"""Question answering over library collections and web archives, with citations that hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Answer", "Assistant", "Filters", "__version__"]

if TYPE_CHECKING:
    from rag_assistant.answer import Answer
    from rag_assistant.assistant import Assistant
from rag_assistant.schema import Filters


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: ``--help`` must not wait for them."""
    if name == "Assistant":
        from rag_assistant.assistant import Assistant

        return Assistant
    if name == "Answer":
        from rag_assistant.answer import Answer

        return Answer
    if name == "Filters":
        from rag_assistant.schema import Filters

        return Filters
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
