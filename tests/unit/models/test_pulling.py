"""Pulling a model over real HTTP, and what the command shows of it."""

from __future__ import annotations

import gc
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from rag_assistant.cli import main
from rag_assistant.cli.pulling import show_pull
from rag_assistant.config import OllamaSettings
from rag_assistant.errors import ConfigError, ModelMissingError, ModelServerError
from rag_assistant.models.pulling import DONE, pull
from tests.ollama_server import Fault, InstalledModel, OllamaServer

ROOT = Path(__file__).resolve().parents[3]
SMALL = InstalledModel(name="gemma3:1b", size=800_000_000, digest="8648f39daa8f" + "0" * 52)


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with OllamaServer(models=(), available=(SMALL,)) as running:
        yield running


def test_a_pull_tells_how_far_it_is(server: OllamaServer) -> None:
    steps = list(pull(OllamaSettings(url=server.url), "gemma3:1b"))
    assert [step.completed for step in steps if step.total] == [
        0, 200_000_000, 400_000_000, 600_000_000, 800_000_000
    ]  # fmt: skip
    assert steps[0].status == "pulling manifest"
    assert steps[-1].status == DONE
    assert server.find("gemma3:1b") == SMALL


def test_who_leaves_goes_on_where_it_was(server: OllamaServer) -> None:
    settings = OllamaSettings(url=server.url)
    server.delay = 0.03
    steps = pull(settings, "gemma3:1b")
    while next(steps).completed < 400_000_000:
        pass
    steps.close()
    assert server.dropped.wait(2)
    assert server.find("gemma3:1b") is None
    again = [step.completed for step in pull(settings, "gemma3:1b") if step.total]
    assert again[0] >= 400_000_000


@pytest.mark.parametrize("name", ["gpt-oss:120b-cloud", "qwen3-coder:cloud"])
def test_cloud_models_are_not_pulled(server: OllamaServer, name: str) -> None:
    with pytest.raises(ConfigError, match="cloud"):
        list(pull(OllamaSettings(url=server.url), name))
    assert not server.paths


@pytest.mark.parametrize("name", ["nosuch:7b"])
def test_a_model_that_nobody_knows_is_named(server: OllamaServer, name: str) -> None:
    with pytest.raises(ModelMissingError, match="knows no model 'nosuch:7b'") as raised:
        list(pull(OllamaSettings(url=server.url), name))
    assert raised.value.hint == "rag-assistant pull gemma3:4b"


def test_without_a_server_the_hint_starts_one() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ModelServerError) as raised:
        list(pull(OllamaSettings(url=url), "gemma3:1b"))
    assert raised.value.hint == "ollama serve"


@pytest.mark.parametrize(
    ("fault", "words"),
    [("disk", "disk .* full: .*no space left"), ("cut", "broke"), ("no_done", "broke off")],
)
def test_a_pull_that_breaks_says_why_and_how_to_go_on(
    server: OllamaServer, fault: Fault, words: str
) -> None:
    server.fault = fault
    with pytest.raises(ModelServerError, match=words) as raised:
        list(pull(OllamaSettings(url=server.url), "gemma3:1b"))
    assert raised.value.hint.endswith("rag-assistant pull gemma3:1b")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files by /proc")
@pytest.mark.parametrize("left", [False, True])
def test_no_pull_leaves_its_connection_open(server: OllamaServer, left: bool) -> None:
    steps = [pull(OllamaSettings(url=server.url), "gemma3:1b") for _ in range(20)]
    gc.collect()
    gc.disable()
    try:
        before = len(os.listdir("/proc/self/fd"))
        for one in steps:
            next(one) if left else list(one)
            one.close()
        until = time.monotonic() + 2
        while len(os.listdir("/proc/self/fd")) > before and time.monotonic() < until:
            time.sleep(0.02)  # the server's ends, in this very process
        assert len(os.listdir("/proc/self/fd")) <= before
    finally:
        gc.enable()


def test_other_machines_need_leave() -> None:
    with pytest.raises(ConfigError, match="another machine"):
        list(pull(OllamaSettings(url="http://192.0.2.7:11434"), "gemma3:1b"))


def shown(server: OllamaServer, *, terminal: bool, quiet: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=120)
    show_pull(pull(OllamaSettings(url=server.url), "gemma3:1b"), quiet=quiet, console=console)
    return out.getvalue()


def test_without_a_terminal_each_step_is_a_line(server: OllamaServer) -> None:
    assert shown(server, terminal=False).splitlines() == [
        "pulling manifest",
        "pulling 8648f39daa8f: 0 % of 800.0 MB",
        "pulling 8648f39daa8f: 20 % of 800.0 MB",
        "pulling 8648f39daa8f: 50 % of 800.0 MB",
        "pulling 8648f39daa8f: 70 % of 800.0 MB",
        "pulling 8648f39daa8f: 100 % of 800.0 MB",
        "verifying sha256 digest",
        "writing manifest",
        "done",
    ]


def test_on_a_terminal_there_is_a_bar_and_quiet_is_quiet(server: OllamaServer) -> None:
    drawn = shown(server, terminal=True)
    assert "━" in drawn
    assert "800.0/800.0 MB" in drawn
    assert shown(server, terminal=True, quiet=True) == ""


def test_the_command_pulls_and_names_the_digest(
    server: OllamaServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", server.url)
    monkeypatch.chdir(tmp_path)
    assert main(["--data", str(tmp_path), "pull", "gemma3:1b"]) == 0
    assert capsys.readouterr().out == "gemma3:1b is installed, digest 8648f39daa8f.\n"
    assert main(["--data", str(tmp_path), "pull", "nosuch:7b"]) == 5
    assert main(["--data", str(tmp_path), "pull", "gpt-oss:120b-cloud"]) == 2
    said = capsys.readouterr().err
    assert "knows no model 'nosuch:7b'" in said
    assert "runs in a cloud" in said


def test_ctrl_c_leaves_what_came_with_the_server(server: OllamaServer, tmp_path: Path) -> None:
    server.delay = 0.3
    command = [sys.executable, "-m", "rag_assistant", "--data", str(tmp_path), "pull", "gemma3:1b"]
    environment = os.environ | {"OLLAMA_HOST": server.url, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while not server.pulled.get("gemma3:1b") and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Run the same command again to go on." in said
    assert "Traceback" not in said
    assert server.dropped.wait(2)
    assert server.pulled["gemma3:1b"]
    assert server.find("gemma3:1b") is None
