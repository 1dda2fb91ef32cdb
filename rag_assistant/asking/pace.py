"""How long a written answer takes on this computer, learned from those that were written."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from rag_assistant.docstore import Docstore
from rag_assistant.errors import RagAssistantError
from rag_assistant.ports import LanguageModel, Task, Usage

_FIXED_TOKENS = 500  # the rules, and what stands around question and passages
_BYTES_PER_TOKEN = 4.0  # of English
_WEIGHT = 0.5  # of the newest answer, against all before it
_FASTER = 2.0  # times at most, of one answer: a prompt that the server still had is read at once
_CHANGE = 0.2  # a smaller one is not worth a write


_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rates:
    """Tokens a second, and the tokens of an answer."""

    prompt: _Positive
    answer: _Positive
    length: _Positive

    def seconds(self, tokens: float) -> float:
        return tokens / self.prompt + self.length / self.answer


class Pace:
    """Remembers a model's speed in the data folder: three numbers, nothing of any question."""

    def __init__(self, docstore: Docstore) -> None:
        self._docstore = docstore

    def seconds(self, model: LanguageModel, task: Task) -> float | None:
        """What an answer would take; None where none was written yet."""
        known = self._known(model)
        if known is None:
            return None
        words = [task.question, *(hit.entry.embedded_text for hit in task.hits)]
        words += [turn.text for turn in task.history]
        size = sum(len(one.encode()) for one in words)
        return known.seconds(_FIXED_TOKENS + size / _BYTES_PER_TOKEN)

    def learn(self, model: LanguageModel, usage: Usage | None) -> None:
        """Take an answer's counts into account, where the server tells them."""
        new = _rates(usage) if usage else None
        if new is None:
            return
        old = self._known(model)
        kept = _between(old, new) if old else new
        if old is None or _differ(old, kept):
            with suppress(RagAssistantError):  # busy or full: the next answer tells it again
                self._docstore.set_note(_key(model), json.dumps(asdict(kept)))

    def _known(self, model: LanguageModel) -> _Rates | None:
        note = self._docstore.note(_key(model))
        try:
            return TypeAdapter(_Rates).validate_json(note) if note else None
        except ValidationError:  # damaged: the next answer tells it anew
            return None


def _key(model: LanguageModel) -> str:
    return f"pace of {model.name} {(model.digest or '')[:12]}".strip()


def _rates(usage: Usage) -> _Rates | None:
    counts = usage.prompt_tokens, usage.prompt_seconds, usage.answer_tokens, usage.answer_seconds
    if not all(counts):
        return None
    prompt, prompt_seconds, answer, answer_seconds = (float(one or 0) for one in counts)
    return _Rates(prompt=prompt / prompt_seconds, answer=answer / answer_seconds, length=answer)


def _between(old: _Rates, new: _Rates) -> _Rates:
    new = replace(new, prompt=min(new.prompt, _FASTER * old.prompt))
    before, after = asdict(old), asdict(new)
    mean = {name: (1 - _WEIGHT) * before[name] + _WEIGHT * after[name] for name in before}
    return _Rates(**mean)


def _differ(old: _Rates, new: _Rates) -> bool:
    before, after = asdict(old), asdict(new)
    return any(abs(after[name] - one) > _CHANGE * one for name, one in before.items())
