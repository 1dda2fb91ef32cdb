"""How near quoted words come to what people marked or wrote."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Set

_ALPHANUMERIC = re.compile(r"[^\W_]+")
_ARTICLES = frozenset({"a", "an", "the"})
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def precision(found: Set[str], wanted: Set[str]) -> float:
    """``|found & wanted| / |found|``; 0 where nothing was found."""
    return len(found & wanted) / len(found) if found else 0.0


def recall(found: Set[str], wanted: Set[str]) -> float:
    """``|found & wanted| / |wanted|``; 0 where nothing was wanted."""
    return len(found & wanted) / len(wanted) if wanted else 0.0


def set_f1(found: Set[str], wanted: Set[str]) -> float:
    """``2 |found & wanted| / (|found| + |wanted|)``, the harmonic mean of precision and recall.

    Van Rijsbergen, "Information Retrieval", 2nd edition, 1979, chapter 7; 0 where both are empty.
    """
    size = len(found) + len(wanted)
    return 2 * len(found & wanted) / size if size else 0.0


def sentence_f1(quoted: Iterable[str], annotated: Iterable[Iterable[str]]) -> float:
    """`set_f1` of quoted sentences, against the annotator who comes nearest, 0..1.

    Sentences are the same where they are so without case, punctuation and white space: tokenised
    text ("year .") and its original are then one.
    """
    found = set(map(bare, quoted))
    return max((set_f1(found, set(map(bare, one))) for one in annotated), default=0.0)


def bare(text: str) -> str:
    """Its letters and figures alone, in lower case."""
    return "".join(_tokens(text))


def rouge_l(text: str, references: Iterable[str]) -> float:
    """ROUGE-L F1 against the reference that comes nearest, 0..1.

    With the longest common subsequence of tokens, ``P = LCS / |text|``, ``R = LCS / |reference|``
    and ``F1 = 2 P R / (P + R)`` (Lin, "ROUGE: A Package for Automatic Evaluation of Summaries",
    2004, section 3.1, with beta = 1). Tokens are runs of letters and figures in lower case,
    without stemming; the text is one sequence, its sentences are not aligned one by one.
    """
    said = _tokens(text)
    return max((_rouge_l(said, _tokens(reference)) for reference in references), default=0.0)


def holds_answer(text: str, answers: Iterable[str]) -> bool:
    """Whether the words of any of the answers stand in the text, one after the other.

    Both are normalised as SQuAD's own scorer does (Rajpurkar et al., 2016): lower case, without
    punctuation and English articles. Whole words alone count.
    """
    words = f" {_squad(text)} "
    return any(f" {wanted} " in words for wanted in map(_squad, answers) if wanted)


def _tokens(text: str) -> list[str]:
    return _ALPHANUMERIC.findall(text.lower())


def _rouge_l(said: list[str], reference: list[str]) -> float:
    size = len(said) + len(reference)
    return 2 * _common(said, reference) / size if size else 0.0


def _common(first: list[str], second: list[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for token in first:
        diagonal = 0
        for at, other in enumerate(second, start=1):
            above = row[at]
            row[at] = diagonal + 1 if token == other else max(above, row[at - 1])
            diagonal = above
    return row[-1]


def _squad(text: str) -> str:
    plain = text.lower().translate(_PUNCTUATION)
    return " ".join(word for word in plain.split() if word not in _ARTICLES)
