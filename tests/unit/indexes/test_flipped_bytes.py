"""A byte that differs in an index's files is named as damage, or does no harm."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rag_assistant.errors import IndexDamagedError
from rag_assistant.indexes.lexical import LexicalIndex
from tests.unit.indexes.homes import Home, catch_up, found
from tests.unit.indexes.samples import entry, question

pytestmark = pytest.mark.integration

ENTRIES = [
    entry(
        f"p{number}", f'The "iron bridge" was opened, says note {number}.', title=f"Note {number}"
    )
    for number in range(30)
]


def flipped(sound: Path, number: int) -> Iterator[Path]:
    """Copies of a folder, each with one other byte in one of its files."""
    chosen = random.Random(number)  # noqa: S311 - the same choice at each run
    for file in sorted(path for path in sound.iterdir() if path.stat().st_size):
        for turn in range(number):
            copy = sound.with_name(f"{file.name}-{turn}")
            shutil.copytree(sound, copy)
            damaged = bytearray((copy / file.name).read_bytes())
            damaged[chosen.randrange(len(damaged))] ^= chosen.choice([0x01, 0x80, 0xFF])
            (copy / file.name).write_bytes(damaged)
            yield copy


def damaged(folder: Path) -> bool:
    """Open, probe and search; whether it is called damaged."""
    try:
        with closing(LexicalIndex(folder)) as index:
            index.probe(ENTRIES[:8])
            index.count()
            hits = index.search(question('note 7 of the "iron bridge"'), 5)
    except IndexDamagedError:
        return True
    assert len(hits) <= 5
    assert all(isinstance(score, float) for _, score in hits)
    return False


def test_a_flipped_byte_is_called_damage_or_does_no_harm(tmp_path: Path) -> None:
    sound = tmp_path / "sound"
    with closing(LexicalIndex(sound)) as index:
        index.apply([], ENTRIES)
    assert not damaged(sound)
    assert sum(damaged(copy) for copy in flipped(sound, 20)) > 10


def test_an_index_on_which_tantivy_panics_is_built_anew(home: Home) -> None:
    for number in range(20):
        home.log.put(f"d{number}", "mill")
    catch_up(home.lexical())
    home.close()
    for file in (home.root / "lexical" / "g0001").glob("*.fast"):
        content = bytearray(file.read_bytes())
        content[-8:-4] = len(content).to_bytes(4, "little")  # a footer longer than its file
        file.write_bytes(content)
    follower = catch_up(home.lexical())
    assert home.folders("lexical") == ["g0002"]
    assert len(found(follower, "mill")) == 10
