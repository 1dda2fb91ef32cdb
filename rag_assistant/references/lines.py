"""Text as one line, as every format of references wants it."""

from __future__ import annotations

import re
import unicodedata

_QUOTED = re.compile(r"[\"“]([^\"“”]*)[\"”]")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """The text with all white space folded, without control characters and broken code points.

    Nor does it keep what turns the direction of writing: in a reference it would turn what follows.
    """
    whole = _TURNS.sub("", text).encode("utf-8", "replace").decode()
    kept = (one for one in whole if one.isspace() or unicodedata.category(one) != "Cc")
    return " ".join("".join(kept).split())


def capped(text: str) -> str:
    """The text with its first letter in upper case, all others as they are."""
    return text[:1].upper() + text[1:]


def quoted_inside(text: str) -> str:
    """The text as it stands in quotation marks: its own are single ones."""
    return _QUOTED.sub(r"‘\1’", text)


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends as a sentence does."""
    closed = text.rstrip("”’\"')]")[-1:] in (".", "?", "!", "…")
    return text if not text or closed else f"{text}."
