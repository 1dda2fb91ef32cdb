"""Which texts are nearly the same: MinHash signatures, and the likeness that they tell.

A text is the set of its runs of three words (of three characters in scripts that do not space
their words), its likeness to another the Jaccard coefficient of both sets: what they share, of all
that either holds. MinHash estimates it without the texts (Broder, "On the Resemblance and
Containment of Documents", 1997), and the lowest bits of each minimum are enough (Li and König,
"b-Bit Minwise Hashing", 2010). Why these numbers: docs/decisions/0010-near-duplicates.md.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datasketch import MinHash

SIGNATURE_BYTES = 128
"""Length of a signature: one byte for each of as many permutations."""
LIKE = 0.8
"""Likeness from which texts count as nearly the same (see docs/decisions)."""
_CHANCE = 1 / 256  # that two bytes are equal where the minima are not
_SEED = 1
_RUN = 3
_UNSPACED = (  # Thai and Lao, Burmese, Khmer, kana, Han: each character is a word by itself
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


def signature(text: str) -> bytes:
    """The signature of a text, `SIGNATURE_BYTES` long; ``b""`` where it holds no word.

    The same on every machine. What changes it must change the splitter's version too, since
    signatures are stored with the passages.
    """
    runs = _runs(text)
    if not runs:
        return b""
    sketch = _blank_sketch().copy()
    sketch.update_batch(runs)
    lowest: NDArray[np.uint8] = (sketch.hashvalues & 0xFF).astype(np.uint8)
    return lowest.tobytes()


def stacked(signatures: Sequence[bytes]) -> NDArray[np.uint8]:
    """Signatures as rows, shape (len(signatures), SIGNATURE_BYTES); an empty one is all zeros."""
    filled = [one or bytes(SIGNATURE_BYTES) for one in signatures]
    return np.frombuffer(b"".join(filled), dtype=np.uint8).reshape(-1, SIGNATURE_BYTES)


def bands(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Runs of four bytes of `stacked` signatures, as numbers: one row each, of 32.

    Alike texts share at least one: there are more than bytes in which they may differ (25).
    """
    return rows.view("<u4")


def likeness(first: bytes, others: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How like each of the other texts the first one is, by their signatures.

    Args:
        first: One signature; an empty one is like nothing.
        others: As `stacked` gives them.

    Returns:
        Estimates of the Jaccard coefficient, 0..1, shape (len(others),). With n permutations and
        likeness J the standard error is sqrt(J (1 - J) / n): .035 at .8.
    """
    if not first:
        return np.zeros(len(others))
    same = others == np.frombuffer(first, dtype=np.uint8)
    share = same.sum(axis=1, dtype=np.uint8) / SIGNATURE_BYTES
    alike: NDArray[np.float64] = np.maximum((share - _CHANCE) / (1 - _CHANCE), 0.0)
    return alike


def _runs(text: str) -> set[bytes]:
    """All runs of three words of the folded text; a shorter text is one run."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    words = _WORD.findall(plain.casefold())
    runs = zip(*(words[start:] for start in range(_RUN)), strict=False)
    joined = [" ".join(run) for run in runs] or [" ".join(words)]
    return {run.encode("utf-8", "surrogatepass") for run in joined if run}


@cache
def _blank_sketch() -> MinHash:
    """A sketch of nothing: its permutations are drawn once, from a seed."""
    from datasketch import MinHash

    return MinHash(SIGNATURE_BYTES, seed=_SEED, hashfunc=zlib.crc32, scheme="affine32")
