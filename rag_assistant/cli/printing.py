"""What people read on a terminal. Everything is printed as plain text: sources hold no markup.

Nor may they steer the terminal: see `visible`.
"""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rag_assistant import dates
from rag_assistant.health import Finding
from rag_assistant.noting import on_source
from rag_assistant.report import Report

_SNIPPET = 300
_LISTED = 10
_PLANNED = 20
_NOT_KEPT = "questions and answers: not kept"
# Control characters as the pictures of themselves, what turns the direction of writing as U+FFFD.
_SHOWN = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"},
    0x7F: 0x2421,
    **dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD),
}


def visible(found: Any) -> Any:
    """The same with all control characters made visible, one for one: spans still fit."""
    if isinstance(found, str):
        return found.translate(_SHOWN)
    if isinstance(found, list):
        return [visible(one) for one in found]
    if isinstance(found, dict):
        return {name: visible(value) for name, value in found.items()}
    return found


def hits(found: dict[str, Any]) -> None:
    """Ranked passages."""
    console = Console()
    if not found["hits"]:
        console.print("No passage was found. Try other words, or fewer filters.")
    for hit in found["hits"]:
        head = Text(f"{hit['rank']:>2}. ", style="dim")
        head.append(hit["title"], style="bold")
        head.append("".join(f" · {part}" for part in _places(hit)))
        console.print(head)
        for told in on_source(hit["described_by"], ""):
            indented(console, Text(told, style="yellow"))
        for notice in hit["notices"]:
            indented(console, notice_line(notice))
        text = " ".join(hit["text"].split())
        indented(console, Text(_cut(text, _SNIPPET)))
        beneath = len(hit["near_duplicates"])
        more = f" · and {beneath} more like it" if beneath else ""
        indented(console, Text(hit["passage_id"] + more, style="dim"), below=1)


def stored_text(found: dict[str, Any]) -> None:
    """A document or section, or a passage marked in its section."""
    console = Console()
    console.print(Text(found["title"], style="bold"))
    facts = [found["creator"], found["date"], found["kind"], found["rights"]["label"]]
    console.print(Text(" · ".join(fact for fact in facts if fact), style="dim"))
    for told in on_source(found["described_by"], found["text_origin"]):
        console.print(Text(told, style="yellow"))
    for note in found["notices"]:
        console.print(notice_line(note))
    if found["type"] == "document":
        for section in found["sections"]:
            _section(console, section)
    else:
        _section(console, found, found.get("start"), found.get("end"))


def status(found: dict[str, Any]) -> None:
    """Collections, indexes and what is wrong."""
    console = Console()
    table = Table("Collection", "Access", "Documents", "Passages", "Failed", box=None)
    for row in found["collections"]:
        table.add_row(
            row["id"],
            row["access"],
            *(f"{row[name]:,}" for name in ("documents", "passages", "failed")),
        )
    console.print(table)
    for name, index in found["indexes"].items():
        behind = f"{index['lag']:,} changes behind, {share(index['coverage'])} of the passages"
        partly = index["lag"] or index["coverage"] < 1
        console.print(f"{name} index: " + (behind if partly else "up to date"))
    _answerer(console, found["answerer"])
    made = found["embedding"]
    console.print(Text(f"embedding: {made['model']} by {made['backend']} ({made['reason']})"))
    days = found["retention"]["days"]
    console.print(f"questions and answers: kept for {many(days, 'day')}" if days else _NOT_KEPT)
    for failure in found["failures"][:_LISTED]:
        console.print(Text(f"failed: {_item(failure)}", style="yellow"))
    if len(found["failures"]) > _LISTED:
        console.print(f"… {len(found['failures']) - _LISTED} more: rag-assistant status --json")
    restricted = found["restricted_in_words"]
    for row in restricted[:_LISTED]:
        console.print(Text(f"staff only by its own words: {row['title']}: {row['access_note']}"))
    if len(restricted) > _LISTED:
        console.print(f"… {len(restricted) - _LISTED:,} more: rag-assistant status --json")
    for row in found["takedowns"]:
        console.print(Text(f"{row['action']} {row['at'][:10]}: {row['item']} {row['reason']}"))
    if found["erasing"]:
        console.print(
            "What was removed is not yet erased: its bytes may still be in files of the data"
            " folder. Finish it: rag-assistant repair",
            soft_wrap=True,
        )
    for problem in found["problems"]:
        console.print(Text(f"{problem} Mend it: rag-assistant repair", style="red"))


def _answerer(console: Console, used: dict[str, Any]) -> None:
    """What answers, who waits for it, and what is wrong with its hosts."""
    reason = f" ({used['reason']})" if used["reason"] else ""
    console.print(Text(f"answers: {used['model'] or used['active']}{reason}"))
    if used["waiting"]:
        console.print(f"questions that wait for the model: {used['waiting']}")
    for host in used["hosts"]:
        if host["fault"]:
            console.print(Text(f"{host['url']}: {host['fault']}", style="yellow"))


