"""How far the indexes are, as the terminal says it."""

from __future__ import annotations

import pytest

from rag_assistant.cli import printing


@pytest.mark.parametrize(
    ("lag", "share", "words"),
    [
        (0, 1.0, "vectors index: up to date"),
        (4, 0.9999, "vectors index: 4 changes behind, 99 % of the passages"),
        (0, 0.0, "vectors index: 0 changes behind, 0 % of the passages"),
    ],
)
def test_status_says_what_is_missing(
    lag: int, share: float, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    printing.status(
        {
            "collections": [],
            "indexes": {"vectors": {"lag": lag, "coverage": share}},
            "answerer": {"active": "extractive", "model": None, "reason": None},
            "embedding": {"model": "m", "backend": "torch", "reason": "named"},
            "failures": [],
            "restricted_in_words": [],
            "takedowns": [],
            "erasing": False,
            "problems": [],
        }
    )
    assert words in capsys.readouterr().out.splitlines()
