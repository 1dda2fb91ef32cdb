"""A recorded run beside today's, on a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rag_assistant.cli import printing_answers


def rerun(found: dict[str, Any]) -> None:
    """Whether the same was found and said; where not, what differs and today's answer."""
    console = Console()
    console.print(Text(_passages(found), style="bold"))
    if found["changed"]:
        console.print(_table(found["changed"]))
    same = found["same_answer"]
    console.print(Text("The answer is the same." if same else "The answer differs.", style="bold"))
    for reason in found["reasons"]:
        console.print(Text(f"  {'note' if same else 'reason'}: {reason}"))
    if not same:
        printing_answers.answer(found["answer"])


def _passages(found: dict[str, Any]) -> str:
    if found["same_passages"]:
        return "The same passages were found, in the same order."
    if not found["changed"]:
        return "The same passages were found in the same order, with other scores."
    return f"{len(found['changed'])} passages differ from the record."


def _table(changed: list[dict[str, Any]]) -> Table:
    table = Table("Passage", "Then", "Now", box=None)
    for one in changed:
        table.add_row(one["passage_id"], _place(one["before"]), _place(one["now"]))
    return table


def _place(rank: int | None) -> str:
    return "not found" if rank is None else f"{rank}."
