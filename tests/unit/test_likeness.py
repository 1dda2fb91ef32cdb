"""What is alike is found without comparing each text with each."""

from __future__ import annotations

import numpy as np

from rag_assistant.duplicates import LIKE, SIGNATURE_BYTES, likeness, stacked
from rag_assistant.retrieval.collapse import Likeness


def test_it_finds_what_comparing_all_finds() -> None:
    draw = np.random.default_rng(7)
    signatures = [b"", b""]
    for _ in range(30):
        text = draw.integers(0, 256, SIGNATURE_BYTES, dtype=np.uint8)
        for number in range(20):  # the likeness of some lies just beside the border
            other = text.copy()
            changed = draw.choice(SIGNATURE_BYTES, 2 * number, replace=False)
            other[changed] = draw.integers(0, 256, len(changed))
            signatures.append(other.tobytes())
    signatures = [signatures[place] for place in draw.permutation(len(signatures))]
    alike, rows = Likeness(signatures), stacked(signatures)
    found = 0
    for place, one in enumerate(signatures):
        expected = np.flatnonzero(likeness(one, rows[place + 1 :]) >= LIKE) + place + 1
        assert alike.after(place) == expected.tolist()
        found += len(expected)
    assert found > 1000


def test_nothing_is_like_nothing() -> None:
    assert Likeness([b"", b""]).after(0) == []
    assert Likeness([b"x" * SIGNATURE_BYTES]).after(0) == []
    assert Likeness([]) is not None
