"""A model in OpenVINO's form: converted once, kept for all data folders of a person.

The whole chain that ``modules.json`` names is traced, pooling and dense layers included, so that
nothing of it is written a second time here. What a trace gets wrong shows in the probe.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path

from rag_assistant.config import APP_NAME
from rag_assistant.embedding.child import in_child
from rag_assistant.embedding.model import ModelFiles, module_configs, sha256_of
from rag_assistant.errors import EmbeddingModelError

Weights = Literal["f32", "int8"]
MODEL = "model.xml"

_FILES = (MODEL, "model.bin")
_HASHES = "sha256.json"
_FORM = 1  # raise it when the conversion changes
_UNFINISHED = "unfinished-"
_ABANDONED = 24 * 3600.0  # seconds after which an unfinished folder is nobody's


def library() -> Any:
    """The ``openvino`` package.

    Importing it was seen to send usage figures to a statistics service, and so does converting.
    Without its ``openvino_telemetry`` package it is silent.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def cache_folder() -> Path:
    """Where converted models and measurements are kept; it can be deleted at any time."""
    return user_cache_path(APP_NAME, appauthor=False) / "models"


def kept_in(cache: Path, files: ModelFiles, weights: Weights) -> Path:
    """The folder for this model as these releases of the libraries convert it."""
    facts = {
        "form": _FORM,
        "weights": files.sha256,
        "modules": list(module_configs(files)),
        "openvino": version("openvino"),
        "nncf": version("nncf") if weights == "int8" else None,
    }
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    return cache / f"{key}-{weights}"


def converted(files: ModelFiles, weights: Weights, cache: Path | None = None) -> Path:
    """The folder of the converted model; it is made now where it is missing or damaged.

    Raises:
        EmbeddingModelError: The model cannot be converted, or the folder cannot be written.
    """
    cache = cache or cache_folder()
    folder = kept_in(cache, files, weights)
    if _is_whole(folder):
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _sweep(cache)
        _make(files, weights, folder)
    except OSError as error:
        raise EmbeddingModelError(
            f"The converted model cannot be kept in {cache}: {error.strerror or error}.",
            'Make room there, or set embedding.backend to "torch".',
        ) from error
    return folder


def _make(files: ModelFiles, weights: Weights, folder: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        in_child(f"{__name__}:convert", model=str(files.path), weights=weights, to=str(unfinished))
        hashes = {name: sha256_of(unfinished / name) for name in _FILES}
        (unfinished / _HASHES).write_text(json.dumps(hashes), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(unfinished, folder)
    except EmbeddingModelError as error:
        raise EmbeddingModelError(
            f"{files.name} cannot be converted for OpenVINO: {error.message}.",
            'Set embedding.backend to "torch".',
        ) from error
    except OSError:
        if not _is_whole(folder):  # else another process was quicker
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def convert(model: str, weights: Weights, to: str) -> None:
    """Run in a child: trace the model with its modules, and narrow its weights for "int8"."""
    import torch

    from rag_assistant.embedding.torch_backend import load_sentence_transformer

    openvino = library()
    loaded = load_sentence_transformer(ModelFiles(path=Path(model), name=model, sha256=""))

    class Chain(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.chain = loaded

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for module in self.chain:
                features = module(features)
            return features["sentence_embedding"]

    ids = torch.ones((2, 5), dtype=torch.int64)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.no_grad():
        traced = openvino.convert_model(
            Chain().eval(), example_input={"input_ids": ids, "attention_mask": mask}
        )
    if weights == "int8":
        import nncf

        traced = nncf.compress_weights(traced, mode=nncf.CompressWeightsMode.INT8_ASYM)
    openvino.save_model(traced, Path(to) / MODEL, compress_to_fp16=False)


def _is_whole(folder: Path) -> bool:
    try:
        hashes = json.loads((folder / _HASHES).read_text(encoding="utf-8"))
        return bool(hashes == {name: sha256_of(folder / name) for name in _FILES})
    except (OSError, ValueError):
        return False


def _sweep(cache: Path) -> None:
    """Delete what a killed conversion left."""
    for folder in cache.glob(f"{_UNFINISHED}*"):
        if time.time() - folder.stat().st_mtime > _ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)
