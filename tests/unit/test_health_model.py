"""What `doctor` says of the language model, with a stand-in for Ollama on loopback."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.config import OllamaSettings, Settings
from rag_assistant.docstore import Docstore
from rag_assistant.health import Finding, examine
from tests.ollama_server import InstalledModel, OllamaServer


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with OllamaServer() as running:
        yield running


def found(tmp_path: Path, **ollama: Any) -> Finding:
    settings = Settings(data=tmp_path, ollama=OllamaSettings(**ollama))
    return next(one for one in examine(settings, 0) if one.name == "language model")


def test_it_names_digest_window_and_memory(server: OllamaServer, tmp_path: Path) -> None:
    finding = found(tmp_path, url=server.url)
    assert finding.good
    assert f"gemma3:4b at {server.url}, digest 5ab4f592f93e, " in finding.text
    assert "context window 8,192 tokens" in finding.text
    assert "needs about 3.6 of " in finding.text


@pytest.mark.parametrize("listed", [True, False])
def test_a_model_trained_on_less_says_so(
    server: OllamaServer, tmp_path: Path, listed: bool
) -> None:
    server.models = [InstalledModel(name="gemma3:4b", context_length=2048, listed_length=listed)]
    text = found(tmp_path, url=server.url).text
    assert "context window 2,048 tokens (all it was trained on; 8,192 are set)" in text


def test_a_model_that_is_too_large_has_a_smaller_one_as_hint(
    server: OllamaServer, tmp_path: Path
) -> None:
    server.models = [InstalledModel(name="gemma3:27b", size=1 << 50)]
    finding = found(tmp_path, url=server.url)
    assert not finding.good
    assert "too large" in finding.text
    assert finding.hint == "rag-assistant pull gemma3:1b"


def test_what_is_missing_is_pulled(server: OllamaServer, tmp_path: Path) -> None:
    server.models = []
    finding = found(tmp_path, url=server.url)
    assert not finding.good
    assert "Answers are quotations without it." in finding.text
    assert finding.hint == "rag-assistant pull gemma3:4b"


@pytest.mark.skipif(os.name != "posix", reason="other systems have other permissions")
def test_the_data_folder_is_its_owners_and_doctor_says_where_it_is_not(tmp_path: Path) -> None:
    data = tmp_path / "above" / "data"
    Docstore(data).close()
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE(data.parent.stat().st_mode) != 0o700

    def told() -> Finding:
        findings = examine(Settings(data=data), 0)
        return next(one for one in findings if one.name == "data folder")

    assert told().good
    data.chmod(0o755)
    assert (told().good, told().needed, told().hint) == (False, False, f"chmod 700 {data}")
