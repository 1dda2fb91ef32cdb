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
            "answerer": {
                "active": "extractive",
                "model": None,
                "reason": None,
                "waiting": 0,
                "hosts": [],
            },
            "embedding": {"model": "m", "backend": "torch", "reason": "named"},
            "failures": [],
            "restricted_in_words": [{"title": "Letters", "access_note": "Ask first"}] * 13,
            "takedowns": [],
            "retention": {"days": 0},
            "erasing": False,
            "problems": [],
        }
    )
    told = capsys.readouterr().out.splitlines()
    assert words in told
    assert "questions and answers: not kept" in told
    assert told.count("staff only by its own words: Letters: Ask first") == 10
    assert "… 3 more: rag-assistant status --json" in told
