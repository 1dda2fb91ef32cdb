"""Metadata tables of CollectionBuilder: each row is what a cataloguer says of an item.

A transcript that stands in the table is the item's own words: a document of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from rag_assistant.errors import SkippedError
from rag_assistant.ports import Leaf
from rag_assistant.readers.container import Inside, Make, records
from rag_assistant.readers.item_tables import (
    by_small_names,
    described,
    is_file_name,
    undated,
)
from rag_assistant.readers.tables import Ids, Row, Table, table
from rag_assistant.schema import Document, Section

FORMAT = "collectionbuilder"
# What a table holds for programs: where files lie and how they are shown.
_NOT_TO_READ = frozenset(
    {
        "objectid", "parentid", "filename", "youtubeid", "vimeoid", "format", "type", "language",
        "latitude", "longitude", "display_template", "object_location", "object_download",
        "image_small", "image_thumb", "object_thumb", "object_transcript", "reference_url",
        "rightsstatement", "date-is-approximate?", "pdf",
    }
)  # fmt: skip
_DEEPEST = 20
_Parents = Mapping[str, tuple[str, str]]  # an object's title, and the object that it is a part of


def read(stream: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read a table, row by row.

    Raises:
        FailedError: It cannot be taken apart, at once or from some row on.
    """
    parents: dict[str, tuple[str, str]] = {}
    with table(stream) as found:
        if "parentid" in map(str.lower, found.columns):
            cells = (by_small_names(row.cells) for row in found.rows)
            parents = {
                row["objectid"]: (row.get("title", ""), row.get("parentid", ""))
                for row in cells
                if "objectid" in row
            }
    with table(stream) as found:
        yield from records(_found(found, parents), inside)


def _found(items: Table, parents: _Parents) -> Iterator[tuple[str, Make]]:
    ids = Ids()
    for row in items.rows:
        cells = by_small_names(row.cells)
        record = ids.of(cells.get("objectid", ""), row.number)
        path = _path(cells.get("parentid", ""), parents)
        yield record, partial(_item, row, path)
        spoken = cells.get("object_transcript", "")
        if spoken and not is_file_name(spoken):
            yield f"{record}#transcript", partial(_transcript, row, path)


def _path(parent: str, parents: _Parents) -> tuple[str, ...]:
    """The titles of the objects above an item, the outermost first."""
    path: list[str] = []
    while parent in parents and len(path) < _DEEPEST:
        title, parent = parents[parent]
        path.append(title)
    return tuple(title for title in reversed(path) if title)


def _item(row: Row, path: tuple[str, ...]) -> Document:
    cells = by_small_names(row.whole())
    paragraphs = [
        f"{_label(name)}: {value}" for name, value in cells.items() if name not in _NOT_TO_READ
    ]
    if not paragraphs:
        raise SkippedError("no text", "the row describes nothing in words")
    description = described(cells, path)
    return Document(
        description=replace(description, kind="catalogue record", described_by="cataloguer"),
        sections=(Section(text="\n\n".join(paragraphs)),),
        format=FORMAT,
        notes=undated(cells),
    )


def _transcript(row: Row, path: tuple[str, ...]) -> Document:
    cells = by_small_names(row.whole())
    description = described(cells, path)
    return Document(
        description=replace(description, kind="transcript", text_origin="transcript"),
        sections=(Section(text=cells["object_transcript"]),),
        format=FORMAT,
    )


def _label(column: str) -> str:
    """The name of a column as people write it: "image_alt_text" gives "Image alt text"."""
    words = " ".join(column.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]
