"""A small library of records, and a checker over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag_assistant.checking import Checker
from rag_assistant.checking.report import CheckReport
from rag_assistant.collection import CollectionConfig
from rag_assistant.config import CheckingSettings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.rows import Origin
from rag_assistant.ports import Index, Vectors
from rag_assistant.schema import Agent, Description, Document, Passage, Record, Section
from tests.fakes import FakeIndex

PUBLIC = CollectionConfig(
    id="books", access="public", catalogue_url="https://catalogue.example.org/{id}"
)
Add = Callable[..., str]
Check = Callable[..., CheckReport]


class Shelves:
    """Only the lexical index, of all that the docstore holds."""

    def __init__(self, docstore: Docstore) -> None:
        self._docstore = docstore
        self.lexical: Index | None = FakeIndex()
        self.vectors: Index | None = None

    def held(self) -> dict[str, int]:
        return {"lexical": self._docstore.changes.last_seq()} if self.lexical else {}

    def embed_question(self, question: str) -> Vectors:
        raise AssertionError("a reference is never embedded")

    def passage_vectors(self, hashes: dict[str, str]) -> dict[str, Vectors]:
        return {}

    def entry_vectors(self, hashes: Sequence[str]) -> Vectors:
        return np.zeros((0, 1), dtype=np.float32)


@pytest.fixture
def docstore(tmp_path: Path) -> Iterator[Docstore]:
    store = Docstore(tmp_path / "data")
    yield store
    store.close()


@pytest.fixture
def shelves(docstore: Docstore) -> Shelves:
    return Shelves(docstore)


@pytest.fixture
def add(docstore: Docstore, shelves: Shelves) -> Add:
    """Add a record: ``add("Title", "Family, Given", issued="1868", isbn="…")``; its id."""

    def add_record(
        title: str,
        *people: str,
        access: str | None = None,
        use: str | None = None,
        into: CollectionConfig = PUBLIC,
        numbers: Sequence[tuple[str, str]] = (),
        **facts: Any,
    ) -> str:
        docstore.put_collection(into)
        agents = []
        for one in people:
            family, comma, given = one.partition(", ")
            agents.append(Agent(family=family, given=given) if comma else Agent(literal=one))
        record = Record(title=title, agents=tuple(agents), identifiers=tuple(numbers), **facts)
        description = Description(
            title=title,
            creator="; ".join(people),
            identifiers=dict(reversed(numbers)),
            described_by="cataloguer",
            record=record,
            access=access,  # type: ignore[arg-type]
            use=use,  # type: ignore[arg-type]
        )
        text = f"{title}. {'; '.join(people)}."
        passage = Passage(start=0, end=len(text), text=text, sentences=((0, len(text)),))
        number = len(docstore.documents.ids())
        document_id, _ = docstore.documents.put(
            Origin(collection=into, path=f"{into.id}.mrc", record=str(number)),
            Document(description=description, sections=(Section(text=text),), format="marc"),
            [[passage]],
        )
        if isinstance(shelves.lexical, FakeIndex):
            shelves.lexical.apply([], docstore.changes.entries([document_id]))
        return document_id

    return add_record


@pytest.fixture
def check(docstore: Docstore, shelves: Shelves) -> Check:
    """Check references, for the public where nothing else is said."""
    checker = Checker(docstore, shelves, CheckingSettings())

    def check_references(text: str, audience: str = "public") -> CheckReport:
        return checker.check(text, audience)  # type: ignore[arg-type]

    return check_references
