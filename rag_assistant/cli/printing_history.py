"""The history of a page as people read it on a terminal, with colours or without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rag_assistant.cli.printing import notice_line
from rag_assistant.diffing import Word, pairs, words
from rag_assistant.web.components.days import day, moment, span

_LISTED = 10  # captures of a version
_CONTEXT = 1  # unchanged sentences beside a change
_INDENT = 2
_MOVED = range(300, 400)
_NOT_FOUND = (404, 410)
_ERRORS = range(400, 600)
_SIGNS = {"same": (" ", "dim"), "removed": ("-", "red"), "added": ("+", "green")}
_BRACKETS = {"removed": ("[-", "-]"), "added": ("{+", "+}")}

_Pieces = Sequence[dict[str, Any]]
_Line = tuple[str, Text]  # which side it stands on, and its words


def history(found: dict[str, Any]) -> None:
    """Captures by version, when there was no page, and each change with its sentences."""
    console = Console()
    captures = found["captures"]
    pages = [one for one in captures if one["version"] is not None]
    console.print(Text(found["url"], style="bold"), soft_wrap=True)
    facts = (
        _many(len(pages), "capture"),
        _many(len(found["versions"]), "version"),
        span(pages[0]["timestamp"], pages[-1]["timestamp"]),
    )
    console.print(Text(", ".join(facts)))
    told = {str(line): line for of in found["versions"] for line in map(notice_line, of["notices"])}
    for line in told.values():
        console.print(line)
    for version in found["versions"]:
        of_version = [one for one in pages if one["version"] == version["version"]]
        _version(console, version, of_version)
    _gaps(console, captures)
    _left_out(console, found["changes"])
    for change in found["changes"]:
        _change(console, change)
    if len(pages) > 1 and not found["changes"]:
        console.print(Text("\nAll captures of the page have the same words."))


# ---------------------------------------------------------------- captures


def _version(console: Console, version: dict[str, Any], captures: _Pieces) -> None:
    when = span(version["first_seen"], version["last_seen"])
    number = _many(version["captures"], "capture")
    console.print(Text(f"\nVersion {version['version']}, seen in {number}, {when}", style="bold"))
    title = " ".join(version["title"].split())
    _indented(console, Text(f"{title} · {version['collection']}"))
    _indented(console, Text(version["document_id"], style="dim"))
    if version["archive_url"]:
        link = Text(" " * _INDENT + version["archive_url"], style="dim")
        console.print(link, soft_wrap=True)
    several = len({one["uri"] for one in captures}) > 1
    table = Table("Captured (UTC)", "Archive", box=None, pad_edge=False, header_style="dim")
    for one in captures[:_LISTED]:
        address = f"\n{one['uri']}" if several else ""
        archive = Text(one["source_file"] + address, overflow="fold")
        table.add_row(Text(moment(one["timestamp"])), archive)
    console.print(Padding(table, (0, 0, 0, _INDENT)))
    if len(captures) > _LISTED:
        _indented(console, Text(f"… {len(captures) - _LISTED:,} more with --json", style="dim"))


def _gaps(console: Console, captures: _Pieces) -> None:
    """When there was no page, captures in a row put together."""
    lines = []
    for status, group in groupby(captures, lambda one: None if one["version"] else one["status"]):
        if status is None:
            continue
        times = [one["timestamp"] for one in group]
        when = f"on {day(times[0])}"
        if len(times) > 1:
            when = f"in {_many(len(times), 'capture')}, {span(times[0], times[-1])}"
        lines.append(Text(f"{_reason(status)} (HTTP {status}) {when}"))
    if lines:
        console.print(Text("\nNo page", style="bold"))
    for line in lines:
        _indented(console, line)


def _reason(status: int) -> str:
    if status in _MOVED:
        return "redirect"
    if status in _NOT_FOUND:
        return "not found"
    return "error" if status in _ERRORS else "nothing to read"


# ---------------------------------------------------------------- changes


def _left_out(console: Console, changes: _Pieces) -> None:
    number = sum(change["diff_left_out"] for change in changes)
    if number:
        note = (
            f"Too long to be told whole: the words of {_many(number, 'older change')} are only "
            "counted. `rag-assistant show ID` gives the text of each version."
        )
        console.print(Text(f"\n{note}", style="yellow"))


def _change(console: Console, change: dict[str, Any]) -> None:
    times = change["last_seen_before"], change["first_seen_after"]
    first, second = (day(one) for one in times)
    if first == second:
        first, second = (moment(one) for one in times)
    console.print(Text(f"\nChanged between {first} and {second}:", style="bold"))
    said = f"Version {change['from']}, then version {change['to']}"
    if change["words_removed"] is not None:
        removed, added = _many(change["words_removed"], "word"), change["words_added"]
        said += f": {removed} removed, {added:,} added"
    else:
        said += ": their words may not be shown"
    _indented(console, Text(said, style="dim"))
    if change["coarse"]:
        note = "Too long to be compared throughout: sentences that did not change may be marked."
        _indented(console, Text(note, style="yellow"))
    brackets = console.color_system is None
    for side, line in _lines(change["diff"], brackets=brackets):
        console.print(_signed(console, side, line))


def _signed(console: Console, side: str, line: Text) -> Text:
    """A sentence with its sign before it, wrapped beside it."""
    sign, style = _SIGNS[side]
    line.stylize_before(style)
    margin = " " * (_INDENT + len(sign) + 1)
    rows = line.wrap(console, max(1, console.width - len(margin)))
    whole = Text(f"\n{margin}").join(rows)
    return Text.assemble(" " * _INDENT, (sign, style), " ", whole)


def _lines(pieces: _Pieces, *, brackets: bool) -> Iterator[_Line]:
    """The sentences to show; long unchanged stretches are only counted."""
    at = 0
    for same, group in groupby(pieces, lambda one: one["op"] == "same"):
        stretch = list(group)
        if same:
            first, last = at == 0, at + len(stretch) == len(pieces)
            yield from _unchanged([_flat(one) for one in stretch], first=first, last=last)
        else:
            yield from _changed(stretch, brackets=brackets)
        at += len(stretch)


def _unchanged(sentences: Sequence[str], *, first: bool, last: bool) -> Iterator[_Line]:
    begin = 0 if first else _CONTEXT
    end = len(sentences) - (0 if last else _CONTEXT)
    if end - begin < 2:  # noqa: PLR2004 - a count is no shorter than one sentence
        begin = end = len(sentences)
    for one in sentences[:begin]:
        yield "same", Text(one)
    if begin < end:
        yield "same", Text(f"… {_many(end - begin, 'sentence')} unchanged …", style="italic")
    for one in sentences[end:]:
        yield "same", Text(one)


def _changed(stretch: _Pieces, *, brackets: bool) -> Iterator[_Line]:
    """Each sentence before its new wording, with what differs marked."""
    removed, added = (
        [_flat(one) for one in stretch if one["op"] == op] for op in ("removed", "added")
    )
    for before, after in pairs(removed, added):
        if before and after:
            compared = words(before, after)
            yield "removed", _marked(compared, "removed", brackets=brackets)
            yield "added", _marked(compared, "added", brackets=brackets)
        else:
            yield ("removed", Text(before)) if before else ("added", Text(after))


def _marked(compared: Sequence[Word], side: str, *, brackets: bool) -> Text:
    line = Text()
    for word in compared:
        if word.op == "same":
            line.append(word.text)
        elif word.op == side and brackets:
            line.append(word.text.join(_BRACKETS[side]))
        elif word.op == side:
            line.append(word.text, style="bold underline")
    return line


def _flat(piece: dict[str, Any]) -> str:
    return " ".join(piece["text"].split())


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _indented(console: Console, text: Text) -> None:
    console.print(Padding(text, (0, 0, 0, _INDENT), expand=False))
