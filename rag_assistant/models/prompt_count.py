"""Whether a server cut the prompt without saying so, from how many tokens it says it read.

Servers that know ``"truncate": false`` refuse what is too long. Others cut it and answer: newer
ones then count half their window and three (131 of 256), older ones all of it, and earlier
messages may be left out whole. No tokenizer makes one token of two words, so a text needs at
least as many tokens as it has words: a lower count is a cut one, whatever the model.

A cut of less than a quarter of a prompt in English, a half in German, or two thirds in Chinese,
Thai or figures is not seen by this. Servers before 0.4 counted only what they had not kept from
the prompt before, which looks like a cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD, _UNSPACED, _FIGURE = 16, 4, 4  # characters that one token may hold
_NO_SPACES = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
_PIECE = re.compile(
    rf"\d{{1,{_FIGURE}}}|[{_NO_SPACES}]{{1,{_UNSPACED}}}"
    rf"|[^\W\d_][^\s\d{_NO_SPACES}]{{0,{_WORD - 1}}}"
)


def least_tokens(text: str) -> int:
    """Fewer tokens than this no model makes of a text: words, parts of long ones, figures."""
    return len(_PIECE.findall(text))


def was_cut(texts: Iterable[str], counted: int | None, window: int) -> bool:
    """Whether a count of prompt tokens shows that the prompt was cut.

    Args:
        texts: The messages that were sent.
        counted: What the server read, with what its template adds; None or 0 where it keeps silent.
        window: What it may read and write, in tokens.
    """
    if not counted:
        return False
    return counted >= window or counted < sum(map(least_tokens, texts))
