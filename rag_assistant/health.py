"""How the installation is: `status` tells what is, `doctor` tells what to mend and how."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rag_assistant.config import Settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.tombstones import UNERASED
from rag_assistant.engine import Engine
from rag_assistant.errors import RagAssistantError
from rag_assistant.models import Models

_FAILURES_LISTED = 100
_OTHERS = 0o077  # permissions of all but the owner
_DISK_WANTED = 1 << 30
_MEMORY_WANTED = 3 << 30
_GIB = 1 << 30
_NOT_CHOSEN = "the backend is chosen by the next `index`"


def status(
    settings: Settings, docstore: Docstore, engine: Engine, models: Models
) -> dict[str, Any]:
    """Collections, indexes, answerer and failures; see the contracts for the JSON.

    Unhealthy means a damaged index, a follower that failed, or a damaged file of the docstore; a
    lag, or Ollama being absent, does not. An index that cannot be trusted covers nothing.
    """
    damage = docstore.damage()
    problems = [damage.message] if damage else []
    faults = engine.faults()
    problems += [f"The {name} index {fault}." for name, fault in faults.items()]
    problems += [error.message for error in engine.warnings.values()]
    bad = faults.keys() | engine.warnings.keys()
    held = {name: seq for name, seq in engine.positions().items() if name not in bad}
    coverage = docstore.library.coverage(Bounds(), held)
    indexes = {}
    for name, lag in engine.lags().items():
        cursor = docstore.changes.cursor(name)
        indexes[name] = {
            "lag": lag,
            "coverage": coverage[name],
            "fingerprint": cursor.fingerprint if cursor else None,
        }
    return {
        "healthy": not problems,
        "problems": problems,
        "data": str(settings.data),
        "collections": docstore.library.counts(),
        "indexes": indexes,
        "answerer": answerer_in_use(settings, models),
        "embedding": _embedding(settings, docstore),
        "failures": docstore.library.failures(_FAILURES_LISTED),
        "restricted_in_words": docstore.library.restricted_in_words(),
        "takedowns": docstore.takedown.standing(),
        "retention": settings.retention.model_dump(),
        "erasing": docstore.note(UNERASED) is not None,
    }


def answerer_in_use(settings: Settings, models: Models) -> dict[str, Any]:
    """Which answerer a question would get now, and why; what the model servers are at."""
    idle: dict[str, Any] = {"model": None, "waiting": 0, "hosts": []}
    if settings.answer.answerer == "extractive":
        return {"active": "extractive", "reason": "chosen in the configuration", **idle}
    try:
        standing = models.standing()
    except RagAssistantError as error:
        return {"active": "extractive", "reason": error.message, **idle}
    return {"active": "ollama", "reason": None, **standing}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: ``hint`` is the command that fixes it, ``needed`` False for what is optional."""

    name: str
    good: bool
    text: str
    hint: str = ""
    needed: bool = True


def examine(settings: Settings, port: int) -> Iterator[Finding]:
    """Check the set-up, one finding a part."""
    checks: tuple[tuple[str, Callable[[Settings], Finding]], ...] = (
        ("data folder", _data_folder),
        ("embedding model", _embedding_model),
        ("language model", _language_model),
        ("memory", _memory),
    )
    for name, check in checks:
        try:
            yield check(settings)
        except RagAssistantError as error:
            yield Finding(name=name, good=False, text=error.message, hint=error.hint)
    yield _port(port)


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not os.access(there, os.W_OK):
        return Finding(
            name="data folder",
            good=False,
            text=f"{folder} cannot be written.",
            hint="rag-assistant --data DIR …",
        )
    free = shutil.disk_usage(there).free
    if free < _DISK_WANTED:
        return Finding(
            name="data folder",
            good=False,
            text=f"{folder} has only {free >> 20} MB of free disk.",
            hint="Free some space, or choose another folder: rag-assistant --data DIR …",
        )
    if there == folder and os.name == "posix" and folder.stat().st_mode & _OTHERS:
        return Finding(
            name="data folder",
            good=False,
            needed=False,
            text=f"Other accounts of this computer may look into {folder}.",
            hint=f"chmod 700 {folder}",
        )
    return Finding(name="data folder", good=True, text=f"{folder}, {free >> 30} GB free")


