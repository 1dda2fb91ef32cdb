"""What a collection was before does not show in the order of its results."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag_assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.ports import IndexQuery
from tests.fakes import FakeEmbedder

from .conftest import write_collection

pytestmark = pytest.mark.integration

TOWN = {"access": "public", "language": "en"}
THINGS = ("ferry", "mill", "weir", "bridge")
NOW = {
    f"{number:02}.txt": f"The {THINGS[number % 4]} stood there. "
    + "Some words more. " * (number % 7)
    for number in range(60)
}
BEFORE = {name: "The ferry and the mill, of which nobody wrote later. " * 5 for name in NOW}


def scores(data: Path, *versions: dict[str, str]) -> list[list[tuple[str, float]]]:
    """What is found of each thing once the versions were indexed, one after the other."""
    with Assistant(Settings(data=data), embedder=FakeEmbedder()) as assistant:
        for files in versions:
            assistant.index([write_collection(data.parent / "town", files, **TOWN)])
        assert assistant.engine.own("command")
        index = assistant.engine.lexical
        assert index is not None
        asked = (IndexQuery(text=one, collections=("town",), access=("public",)) for one in THINGS)
        return [index.search(one, 10) for one in asked]


def test_a_changed_collection_scores_as_one_that_is_new(tmp_path: Path) -> None:
    former, again = {**NOW, "07.txt": BEFORE["07.txt"]}, {**NOW, "11.txt": BEFORE["11.txt"]}
    new = scores(tmp_path / "new", NOW)
    assert all(found for found in new)
    assert scores(tmp_path / "changed", BEFORE, NOW) == new
    assert scores(tmp_path / "often", former, again, NOW) == new
