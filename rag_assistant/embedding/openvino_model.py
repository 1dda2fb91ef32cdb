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
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from platformdirs import user_cache_path

from rag_assistant.config import APP_NAME
from rag_assistant.embedding.model import ModelFiles, module_configs, sha256_of

Weights = Literal["f32", "int8"]
MODEL = "model.xml"

_FILES = (MODEL, "model.bin")
_HASHES = "sha256.json"
_FORM = 1  # raise it when the conversion changes
_UNFINISHED = "unfinished-"
_ONE_AT_A_TIME = Lock()
_ABANDONED = 24 * 3600.0  # seconds after which an unfinished folder is nobody's


def library() -> Any:
    """The ``openvino`` package.

    Importing it was seen to send usage figures to a statistics service, and so does converting.
    Without its ``openvino_telemetry`` package it is silent.

    Two threads that exchanged the first arrays of a process with it were seen to wait for each
    other for ever, one for Python and one for what the other was setting up. So the first ones
    are exchanged here, by one thread.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    with _ONE_AT_A_TIME:
        import openvino

        for kind in (np.int64, np.float32):
            openvino.Tensor(np.zeros((1, 1), dtype=kind)).data[:] = 0
    return openvino


def cache_folder() -> Path:
    """Where converted models and measurements are kept; it can be deleted at any time."""
    return user_cache_path(APP_NAME, appauthor=False) / "models"


def release(package: str) -> str | None:
    """The installed release of a package; None where there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def kept_in(cache: Path, files: ModelFiles, weights: Weights) -> Path:
    """The folder for this model as these releases of the libraries convert it."""
    facts = {
        "form": _FORM,
        "weights": files.sha256,
        "modules": list(module_configs(files)),
        "openvino": release("openvino"),
        "nncf": release("nncf") if weights == "int8" else None,
    }
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    return cache / f"{key}-{weights}"


def find(files: ModelFiles, weights: Weights, cache: Path | None = None) -> Path | None:
    """The folder of the converted model; None where it is missing or damaged."""
    folder = kept_in(cache or cache_folder(), files, weights)
    return folder if _is_whole(folder) else None


def converted(
    files: ModelFiles, weights: Weights, cache: Path | None = None, *, again: bool = False
) -> Path:
    """The folder of the converted model; it is made now where it is missing or damaged.

    Making it loads torch, and runs native code that may crash: do it in a child.

    Args:
        files: The model.
        weights: The form of its weights.
        cache: Where converted models are kept; None takes the person's cache folder.
        again: Make it although it is there.

    Raises:
        EmbeddingModelError: torch cannot load the model.
        OSError: It cannot be kept; the message says where and why.
    """
    cache = cache or cache_folder()
    folder = kept_in(cache, files, weights)
    if not again and _is_whole(folder):
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _sweep(cache)
        _make(files, weights, folder)
    except OSError as error:
        why = error.strerror or error
        raise OSError(f"the converted model cannot be kept in {cache}: {why}") from error
    return folder


def _make(files: ModelFiles, weights: Weights, folder: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        _convert(files, weights, unfinished / MODEL)
        hashes = {name: sha256_of(unfinished / name) for name in _FILES}
        (unfinished / _HASHES).write_text(json.dumps(hashes), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(unfinished, folder)
    except OSError:
        if not _is_whole(folder):  # else another process was quicker
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _convert(files: ModelFiles, weights: Weights, to: Path) -> None:
    """Trace the model with its modules, and narrow its weights for "int8"."""
    import torch

    from rag_assistant.embedding.torch_backend import load_sentence_transformer

    openvino = library()
    loaded = load_sentence_transformer(files)

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
    try:
        openvino.save_model(traced, to, compress_to_fp16=False)
    except RuntimeError as error:  # OpenVINO's word for a full disk
        raise OSError(str(error).strip()) from error


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
