"""Asking a recorded question again: whether the same is found and said, and if not, why.

An answer's JSON is the record. It holds the search and its bounds, what was found in which order,
and what everything stood on. Of earlier turns it holds only what was searched for because of them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rag_assistant.answer import SCHEMA_VERSION, Answer
from rag_assistant.errors import UsageError

_ASKED = {
    "audience": "it is asked for another audience",
    "search_query": "another search is made",
    "filters": "the search has other bounds",
}
_RUN = {
    "kind": "another kind of text is asked for",
    "beside": "other texts are searched for beside the search",
    "coverage": "the indexes hold another share of the passages",
    "settings_sha256": "the settings have changed",
    "prompt_sha256": "the prompts have changed",
    "model": "another model answers",
    "model_digest": "the model is another build of that name",
    "seed": "another seed was used",
    "answerer": "another answerer is at work",
}
_UNKNOWN = "nothing that is recorded differs"
_UNTOLD = "the collections may have changed since: the public is not told their state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A passage whose place among the results differs; ranks from 1, None where it is not found."""

    passage_id: str
    before: int | None
    now: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """A recorded run beside the same question asked now.

    Attributes:
        same_passages: The same passages in the same order with the same scores.
        same_answer: The same sentences with the same sources.
        changed: The passages that moved, went or came.
        reasons: What is different now, in words; empty where the same was found and said.
        recorded: The sequence number of the docstore then; 0 where the public asked.
        present: And now.
        answer: Today's answer.
    """

    same_passages: bool
    same_answer: bool
    changed: tuple[Moved, ...]
    reasons: tuple[str, ...]
    recorded: int
    present: int
    answer: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """As ``rerun --json`` prints it."""
        return asdict(self)


def read_record(path: Path) -> dict[str, Any]:
    """An answer's JSON, whole: what an older version did not write has its default.

    Raises:
        UsageError: There is no such file, or it is no answer of this schema.
    """
    hint = "Save one with: rag-assistant ask QUESTION --json > run.json"
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as JSON: {error}.", hint) from error
    if not isinstance(record, dict) or record.get("schema_version") != SCHEMA_VERSION:
        raise UsageError(f"{path} is no answer of schema {SCHEMA_VERSION}.", hint)
    if isinstance(record.get("run"), dict) and "retrieved" not in record["run"]:
        raise UsageError(f"{path} does not say what was found: it is of an older version.", hint)
    try:
        answer = TypeAdapter(Answer).validate_python(record)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"])
        raise UsageError(f"{path} is no answer: '{key}': {fault['msg']}.", hint) from error
    if broken := _broken(answer):
        raise UsageError(f"{path} is no answer: {broken}.", hint)
    return answer.to_dict()


def _broken(answer: Answer) -> str:
    """What no answer has that was made here, though its types are right; "" where all is well."""
    cited = {marker for one in answer.sentences for marker in one.citations}
    if lacking := cited - {one.marker for one in answer.citations}:
        return f"there is no citation [{min(lacking)}]"
    if not all(0 < weight < math.inf for weight in answer.run.beside.values()):
        return "'run.beside': the weights are positive numbers"
    return ""


def body_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """What to ask again, as the API takes it; of a summary, the question is a document's id."""
    written = record["run"]["answerer"] == "ollama"
    return {
        "question": record["question"],
        "search": record["search_query"],
        "beside": record["run"]["beside"],
        "filters": record["filters"],
        "answerer": "ollama" if written else "extractive",
        "kind": record["run"]["kind"],
    }


def compare(record: Mapping[str, Any], answer: Mapping[str, Any]) -> Rerun:
    """The record beside today's answer, both as JSON types."""
    before, now = record["run"], answer["run"]
    same_passages = _scores(before) == _scores(now)
    same_answer = _said(record) == _said(answer)
    differ = not (same_passages and same_answer)
    return Rerun(
        same_passages=same_passages,
        same_answer=same_answer,
        changed=tuple(_moved(_ranks(before), _ranks(now))),
        reasons=(tuple(_reasons(record, answer)) or (_UNKNOWN,)) if differ else (),
        recorded=before["docstore_seq"],
        present=now["docstore_seq"],
        answer=answer,
    )


def _said(answer: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Its sentences with the passages that they cite."""
    cited = {one["marker"]: one["passage_id"] for one in answer["citations"]}
    return [
        (one["text"], [cited[marker] for marker in one["citations"]]) for one in answer["sentences"]
    ]


def _scores(run: Mapping[str, Any]) -> list[tuple[str, float]]:
    return [(one["passage_id"], one["score"]) for one in run["retrieved"]]


def _ranks(run: Mapping[str, Any]) -> dict[str, int]:
    return {one["passage_id"]: rank for rank, one in enumerate(run["retrieved"], start=1)}


def _moved(before: Mapping[str, int], now: Mapping[str, int]) -> Iterator[Moved]:
    for one in dict.fromkeys((*before, *now)):
        if before.get(one) != now.get(one):
            yield Moved(passage_id=one, before=before.get(one), now=now.get(one))


def _reasons(record: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
    before, now = record["run"], answer["run"]
    if not (before["docstore_seq"] and now["docstore_seq"]):
        yield _UNTOLD
    elif before["docstore_seq"] != now["docstore_seq"]:
        changes = now["docstore_seq"] - before["docstore_seq"]
        yield f"the collections have changed since ({changes:+,} entries in their log)"
    yield from (told for name, told in _ASKED.items() if record[name] != answer[name])
    yield from (told for name, told in _RUN.items() if before[name] != now[name])
    if before["turns"] and before["answerer"] == "ollama":
        yield "the model read earlier turns of that conversation, which are not in the record"
