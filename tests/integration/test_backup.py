"""The operator's page in practice: a copy made while `index` writes, and what it restores."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

from .conftest import REPOSITORY, CommandLine, write_collection

PAGE = REPOSITORY / "docs" / "operating.md"


def copying_command(source: Path, target: Path) -> list[str]:
    """The command as the page gives it, with the two files filled in."""
    found = re.search(r'    (python -c ".*?") \\\n +\S+ \S+\n', PAGE.read_text(encoding="utf-8"))
    assert found
    return [sys.executable, *shlex.split(found[1])[1:], str(source), str(target)]


def test_a_copy_made_during_an_index_run_is_whole_and_answers(
    command_line: CommandLine, tmp_path: Path
) -> None:
    first = {f"a{number}.txt": f"The lantern of ward {number} was lit." for number in range(20)}
    town = write_collection(tmp_path / "town", first)
    assert command_line.run("index", town).returncode == 0
    more = {f"b{number}.txt": f"The ferry of ward {number} was late." for number in range(300)}
    write_collection(town, more)

    run = command_line.start("index", town)
    time.sleep(2)
    restored = tmp_path / "restored"
    restored.mkdir()
    copy = copying_command(command_line.data / "docstore.sqlite", restored / "docstore.sqlite")
    subprocess.run(copy, check=True, timeout=60)
    run.communicate(timeout=240)

    again = CommandLine(restored, tmp_path)
    mended = again.run("repair")
    assert mended.returncode == 0, mended.stderr
    status = again.json("status")
    assert status["healthy"]
    assert status["collections"][0]["documents"] >= len(first)
    found = again.json("search", "the lantern of ward 7")
    assert any("ward 7 " in hit["text"] for hit in found["hits"])
