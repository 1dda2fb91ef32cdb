"""`vectors.sqlite` gone, replaced or damaged: what is said of it, and how all of it comes back."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from rag_assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.errors import DocstoreError
from rag_assistant.schema import Description, Document, Filters, Passage, Section
from tests.fakes import FakeEmbedder

from .conftest import write_collection

DOCUMENTS, SHOWN = 150, 100
ENGLISH = Filters(language="en")
LOST = "needs vectors that vectors.sqlite has lost"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files in `town` and an indexed data folder; only to be copied."""
    folder = tmp_path_factory.mktemp("lost-vectors")
    lines = {f"{number}.txt": f"A lantern. {strange(number)}." for number in range(DOCUMENTS)}
    town = write_collection(folder / "town", lines, language="en")
    with opened(folder) as assistant:
        assistant.index([town])
    return folder


def strange(number: int) -> str:
    """Some words that no other text has: among many equal vectors Chroma loses its way."""
    letters = hashlib.sha256(str(number).encode()).hexdigest()
    return " ".join(letters[at : at + 16] for at in range(0, 64, 16))


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A data folder of its own; its collection stands in `made`."""
    shutil.copytree(made / "data", tmp_path / "data")
    return tmp_path


def opened(home: Path) -> Assistant:
    return Assistant(Settings(data=home / "data"), embedder=FakeEmbedder())


def cached(assistant: Assistant) -> int:
    """For how many passages the cache holds a vector."""
    return len(assistant.engine.passage_vectors(assistant.docstore.library.text_hashes(Bounds())))


def meant(assistant: Assistant) -> tuple[int, float]:
    """How many hits a question with a filter finds by meaning, and the coverage that is told."""
    found = assistant.search("lantern", k=SHOWN, filters=ENGLISH)
    return sum(hit.similarity is not None for hit in found.hits), found.coverage["vectors"]


def gone(data: Path) -> None:
    for path in data.glob("vectors.sqlite*"):
        path.unlink()


def thinned(data: Path) -> None:
    """As after an older copy was put back: some vectors are missing."""
    connection = sqlite3.connect(data / "vectors.sqlite")
    with connection:
        connection.execute("DELETE FROM vectors WHERE text_hash < '08'")
    connection.close()


@pytest.mark.parametrize("lose", [gone, thinned])
@pytest.mark.parametrize("mend", ["repair", "index"])
def test_lost_vectors_are_told_and_computed_again(
    made: Path, home: Path, lose: Callable[[Path], None], mend: str
) -> None:
    with opened(home) as assistant:
        assert meant(assistant) == (SHOWN, 1.0)
    lose(home / "data")
    with opened(home) as assistant:
        status = assistant.status()
        assert not status["healthy"]
        assert status["problems"] == [f"The vectors index {LOST}."]
        assert status["indexes"]["vectors"]["coverage"] == 0.0
        assert meant(assistant) == (0, 0.0)
    with opened(home) as assistant:
        if mend == "repair":
            assert assistant.repair() == {"vectors": LOST}
        else:
            assistant.index([made / "town"])
        assert cached(assistant) == DOCUMENTS
        assert meant(assistant) == (SHOWN, 1.0)
        assert assistant.status()["problems"] == []
    with opened(home) as assistant:
        assert assistant.repair() == {}


def test_what_is_lost_while_a_process_holds_the_indexes_is_told_too(home: Path) -> None:
    with opened(home) as assistant:
        assert assistant.status()["problems"] == []
        thinned(home / "data")
        status = assistant.status()
        assert status["problems"] == [f"The vectors index {LOST}."]
        assert status["indexes"]["vectors"]["coverage"] == 0.0
        assert assistant.repair() == {"vectors": LOST}
        assert cached(assistant) == DOCUMENTS


def test_what_is_not_embedded_yet_is_not_called_lost(home: Path) -> None:
    with opened(home) as assistant:
        assert assistant.engine.own("command")
        (town,) = assistant.docstore.library.collections().values()
        for number in range(40):
            text = f"Ferry {number} was late."
            passage = Passage(start=0, end=len(text), text=text, sentences=((0, len(text)),))
            sections = (Section(text=text),)
            document = Document(description=Description(), sections=sections, format="text")
            origin = Origin(collection=town, path=f"{number}.txt")  # the first ones change
            assistant.docstore.documents.put(origin, document, [[passage]])
        assert assistant.engine.lags()["vectors"] == 40
        assert assistant.engine.faults() == {}


@pytest.mark.parametrize(("page", "with_indexes"), [(0, True), (2, False)])
def test_a_damaged_file_is_named_and_mended_as_the_hint_says(
    home: Path, page: int, with_indexes: bool
) -> None:
    data = home / "data"
    damage(data / "vectors.sqlite", page)
    with pytest.raises(DocstoreError) as caught:
        repair(home)
    assert "vectors.sqlite is damaged" in caught.value.message
    assert "Move it, its -wal, its -shm and indexes/ away." in caught.value.hint
    gone(data)
    if with_indexes:
        shutil.rmtree(data / "indexes")
    assert repair(home)["vectors"] == ("has lost its folder" if with_indexes else LOST)
    with opened(home) as assistant:
        assert cached(assistant) == DOCUMENTS
        assert meant(assistant) == (SHOWN, 1.0)
        assert assistant.status()["problems"] == []


def damage(path: Path, page: int) -> None:
    """Flip the bits of half a page."""
    size = 4096
    with path.open("r+b") as file:
        file.seek(page * size)
        held = file.read(size // 2)
        file.seek(page * size)
        file.write(bytes(255 - byte for byte in held))


def repair(home: Path) -> dict[str, str]:
    with opened(home) as assistant:
        return assistant.repair()