def report(done: Report) -> None:
    """What indexing did."""
    console = Console()
    change = ", ".join(
        f"{done.documents[name]:,} {name}"
        for name in ("added", "changed", "unchanged", "removed")
        if done.documents[name]
    )
    total = done.outcomes
    if done.dry_run:
        console.print(f"Nothing was written. Files: {change or 'no change'}.")
        _planned(console, done)
        return
    console.print(
        f"Read {many(done.files, 'file')} and {many(total.records, 'record')}"
        f" in {done.seconds:.1f} s: documents {change or 'none'};"
        f" {many(total.captures, 'capture')}, {many(done.passages, 'passage')}."
    )
    for reason, number in sorted(total.skipped.items()):
        console.print(Text(f"  skipped {number:,}: {reason}", style="dim"))
    for item in done.failed[:_LISTED]:
        console.print(Text(f"  failed: {_item(item.to_dict())}", style="yellow"))
    if sum(total.failed.values()) > _LISTED:
        console.print(f"  … all failures: rag-assistant status --json ({total.failed.total()})")


def withheld(done: Report, paths: Iterable[Path]) -> None:
    """Removals that wait for a person's word, and the command that gives it."""
    console = Console(stderr=True)
    for collection, one in done.withheld.items():
        console.print(
            Text(
                f"{one.documents:,} of {one.of:,} documents of '{collection}' would be removed,"
                f" because {_have(one.files)} gone or shrunken; they stay.",
                style="yellow",
            )
        )
    again = " ".join(shlex.quote(str(path)) for path in paths)
    console.print(Text(f"  If that is right: rag-assistant index {again} --yes"))


def _have(files: int) -> str:
    return "1 file is" if files == 1 else f"{files:,} files are"


def _planned(console: Console, done: Report) -> None:
    """The first files that a run would add, change and remove."""
    for change, paths in sorted(done.planned.items()):
        for path in paths[:_PLANNED]:
            console.print(Text(visible(f"  {change}: {path}"), style="dim"))
        if done.documents[change] > _PLANNED:
            more = done.documents[change] - _PLANNED
            console.print(f"  … {more:,} more {change}: rag-assistant index … --dry-run --json")


def repaired(found: Mapping[str, str]) -> None:
    """What a repair found."""
    if not found:
        print("Every index agrees with the docstore.")
    for name, fault in found.items():
        print(f"The {name} index {fault}; it has been rebuilt.")


def findings(found: Iterable[Finding]) -> None:
    """What `doctor` found."""
    console = Console()
    for one in found:
        mark = ("✓", "green") if one.good else ("✗", "red") if one.needed else ("–", "yellow")
        console.print(Text(f"{mark[0]} ", style=mark[1]) + Text(f"{one.name}: {one.text}"))
        if one.hint and not one.good:
            console.print(Text(f"    {one.hint}", style="bold"))


def serving(address: str, staff_link: str) -> None:
    """Where the server can be reached."""
    print(f"The desk is at {address}", flush=True)
    print(f"For staff, once: {staff_link}", flush=True)
    print("Stop it with Ctrl-C.", flush=True)


def after_demo(data: Path) -> None:
    """What to do next."""
    typed = sys.argv[0] if Path(sys.argv[0]).name == "rag-assistant" else "rag-assistant"
    print(f"\nAsk more: {typed} --data {data} ask 'your question'")
    print(f"Open the desk: {typed} --data {data} serve")


def notice_line(notice: dict[str, str]) -> Text:
    """A notice in one line: what it is, its words, in which language, and whose they are."""
    line = Text(f"{notice['type']}: ", style="bold yellow")
    line.append(notice["text"], style="yellow")
    language = f"[{notice['language']}]" if notice["language"] else ""
    owner = f"— {notice['community']}" if notice["community"] else ""
    line.append("".join(f" {one}" for one in (language, owner, notice["uri"]) if one))
    return line


def indented(console: Console, text: Text, *, below: int = 0) -> None:
    """A paragraph set in, with empty lines below it."""
    console.print(Padding(text, (0, 0, below, 4), expand=False))


def many(number: int, noun: str) -> str:
    """A number and what is counted, in its plural where that is due."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _section(
    console: Console, section: dict[str, Any], start: int | None = None, end: int | None = None
) -> None:
    if section["headings"]:
        console.print(Text("\n" + " › ".join(section["headings"]), style="bold"))
    text = Text("\n" + section["text"])
    if start is not None and end is not None:
        text.stylize("reverse", start + 1, end + 1)
    console.print(text)


def _places(hit: dict[str, Any]) -> list[str]:
    versions = f"{hit['versions']} versions" if hit["versions"] > 1 else ""
    at = hit["captured_at"]
    captured = f"captured {dates.iso_date(dates.capture_day(at))}" if at else ""
    link = hit["archive_url"] or hit["uri"]
    return [part for part in (hit["locator"], captured, versions, link) if part]


def _item(item: dict[str, Any]) -> str:
    reason = item["reason"] + (f": {item['detail']}" if item.get("detail") else "")
    record = f" {item['record']}" if item["record"] else ""
    return f"{item['path']}{record}: {reason}"


def share(part: float) -> str:
    """Rounded down: what is not quite all is never called so."""
    return f"{math.floor(part * 100 + 1e-6)} %"  # .29 * 100 is a little less than 29


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: text.rfind(" ", 0, length)] + " …"
