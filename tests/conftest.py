"""What holds for all tests."""

from __future__ import annotations

import os
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

from rag_assistant.config import EmbeddingSettings, load_settings
from rag_assistant.embedding import backends, choosing, find_model
from rag_assistant.embedding.model import OFFLINE_PACKAGE
from rag_assistant.embedding.openvino_model import converted, kept_in
from rag_assistant.errors import RagAssistantError
from rag_assistant.ports import Embedder
from tests.once import made_once

# Starting a reading process takes a second: only the tests that are about them, and some of the
# command line, read in any.
os.environ.setdefault("RAG_INDEXING__WORKERS", "0")


def pytest_configure(config: pytest.Config) -> None:
    """Name the backend that all tests run on but those that are about choosing one.

    An environment may name another. OpenVINO is measured here, once on a computer, so that no test
    waits for it; importing torch would take each command of the tests some seconds.
    """
    if not hasattr(config, "workerinput"):  # the workers inherit it
        os.environ.setdefault("RAG_EMBEDDING__BACKEND", _backend())


def _backend() -> str:
    if find_spec("openvino") is None or find_spec(OFFLINE_PACKAGE) is None:
        return "torch"
    settings = EmbeddingSettings(backend="openvino")
    try:
        return choosing.confirm("openvino", settings, find_model(settings)).backend
    except RagAssistantError:  # it cannot be used here, or nobody can tell today
        return "torch"


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real model, loaded once for all tests that open data folder after data folder.

    Loading it takes longer than what most of them do with it.
    """
    settings = load_settings().embedding
    if settings.backend == "auto":
        raise RuntimeError("the tests name a backend")
    return backends.make(settings.backend, find_model(settings), settings)


@pytest.fixture(scope="session")
def converted_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder in which the default model is converted for OpenVINO, once a run.

    What lies there at first is damaged, so that every run begins with making it anew.
    """
    pytest.importorskip("openvino")
    pytest.importorskip(OFFLINE_PACKAGE)
    files = find_model(EmbeddingSettings())

    def convert(cache: Path) -> None:
        folder = kept_in(cache, files, "f32")
        folder.mkdir()
        for name, text in {"model.xml": "<net/>", "model.bin": "", "sha256.json": "{}"}.items():
            (folder / name).write_text(text)
        with warnings.catch_warnings(action="ignore"):  # of torch's tracing
            converted(files, "f32", cache)

    return made_once(tmp_path_factory, "models", convert)
