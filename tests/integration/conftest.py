"""A real command line over a real data folder."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from rag_assistant import Assistant
from rag_assistant.cli import main
from rag_assistant.config import Settings, load_settings
from rag_assistant.ports import Leaf
from rag_assistant.readers import read_file
from tests.once import made_once

REPOSITORY = Path(__file__).parents[2]
CORPORA = REPOSITORY / "corpora"


@pytest.fixture(scope="session", autouse=True)
def _heed_ctrl_c() -> None:
    """A run in the background ignores Ctrl-C, and the processes it starts would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class _Commands:
    """Runs ``rag-assistant`` on one data folder."""

    def run(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        raise NotImplementedError

    def json(self, *arguments: str | Path, code: int = 0) -> Any:
        """Run a command with ``--json`` and read the last line that it prints."""
        done = self.run(*arguments, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


class CommandLine(_Commands):
    """Runs it in processes of its own; what is only looked up or prepared goes ``here``."""

    def __init__(self, data: Path, folder: Path, *, readers: bool = False) -> None:
        """With ``readers`` files are read in processes of their own, as people have it."""
        self.data = data
        self._folder = folder  # no rag.toml there
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("RAG_") and name != "OLLAMA_HOST"
        } | {
            "HF_HUB_OFFLINE": "1",
            "COLUMNS": "200",
            "RAG_EMBEDDING__BACKEND": os.environ["RAG_EMBEDDING__BACKEND"],
            **({} if readers else {"RAG_INDEXING__WORKERS": "0"}),
        }

    @property
    def here(self) -> Here:
        """The same data folder by the same commands in this process: starting one takes seconds."""
        within = self._environment | {"RAG_INDEXING__WORKERS": "0"}
        return Here(self.data, self._folder, within)

    def start(self, *arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "rag_assistant", "--data", str(self.data), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env=self._environment | environment,
        )

    def run(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=240)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


class Here(_Commands):
    """Runs it in this process."""

    def __init__(self, data: Path, folder: Path, environment: dict[str, str]) -> None:
        self._data = data
        self._folder = folder
        self._environment = environment

    def run(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        words = ["--data", str(self._data), *map(str, arguments)]
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patched, chdir(self._folder):
            for name in set(os.environ) - set(self._environment):
                patched.delenv(name)
            for name, value in (self._environment | environment).items():
                patched.setenv(name, value)
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    code = main(words)
                except SystemExit as stopped:  # of the parser
                    code = stopped.code if isinstance(stopped.code, int) else 1
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data", tmp_path)


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a data folder in which both sample collections are indexed; only to be read."""

    def index(folder: Path) -> None:
        with Assistant(load_settings(data=folder / "data")) as assistant:
            assistant.index([CORPORA / "local-history", CORPORA / "web-archive"])

    kept = made_once(tmp_path_factory, "samples", index)
    data = tmp_path_factory.mktemp("samples") / "data"
    shutil.copytree(kept / "data", data)  # two processes cannot both own its indexes
    return load_settings(data=data)


@pytest.fixture(scope="session")
def archive_leaves(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Leaf]]:
    """What is read of each of the shared web archives, by name; only to be read."""
    data = Path(os.environ.get("RAG_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    archives = data / "web-archives"

    def read(folder: Path) -> None:
        census = json.loads((archives / "CENSUS.json").read_text(encoding="utf-8"))["files"]
        leaves = {name: list(read_file(archives / name, name)) for name in census}
        (folder / "leaves").write_bytes(pickle.dumps(leaves))

    kept = made_once(tmp_path_factory, "leaves", read)
    leaves: dict[str, list[Leaf]] = pickle.loads((kept / "leaves").read_bytes())  # noqa: S301 - ours
    return leaves


@pytest.fixture(scope="module")
def assistant(samples: Settings) -> Iterator[Assistant]:
    """Opened once for the questions of a module: opening it costs far more than a question."""
    with Assistant(samples) as opened:
        yield opened


def write_collection(folder: Path, files: dict[str, str], **config: str) -> Path:
    """Make a collection folder; ``config`` are keys of its ``collection.toml``."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f'id = "{config.pop("id", folder.name)}"']
    lines += [f'{key} = "{value}"' for key, value in config.items()]
    (folder / "collection.toml").write_text("\n".join(lines), encoding="utf-8")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


NOTES = {
    "bridge.txt": "The iron bridge was opened on 4 May 1868 by the mayor, Ada Venn.",
    "mill.txt": "The paper mill by the weir burnt down in 1902 and was never rebuilt.",
    "school.txt": "The girls' school in Chapel Lane taught Latin from 1911 onwards.",
}


def one_sentence_and_hint(done: subprocess.CompletedProcess[str], code: int) -> str:
    """An error as people should meet it; its text."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 2, done.stderr
    assert lines[0].startswith("rag-assistant: ")
    assert lines[0].endswith(".")
    assert lines[1].startswith("  ")
    return done.stderr


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a collection and its data, to be copied: indexing takes seconds."""
    folder = tmp_path_factory.mktemp("template")
    town = write_collection(folder / "town", NOTES, access="public")
    done = CommandLine(folder / "data", folder).here.run("index", town)
    assert done.returncode == 0, done.stderr
    return folder.rename(folder.with_name(f"{folder.name}-moved"))


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "town", NOTES, access="public")


@pytest.fixture
def indexed(command_line: CommandLine, template: Path, town: Path) -> CommandLine:
    shutil.copytree(template / "town", town, dirs_exist_ok=True)
    shutil.copytree(template / "data", command_line.data)
    return command_line