def _embedding(settings: Settings, docstore: Docstore) -> dict[str, Any]:
    from rag_assistant.embedding import find_model, in_use

    try:
        model = find_model(settings.embedding)
    except RagAssistantError as error:
        return {"model": None, "backend": None, "reason": error.message}
    choice = in_use(settings.embedding, model, docstore)
    if choice is None:
        return {"model": model.name, "backend": "torch", "reason": _NOT_CHOSEN}
    return {"model": model.name, "backend": choice.backend, "reason": choice.reason}


def _embedding_model(settings: Settings) -> Finding:
    from rag_assistant.embedding import find_model, in_use

    model = find_model(settings.embedding)
    docstore = Docstore(settings.data) if Docstore.exists(settings.data) else None
    try:
        choice = in_use(settings.embedding, model, docstore)
    finally:
        if docstore:
            docstore.close()
    by = f"computed by {choice.backend} ({choice.reason})" if choice else _NOT_CHOSEN
    return Finding(
        name="embedding model",
        good=not (choice and choice.hint),
        text=f"{model.name} in {model.path}, {by}",
        hint=choice.hint if choice else "",
        needed=False,
    )


def _language_model(settings: Settings) -> Finding:
    needed = settings.answer.answerer == "ollama"
    try:
        standing = Models(settings).standing()
    except RagAssistantError as error:
        return Finding(
            name="language model",
            good=False,
            text=f"{error.message} Answers are quotations without it.",
            hint=error.hint,
            needed=needed,
        )
    ill = [host["fault"] for host in standing["hosts"] if host["fault"]]
    if ill:
        return Finding(
            name="language model",
            good=False,
            text=" ".join((f"{standing['model']} is used.", *ill)),
            hint="Start it, or take it out of ollama.hosts.",
            needed=False,
        )
    return _writing_model(settings, standing)


def _writing_model(settings: Settings, standing: dict[str, Any]) -> Finding:
    """The model that writes: what it is, where, and whether it fits into the memory."""
    from rag_assistant.models import ollama

    where = ", ".join(host["url"] for host in standing["hosts"])
    window, wanted = standing["context_window"], settings.ollama.context_window
    digest = f", digest {standing['digest'][:12]}" if standing["digest"] else ""
    text = f"{standing['model']} at {where}{digest}, context window {window:,} tokens"
    if window < wanted and not settings.llm.class_name:
        text += f" (all it was trained on; {wanted:,} are set)"
    size, memory = standing["size"], ollama.machine_memory()
    fits = True
    if size and memory and not settings.ollama.allow_remote:
        fits = size * ollama.MEMORY_FACTOR <= memory
        needs = f"{size * ollama.MEMORY_FACTOR / _GIB:.1f} of {memory / _GIB:.1f} GB memory"
        text += f", needs about {needs}" if fits else f", which is too large: about {needs}"
    return Finding(
        name="language model",
        good=fits,
        text=text,
        hint="" if fits else f"rag-assistant pull {ollama.SMALL_MODEL}",
        needed=False,
    )


def _memory(settings: Settings) -> Finding:
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return Finding(name="memory", good=True, text="cannot be read on this system")
    return Finding(
        name="memory",
        good=free >= _MEMORY_WANTED,
        text=f"{free / (1 << 30):.1f} GB free",
        hint="" if free >= _MEMORY_WANTED else "Close other programs before you index.",
        needed=False,
    )


def _port(port: int) -> Finding:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return Finding(
                name="port",
                good=False,
                text=f"Port {port} is in use.",
                hint=f"rag-assistant serve --port {port + 1}",
                needed=False,
            )
    return Finding(name="port", good=True, text=f"{port} is free")
