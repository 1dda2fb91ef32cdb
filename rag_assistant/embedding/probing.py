"""How quick and how faithful each backend is here, measured beside torch in one run."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag_assistant.config import EmbeddingSettings, resource
from rag_assistant.embedding import backends, torch_backend
from rag_assistant.embedding.backends import REFERENCE, Backend
from rag_assistant.embedding.child import in_child
from rag_assistant.embedding.local import LocalEmbedder
from rag_assistant.embedding.model import ModelFiles, fingerprint
from rag_assistant.embedding.openvino_model import cache_folder, release
from rag_assistant.errors import EmbeddingModelError
from rag_assistant.ports import Embedder

_FORM = 2  # raise it when measuring changes
_PACKAGES = ("openvino", "nncf", "torch", "sentence-transformers")
_ROUNDS = 2
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of some backends.

    ``figures`` are of those that work; the others have a reason. Those in ``broken`` may go
    better another time (a full disk), and nothing is kept of them.
    """

    figures: Mapping[Backend, Figures] = field(default_factory=dict)
    failed: Mapping[Backend, str] = field(default_factory=dict)
    broken: Mapping[Backend, str] = field(default_factory=dict)

    def of(self, names: Iterable[Backend]) -> Measured:
        """What is known of these alone."""
        wanted = set(names)
        return Measured(
            figures={name: one for name, one in self.figures.items() if name in wanted},
            failed={name: why for name, why in self.failed.items() if name in wanted},
            broken={name: why for name, why in self.broken.items() if name in wanted},
        )

    def __or__(self, other: Measured) -> Measured:
        return Measured(
            figures={**self.figures, **other.figures},
            failed={**self.failed, **other.failed},
            broken={**self.broken, **other.broken},
        )

    def names(self) -> set[Backend]:
        """All of which anything is known."""
        return {*self.figures, *self.failed, *self.broken}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Measured:
        """What ``asdict`` gave."""
        figures = {name: Figures(**one) for name, one in found["figures"].items()}
        return cls(figures=figures, failed=found["failed"], broken=found["broken"])


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


def known(
    wanted: Iterable[Backend],
    files: ModelFiles,
    settings: EmbeddingSettings,
    cache: Path | None = None,
) -> Measured:
    """What was measured on this computer, of this model and with what is installed now.

    Figures of a converted model that is lost or damaged are of no more use: another conversion
    may differ.
    """
    held = _read(_kept(files, settings, cache)).of(wanted)
    ready = [name for name in held.figures if backends.is_prepared(name, files, cache)]
    return held.of([*ready, *held.failed])


def measured(
    wanted: Iterable[Backend],
    files: ModelFiles,
    settings: EmbeddingSettings,
    cache: Path | None = None,
    *,
    again: bool = False,
) -> Measured:
    """What is known of these backends; what is not known yet is measured now.

    Args:
        wanted: The backends.
        files: The model.
        settings: Length limit, prefixes and threads.
        cache: Where results and converted models are kept; None takes the person's folder.
        again: Convert and measure although the result is known.

    Raises:
        EmbeddingModelError: See `measure`.
        TransientError: There is no result.
    """
    names = list(wanted)
    held = Measured() if again else known(names, files, settings, cache)
    missing = [name for name in names if name not in held.names()]
    if not missing:
        return held
    found = measure(missing, files, settings, cache, again=again)
    path = _kept(files, settings, cache)
    before = _read(path)
    others = before.of(before.names() - set(missing))
    with suppress(OSError):  # then the next one measures again
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps(asdict(replace(others | found, broken={}))), encoding="utf-8")
        os.replace(written, path)
    return held | found


def measure(
    wanted: Sequence[Backend],
    files: ModelFiles,
    settings: EmbeddingSettings,
    cache: Path | None = None,
    *,
    again: bool = False,
) -> Measured:
    """Convert what is not converted yet, ``again`` or not, and measure, in a child.

    Raises:
        EmbeddingModelError: torch itself, to which the others are compared, does not work.
        TransientError: There is no result.
    """
    try:
        found: dict[str, Any] = in_child(
            f"{__name__}:measure_here",
            wanted=list(wanted),
            files={"path": str(files.path), "name": files.name, "sha256": files.sha256},
            settings=settings.model_dump(mode="json"),
            cache=str(cache) if cache else None,
            again=again,
        )
    except EmbeddingModelError as error:
        raise type(error)(
            f"How quick {files.name} is here cannot be measured: {error.message}.",
            'Set embedding.backend to "torch", or run: rag-assistant repair --backend auto',
        ) from error
    return Measured.from_dict(found)


def measure_here(
    wanted: Sequence[Backend],
    files: Mapping[str, str],
    settings: Mapping[str, Any],
    cache: str | None,
    again: bool,
) -> dict[str, Any]:
    """Run in a child; see `measure`."""
    model = ModelFiles(path=Path(files["path"]), name=files["name"], sha256=files["sha256"])
    chosen, folder = EmbeddingSettings(**settings), Path(cache) if cache else None
    passages = sample_texts()
    texts = [*passages, *_OTHERS]
    reference = backends.make(REFERENCE, model, chosen)
    expected = reference.embed_passages(texts)
    embedders: dict[Backend, LocalEmbedder] = {REFERENCE: reference}
    cosines: dict[Backend, float] = {}
    failed: dict[Backend, str] = {}
    broken: dict[Backend, str] = {}
    for name in wanted:
        if name == "torch-bf16" and not torch_backend.has_bf16():
            failed[name] = backends.NO_BF16
            continue
        embedder = backends.make(name, model, chosen, folder)
        try:
            backends.prepare(name, model, folder, again=again)
            vectors = embedder.embed_passages(texts)
        except (OSError, MemoryError) as error:
            broken[name] = _said(error)
        except Exception as error:  # noqa: BLE001 - recorded: the others are measured all the same
            failed[name] = _said(error)
        else:
            embedders[name] = embedder
            cosines[name] = float(np.min(np.sum(vectors * expected, axis=1)))
    speeds = _speeds(embedders, passages) if cosines else {}
    figures = {
        name: Figures(speed=speeds[name] / speeds[REFERENCE], cosine=cosine)
        for name, cosine in cosines.items()
    }
    return asdict(Measured(figures=figures, failed=failed, broken=broken))


def _said(error: Exception) -> str:
    """What it says, on one line."""
    lines = str(error).strip().splitlines()
    return lines[-1].rstrip(".") if lines else type(error).__name__


def _speeds(
    embedders: Mapping[Backend, LocalEmbedder], passages: Sequence[str]
) -> dict[Backend, float]:
    """Each one's best of some rounds in turn: other work on the computer only ever slows."""
    best = dict.fromkeys(embedders, 0.0)
    for _ in range(_ROUNDS):
        for name, embedder in embedders.items():
            best[name] = max(best[name], throughput(embedder, passages))
    return best


def _kept(files: ModelFiles, settings: EmbeddingSettings, cache: Path | None) -> Path:
    """The file of all that was measured under the same circumstances."""
    facts = [
        _FORM,
        fingerprint(files, settings),
        settings.threads,
        settings.batch_size,
        os.cpu_count(),
        backends.processor(),
        [release(name) for name in _PACKAGES],
    ]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
    return (cache or cache_folder()) / f"measured-{key}.json"


def _read(path: Path) -> Measured:
    try:
        return Measured.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Measured()  # not measured yet, or not whole
