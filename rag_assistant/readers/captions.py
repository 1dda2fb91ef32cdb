"""Subtitles and captions (WebVTT, SubRip, SBV): what was said, with the second and the speaker.

Cues are joined to running text, since sentences run over them; each keeps its place. Captions
that roll over the screen repeat every line: it stands in the text once, where it was said first.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING

from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers.charset import decode
from rag_assistant.readers.sniff import sniff
from rag_assistant.schema import Description, Document, Place, Section

if TYPE_CHECKING:
    from webvtt import WebVTT

_NAMES = {"vtt": "WebVTT", "srt": "SubRip", "sbv": "SBV"}
_TIMES = {
    "vtt": re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{1,2}\.\d{1,3}\s*-->\s*(?:\d+:)?\d{1,2}:\d{1,2}\."),
    "srt": re.compile(r"\s*\d+:\d{1,2}:\d{1,2}[,.]\d+\s*-->\s*\d+:\d{1,2}:\d{1,2}[,.]\d"),
    "sbv": re.compile(r"\s*\d+:\d{1,2}:\d{1,2}\.\d{3},\d+:\d{1,2}:\d{1,2}\.\d{3}"),
}
_NO_CUES = ("WEBVTT", "NOTE", "STYLE", "REGION")
_ANY_BLANK = re.compile(r"\n(?:[^\S\n]*\n)+")
_BETWEEN = {"vtt": re.compile(r"\n\n+"), "srt": _ANY_BLANK, "sbv": _ANY_BLANK}
_VTT_TAG = re.compile(r"<(?P<voice>v(?:\.[\w.-]*)?\s+)?(?P<inner>[^<>]{0,1000})>")
_OTHER_TAG = re.compile(r"</?(?:b|i|u|s|font)\b[^<>]{0,1000}>|\{\\[^}]{0,100}\}", re.IGNORECASE)
_LANGUAGE = re.compile(r"language\s*:\s*(\S+)", re.IGNORECASE)
_DIALOGUE = ("- ", "– ", "— ", ">>")
_LONG_PAUSE = 5.0
_AT_ONCE = 0.1
_MOST_ROLLED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line on the screen: its words, and who says them ("" where that is not said)."""

    speaker: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cue:
    """Lines that stand on the screen together, in seconds; ``rows`` counts blank ones too."""

    begin: float
    finish: float
    lines: tuple[_Line, ...]
    rows: int


def read(blob: Blob) -> Document:
    """Read a file of captions.

    Raises:
        FailedError: It is called one of these formats, and is none.
        SkippedError: It has no cues, or no words in them.
    """
    kind = sniff(blob)
    text, _ = decode(blob.data, blob.declared_charset)
    parsed = _parsed(text, kind)
    cues = [
        _Cue(
            begin=caption.start_time.in_milliseconds() / 1000,
            finish=caption.end_time.in_milliseconds() / 1000,
            lines=tuple(_lines(caption.lines, kind)),
            rows=len(caption.lines),
        )
        for caption in parsed.captions
    ]
    said = list(_said_once(cues))
    if not said:
        raise SkippedError("no text", "there is no cue with words in it")
    languages = (_LANGUAGE.match(line) for line in parsed.metadata)
    return Document(
        description=Description(
            title=parsed.header_text.strip(" \t-–—"),
            language=next((found[1] for found in languages if found), ""),
            kind="transcript",
            text_origin="transcript",
        ),
        sections=(_section(said),),
        format=kind,
        notes=_notes(text, kind),
    )


def _parsed(text: str, kind: str) -> WebVTT:
    from webvtt import WebVTT
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    try:
        if kind == "vtt":
            return WebVTT.from_string(text)
        return WebVTT.from_buffer(io.StringIO(text.lstrip()), format=kind)
    except (MalformedFileError, MalformedCaptionError) as error:
        raise FailedError(f"damaged {_NAMES[kind]}", str(error)) from error


