"""What holds for all tests."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import find_model
from rag_assistant.embedding.model import OFFLINE_PACKAGE
from rag_assistant.embedding.openvino_model import converted, kept_in

# Measuring the backends takes seconds and a processor's worth: the tests that are about it ask
# for it. An environment that names a backend runs all the others on that one.
os.environ.setdefault("RAG_EMBEDDING__BACKEND", "torch")
# Starting a reading process takes a second: only the tests that are about them, and those of the
# command line, read in any.
os.environ.setdefault("RAG_INDEXING__WORKERS", "0")


@pytest.fixture(scope="session")
def converted_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder in which the default model is converted for OpenVINO, once a run.

    What lies there at first is damaged, so that every run begins with making it anew.
    """
    pytest.importorskip("openvino")
    pytest.importorskip(OFFLINE_PACKAGE)
    cache = tmp_path_factory.mktemp("models")
    files = find_model(EmbeddingSettings())
    folder = kept_in(cache, files, "f32")
    folder.mkdir()
    for name, text in {"model.xml": "<net/>", "model.bin": "", "sha256.json": "{}"}.items():
        (folder / name).write_text(text)
    with warnings.catch_warnings(action="ignore"):  # of torch's tracing
        converted(files, "f32", cache)
    return cache
