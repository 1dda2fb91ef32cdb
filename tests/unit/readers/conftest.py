"""Shared material: the evaluation data beside the checkout, and archives built on the spot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag_assistant.ports import Leaf
from rag_assistant.readers import read_file
from tests.archives import ArchiveBuilder

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def data() -> Path:
    """The shared data: ``RAG_TEST_DATA``, else ``../shared/data`` beside the checkout."""
    folder = Path(os.environ.get("RAG_TEST_DATA", ROOT.parent / "shared" / "data"))
    assert (folder / "README.md").is_file(), (
        f"The test data is not in {folder}: set RAG_TEST_DATA to the folder that holds its README."
    )
    return folder


@pytest.fixture
def archive() -> Callable[..., ArchiveBuilder]:
    return ArchiveBuilder


@pytest.fixture
def leaves() -> Callable[[Path], list[Leaf]]:
    def read(path: Path) -> list[Leaf]:
        return list(read_file(path, path.name))

    return read


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[Callable[[str, bytes], Path]]:
    def save(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    yield save
