"""A model asked for one line, and what of its reply is that line."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Sequence
from contextlib import closing

from rag_assistant.errors import AnswererError
from rag_assistant.ports import Finished, LanguageModel, Message, Waiting

PATIENCE = 5.0
"""Seconds that a rewritten or translated search may take."""
_LONGEST = 1000  # characters of a reply that is one line
_QUOTES = "\"'“”„‟«»‹›‘’`"
_LABEL = re.compile(
    r"^(?:(?:last|rewritten|stand-?alone|new|search)\s+)*"
    r"(?:question|search|query|translation)\s*:\s*",
    re.IGNORECASE,
)


def one_line(
    model: LanguageModel,
    messages: Sequence[Message],
    *,
    max_tokens: int,
    patience: float = PATIENCE,
) -> Generator[Waiting, None, str | None]:
    """What a model says, without a label and quotation marks around it.

    People wait for it before anything is searched: what comes too late is as good as nothing.

    Args:
        model: What is asked.
        messages: The prompt.
        max_tokens: Of the reply.
        patience: Seconds, after which the reply is broken off.

    Yields:
        That it is waited for, so that who asks can leave.

    Returns:
        None where it failed or took too long, was cut short, said nothing or more than one line.
    """
    pieces: list[str] = []
    late = time.monotonic() + patience
    try:
        with closing(model.write(messages, max_tokens=max_tokens)) as events:
            for event in events:
                if time.monotonic() > late or sum(map(len, pieces)) > _LONGEST:
                    return None
                match event:
                    case str():
                        pieces.append(event)
                    case Waiting():
                        yield event
                    case Finished(cut=True):
                        return None
    except AnswererError:
        return None
    text = _LABEL.sub("", "".join(pieces).strip(), count=1).strip().strip(_QUOTES).strip()
    return text if len(text.splitlines()) == 1 else None
