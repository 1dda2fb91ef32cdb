"""A docstore in a temporary folder, and a short way to put documents into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.rows import Origin
from rag_assistant.schema import Capture, Description, Document, Passage, Section

Put = Callable[..., tuple[str, str]]


@pytest.fixture
def docstore(tmp_path: Path) -> Iterator[Docstore]:
    store = Docstore(tmp_path / "data")
    yield store
    store.close()


@pytest.fixture
def public() -> CollectionConfig:
    return CollectionConfig(
        id="town", access="public", replay_url="https://replay.example/{timestamp}/{url}"
    )


@pytest.fixture
def put(docstore: Docstore, public: CollectionConfig) -> Put:
    """Put a one-sentence document: ``put("a.txt", "Words.", access="staff", capture=…)``."""

    def put_document(
        path: str,
        text: str,
        *,
        collection: CollectionConfig = public,
        capture: Capture | None = None,
        **said: Any,
    ) -> tuple[str, str]:
        docstore.put_collection(collection)
        section = Section(text=text)
        passage = Passage(start=0, end=len(text), text=text, sentences=((0, len(text)),))
        origin = Origin(
            collection=collection,
            path=path,
            record=capture.record_id if capture else None,
            capture=capture,
        )
        document = Document(
            description=Description(**{"title": path, **said}), sections=(section,), format="text"
        )
        return docstore.documents.put(origin, document, [[passage]])

    return put_document


def captured(
    record: str, timestamp: str, uri: str = "https://town.example/", **more: Any
) -> Capture:
    """A capture of the town's front page."""
    return Capture(uri=uri, timestamp=timestamp, record_id=record, offset=0, **more)
