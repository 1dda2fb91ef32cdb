"""The operator's page in practice: a copy made while `index` writes, and what it restores."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from rag_assistant import Assistant
from rag_assistant.collection import CollectionConfig
from rag_assistant.config import Settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.rows import Origin
from rag_assistant.errors import DocstoreError
from rag_assistant.schema import Description, Document, Passage, Section
from tests.fakes import FakeEmbedder

from .conftest import REPOSITORY, CommandLine, write_collection

PAGE = REPOSITORY / "docs" / "operating.md"
TOWN = CollectionConfig(id="town", access="public")


def opened(data: Path) -> Assistant:
    return Assistant(Settings(data=data), embedder=FakeEmbedder())


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
    assert command_line.here.run("index", town).returncode == 0
    more = {f"b{number}.txt": f"The ferry of ward {number} was late." for number in range(100)}
    write_collection(town, more)

    run = command_line.start("index", town, "--json")
    assert run.stdout is not None
    while '"added"' not in (line := run.stdout.readline()):
        assert line, "it ended before it stored anything"
    restored = tmp_path / "restored"
    restored.mkdir()
    copy = copying_command(command_line.data / "docstore.sqlite", restored / "docstore.sqlite")
    subprocess.run(copy, check=True, timeout=60)
    _, errors = run.communicate(timeout=240)
    assert run.returncode == 0, errors

    again = CommandLine(restored, tmp_path)
    mended = again.here.run("repair")
    assert mended.returncode == 0, mended.stderr
    status = again.here.json("status")
    assert status["healthy"]
    assert status["collections"][0]["documents"] >= len(first)
    found = again.here.json("search", "the lantern of ward 7")
    assert any("ward 7 " in hit["text"] for hit in found["hits"])


def put(docstore: Docstore, number: int) -> None:
    """Store a document of one passage."""
    docstore.put_collection(TOWN)
    text = f"Ferry {hashlib.sha256(str(number).encode()).hexdigest()} was late."
    passage = Passage(start=0, end=len(text), text=text, sentences=((0, len(text)),))
    document = Document(description=Description(), sections=(Section(text=text),), format="text")
    docstore.documents.put(Origin(collection=TOWN, path=f"{number}.txt"), document, [[passage]])


def back_up(data: Path, folder: Path) -> Path:
    folder.mkdir()
    command = copying_command(data / "docstore.sqlite", folder / "docstore.sqlite")
    subprocess.run(command, check=True, timeout=60)
    return folder / "docstore.sqlite"


def killed(data: Path, folder: Path) -> Path:
    """The folder as a kill leaves it: what was stored last stands in the log beside the file."""
    with closing(Docstore(data)) as docstore:
        for number in range(1000, 1060):
            put(docstore, number)
        shutil.copytree(data, folder)
    assert (folder / "docstore.sqlite-wal").stat().st_size
    return folder


def test_a_copy_that_is_put_back_as_the_page_says_is_the_copy(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with opened(data) as assistant:
        for number in range(5):
            put(assistant.docstore, number)
        assistant.repair()
    copy = back_up(data, tmp_path / "backup")
    data = killed(data, tmp_path / "killed")

    torn = shutil.copytree(data, tmp_path / "torn")
    shutil.copy(copy, torn)  # the page says why one must not
    with pytest.raises((AssertionError, DocstoreError)), opened(torn) as assistant:
        assert len(assistant.docstore.documents.ids()) == 5

    data.rename(tmp_path / "away")
    data.mkdir()
    shutil.copy(copy, data)
    with opened(data) as assistant:
        assert set(assistant.repair()) == {"lexical", "vectors"}
        assert len(assistant.docstore.documents.ids()) == 5
        assert assistant.search("ferry", k=10).coverage == {"lexical": 1.0, "vectors": 1.0}
        assert assistant.status()["problems"] == []


def test_one_repair_is_enough_where_old_indexes_were_left_beside_the_copy(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with opened(data) as assistant:
        for number in range(20):
            put(assistant.docstore, number)
        assistant.repair()
        for number in range(20, 25):  # the copy is made before the indexes follow
            put(assistant.docstore, number)
        copy = back_up(data, tmp_path / "backup")
        for number in range(25, 40):
            put(assistant.docstore, number)
        assistant.repair()
    shutil.copy(copy, data)
    with opened(data) as assistant:
        assert set(assistant.repair()) == {"lexical", "vectors"}
        assert assistant.status()["problems"] == []
        assert assistant.engine.lexical is not None
        assert assistant.engine.lexical.count() == 25
