"""What a run stood on: versions, models, settings, prompts."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import rag_assistant
from rag_assistant.config import Settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.ids import text_sha256
from rag_assistant.errors import RagAssistantError
from rag_assistant.models import ollama

_LIBRARIES = ("chromadb", "tantivy", "sentence-transformers", "torch", "llama-index-core")
_OF_THE_DAY = frozenset(
    {"date", "seconds", "docstore_seq", "platform", "processor", "cpus", "python"}
)
_PROCESSORS = Path("/proc/cpuinfo")


def describe(
    settings: Settings, *, fingerprint: str, answerer: str, model: ollama.Model | None, cache: Path
) -> dict[str, Any]:
    """The environment as it stands in a result's JSON.

    Args:
        settings: What the product runs with.
        fingerprint: The embedding model's.
        answerer: "extractive" or "ollama".
        model: The language model, None without one.
        cache: The folder below which the evaluated data folders lie.
    """
    from rag_assistant.answering.prompting import load_templates

    part = {"embedding", "retrieval", "answer", "ollama"}
    return installation() | {
        "embedding_fingerprint": fingerprint,
        "settings_sha256": text_sha256(settings.model_dump_json(include=part)),
        "prompt_sha256": load_templates().sha256,
        "answerer": answerer,
        "model": model.name if model else None,
        "model_digest": model.digest if model else None,
        "docstore_seq": sequences(cache),
    }


def installation(*beside: str) -> dict[str, Any]:
    """The part that needs neither model nor settings: versions, machine, date.

    Args:
        beside: Packages whose versions matter too, None where one is not installed.
    """
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": rag_assistant.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cpus": os.cpu_count(),
        "libraries": {name: _version(name) for name in (*_LIBRARIES, *beside)},
    }


def _processor() -> str:
    """The processor's name as people know it, where the system tells."""
    with suppress(OSError):
        for line in _PROCESSORS.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def sequences(cache: Path) -> dict[str, int]:
    """The last sequence number of each docstore below a folder, by the data folder's place.

    One that cannot be read (of another version, say) is left out: no finished run is lost to it.
    """
    found = {}
    for data in sorted(path.parent for path in cache.rglob("docstore.sqlite")):
        with suppress(RagAssistantError), closing(Docstore(data)) as docstore:
            found[data.relative_to(cache).as_posix()] = docstore.changes.last_seq()
    return found


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What two environments differ in, apart from day and machine."""
    keys = (old.keys() | new.keys()) - _OF_THE_DAY
    return sorted(key for key in keys if old.get(key) != new.get(key))
