"""Collections of short texts: a passage each, and little to embed."""

from __future__ import annotations

from pathlib import Path
from random import Random

from evals.bench import prose

_A_FOLDER = 1_000  # files
_ENTRIES = 100  # of a chronicle


def write_notes(folder: Path, number: int) -> None:
    """A public collection of so many short notes."""
    draw = Random(number)  # noqa: S311 - the same each time
    topics = list(prose.ENGLISH.topics)
    for at in range(number):
        path = folder / f"{at // _A_FOLDER:03}" / f"note-{at:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        topic = draw.choice(topics)
        text = prose.filled(draw, draw.choice(prose.ENGLISH.templates), prose.ENGLISH, topic)
        path.write_text(f"{text}\n", encoding="utf-8")
    (folder / "collection.toml").write_text(
        'id = "notes"\ntitle = "notes"\naccess = "public"\nlanguage = "en"\n', encoding="utf-8"
    )


def write_chronicles(folder: Path, passages: int) -> None:
    """A public collection of so many short entries, each under a heading and so a passage."""
    draw = Random(passages)  # noqa: S311 - the same each time
    folder.mkdir(parents=True)
    topics = list(prose.ENGLISH.topics)
    for start in range(0, passages, _ENTRIES):
        lines = [f"# Chronicle {start // _ENTRIES}"]
        for at in range(start, min(start + _ENTRIES, passages)):
            topic = draw.choice(topics)
            text = prose.filled(draw, draw.choice(prose.ENGLISH.templates), prose.ENGLISH, topic)
            lines += [f"## Entry {at}", text]
        path = folder / f"chronicle-{start:06}.md"
        path.write_text("\n\n".join(lines), encoding="utf-8")
    (folder / "collection.toml").write_text(
        'id = "chronicles"\ntitle = "chronicles"\naccess = "public"\nlanguage = "en"\n',
        encoding="utf-8",
    )
