"""Documents, captures and the log of their changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag_assistant import dates
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.files import FileFinding, FileState
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.errors import BusyError, DocstoreError, GoneError, NotFoundError
from rag_assistant.schema import Description, Document, Entry, Passage, Section

from .conftest import Put, captured

EVERYTHING = Bounds()
PUBLIC = Bounds(access=("public",))


def entries_of(docstore: Docstore, document_id: str) -> list[Entry]:
    return docstore.changes.entries([document_id])


def finding(**seen: set[str]) -> FileFinding:
    state = FileState(size=1, mtime_ns=1, sha256="s", config_sha256="c", counts={})
    return FileFinding(state=state, **seen)


def test_a_document_comes_back_with_its_text_to_the_character(docstore: Docstore, put: Put) -> None:
    text = "Ein Café 🏛 am Fluss – 岸辺."
    document_id, change = put("a.txt", text)
    (entry,) = entries_of(docstore, document_id)
    assert change == "added"
    assert entry.text == text
    stored = docstore.library.section(entry.section_id, PUBLIC)
    assert stored.section.text[entry.start : entry.end] == entry.text


def test_the_same_again_is_unchanged_and_logs_nothing(docstore: Docstore, put: Put) -> None:
    put("a.txt", "One.")
    before = docstore.changes.last_seq()
    assert put("a.txt", "One.")[1] == "unchanged"
    assert docstore.changes.last_seq() == before


def test_a_change_logs_the_passages_that_went(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.txt", "One.")
    (old,) = entries_of(docstore, document_id)
    seq = docstore.changes.last_seq()
    assert put("a.txt", "Two.") == (document_id, "changed")
    (change,) = docstore.changes.changes_after(seq, 10)
    assert [key.passage_id for key in change.removed] == [old.passage_id]
    assert [entry.text for entry in entries_of(docstore, document_id)] == ["Two."]


def test_a_document_that_is_put_again_has_its_old_ids(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.txt", "One.")
    before = entries_of(docstore, document_id)
    docstore.files.remove("town", "a.txt")
    assert put("a.txt", "One.") == (document_id, "added")
    assert entries_of(docstore, document_id) == before


def test_captures_with_the_same_words_are_one_document(docstore: Docstore, put: Put) -> None:
    first, _ = put("a.warc", "Open on Mondays.", capture=captured("r1", "20180101000000"))
    second, change = put(
        "b.warc", "Open  on\nMondays.", capture=captured("r2", "20220101000000"), title="Other"
    )
    assert (first, change) == (second, "unchanged")
    assert [c.timestamp for c in docstore.captures.of(first)] == [
        "20180101000000",
        "20220101000000",
    ]
    row = docstore.library.document(first, PUBLIC)
    span = (dates.iso_date(row["date_from"]), dates.iso_date(row["date_to"]))
    assert span == ("2018-01-01", "2022-01-01")


def test_a_new_page_tells_the_indexes_once(docstore: Docstore, put: Put) -> None:
    page, _ = put(
        "a.warc", "Open.", capture=captured("r1", "20180101000000"), uri="https://other.example/"
    )
    (change,) = docstore.changes.changes_after(0, 10)
    row = docstore.library.document(page, PUBLIC)
    assert (change.document_id, change.removed) == (page, ())
    assert (row["uri"], row["path"], row["record"]) == ("https://town.example/", "a.warc", "r1")
    assert dates.iso_date(row["date_from"]) == dates.iso_date(row["date_to"]) == "2018-01-01"
    put("a.warc", "Shut.", capture=captured("r2", "20190101000000"), date=dates.parse_date("1900"))
    (change,) = docstore.changes.changes_after(change.seq, 10)
    row = docstore.library.document(change.document_id, PUBLIC)
    assert dates.iso_date(row["date_to"]) == "1900-12-31", "its own date goes before the capture's"


def test_documents_that_are_put_together_are_as_if_put_alone(
    docstore: Docstore, public: CollectionConfig
) -> None:
    docstore.put_collection(public)
    texts = [("r1", "Open on Mondays."), ("r2", "Closed."), ("r3", "Open on Mondays.")]
    read = []
    for year, (record, text) in enumerate(texts, start=2018):
        capture = captured(record, f"{year}0101000000")
        origin = Origin(collection=public, path="a.warc", record=record, capture=capture)
        document = Document(
            description=Description(), sections=(Section(text=text),), format="html"
        )
        passage = Passage(start=0, end=len(text), text=text, sentences=((0, len(text)),))
        read.append((origin, document, [[passage]]))
    (first, closed, again) = docstore.documents.put_all(read)
    assert [change for _, change in (first, closed, again)] == ["added", "added", "unchanged"]
    assert first[0] == again[0] != closed[0]
    assert [seen.record for seen in docstore.captures.of(first[0])] == ["r1", "r3"]


def test_other_words_are_another_version(docstore: Docstore, put: Put) -> None:
    first, _ = put("a.warc", "Open on Mondays.", capture=captured("r1", "20180101000000"))
    second, _ = put("a.warc", "Closed on Mondays.", capture=captured("r2", "20190101000000"))
    assert first != second
    assert docstore.captures.versions("town", "example,town)/", PUBLIC) == 2
    docstore.takedown.hide(first)
    assert docstore.captures.versions("town", "example,town)/", PUBLIC) == 1
    shown = docstore.captures.shown(second, None)
    assert shown is not None
    assert docstore.captures.neighbours("town", shown, PUBLIC) == (None, None)
    docstore.takedown.restore(first)
    assert docstore.captures.neighbours("town", shown, PUBLIC) == ("20180101000000", None)


def test_nothing_stands_where_the_page_was_gone(
    docstore: Docstore, put: Put, public: CollectionConfig
) -> None:
    page, _ = put("a.warc", "Open on Mondays.", capture=captured("r1", "20180101000000"))
    for record, timestamp, status in (("r2", "20190101000000", 404), ("r3", "20180601000000", 302)):
        gone = captured(record, timestamp, "http://town.example", status=status)
        origin = Origin(collection=public, path="a.warc", record=record, capture=gone)
        docstore.documents.miss(origin)
    put("a.warc", "Open on Mondays.", capture=captured("r4", "20210101000000"))
    stood = {
        year: docstore.library.document_ids(Bounds(access=("public",), as_of=f"{year}1231235959"))
        for year in (2017, 2018, 2019, 2020, 2021)
    }
    there = frozenset({page})
    nothing = frozenset[str]()
    assert stood == {2017: nothing, 2018: there, 2019: nothing, 2020: nothing, 2021: there}


def test_a_page_is_one_however_its_url_was_written(docstore: Docstore, put: Put) -> None:
    first, _ = put(
        "a.warc", "Open.", capture=captured("r1", "20180101000000", "http://www.town.example")
    )
    second, _ = put("a.warc", "Closed.", capture=captured("r2", "20190101000000"))
    assert docstore.captures.versions("town", "example,town)/", PUBLIC) == 2
    then = Bounds(access=("public",), as_of="20191231235959")
    assert docstore.library.document_ids(then) == {second}
    assert [seen.document_id for seen in docstore.captures.at("town.example", PUBLIC)] == [
        first,
        second,
    ]


def test_as_of_takes_what_stood_there_then(docstore: Docstore, put: Put) -> None:
    first, _ = put("a.warc", "Open on Mondays.", capture=captured("r1", "20180101000000"))
    second, _ = put("a.warc", "Closed on Mondays.", capture=captured("r2", "20190101000000"))
    plain, _ = put("a.txt", "A plain file.")
    library = docstore.library
    assert library.document_ids(Bounds(as_of="20170101000000")) == {plain}
    assert library.document_ids(Bounds(as_of="20180601000000")) == {plain, first}
    assert library.document_ids(Bounds(as_of="20200101000000")) == {plain, second}


def test_a_document_goes_with_its_last_capture(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.warc", "Here.", capture=captured("r1", "20180101000000"))
    put("b.warc", "Here.", capture=captured("r2", "20190101000000"))
    assert docstore.files.remove("town", "a.warc") == 0
    assert docstore.files.remove("town", "b.warc") == 1
    with pytest.raises(GoneError):
        docstore.library.document(document_id, EVERYTHING)


def test_what_a_file_no_longer_holds_is_removed(docstore: Docstore, put: Put) -> None:
    kept, _ = put("a.warc", "Kept.", capture=captured("r1", "20180101000000"))
    lost, _ = put("a.warc", "Lost.", capture=captured("r2", "20180101000000"))
    assert docstore.files.finish("town", "a.warc", finding(seen_records={"r1"})) == 1
    assert docstore.library.document_ids(EVERYTHING) == {kept}
    assert lost != kept


@pytest.mark.parametrize(
    ("collection", "own", "note", "expected"),
    [
        ("public", None, "", "public"),
        ("public", "staff", "", "staff"),
        ("staff", "public", "", "staff"),
        ("public", None, "Closed by the family's wish.", "staff"),
        ("public", "public", "Ask at the desk.", "public"),
    ],
)
def test_access_is_narrowed_never_widened(
    docstore: Docstore, put: Put, collection: str, own: str | None, note: str, expected: str
) -> None:
    config = CollectionConfig.model_validate({"id": "town", "access": collection})
    document_id, _ = put("a.txt", "One.", collection=config, access=own, access_note=note)
    assert docstore.library.document(document_id, EVERYTHING)["access"] == expected


def test_restrictions_in_words_are_listed_where_they_decide(docstore: Docstore, put: Put) -> None:
    for name, access in (("open", "public"), ("desk", "staff")):
        config = CollectionConfig.model_validate({"id": name, "access": access})
        docstore.put_collection(config)
        put("a.txt", f"{name} one.", collection=config, access_note="Ask the donor.")
        put("b.txt", f"{name} two.", collection=config, access="public", access_note="Open.")
    (listed,) = docstore.library.restricted_in_words()
    assert listed["access_note"] == "Ask the donor."
    assert docstore.library.document(listed["id"], EVERYTHING)["collection"] == "open"


def test_a_collection_that_says_nothing_is_for_the_staff(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.txt", "One.", collection=CollectionConfig(id="town"))
    with pytest.raises(NotFoundError):
        docstore.library.document(document_id, PUBLIC)


def test_a_closed_document_opens_when_its_time_has_come(docstore: Docstore, put: Put) -> None:
    tomorrow = dates.today() + 1
    document_id, _ = put("a.txt", "One.", closed_until=tomorrow)
    assert docstore.library.document(document_id, EVERYTHING)["access"] == "staff"
    assert docstore.documents.open_closed() == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dates, "today", lambda: tomorrow)
        assert docstore.documents.open_closed() == 1
    assert docstore.library.document(document_id, PUBLIC)["access"] == "public"


def test_a_collection_that_narrows_takes_its_documents_along_at_once(
    docstore: Docstore, put: Put
) -> None:
    document_id, _ = put("a.txt", "One.")
    (old,) = entries_of(docstore, document_id)
    seq = docstore.changes.last_seq()
    docstore.put_collection(CollectionConfig(id="town", access="staff", use="list"))
    assert docstore.library.document_ids(PUBLIC) == frozenset()
    (entry,) = entries_of(docstore, document_id)
    assert (entry.access, entry.use, entry.text) == ("staff", "list", "")
    changes = docstore.changes.changes_after(seq, 10)
    assert ("public", old.passage_id) in {
        (key.access, key.passage_id) for change in changes for key in change.removed
    }


def test_a_collection_that_widens_again_takes_its_documents_along(
    docstore: Docstore, put: Put
) -> None:
    document_id, _ = put("a.txt", "One.")
    docstore.put_collection(CollectionConfig(id="town", access="staff"))
    assert put("a.txt", "One.") == (document_id, "changed")
    assert docstore.library.document_ids(PUBLIC) == {document_id}


def test_what_became_list_only_is_no_longer_near_by_its_text(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.txt", "Secret words.")
    (before,) = entries_of(docstore, document_id)
    docstore.put_collection(CollectionConfig(id="town", access="public", use="list"))
    (after,) = entries_of(docstore, document_id)
    assert after.text_hash != before.text_hash
    assert docstore.library.text_hashes(PUBLIC) == {after.passage_id: after.text_hash}


def test_uses_decide_what_there_is_to_find(docstore: Docstore, put: Put) -> None:
    listed, _ = put("a.txt", "Secret words.", use="list")
    unused, _ = put("b.txt", "Secret words.", use="none")
    (entry,) = entries_of(docstore, listed)
    assert (entry.text, entry.title, entry.headings) == ("", "a.txt", ())
    assert entries_of(docstore, unused) == []
    with pytest.raises(NotFoundError):
        docstore.library.document(unused, PUBLIC)


def test_coverage_counts_passages_that_are_not_followed_yet(docstore: Docstore, put: Put) -> None:
    put("a.txt", "One.")
    seq = docstore.changes.last_seq()
    put("b.txt", "Two.")
    held = {"lexical": docstore.changes.last_seq(), "vectors": seq}
    assert docstore.library.coverage(PUBLIC, held) == {"lexical": 1.0, "vectors": 0.5}
    assert docstore.library.coverage(PUBLIC, {}) == {"lexical": 0.0, "vectors": 0.0}


def test_what_changes_behind_a_search_is_not_missing_from_it(docstore: Docstore, put: Put) -> None:
    put("a.txt", "One.")
    gone, _ = put("b.txt", "Two.")
    held = {"lexical": docstore.changes.last_seq(), "vectors": docstore.changes.last_seq()}
    chosen = docstore.library.chosen(PUBLIC)
    docstore.takedown.remove(gone)
    put("c.txt", "Three.")
    both = {"lexical": 1.0, "vectors": 1.0}
    assert docstore.library.coverage(PUBLIC, held, chosen) == both
    assert docstore.library.coverage(PUBLIC, held) == {"lexical": 0.5, "vectors": 0.5}


def test_coverage_is_rounded_down(docstore: Docstore, public: CollectionConfig, put: Put) -> None:
    docstore.put_collection(public)
    document = Document(
        description=Description(), sections=(Section(text="Words."),), format="text"
    )
    one = Passage(start=0, end=6, text="Words.", sentences=())
    many = [replace(one, text=str(number)) for number in range(21_000)]
    docstore.documents.put(Origin(collection=public, path="a.txt"), document, [many])
    seq = docstore.changes.last_seq()
    put("b.txt", "One that is missing.")
    coverage = docstore.library.coverage(PUBLIC, {"lexical": seq, "vectors": seq + 1})
    assert coverage == {"lexical": 0.9999, "vectors": 1.0}


def test_scope_counts_undated_items_only_where_dates_are_asked(
    docstore: Docstore, put: Put
) -> None:
    put("a.txt", "One.", date=dates.parse_date("1934"), language="en")
    put("b.txt", "Two.", language="de")
    assert docstore.library.scope(PUBLIC).undated_excluded == 0
    narrow = Bounds(access=("public",), date_from=dates.day_number(1930, 1, 1))
    scope = docstore.library.scope(narrow)
    assert (scope.documents, scope.undated_excluded) == (1, 1)
    assert scope.dates == ("1934-01-01", "1934-12-31")


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    store = Docstore(tmp_path)
    store.set_note("schema_version", "99")
    store.close()
    with pytest.raises(DocstoreError, match="newer version"):
        Docstore(tmp_path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "docstore.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(DocstoreError, match="damaged"):
        Docstore(tmp_path)


def test_a_locked_database_is_named(
    docstore: Docstore, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    from rag_assistant.docstore import sqlite

    monkeypatch.setattr(sqlite, "_BUSY_MS", 100)
    impatient = Docstore(tmp_path / "data")
    other = sqlite3.connect(tmp_path / "data" / "docstore.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError, match="Another program is writing"):
        impatient.set_note("a", "b")
    other.execute("ROLLBACK")
    other.close()
    impatient.close()
