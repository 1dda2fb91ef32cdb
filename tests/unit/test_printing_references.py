"""Checked references on a terminal, and where they are read from."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag_assistant.cli import printing_references

COUNTS = {"conflict": 0, "matched": 0, "close": 0, "not_found": 0}


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1 record searched."), (2, "2 records searched.")]
)
def test_one_record_is_one(number: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = {"references": [], "passed_over": [], "counts": COUNTS, "searched": number}
    printing_references.references(found)
    assert words in capsys.readouterr().out


def test_a_file_is_read_in_its_own_encoding(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    for encoding in ("utf-8", "utf-16", "utf-8-sig"):
        path.write_bytes("Müller, J. Brücken. 1868.".encode(encoding))
        assert printing_references.typed([], path) == "Müller, J. Brücken. 1868."
