"""What an index's library reports, as people can act on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag_assistant.errors import DocstoreError, IndexDamagedError
from rag_assistant.indexes.damage import damage, damage_named


@pytest.mark.parametrize(
    ("reported", "kind"),
    [
        ("error returned from database: (code: 13) database or disk is full", DocstoreError),
        ("An IO error occurred: 'No space left on device (os error 28)'", DocstoreError),
        ("An IO error occurred: 'Disk quota exceeded (os error 122)'", DocstoreError),
        ("File too large (os error 27)", DocstoreError),
        ("(code: 26) file is not a database", IndexDamagedError),
        ("Data corrupted: 'meta.json'", IndexDamagedError),
    ],
)
def test_a_full_disk_is_no_damage(reported: str, kind: type[Exception]) -> None:
    assert type(damage("vector", Path("g0001"), ValueError(reported))) is kind


class PanicException(BaseException):
    """As a library written in Rust raises it."""


@pytest.mark.parametrize("raised", [ValueError("bad"), PanicException("index out of bounds")])
def test_a_panic_is_damage(raised: BaseException) -> None:
    with (
        pytest.raises(IndexDamagedError, match=str(raised)),
        damage_named("vector", Path("g0001"), ValueError),
    ):
        raise raised


@pytest.mark.parametrize("raised", [KeyError("a bug"), KeyboardInterrupt()])
def test_what_is_no_damage_passes(raised: BaseException) -> None:
    with pytest.raises(type(raised)), damage_named("vector", Path("g0001"), ValueError):
        raise raised
