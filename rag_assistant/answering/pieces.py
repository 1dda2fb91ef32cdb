"""How a model's prose is cut while it streams: white space, words, and what is no prose.

A piece is cut off only when more text could not make it longer, so that the same text gives the
same pieces however it arrives.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["space", "bracket", "unclosed", "link", "tag", "word", "nothing"]

OPEN = "[［【"
CLOSE = "]］】"
_STOPS = "。！？"
_LONGEST = 300
"""Characters of a bracket, a link or a tag; what is longer is text."""

_NUMBERS = r"\s?\d{1,2}(?:\s?[,;&–-]\s?\d{1,2}){0,9}\s?"
_ROUND = re.compile(rf"[(（]{_NUMBERS}[)）](?=[.!?…,;:。\s(（\[]|\Z)")
_ROUND_BEGUN = re.compile(r"[(（][\d\s,;&–-]{0,58}[)）]?")
_MARKER_BEGUN = re.compile(rf"[{re.escape(OPEN)}(（][\s\d,;&^–-]*")
_TARGET = r"\((?:[^()\n]|\([^()\n]*\))*"
_LINK = re.compile(rf"!?\[[^\[\]\n]*\]{_TARGET}\)")
_LINK_BEGUN = re.compile(rf"!?\[[^\[\]\n]*(?:\](?:{_TARGET}(?:\([^()\n]*)?)?)?")
_TAG = re.compile(r"</?[A-Za-z|!?/][^<>\n]*>")
_TAG_BEGUN = re.compile(r"<(?:/?[A-Za-z|!?/][^<>\n]*)?")
_LABEL = r"(?:doi|isbn(?:-1[03])?|issn|arxiv|pmid|hdl)"
_LABEL_BEGUN = re.compile(rf"\(?{_LABEL}:?\s*\d{{0,2}}", re.I)
_WORD = re.compile(
    rf"(?:\(?{_LABEL}:?\s+(?=\d))?"
    rf"(?:[^\s<{re.escape(OPEN)}{_STOPS}]+[{_STOPS}]?|[{_STOPS}])",
    re.I,
)
_ENDED: tuple[tuple[Kind, re.Pattern[str], re.Pattern[str]], ...] = (
    ("link", _LINK_BEGUN, _LINK),
    ("tag", _TAG_BEGUN, _TAG),
    ("bracket", _ROUND_BEGUN, _ROUND),
)
"""What has an end of its own: how it begins, and all of it."""


class Piece(NamedTuple):
    """What stands at the start of a text, and how many characters of it."""

    kind: Kind
    size: int


def next_piece(raw: str, *, final: bool) -> Piece | None:
    """The first piece of a text, None while more of it may come.

    Args:
        raw: What was not cut yet, at least one character.
        final: Nothing will follow.
    """
    if raw[0].isspace():
        size = len(raw) - len(raw.lstrip())
        return None if size == len(raw) and not final else Piece("space", size)
    for kind, begun, whole in _ENDED:
        found = _cut(raw, begun, whole, kind, final=final)
        if found is None or found.size:
            return found
    if raw[0] in OPEN:
        return _bracket(raw, final=final)
    return _word(raw, final=final)


def _cut(
    raw: str, begun: re.Pattern[str], whole: re.Pattern[str], kind: Kind, *, final: bool
) -> Piece | None:
    """A piece with an end of its own; "nothing" where there is none, None where it may come."""
    match = whole.match(raw)
    if match and match.end() <= _LONGEST and (final or kind != "bracket" or match.end() < len(raw)):
        return Piece(kind, match.end())
    if not final and len(raw) <= _LONGEST and begun.fullmatch(raw):
        return None
    return Piece("nothing", 0)


def _bracket(raw: str, *, final: bool) -> Piece | None:
    """A bracketed run; its first character alone where it is not closed in time."""
    if final and _MARKER_BEGUN.fullmatch(raw):
        return Piece("unclosed", len(raw))
    for position, character in enumerate(raw[1:_LONGEST], start=1):
        if character in CLOSE:
            return Piece("bracket", position + 1)
        if character in OPEN:
            return Piece("unclosed" if position == 1 else "word", 1)
        if character == "\n" and any(map(str.isalpha, raw[1:position])):
            return Piece("word", 1)
    return Piece("word", 1) if final or len(raw) >= _LONGEST else None


def _word(raw: str, *, final: bool) -> Piece | None:
    if _LABEL_BEGUN.fullmatch(raw) and not final:
        return None
    match = _WORD.match(raw)
    size = match.end() if match else 1
    ended = final or size < len(raw) or raw[size - 1] in _STOPS
    return Piece("word", size) if ended else None
