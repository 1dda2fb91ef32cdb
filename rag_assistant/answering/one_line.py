"""A model asked for one line, and what of its reply is that line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing

from rag_assistant.errors import AnswererError
from rag_assistant.ports import Finished, LanguageModel, Message

_QUOTES = "\"'“”„‟«»‹›‘’`"
_LABEL = re.compile(
    r"^(?:(?:last|rewritten|stand-?alone|new|search)\s+)*(?:question|search|query)\s*:\s*",
    re.IGNORECASE,
)


def one_line(model: LanguageModel, messages: Sequence[Message], *, max_tokens: int) -> str | None:
    """What a model says, without a label and quotation marks around it.

    Returns:
        None where it failed, was cut short, said nothing or more than one line.
    """
    pieces: list[str] = []
    try:
        with closing(model.write(messages, max_tokens=max_tokens)) as events:
            for event in events:
                if isinstance(event, str):
                    pieces.append(event)
                elif isinstance(event, Finished) and event.cut:
                    return None
    except AnswererError:
        return None
    text = _LABEL.sub("", "".join(pieces).strip(), count=1).strip().strip(_QUOTES).strip()
    return text if len(text.splitlines()) == 1 else None
