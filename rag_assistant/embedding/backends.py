"""Which backends there are, what each needs, and how each is made."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import openvino_backend, openvino_model
from rag_assistant.embedding.local import LocalEmbedder
from rag_assistant.embedding.model import ModelFiles
from rag_assistant.embedding.openvino_backend import OpenVinoEmbedder, Precision
from rag_assistant.embedding.torch_backend import TorchEmbedder
from rag_assistant.errors import EmbeddingModelError

Backend: TypeAlias = Literal["torch", "torch-bf16", "openvino", "openvino-bf16", "openvino-int8"]

REFERENCE: Backend = "torch"

INSTEAD = (
    'Set embedding.backend to "auto" if the configuration names one, '
    "or run: rag-assistant repair --backend auto"
)
_INSTALL = 'pip install "rag-assistant[openvino]"'

NO_BF16 = "the processor has no bf16 instructions"
_PRECISIONS: dict[Backend, Precision] = {
    "openvino": "f32",
    "openvino-bf16": "bf16",
    "openvino-int8": "int8",
}


def make(
    backend: Backend, files: ModelFiles, settings: EmbeddingSettings, cache: Path | None = None
) -> LocalEmbedder:
    """The embedder of this name; nothing is loaded yet."""
    if backend in _PRECISIONS:
        return OpenVinoEmbedder(files, settings, _PRECISIONS[backend], cache=cache)
    return TorchEmbedder(files, settings, bf16=backend == "torch-bf16")


def is_prepared(backend: Backend, files: ModelFiles, cache: Path | None = None) -> bool:
    """Whether nothing has to be converted before this backend can be opened."""
    weights = _weights(backend)
    return weights is None or openvino_model.find(files, weights, cache) is not None


def prepare(
    backend: Backend, files: ModelFiles, cache: Path | None = None, *, again: bool = False
) -> None:
    """Convert what this backend opens; see `openvino_model.converted`."""
    weights = _weights(backend)
    if weights is not None:
        openvino_model.converted(files, weights, cache, again=again)


def _weights(backend: Backend) -> openvino_model.Weights | None:
    precision = _PRECISIONS.get(backend)
    return openvino_backend.weights_of(precision) if precision else None


def hindrance(backend: Backend) -> str:
    """Why this backend of OpenVINO's cannot be used on this computer; empty where it can.

    For torch's it is empty: whether bf16 is quick in torch, torch alone knows, and loading it
    takes seconds; measuring finds it out.
    """
    if backend in _PRECISIONS:
        if find_spec("openvino") is None:
            return "OpenVINO is not installed"
        if backend == "openvino-int8" and find_spec("nncf") is None:
            return "nncf is not installed"
        try:
            abilities = openvino_backend.abilities()
        except EmbeddingModelError as error:
            return error.message.rstrip(".")
        if backend == "openvino-bf16" and "BF16" not in abilities:
            return NO_BF16
    return ""


def remedy(why: str) -> str:
    """What helps against a `hindrance`."""
    return _INSTALL if "not installed" in why else INSTEAD


def candidates() -> tuple[Backend, ...]:
    """What is worth measuring here beside the reference, the likeliest first.

    Weights of eight bits lose more than bf16 and gain no more where the processor has both, so
    they are tried only where it has no bf16.
    """
    found: list[Backend] = []
    if not hindrance("openvino-bf16"):
        found.append("openvino-bf16")
    else:
        others: tuple[Backend, ...] = ("openvino-int8", "openvino")
        found += [name for name in others if not hindrance(name)]
    return (*found, "torch-bf16")


def processor() -> str:
    """What tells this processor from another for which a measurement does not hold."""
    lines: list[str] = []
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        lines = [
            line
            for line in described.partition("\n\n")[0].splitlines()
            if line.startswith(("model name", "flags", "CPU part", "Features"))
        ]
    except OSError:
        pass  # not Linux: its name has to do
    return "\n".join([platform.machine(), platform.processor(), *lines])
