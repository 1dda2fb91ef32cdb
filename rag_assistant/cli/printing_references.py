"""Checked references on a terminal, and where they are read from."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rag_assistant.errors import UsageError
from rag_assistant.readers.charset import decode

_INDENT = 2
_WORDS = {
    "conflict": ("CONFLICT", "bold red"),
    "matched": ("MATCHED", "bold green"),
    "close": ("CLOSE", "bold yellow"),
    "not_found": ("NOT FOUND", "bold"),
}


def typed(texts: Sequence[str], file: Path | None) -> str:
    """The references that were typed, or those of a file or of standard input.

    Raises:
        UsageError: Both are given, or the file cannot be read.
    """
    if file is not None:
        if texts:
            raise UsageError("There are references and a file.", "Give one of the two.")
        return _file(file)
    if not texts or list(texts) == ["-"]:
        return sys.stdin.read()
    return "\n\n".join(texts)


def references(found: Mapping[str, Any]) -> None:
    """One block a reference, conflicts first."""
    console = Console()
    for one in found["references"]:
        word, style = _WORDS[one["verdict"]]
        console.print(Text.assemble((f"{one['number']}. ", "bold"), (word, style)))
        _indented(console, " ".join(one["text"].split()), style="italic")
        for line in (one["summary"], *one["notes"]):
            _indented(console, line)
        for record in one["records"]:
            _record(console, record)
        _ways_on(console, one["next"])
        console.print()
    for line in found["passed_over"]:
        console.print(Text(f"Taken for no reference: {' '.join(line.split())}", style="dim"))
    counts = found["counts"]
    told = ", ".join(f"{counts[name]} {word.lower()}" for name, (word, _) in _WORDS.items())
    noun = "record" if found["searched"] == 1 else "records"
    console.print(Text(f"{told}; {found['searched']:,} {noun} searched.", style="dim"))


def _record(console: Console, record: Mapping[str, Any]) -> None:
    facts = (record["title"], record["creator"], record["date"], record["call_number"])
    _indented(console, "→ " + " · ".join(" ".join(one.split()) for one in facts if one))
    for line in _told(record):
        _indented(console, line, deeper=2, style="dim")


def _told(record: Mapping[str, Any]) -> Iterator[str]:
    if record["agrees"]:
        yield f"Agrees: {', '.join(record['agrees'])}"
    for one in record["differs"]:
        said, known = (one[side] or "not stated" for side in ("reference", "record"))
        yield f"Differs: {one['what']}. Reference: {said}. Record: {known}"
    where = record["catalogue_url"] or record["uri"]
    yield f"{record['document_id']}{'  ' if where else ''}{where}"


def _ways_on(console: Console, links: Sequence[Mapping[str, str]]) -> None:
    if not links:
        return
    labels = [one["label"] for one in links]
    next_steps = ", ".join(
        [labels[0], *(one if one == "WorldCat" else one.lower() for one in labels[1:])]
    )
    _indented(console, f"Next: {next_steps[0].lower()}{next_steps[1:]}.")
    for one in links:
        if one["url"]:
            console.print(Text(" " * 2 * _INDENT + one["url"], style="dim"), soft_wrap=True)


def _indented(console: Console, line: str, *, deeper: int = 0, style: str = "") -> None:
    console.print(Padding(Text(line, style=style), (0, 0, 0, _INDENT + deeper), expand=False))


def _file(path: Path) -> str:
    try:
        return decode(path.read_bytes())[0]
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", "Name a file of text, BibTeX or RIS."
        ) from error
