"""How much could be searched, as the terminal says it."""

from __future__ import annotations

from typing import Any

import pytest

from rag_assistant.cli import printing

ANSWER: dict[str, Any] = {
    "question": "When?",
    "filters": {"as_of": None},
    "status": "no_answer",
    "sentences": [],
    "text": "",
    "citations": [],
    "suggestions": [],
    "ai_generated": False,
}


@pytest.mark.parametrize(
    ("lexical", "vectors", "words"),
    [
        (1.0, 0.9962, "passages searched by words: 100 %, by meaning: 99 %"),
        (0.2, 1.0, "passages searched by words: 20 %, by meaning: 100 %"),
        (0.9999, 0.29, "passages searched by words: 99 %, by meaning: 29 %"),
        (1.0, 0.0, "passages searched by words: 100 %, by meaning: 0 %"),
        (1.0, 1.0, ""),
    ],
)
def test_an_answer_says_what_is_missing(
    lexical: float, vectors: float, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    coverage = {"lexical": lexical, "vectors": vectors}
    run = {"answerer": "extractive", "coverage": coverage, "timings_ms": {"total": 7}}
    printing.answer(ANSWER | {"run": run})
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == " · ".join(filter(None, [words, "7 ms"]))


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
