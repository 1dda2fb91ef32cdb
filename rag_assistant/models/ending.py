"""How a reply ended and what it cost, as Ollama tells it and as servers like OpenAI's do.

LlamaIndex hands on what the server sent: a dictionary, or an object of the client's own.
"""

from __future__ import annotations

from typing import Any

from rag_assistant.ports import Usage

_BILLION = 1e9


def was_cut(raw: Any) -> bool:
    """Whether this piece says that the reply ends for its length."""
    choices = _part(raw, "choices") or [None]
    reasons = (_part(raw, "done_reason"), _part(choices[0], "finish_reason"))
    return "length" in reasons


def usage(raw: Any) -> Usage | None:
    """The counts that this piece tells; None where it tells none, as most pieces do."""
    counts = _part(raw, "usage")
    prompt = _first(_part(raw, "prompt_eval_count"), _part(counts, "prompt_tokens"))
    answer = _first(_part(raw, "eval_count"), _part(counts, "completion_tokens"))
    if prompt is None and answer is None:
        return None
    return Usage(
        prompt_tokens=prompt,
        answer_tokens=answer,
        load_seconds=_seconds(_part(raw, "load_duration")),
        prompt_seconds=_seconds(_part(raw, "prompt_eval_duration")),
        answer_seconds=_seconds(_part(raw, "eval_duration")),
    )


def _part(whole: Any, name: str) -> Any:
    return whole.get(name) if isinstance(whole, dict) else getattr(whole, name, None)


def _first(*counts: Any) -> int | None:
    return next((count for count in counts if isinstance(count, int)), None)


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / _BILLION
