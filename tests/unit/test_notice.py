"""What the desk says of indexes that are not ready."""

from __future__ import annotations

import pytest

from rag_assistant.web.desk import welcome

QUOTING = {"active": "extractive", "model": None}


@pytest.mark.parametrize(
    ("lexical", "vectors", "said"),
    [
        (1.0, 0.409, "Found by words: everything; by meaning: 40 % so far, newest first."),
        (0.5, 0.0, "Found by words: 50 % so far; by meaning: 0 % so far, newest first."),
        (0.9999, 1.0, "Found by words: 99 % so far; by meaning: everything."),
    ],
)
def test_how_much_can_be_found_is_one_plain_sentence(
    lexical: float, vectors: float, said: str
) -> None:
    notice = welcome.notice(QUOTING, {"lexical": lexical, "vectors": vectors}, "public")
    assert said in str(notice)


def test_nothing_is_said_of_indexes_that_hold_everything() -> None:
    notice = welcome.notice(QUOTING, {"lexical": 1.0, "vectors": 1.0}, "public")
    assert "Found by" not in str(notice)
