"""Documents and sections that are read together are bounded as those read one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import dialect

from rag_assistant.docstore import Docstore, sqlite
from rag_assistant.docstore.queries import Bounds, within
from rag_assistant.docstore.sqlite import VARIABLES
from rag_assistant.docstore.tables import documents
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


def test_ids_are_looked_up_where_a_collection_is_asked_for(docstore: Docstore, put: Put) -> None:
    put("a.txt", "Words.")
    asked = select(documents.c.id).where(
        documents.c.id.in_(["a", "b"]), within(Bounds(collections=("town",)))
    )
    compiled = asked.compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
    with sqlite.reading(docstore._engine) as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
    assert "(id=?)" in plan[0][3], plan
