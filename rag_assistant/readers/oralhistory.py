"""Transcripts of Oral History as Data: a row is what one speaker says, some with a time mark.

What the interview is, stands in the collection's item table, in the row that names the transcript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import unescape
from typing import BinaryIO

from rag_assistant.errors import SkippedError
from rag_assistant.ports import Leaf
from rag_assistant.readers.container import Inside, records
from rag_assistant.readers.item_tables import by_small_names, described, row_about, undated
from rag_assistant.readers.tables import table
from rag_assistant.schema import Description, Document, Place, Record, Section

FORMAT = "oralhistory"
_RECORD = "transcript"
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_MARK = re.compile(r"\[?\s*(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:\.\d+)?)\s*\]?")
_TURN = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A row: ``mark`` is the second that stands beside it, None where none does."""

    speaker: str
    words: str
    mark: float | None


def read(stream: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read a transcript: one document.

    Raises:
        FailedError: The table cannot be taken apart.
    """
    yield from records([(_RECORD, partial(_document, stream, inside))], inside)


def _document(stream: BinaryIO, inside: Inside) -> Document:
    turns: list[_Turn] = []
    tags: dict[str, None] = {}
    unread = 0
    with table(stream) as found:
        for row in found.rows:
            cells = by_small_names(row.whole())
            turn, said = _turn(cells, turns), cells.get("timestamp", "")
            unread += bool(said) and turn.mark is None
            tags |= dict.fromkeys(_tags(cells.get("tags", "")))
            if turn.words:
                turns.append(turn)
    if not turns:
        raise SkippedError("no text")
    row_of_item = row_about(inside.path, inside.name)
    return Document(
        description=_description(row_of_item, tuple(tags)),
        sections=(_section(turns),),
        format=FORMAT,
        notes=(
            *undated(row_of_item),
            *((f"time marks not understood: {unread}",) if unread else ()),
        ),
    )


def _turn(cells: dict[str, str], before: Sequence[_Turn]) -> _Turn:
    """A row; where it names nobody, whoever spoke goes on."""
    speaker = cells.get("speaker", "").rstrip(":").strip()
    return _Turn(
        speaker=speaker or (before[-1].speaker if before else ""),
        words=unescape(_TAG.sub("", cells.get("words", ""))).strip(),
        mark=_seconds(cells.get("timestamp", "")),
    )


def _seconds(mark: str) -> float | None:
    match = _MARK.fullmatch(mark)
    if not match:
        return None
    hours, minutes, seconds = match.groups(default="0")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _tags(said: str) -> list[str]:
    return [tag for one in said.split(";") if (tag := one.strip())]


def _section(turns: Sequence[_Turn]) -> Section:
    """Each turn a paragraph; a turn without a mark was said between the marks around it."""
    nexts: list[float | None] = []
    following: float | None = None
    for turn in reversed(turns):
        nexts.append(following)
        following = turn.mark if turn.mark is not None else following
    places = []
    start, begin = 0, None
    for turn, mark in zip(turns, reversed(nexts), strict=True):
        begin = turn.mark if turn.mark is not None else begin
        finish = mark if mark is not None and begin is not None and mark >= begin else None
        end = start + len(turn.words)
        places.append(Place(start=start, end=end, begin=begin, finish=finish, speaker=turn.speaker))
        start = end + len(_TURN)
    return Section(text=_TURN.join(turn.words for turn in turns), places=tuple(places))


def _description(row: dict[str, str], tags: tuple[str, ...]) -> Description:
    said = described(row) if row else Description()
    record = said.record or Record()
    return replace(
        said,
        kind="transcript",
        text_origin="transcript",
        record=replace(
            record,
            type=record.type or "interview",
            subjects=tuple(dict.fromkeys((*record.subjects, *tags))),
        ),
    )
