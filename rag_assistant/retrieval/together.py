"""Several texts searched for as one: a question, and what was said before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag_assistant.docstore.candidates import Candidate
from rag_assistant.retrieval.candidates import Candidates, Found
from rag_assistant.schema import Entry


class Together:
    """Candidates of several texts, each scored by all of them.

    Args:
        parts: Candidates of each text, within the same bounds, and what it counts.
    """

    def __init__(self, parts: Sequence[tuple[Candidates, float]]) -> None:
        self._parts = parts
        self._whole = sum(weight for _, weight in parts)
        self.chosen = parts[0][0].chosen

    def best(self, number: int) -> Found:
        """The best of each text, by words; cosines, which all need, are left to `cosines`."""
        words: dict[str, float] = {}
        exhausted = True
        for candidates, weight in self._parts:
            found = candidates.best(number)
            exhausted = exhausted and found.exhausted
            best = max(found.lexical.values(), default=0.0) or 1.0
            for one, score in found.lexical.items():
                words[one] = words.get(one, 0.0) + weight / self._whole * score / best
            words = dict.fromkeys(found.similar, 0.0) | words
        ranked = sorted(words.items(), key=lambda one: (-one[1], one[0]))
        return Found(lexical=dict(ranked), similar={}, exhausted=exhausted)

    def cosines(self, passages: Iterable[Candidate | Entry]) -> dict[str, float]:
        """Mean cosines by passage id, where vectors are cached."""
        wanted = list(passages)
        means: dict[str, float] = {}
        for candidates, weight in self._parts:
            for one, cosine in candidates.cosines(wanted).items():
                means[one] = means.get(one, 0.0) + weight / self._whole * cosine
        return means