def _lines(rows: Sequence[str], kind: str) -> Iterator[_Line]:
    """The lines of a cue that have words, their tags taken off."""
    speaker = ""
    for row in rows:
        if kind != "vtt":
            runs = [("", _OTHER_TAG.sub("", row))]
        else:
            runs = list(_voices(row, speaker))
            speaker = runs[-1][0]
        for name, words in runs:
            if line := " ".join(words.split()):
                yield _Line(speaker=name, words=line)


def _voices(row: str, speaker: str) -> Iterator[tuple[str, str]]:
    """The runs of one voice in a line; at least one."""
    words, place = "", 0
    for tag in _VTT_TAG.finditer(row):
        words += row[place : tag.start()]
        place = tag.end()
        if tag["voice"] or tag["inner"] == "/v":
            if words.strip():
                yield speaker, unescape(words)
            words = ""
            speaker = " ".join(unescape(tag["inner"]).split()) if tag["voice"] else ""
    yield speaker, unescape(words + row[place:])


def _said_once(cues: Sequence[_Cue]) -> Iterator[_Cue]:
    """The cues with the lines that they show first; those without any are left out.

    That a line comes back says nothing by itself, for people repeat themselves; it has rolled up
    where another line stands below it, and a cue may then show it once more alone.
    """
    shown = [cue for cue in cues if cue.lines]
    repeated = [0, *(_repeats(before, cue) for before, cue in pairwise(shown))]
    rolls = any(number and cue.rows > number for cue, number in zip(shown, repeated, strict=False))
    for cue, number in zip(shown, repeated, strict=False):
        fresh = cue.lines[number:] if rolls else cue.lines
        if fresh:
            yield _Cue(begin=cue.begin, finish=cue.finish, lines=fresh, rows=cue.rows)


def _repeats(before: _Cue, cue: _Cue) -> int:
    """How many of a cue's first lines are the last ones of the cue just before it."""
    if not -_AT_ONCE <= cue.begin - before.finish <= _AT_ONCE:
        return 0
    most = min(len(before.lines), len(cue.lines), _MOST_ROLLED)
    return next((n for n in range(most, 0, -1) if before.lines[-n:] == cue.lines[:n]), 0)


def _section(cues: Sequence[_Cue]) -> Section:
    """Running text; another speaker or a long pause begins a paragraph."""
    pieces: list[str] = []
    places: list[Place] = []
    speaker, finish, size = "", cues[0].begin, 0
    for cue in cues:
        for number, line in enumerate(cue.lines):
            pause = number == 0 and cue.begin - finish >= _LONG_PAUSE
            before = ""
            if pieces:
                before = "\n" if line.words.startswith(_DIALOGUE) else " "
                before = "\n\n" if pause or line.speaker != speaker else before
            same = number > 0 and line.speaker == speaker
            start, speaker = size + len(before), line.speaker
            size = start + len(line.words)
            pieces += (before, line.words)
            places.append(_place(cue, speaker, places.pop().start if same else start, size))
        finish = max(finish, cue.finish)
    return Section(text="".join(pieces), places=tuple(places))


def _place(cue: _Cue, speaker: str, start: int, end: int) -> Place:
    finish = cue.finish if cue.finish >= cue.begin else None
    return Place(start=start, end=end, begin=cue.begin, finish=finish, speaker=speaker)


def _notes(text: str, kind: str) -> tuple[str, ...]:
    """What stands in the file and not in the document."""
    blocks = [block.strip("\n").split("\n") for block in _BETWEEN[kind].split(text)]
    lost = sum(_is_lost(block, kind) for block in blocks)
    comments = sum(block[0].startswith("NOTE") for block in blocks) if kind == "vtt" else 0
    return (
        *((f"blocks without a readable time were left out: {lost}",) if lost else ()),
        *((f"comments of its makers were left out: {comments}",) if comments else ()),
    )


def _is_lost(block: Sequence[str], kind: str) -> bool:
    """Whether a block gave no cue; in SubRip one without an arrow goes on with the cue before."""
    if any(map(_TIMES[kind].match, block)) or not any(map(str.strip, block)):
        return False
    if kind == "srt":
        return any("-->" in row for row in block)
    return kind != "vtt" or not block[0].startswith(_NO_CUES)
