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
    console.print(Text(visible(f"{done.item}: {_head(done)}."), style="bold"))
    lines = _restored(done) if done.action == "restored" else _taken_down(done)
    for line in lines:
        console.print(Padding(Text(visible(line)), (0, 0, 0, 2), expand=False))


def _head(done: Receipt) -> str:
    words, would = _HEADS[done.action]
    if done.since and done.action != "restored":
        return f"already {words} on {done.since[:10]}"
    said = would if done.dry_run else words
    return f"{said} ({done.lifted} on {done.since[:10]})" if done.since else said


def _restored(done: Receipt) -> list[str]:
    lines = []
    if done.lifted == "removed":
        lines.append(
            "The next `rag-assistant index` of a folder that still holds it brings it back."
        )
    if not (done.documents or done.staying):
        return lines
    number = f"{many(done.documents, 'document')}, {many(done.passages, 'passage')}"
    if done.dry_run:
        return [*lines, f"Would be shown again, unless another take-down hides it: {number}."]
    if done.staying:
        lines.append(f"Still hidden by another take-down: {many(done.staying, 'document')}.")
    if not done.documents:
        return lines
    lines.append(f"Shown again: {number}.")
    if done.followed:
        return [*lines, f"Findable again {done.followed}: every index has followed."]
    waiting = "Not yet findable in every index: a running server or the next `index` sees to it."
    return [*lines, waiting]


def _taken_down(done: Receipt) -> list[str]:
    if done.forgotten:
        untold = "Where it came from, and what is similar to it, is not known any more."
        return ["Nothing that is stored is named by it now.", untold, *_times(done)]
    lines = [_gone(done)]
    if done.staying:
        lines.append(f"Stays, by its other captures: {many(done.staying, 'document')}.")
    if done.failures:
        went = "Would be taken" if done.dry_run else "Taken"
        lines.append(f"{went} out of what is recorded of {many(done.failures, 'failure')}.")
    return [*lines, *_elsewhere(done), *_alike(done), *_times(done)]


def _gone(done: Receipt) -> str:
    gone = f"{many(done.documents, 'document')}, {many(done.passages, 'passage')}"
    captures = f" ({many(done.captures, 'capture')})" if done.captures else ""
    begin = "No longer findable here"
    if done.dry_run and not done.since:
        begin = "Would no longer be findable here"
    return f"{begin}: {gone}{captures}."


def _elsewhere(done: Receipt) -> list[str]:
    """Where it still exists, as far as anybody looked."""
    there = [_file(one) for one in done.sources if one.there]
    missing = [_file(one) for one in done.sources if not one.there]
    unseen = (done.source_count or 0) - len(done.sources)
    places = ["this data folder, hidden"] if done.action == "hidden" else []
    places += [f"source file {', '.join(there)}"] if there else []
    lines = [f"Still exists in: {'; '.join([*places, 'perhaps backups and saved answers'])}."]
    if missing:
        lines.append(f"Not found any more: source file {', '.join(missing)}.")
    if unseen:
        lines.append(f"Was read from {many(unseen, 'more file')}, not looked for.")
    return lines


def _alike(done: Receipt) -> list[str]:
    if done.similar_count is None:
        return ["Similar text still searchable: not looked for; the text itself is deleted."]
    if not done.similar_count:
        return [f"Similar text still searchable: none was found (with {_SIMILAR})."]
    number = many(done.similar_count, "item")
    lines = [f"Similar text still searchable: {number} (with {_SIMILAR}):"]
    lines += [f"  {_similar(one)}" for one in done.similar]
    if done.similar_count > len(done.similar):
        lines.append(f"  … {done.similar_count - len(done.similar):,} more")
    return lines


def _times(done: Receipt) -> list[str]:
    """Since when it holds, or what finishes it."""
    if done.dry_run:
        return []
    lines = ["Not yet hidden in every index, though no answer shows it."]
    if done.hidden:
        lines = [f"Hidden {done.hidden}: no index finds it any more."]
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
            " `rag-assistant status` tells how far the indexes are."
        )
    return lines


def _file(one: SourceFile) -> str:
    return f"{one.path} (of '{one.collection}', {one.folder})"


def _similar(one: SimilarItem) -> str:
    return " · ".join(
        part for part in (one.document_id, one.title, one.uri, one.collection) if part
    )
