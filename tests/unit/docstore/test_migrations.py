"""A data folder of an earlier version is brought up to date, and loses nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.errors import DocstoreError, GoneError, NotFoundError

from .conftest import Put, captured

NEW_COLUMNS = {"captures": ("address", "site", "member", "title"), "passages": ("signature",)}
NEW_TABLES = ("misses", "set_aside", "revisits", "lines", "furniture", "unsettled", "resplits")
NEW_TRIGGERS = tuple(f"captures_on_{change}" for change in ("insert", "update", "delete"))
NEW_INDEXES = ("captures_by_address", "captures_by_site")


def test_the_first_version_gains_what_is_new(tmp_path: Path, docstore: Docstore, put: Put) -> None:
    put("a.warc", "Open on Mondays.", capture=captured("r1", "20180101000000"), title="Front page")
    docstore.close()
    path = tmp_path / "data" / "docstore.sqlite"
    with sqlite3.connect(path) as connection:  # as the first version left it
        for trigger in NEW_TRIGGERS:
            connection.execute(f"DROP TRIGGER {trigger}")
        for index in NEW_INDEXES:
            connection.execute(f"DROP INDEX {index}")
        for table, columns in NEW_COLUMNS.items():
            for column in columns:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        for table in NEW_TABLES:
            connection.execute(f"DROP TABLE {table}")
        connection.execute("INSERT INTO files VALUES ('town', 'a.warc', 1, 1, '', '', '{}')")
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
    store = Docstore(tmp_path / "data")
    assert "a.warc" not in store.files.states("town")  # it will be read again
    assert [seen.address for seen in store.captures.of(_only_document(path))] == ["example,town)/"]
    store.close()
    with sqlite3.connect(path) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        assert connection.execute("SELECT title FROM captures").fetchall() == [("Front page",)]
    assert names >= {*NEW_TABLES, *NEW_INDEXES, *NEW_TRIGGERS, "misses_on_insert"}


def test_the_third_version_gains_addresses_of_plain_documents(
    tmp_path: Path, docstore: Docstore, put: Put
) -> None:
    put("a.txt", "Minutes.", uri="http://town.example/board/")
    put("b.txt", "Lost.")
    gone, _ = put("c.txt", "Gone.")
    docstore.takedown.remove(gone)
    docstore.close()
    path = tmp_path / "data" / "docstore.sqlite"
    with sqlite3.connect(path) as connection:  # as the third version left it
        connection.execute("DROP INDEX documents_by_address")
        connection.execute("ALTER TABLE documents DROP COLUMN address")
        for column in ("facts", "erased"):
            connection.execute(f"ALTER TABLE tombstones DROP COLUMN {column}")
        connection.execute("UPDATE meta SET value = '3' WHERE key = 'schema_version'")
    store = Docstore(tmp_path / "data")
    assert store.takedown.remove(gone).forgotten
    assert store.takedown.preview("https://www.town.example/board", "removed").documents == 1
    store.close()
    with sqlite3.connect(path) as connection:
        addresses = dict(connection.execute("SELECT path, address FROM documents"))
    assert addresses == {"a.txt": "example,town)/board", "b.txt": ""}


def test_what_was_stored_before_passages_had_languages_is_read_and_stored_anew(
    tmp_path: Path, docstore: Docstore, put: Put
) -> None:
    put("a.warc", "Open on Mondays.", capture=captured("r1", "20180101000000"))
    docstore.close()
    path = tmp_path / "data" / "docstore.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE passages DROP COLUMN language")
        connection.execute("INSERT INTO files VALUES ('town', 'a.warc', 1, 1, '', '', '{}')")
        connection.execute("UPDATE meta SET value = '6' WHERE key = 'schema_version'")
    store = Docstore(tmp_path / "data")
    assert "a.warc" not in store.files.states("town")
    store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT language FROM passages").fetchall() == [(None,)]
        assert connection.execute("SELECT digest FROM documents").fetchall() == [("",)]


def test_a_newer_version_is_refused(tmp_path: Path, docstore: Docstore) -> None:
    docstore.close()
    path = tmp_path / "data" / "docstore.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(DocstoreError, match="newer version"):
        Docstore(tmp_path / "data")


def _only_document(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        ((document_id,),) = connection.execute("SELECT id FROM documents").fetchall()
    return str(document_id)


def test_of_what_was_removed_before_the_staff_alone_is_told(
    tmp_path: Path, docstore: Docstore, put: Put
) -> None:
    document_id, _ = put("a.txt", "Gone.")
    docstore.takedown.remove(document_id)
    docstore.close()
    with sqlite3.connect(tmp_path / "data" / "docstore.sqlite") as connection:
        connection.execute("ALTER TABLE gone DROP COLUMN access")
        connection.execute("UPDATE meta SET value = '9' WHERE key = 'schema_version'")
    store = Docstore(tmp_path / "data")
    with pytest.raises(NotFoundError):
        store.library.document(document_id, Bounds(access=("public",)))
    with pytest.raises(GoneError):
        store.library.document(document_id, Bounds())
    store.close()
