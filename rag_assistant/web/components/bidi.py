"""Words of others that turn the direction of writing turn only their own."""

from __future__ import annotations

import re

_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OPENING, _FSI, _PDI = "\u2066\u2067\u2068", "\u2068", "\u2069"


def balanced(words: str) -> str:
    """The words with each isolate closed that they open, and without ends of what others opened.

    An embedding or an override that is left open ends where an isolate around it does.
    """
    if not _CONTROLS.search(words):
        return words
    kept, opened = [], 0
    for character in words:
        if character == _PDI and not opened:
            continue
        opened += (character in _OPENING) - (character == _PDI)
        kept.append(character)
    return "".join(kept) + _PDI * opened


def isolated(words: str) -> str:
    """For plain text: the words, isolated from those around them where they turn directions."""
    if not _CONTROLS.search(words):
        return words
    return f"{_FSI}{balanced(words)}{_PDI}"
