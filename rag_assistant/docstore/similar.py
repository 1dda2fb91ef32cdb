"""Which documents hold nearly the same text as something else, found by the passages' signatures.

Similar means: at least one passage has about four fifths of its runs of three words in common with
one of theirs, as where search folds near-duplicates (see `duplicates`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from rag_assistant.docstore.queries import Bounds, within
from rag_assistant.docstore.tables import documents, passages
from rag_assistant.duplicates import LIKE, bands, likeness, stacked

_STEP = 10_000  # signatures held at a time


def similar_documents(
    connection: Connection, signatures: Iterable[bytes], left_out: Collection[str]
) -> list[str]:
    """Ids of documents that can be searched and hold similar text, in the order of their storing.

    Args:
        connection: Of the docstore.
        signatures: Of the passages to compare with.
        left_out: Documents that do not count.
    """
    wanted = stacked(sorted({one for one in signatures if one}))
    if not len(wanted):
        return []
    sought = [np.unique(band) for band in bands(wanted).T]
    found: dict[str, None] = {}
    for ids, held in _stored(connection):
        near = np.zeros(len(ids), dtype=bool)
        for theirs, band in zip(bands(held).T, sought, strict=True):
            near |= np.isin(theirs, band)
        for place in np.flatnonzero(near):
            document_id = ids[place]
            if document_id in found or document_id in left_out:
                continue
            if likeness(held[place].tobytes(), wanted).max() >= LIKE:
                found[document_id] = None
    return list(found)


def _stored(connection: Connection) -> Iterator[tuple[list[str], NDArray[np.uint8]]]:
    """Passages of what can be searched: their documents' ids and their signatures as rows."""
    rows = connection.execution_options(yield_per=_STEP).execute(
        select(passages.c.document_id, passages.c.signature)
        .join_from(passages, documents, passages.c.document_id == documents.c.id)
        .where(within(Bounds()), passages.c.signature != b"")
    )
    for part in rows.partitions():
        yield [row.document_id for row in part], stacked([row.signature for row in part])
