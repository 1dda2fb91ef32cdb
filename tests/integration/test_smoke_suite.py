"""The smoke suite as people run it, against its committed baseline."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evals.command import main
from evals.comparing import compare
from rag_assistant import Assistant
from rag_assistant.cli.demo import QUESTIONS
from tests.integration.conftest import REPOSITORY

pytestmark = [pytest.mark.integration, pytest.mark.slow]

BASELINE = REPOSITORY / "evals" / "baselines" / "smoke.json"


def start(folder: Path) -> subprocess.Popen[str]:
    """The suite, in a process of its own, with a new cache and no evaluation data."""
    options = {"--json": "result.json", "--out": "report", "--cache": "cache", "--data": "none"}
    words = [str(word) for option, name in options.items() for word in (option, folder / name)]
    environment = {name: value for name, value in os.environ.items() if name[:4] != "RAG_"}
    return subprocess.Popen(
        [sys.executable, "-m", "evals", "run", "smoke", "--baseline", str(BASELINE), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=environment
        | {
            "HF_HUB_OFFLINE": "1",
            # The vectors agree with those of torch, on which the baseline stands.
            "RAG_EMBEDDING__BACKEND": os.environ["RAG_EMBEDDING__BACKEND"],
        },
    )


def test_nothing_is_worse_than_the_baseline_beyond_noise(tmp_path: Path) -> None:
    process = start(tmp_path)
    out, err = process.communicate(timeout=280)
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert result["failures"] == [], err
    found = compare(json.loads(BASELINE.read_text(encoding="utf-8")), result)
    assert found.worse == ()
    assert found.vanished == ()
    assert process.returncode == 0, err
    page = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert "## Against the baseline" in page
    assert "## Failures" not in page
    assert str(tmp_path / "report" / "report.md") in out


def test_score_takes_answers_as_they_are_printed(
    assistant: Assistant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers, figures = tmp_path / "answers.jsonl", tmp_path / "figures.json"
    lines = [json.dumps(assistant.ask(one, answerer="extractive").to_dict()) for one in QUESTIONS]
    answers.write_text("\n".join(lines), encoding="utf-8")
    data = str(assistant.settings.data)
    assert main(["score", str(answers), "--data", data, "--json", str(figures)]) == 0
    found = json.loads(figures.read_text(encoding="utf-8"))["metrics"]
    assert found["answers.scored.answered"]["value"] == 0.75
    assert found["answers.scored.quote_fidelity"]["value"] == 1
    assert "| scored |" in capsys.readouterr().out


def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path) -> None:
    process = start(tmp_path)
    deadline = time.monotonic() + 60
    while not (tmp_path / "cache").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Stopped" in err
    assert "Traceback" not in err
    assert not (tmp_path / "result.json").exists()
    assert not (tmp_path / "report").exists()
