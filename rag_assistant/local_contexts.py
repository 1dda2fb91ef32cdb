"""Local Contexts: Traditional Knowledge and Biocultural Labels and Notices, from a project's JSON.

The file is what the Local Contexts Hub's API gives of a project (version 2, ``/projects/<id>/``),
saved beside the collection: nothing is fetched, neither the project nor its pictures. A label's
words are the community's own and are shown as they stand, in each language that it gives.
Labels are guidance by a community. What they mean for ``use`` is the institution's to say (see
``protocols`` in ``collection.toml``).
(https://github.com/localcontexts/localcontextshub/wiki/API-Documentation)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag_assistant.errors import ConfigError
from rag_assistant.schema import Notice

PROJECT_FILE = "local-contexts.json"
"""What the file is called where ``collection.toml`` names no other."""

_LARGEST = 16 << 20
_LISTS = ("tk_labels", "bc_labels", "notice")
_NAMES = ("name", "label_type", "notice_type")
_WORDS = ("label_text", "default_text")
_HINT = "Save it anew from the Local Contexts Hub: GET /api/v2/projects/<id>/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project's notices, one a language, and its labels' types ("secret_sacred")."""

    notices: tuple[Notice, ...]
    types: frozenset[str]


def read_project(path: Path) -> Project:
    """Read a project's labels and notices.

    Raises:
        ConfigError: The file cannot be read or is no project. It may say who must not see what,
            so it is never passed over.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError(f"{path} is longer than {_LARGEST} bytes.", _HINT)
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", _HINT) from error
    if not isinstance(values, dict) or not any(name in values for name in _LISTS):
        raise ConfigError(f"{path} is no project of Local Contexts.", _HINT)
    page = _text(values, "project_page")
    notices: list[Notice] = []
    types = set()
    for name in _LISTS:
        for item in _items(values.get(name), f"{path}: '{name}'"):
            types |= {kind for kind in (_text(item, "label_type", "notice_type"),) if kind}
            notices += _notices(item, page, str(path))
    return Project(notices=tuple(dict.fromkeys(notices)), types=frozenset(types))


def label_type(name: str) -> str:
    """A label's type in one way of writing: "TK Secret / Sacred" and "secret-sacred" are one."""
    words = re.findall(r"[a-z]+", name.lower())
    return "_".join(words[1:] if words[:1] in (["tk"], ["bc"]) else words)


def _notices(item: dict[str, Any], page: str, where: str) -> Iterator[Notice]:
    """A label's own words, then its translations'."""
    community = item.get("community")
    owner = _text(community, "name") if isinstance(community, dict) else _text(item, "community")
    name = _text(item, *_NAMES)
    if not name:
        raise ConfigError(f"{where}: a label without a name.", _HINT)
    yield Notice(
        type=name,
        text=_text(item, *_WORDS),
        language=_text(item, "language_tag"),
        community=owner,
        uri=page,
    )
    for one in _items(item.get("translations"), f"{where}: 'translations'"):
        yield Notice(
            type=_text(one, "translated_name") or name,
            text=_text(one, "translated_text"),
            language=_text(one, "language_tag"),
            community=owner,
            uri=page,
        )


def _items(values: Any, where: str) -> list[dict[str, Any]]:
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
        raise ConfigError(f"{where} is no list of labels.", _HINT)
    return values


def _text(values: dict[str, Any], *names: str) -> str:
    """The first of the fields that says anything."""
    said = (values.get(name) for name in names)
    return next((" ".join(one.split()) for one in said if isinstance(one, str) and one.strip()), "")
