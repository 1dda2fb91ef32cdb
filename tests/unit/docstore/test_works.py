"""By what works are looked up: written with a document, changed with it, gone with it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.schema import Record

from .conftest import Put, captured

PUBLIC = Bounds(access=("public",))


def found(docstore: Docstore, scheme: str, key: str, bounds: Bounds = PUBLIC) -> list[str]:
    return docstore.works.by_identifiers([(scheme, key)], bounds, 10).get((scheme, key), [])


def test_all_identifiers_and_both_titles_lead_to_a_document(docstore: Docstore, put: Put) -> None:
    record = Record(identifiers=(("isbn", "0-201-61622-X"), ("isbn", "978-0-596-00085-1")))
    one, _ = put("a.mrc", "Words.", title="Bridges: a history", record=record)
    other, _ = put("b.md", "Words.", title="Mills", identifiers={"doi": "10.1/X"}, access="staff")
    assert found(docstore, "isbn", "9780201616224") == [one]
    assert found(docstore, "isbn", "9780596000851") == [one]
    assert docstore.works.by_titles(["bridges", "bridges a history"], PUBLIC, 10) == [one]
    assert found(docstore, "doi", "10.1/x") == []
    assert docstore.works.by_titles(["mills"], PUBLIC, 10) == []
    assert found(docstore, "doi", "10.1/x", Bounds()) == []  # of too few digits to be a DOI
    assert docstore.works.by_titles(["mills"], Bounds(), 10) == [other]
    assert docstore.works.rows([one, other], PUBLIC).keys() == {one}


def test_a_changed_document_has_only_its_new_ones(docstore: Docstore, put: Put) -> None:
    put("a.md", "Words.", title="Bridges", identifiers={"oclc": "49044"})
    one, change = put("a.md", "Words.", title="Mills", identifiers={"oclc": "ocm00049055"})
    assert change == "changed"
    assert docstore.works.by_titles(["bridges"], PUBLIC, 10) == []
    assert found(docstore, "oclc", "49044") == []
    assert found(docstore, "oclc", "49055") == [one]
    docstore.takedown.remove(one, "")
    assert found(docstore, "oclc", "49055", Bounds()) == []


def test_an_address_finds_pages_and_captures(docstore: Docstore, put: Put) -> None:
    plain, _ = put("a.txt", "Minutes.", uri="http://town.example/minutes")
    page, _ = put("a.warc", "Open.", capture=captured("r1", "20180101000000"))
    assert found(docstore, "url", "town,example)/minutes") == []
    assert found(docstore, "url", "example,town)/minutes") == [plain]
    assert found(docstore, "url", "example,town)/") == [page]


def test_an_earlier_version_gains_both_tables(tmp_path: Path, docstore: Docstore, put: Put) -> None:
    one, _ = put("a.md", "Words.", title="Bridges: a history", identifiers={"oclc": "49044"})
    docstore.close()
    with sqlite3.connect(tmp_path / "data" / "docstore.sqlite") as connection:
        for table in ("identifiers", "titles"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("UPDATE meta SET value = '6' WHERE key = 'schema_version'")
    store = Docstore(tmp_path / "data")
    assert found(store, "oclc", "49044") == [one]
    assert store.works.by_titles(["bridges"], PUBLIC, 10) == [one]
    store.close()
