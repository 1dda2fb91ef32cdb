"""The receipt of a take-down, in words that claim no more than is known."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rag_assistant.cli.printing import many, visible
from rag_assistant.docstore.receipts import Receipt, SimilarItem, SourceFile

_HEADS = {
    "hidden": ("hidden", "would be hidden"),
    "removed": ("removed", "would be removed"),
    "restored": ("allowed again", "would be allowed again"),
}
_SIMILAR = "a passage that shares about four fifths of its runs of three words with one of these"


def receipt(done: Receipt) -> None:
    """What a take-down did, what it left, and since when it holds."""
    console = Console()
    words, would = _HEADS[done.action]
    console.print(Text(visible(f"{done.item}: {would if done.dry_run else words}."), style="bold"))
    lines = _restored(done) if done.action == "restored" else _taken_down(done)
    for line in lines:
        console.print(Padding(Text(visible(line)), (0, 0, 0, 2), expand=False))


def _restored(done: Receipt) -> list[str]:
    here = f"Here: {many(done.documents, 'document')}, {many(done.passages, 'passage')}."
    return [here, "What was removed comes back with the next `rag-assistant index`."]


def _taken_down(done: Receipt) -> list[str]:
    gone = f"{many(done.documents, 'document')}, {many(done.passages, 'passage')}"
    captures = f" ({many(done.captures, 'capture')})" if done.captures else ""
    begin = "Would no longer be findable here" if done.dry_run else "No longer findable here"
    lines = [f"{begin}: {gone}{captures}."]
    if done.staying:
        lines.append(f"Stays, by its other captures: {many(done.staying, 'document')}.")
    files = [_file(one) for one in done.sources]
    if done.source_count > len(files):
        files.append(f"{done.source_count - len(files):,} more files")
    exists = f"source file {', '.join(files)}; " if files else ""
    lines.append(f"Still exists in: {exists}perhaps backups and saved answers.")
    if done.similar_count:
        lines.append(
            f"Similar text still searchable: {many(done.similar_count, 'item')} (with {_SIMILAR}):"
        )
        lines += [f"  {_similar(one)}" for one in done.similar]
        if done.similar_count > len(done.similar):
            lines.append(f"  … {done.similar_count - len(done.similar):,} more")
    else:
        lines.append(f"Similar text still searchable: none was found (with {_SIMILAR}).")
    return lines if done.dry_run else [*lines, *_times(done)]


def _times(done: Receipt) -> list[str]:
    """Since when it holds, or what finishes it."""
    lines = []
    if done.hidden:
        lines.append(f"Hidden {done.hidden}: every index has followed.")
    else:
        lines.append(
            "Not yet hidden in every index, though no answer shows it: whoever owns the indexes"
            " stands still."
        )
    if done.action == "removed" and done.erased:
        lines.append(
            f"Erased {done.erased}: both indexes stand in new folders, the old ones are deleted,"
            " both SQLite files are rewritten."
        )
    elif done.action == "removed":
        lines.append("Not yet erased: its bytes may still be in files of the data folder.")
    if not done.done:
        lines.append(
            "A running server, the next `index`, or the same command again does the rest;"
            " `rag-assistant repair` makes sure."
        )
    return lines


def _file(one: SourceFile) -> str:
    missing = "" if one.there else ", not found there now"
    return f"{one.path} (of '{one.collection}', {one.folder}{missing})"


def _similar(one: SimilarItem) -> str:
    return " · ".join(
        part for part in (one.document_id, one.title, one.uri, one.collection) if part
    )
