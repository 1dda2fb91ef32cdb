"""How quick and how faithful each backend is here, measured beside torch in one run."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from rag_assistant.config import EmbeddingSettings, resource
from rag_assistant.embedding import backends, torch_backend
from rag_assistant.embedding.backends import REFERENCE, Backend
from rag_assistant.embedding.child import in_child
from rag_assistant.embedding.local import LocalEmbedder
from rag_assistant.embedding.model import ModelFiles, fingerprint
from rag_assistant.embedding.openvino_model import cache_folder
from rag_assistant.errors import EmbeddingModelError
from rag_assistant.ports import Embedder

_FORM = 1  # raise it when measuring changes
_PACKAGES = ("openvino", "nncf", "torch", "sentence-transformers")
_ROUNDS = 3
_PASSAGES, _WORDS = 16, 150  # about 200 of the default model's tokens each
_OTHERS = (
    "When did the river flood the town?",
    "Ein Brief über die Brücke, 1893.",
    "La bibliothèque conserve 1 204 lettres (1780–1845) ; leur catalogue paraît en mai.",
    "蔵書票",
    "x",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One backend beside torch: how many times as fast, and the least cosine of a vector pair."""

    speed: float
    cosine: float


def throughput(embedder: Embedder, texts: Sequence[str]) -> float:
    """Passages a second of one call, tokenising included."""
    started = time.perf_counter()
    embedder.embed_passages(texts)
    return len(texts) / (time.perf_counter() - started)


def sample_texts() -> list[str]:
    """Passages of the sample collections, about 200 tokens each."""
    words: list[str] = []
    for path in sorted(resource("corpora", "local-history").rglob("*")):
        if path.suffix in (".md", ".txt"):
            words += path.read_text(encoding="utf-8", errors="replace").split()
    return [" ".join(words[n * _WORDS : (n + 1) * _WORDS]) for n in range(_PASSAGES)]


def measured(
    wanted: Sequence[Backend],
    files: ModelFiles,
    settings: EmbeddingSettings,
    cache: Path | None = None,
    *,
    again: bool = False,
) -> tuple[dict[Backend, Figures], dict[Backend, str]]:
    """What `measure` says, asked once per computer, model and release of the libraries.

    Args:
        wanted: The backends to measure.
        files: The model.
        settings: Length limit, prefixes and threads.
        cache: Where results and converted models are kept; None takes the person's folder.
        again: Measure although the result is known.

    Raises:
        EmbeddingModelError: See `measure`.
        ChildBrokeOffError: There is no result.
    """
    kept = (cache or cache_folder()) / f"measured-{_key(wanted, files, settings)}.json"
    if not again:
        try:
            return _decoded(json.loads(kept.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            pass  # not measured yet, or not whole
    found = measure(wanted, files, settings, cache)
    with suppress(OSError):  # then the next data folder measures again
        kept.parent.mkdir(parents=True, exist_ok=True)
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps(found), encoding="utf-8")
        os.replace(written, kept)
    return _decoded(found)


def measure(
    wanted: Sequence[Backend],
    files: ModelFiles,
    settings: EmbeddingSettings,
    cache: Path | None = None,
) -> dict[str, Any]:
    """Measure in a child, which takes some seconds.

    Returns:
        ``figures`` of the backends that work, reasons of those that ``failed``.

    Raises:
        EmbeddingModelError: torch itself, to which the others are compared, does not work.
        ChildBrokeOffError: There is no result.
    """
    try:
        found: dict[str, Any] = in_child(
            f"{__name__}:measure_here",
            wanted=list(wanted),
            files={"path": str(files.path), "name": files.name, "sha256": files.sha256},
            settings=settings.model_dump(mode="json"),
            cache=str(cache) if cache else None,
        )
    except EmbeddingModelError as error:
        raise type(error)(
            f"How quick {files.name} is here cannot be measured: {error.message}.",
            'Set embedding.backend to "torch", or run: rag-assistant repair --backend auto',
        ) from error
    return found


def measure_here(
    wanted: Sequence[Backend],
    files: Mapping[str, str],
    settings: Mapping[str, Any],
    cache: str | None,
) -> dict[str, Any]:
    """Run in a child; see `measure`."""
    model = ModelFiles(path=Path(files["path"]), name=files["name"], sha256=files["sha256"])
    chosen = EmbeddingSettings(**settings)
    passages = sample_texts()
    texts = [*passages, *_OTHERS]
    reference = backends.make(REFERENCE, model, chosen)
    expected = reference.embed_passages(texts)
    embedders: dict[Backend, LocalEmbedder] = {REFERENCE: reference}
    cosines: dict[Backend, float] = {}
    failed: dict[Backend, str] = {}
    for name in wanted:
        if name == "torch-bf16" and not torch_backend.has_bf16():
            failed[name] = backends.NO_BF16
            continue
        embedder = backends.make(name, model, chosen, Path(cache) if cache else None)
        try:
            vectors = embedder.embed_passages(texts)
        except EmbeddingModelError as error:
            failed[name] = error.message.rstrip(".")
            continue
        embedders[name] = embedder
        cosines[name] = float(np.min(np.sum(vectors * expected, axis=1)))
    speeds = _speeds(embedders, passages)
    figures = {
        name: asdict(Figures(speed=speeds[name] / speeds[REFERENCE], cosine=cosine))
        for name, cosine in cosines.items()
    }
    return {"figures": figures, "failed": failed}


def _speeds(
    embedders: Mapping[Backend, LocalEmbedder], passages: Sequence[str]
) -> dict[Backend, float]:
    """Each one's best of some rounds in turn: other work on the computer only ever slows."""
    best = dict.fromkeys(embedders, 0.0)
    for _ in range(_ROUNDS):
        for name, embedder in embedders.items():
            best[name] = max(best[name], throughput(embedder, passages))
    return best


def _decoded(found: Mapping[str, Any]) -> tuple[dict[Backend, Figures], dict[Backend, str]]:
    return {name: Figures(**one) for name, one in found["figures"].items()}, dict(found["failed"])


def _key(wanted: Sequence[Backend], files: ModelFiles, settings: EmbeddingSettings) -> str:
    facts = [
        _FORM,
        list(wanted),
        fingerprint(files, settings),
        settings.threads,
        settings.batch_size,
        os.cpu_count(),
        backends.processor(),
        [version(name) for name in _PACKAGES if find_spec(name.replace("-", "_"))],
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
