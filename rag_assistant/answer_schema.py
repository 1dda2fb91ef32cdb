"""The answer's JSON Schema, made from the dataclasses and strict: nothing missing, nothing more."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from rag_assistant.answer import SCHEMA_VERSION, Answer

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def answer_schema() -> dict[str, Any]:
    """The JSON Schema of what `Answer.to_dict` gives."""
    schema = TypeAdapter(Answer).json_schema(mode="serialization")
    for part in (schema, *schema["$defs"].values()):
        _close(part)
    schema["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    return {"$schema": _DIALECT, **schema}


def _close(part: dict[str, Any]) -> None:
    """Every key of an object is present, and no other."""
    if "properties" not in part:
        return
    for field in part["properties"].values():
        field.pop("default", None)
    part["required"] = list(part["properties"])
    part["additionalProperties"] = False
