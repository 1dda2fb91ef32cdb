"""Documents and sections that are read together are bounded as those read one by one."""

from __future__ import annotations

import pytest

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.sqlite import VARIABLES
from rag_assistant.errors import NotFoundError

from .conftest import Put

PUBLIC = Bounds(access=("public",))


def test_many_come_at_once(docstore: Docstore, put: Put) -> None:
    ids = [put(f"{number}.txt", f"Words {number}.")[0] for number in range(3)]
    sections = [docstore.changes.entries([one])[0].section_id for one in ids]
    documents = docstore.library.documents(ids, PUBLIC)
    assert {one: row["title"] for one, row in documents.items()} == {
        one: f"{number}.txt" for number, one in enumerate(ids)
    }
    stored = docstore.library.sections_by_id(sections, PUBLIC)
    assert [stored[one].section.text for one in sections] == [f"Words {n}." for n in range(3)]
    assert docstore.library.documents([], PUBLIC) == {}
    assert docstore.library.sections_by_id([], PUBLIC) == {}


def test_more_than_one_statement_holds(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.txt", "Words.")
    (entry,) = docstore.changes.entries([document_id])
    asked = [document_id] * (VARIABLES + 1)
    assert docstore.library.documents(asked, PUBLIC).keys() == {document_id}
    sections = [entry.section_id] * (VARIABLES + 1)
    assert docstore.library.sections_by_id(sections, PUBLIC).keys() == {entry.section_id}


def test_one_that_may_not_be_seen_is_missing(docstore: Docstore, put: Put) -> None:
    seen, _ = put("a.txt", "For all.")
    kept, _ = put("b.txt", "For the staff.", access="staff")
    sections = [entry.section_id for entry in docstore.changes.entries([seen, kept])]
    assert docstore.library.documents([seen, kept], Bounds()).keys() == {seen, kept}
    with pytest.raises(NotFoundError, match=kept):
        docstore.library.documents([seen, kept], PUBLIC)
    with pytest.raises(NotFoundError):
        docstore.library.sections_by_id(sections, PUBLIC)
