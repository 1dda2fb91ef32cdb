"""Citation recall and precision of written answers, statement by statement.

Gao, Yen, Yu and Chen, "Enabling Large Language Models to Generate Text with Citations" (EMNLP
2023, the section on citation quality; the measures are known as ALCE's). For a statement ``s``
with its cited texts ``C`` and an entailment function φ:

- recall(s) = 1 if C is not empty and φ(C, s), else 0;
- a cited text ``c`` is *irrelevant* if not φ({c}, s) and φ(C without c, s);
- precision(c) = 1 if recall(s) = 1 and c is not irrelevant, else 0.

Recall is averaged over all statements, precision over all citations.

A citation that leads nowhere is None here. It holds no text, so that it cannot help recall, and its
precision is 0: the authors' program leaves it out of the count, which flatters an answerer that
invents its sources.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Entails = Callable[[Sequence[str], str], bool]
"""Whether texts, read together, support a statement."""


def recall(statement: str, cited: Sequence[str | None], entails: Entails) -> float:
    """1 where the cited texts together support the statement, else 0.

    Args:
        statement: A sentence without its markers.
        cited: The text of each of its citations, None where a marker is out of range.
        entails: The entailment function φ.
    """
    texts = [text for text in cited if text is not None]
    return float(bool(texts) and entails(texts, statement))


def precision(statement: str, cited: Sequence[str | None], entails: Entails) -> list[float]:
    """1 for each citation that the statement needs or that supports it alone, else 0.

    Args:
        statement: A sentence without its markers.
        cited: The text of each of its citations, None where a marker is out of range.
        entails: The entailment function φ.

    Returns:
        One figure for each of ``cited``, in their order.
    """
    if not recall(statement, cited, entails):
        return [0.0] * len(cited)
    return [
        float(text is not None and not _irrelevant(statement, cited, position, entails))
        for position, text in enumerate(cited)
    ]


def _irrelevant(
    statement: str, cited: Sequence[str | None], position: int, entails: Entails
) -> bool:
    """Whether the citation at ``position`` says nothing to it that the others do not say."""
    others = [*cited[:position], *cited[position + 1 :]]
    alone = recall(statement, [cited[position]], entails)
    return not alone and bool(recall(statement, others, entails))
