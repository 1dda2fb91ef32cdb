"""Hiding, removing, restoring."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import numpy as np
import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore, receipts, tombstones
from rag_assistant.docstore.log import ASKED, Cursor
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.errors import GoneError, NotFoundError

from .conftest import Put, captured

PUBLIC = Bounds(access=("public",))
TOWN = "https://town.example/"
CANARY = "The canary sings Zyxomma."


def test_hidden_is_gone_at_once_and_comes_back(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.txt", CANARY)
    (entry,) = docstore.changes.entries([document_id])
    receipt = docstore.takedown.hide(document_id, "asked for")
    assert receipt.documents == 1
    assert docstore.library.entries([entry.passage_id], PUBLIC) == {}
    assert docstore.changes.entries([document_id]) == []
    assert docstore.changes.changes_after(receipt.captures, 10)[-1].removed[0].passage_id == (
        entry.passage_id
    )
    docstore.takedown.restore(document_id)
    assert docstore.changes.entries([document_id]) == [entry]


def test_hidden_stays_hidden_when_it_is_indexed_again(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.txt", "One.")
    docstore.takedown.hide(document_id)
    assert put("a.txt", "Two.") == (document_id, "changed")
    assert docstore.library.document_ids(PUBLIC) == frozenset()


def test_removed_leaves_no_byte_and_does_not_come_back(
    docstore: Docstore, put: Put, tmp_path: Path
) -> None:
    document_id, _ = put("a.txt", CANARY)
    put("b.txt", "Another.")
    receipt = docstore.takedown.remove(document_id)
    docstore.erase()
    assert put("a.txt", CANARY)[1] == "banned"
    with pytest.raises(GoneError) as caught:
        docstore.library.document(document_id, PUBLIC)
    assert caught.value.date == receipt.at[:10]
    docstore.close()
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or b"Zyxomma" not in path.read_bytes(), path


def test_erasing_forgets_the_vectors_of_texts_that_nobody_holds(
    docstore: Docstore, put: Put
) -> None:
    lost, _ = put("a.txt", "Gone.", title="Same")
    kept, _ = put("b.txt", "Kept.", title="Same")
    hashes = {one: docstore.changes.entries([one])[0].text_hash for one in (lost, kept)}
    docstore.vectors.put("model", {text: np.ones(3, np.float32) for text in hashes.values()})
    docstore.takedown.remove(lost)
    docstore.erase()
    assert set(docstore.vectors.get("model", list(hashes.values()))) == {hashes[kept]}


def test_a_text_that_another_document_holds_keeps_its_vector(docstore: Docstore, put: Put) -> None:
    lost, _ = put("a.txt", "Open daily.", title="Same")
    kept, _ = put("b.txt", "Open daily.", title="Same")
    (shared,) = {docstore.changes.entries([one])[0].text_hash for one in (lost, kept)}
    docstore.vectors.put("model", {shared: np.ones(3, np.float32)})
    docstore.takedown.remove(lost)
    docstore.erase()
    assert set(docstore.vectors.get("model", [shared])) == {shared}
    docstore.takedown.remove(kept)
    docstore.erase()
    assert docstore.vectors.get("model", [shared]) == {}


def test_a_repeated_hiding_waits_for_the_first_one(docstore: Docstore, put: Put) -> None:
    page, _ = put("a.warc", "Front.", capture=captured("r1", "20180101000000"))
    cursor = Cursor(seq=docstore.changes.last_seq(), fingerprint="f", generation="g0001")
    docstore.changes.begin("vectors", cursor)
    first = docstore.takedown.hide(page)
    put("b.txt", "Indexed later.")
    again = docstore.takedown.hide(page)
    wider = docstore.takedown.hide(f"{TOWN}*")
    assert (again.since, wider.since) == (first.at, None)
    for receipt in (again, wider):
        assert (receipt.documents, receipt.first, receipt.seq) == (1, first.first, first.seq)
        assert not docstore.changes.hidden(receipt.seq, receipt.first)
    docstore.changes.advance("vectors", cursor, [first.seq])
    assert docstore.changes.hidden(again.seq, again.first), "whatever else is to be embedded"
    assert docstore.changes.lag("vectors") == 1
    back = docstore.takedown.restore(page)
    assert (back.lifted, back.documents, back.staying) == ("hidden", 0, 1)
    back = docstore.takedown.restore(f"{TOWN}*")
    assert (back.documents, back.passages, back.staying) == (1, 1, 0)
    assert not docstore.changes.hidden(back.seq, back.first)


@pytest.mark.parametrize("action", ["hide", "remove"])
def test_a_receipt_tells_the_date_that_is_kept(
    docstore: Docstore, put: Put, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    seconds = count()
    for module in (receipts, tombstones):
        monkeypatch.setattr(module, "now", lambda: f"second {next(seconds)}")
    document_id, _ = put("a.txt", "One.")
    receipt = getattr(docstore.takedown, action)(document_id)
    (standing,) = docstore.takedown.standing()
    assert receipt.at == standing["at"]


def test_an_interrupted_removal_is_finished_by_doing_it_again(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.txt", "One.")
    docstore.changes.begin("vectors", Cursor(seq=1, fingerprint="f", generation="g0001"))
    first = docstore.takedown.remove(document_id, "asked for")
    cursor = docstore.changes.cursor("vectors")
    assert cursor is not None
    assert cursor.begun == ASKED, "the index is to be built anew, whatever happens next"
    assert not docstore.finish_erasing()
    again = docstore.takedown.remove(document_id)
    assert (again.since, again.documents, again.passages, again.done) == (first.at, 1, 1, False)
    assert [one.path for one in again.sources] == ["a.txt"]
    assert again.similar_count is None, "there is nothing left to compare with"
    assert not docstore.changes.hidden(again.seq, again.first), "the index has not followed"
    docstore.changes.begin("vectors", Cursor(seq=0, fingerprint="f", generation="g0002"))
    assert not docstore.finish_erasing(), "the former folder still stands"
    docstore.changes.swept("vectors")
    assert docstore.finish_erasing()
    late = docstore.takedown.remove(document_id)
    assert (late.forgotten, late.done, late.since) == (True, True, first.at)
    assert (late.source_count, late.similar_count) == (None, None), "nobody looked"
    (standing,) = docstore.takedown.standing()
    assert (standing["at"], standing["reason"]) == (first.at, "asked for")
    with pytest.raises(NotFoundError):
        docstore.takedown.remove("0" * 32)


def test_restoring_one_take_down_leaves_the_others_in_force(docstore: Docstore, put: Put) -> None:
    page, _ = put("a.warc", "Front.", capture=captured("r1", "20180101000000"))
    docstore.takedown.hide(page)
    docstore.takedown.hide("https://town.example/*")
    docstore.takedown.restore("https://town.example/*")
    assert docstore.library.document_ids(PUBLIC) == frozenset()
    docstore.takedown.restore(page)
    assert docstore.library.document_ids(PUBLIC) == {page}
    docstore.takedown.hide("https://town.example/*")
    docstore.takedown.hide("https://town.example/")
    docstore.takedown.restore("https://town.example/")
    assert docstore.library.document_ids(PUBLIC) == frozenset()


def test_a_take_down_by_id_survives_a_change_of_access(docstore: Docstore, put: Put) -> None:
    staff = CollectionConfig(id="town")
    first, _ = put("a.warc", "Front.", capture=captured("r1", "20180101000000"), collection=staff)
    second, _ = put("a.warc", "Board.", capture=captured("r2", "20180101000000"), collection=staff)
    docstore.takedown.remove(first)
    docstore.takedown.hide(second)
    assert put("a.warc", "Front.", capture=captured("r1", "20180101000000"))[1] == "banned"
    other, _ = put("a.warc", "Board.", capture=captured("r2", "20180101000000"))
    assert other != second
    assert docstore.library.document_ids(PUBLIC) == frozenset()


def test_a_later_capture_brings_a_page_back_whose_early_captures_are_hidden(
    docstore: Docstore, put: Put
) -> None:
    page, _ = put("a.warc", "Front.", capture=captured("r1", "20130101000000"))
    docstore.takedown.hide("https://town.example/@2012..2014")
    assert docstore.library.document_ids(PUBLIC) == frozenset()
    put("b.warc", "Front.", capture=captured("r2", "20200101000000"))
    assert docstore.library.document_ids(PUBLIC) == {page}
    assert [one.timestamp for one in docstore.captures.of(page)] == ["20200101000000"]


def test_a_restored_item_can_be_indexed_again(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.txt", "One.")
    docstore.takedown.remove(document_id)
    docstore.takedown.restore(document_id)
    assert put("a.txt", "One.") == (document_id, "added")
    assert docstore.library.document(document_id, PUBLIC)["title"] == "a.txt"


@pytest.mark.parametrize(
    ("item", "left"),
    [
        ("https://town.example/", {"B", "C"}),
        ("https://town.example/*", {"C"}),
        ("http://www.town.example/", {"B", "C"}),
        ("http://www.town.example/boa*", {"A", "C"}),
        ("https://town.example/@2018..2018", {"A", "B", "C"}),
        ("https://town.example/@2018..2020", {"B", "C"}),
    ],
)
def test_items_name_captures(docstore: Docstore, put: Put, item: str, left: set[str]) -> None:
    front, board = "https://town.example/", "https://town.example/board"
    put("a.warc", "Front.", capture=captured("r1", "20180101000000", front), title="A")
    put("a.warc", "Front.", capture=captured("r2", "20200101000000", front), title="A")
    put("a.warc", "Board.", capture=captured("r3", "20180101000000", board), title="B")
    put(
        "a.warc", "Else.", capture=captured("r4", "20180101000000", "https://e.example/"), title="C"
    )
    for act in (docstore.takedown.hide, docstore.takedown.remove):
        act(item)
        ids = docstore.library.document_ids(PUBLIC)
        assert {docstore.library.document(one, PUBLIC)["title"] for one in ids} == left


def test_a_removed_address_is_not_captured_again(docstore: Docstore, put: Put) -> None:
    put("a.warc", "Front.", capture=captured("r1", "20180101000000"))
    docstore.takedown.remove("https://town.example/*")
    assert put("b.warc", "New.", capture=captured("r9", "20220101000000"))[1] == "banned"


def test_a_removed_address_leaves_no_trace_of_its_errors(docstore: Docstore, put: Put) -> None:
    put("a.warc", "Front.", capture=captured("r1", "20180101000000"))
    missed = Origin(
        collection=CollectionConfig(id="town"),
        path="a.warc",
        record="r2",
        capture=captured("r2", "20190101000000", status=404),
    )
    docstore.documents.miss(missed)
    assert [miss.status for miss in docstore.captures.misses(TOWN, ["town"])] == [404]
    docstore.takedown.remove(TOWN)
    assert docstore.captures.misses(TOWN, ["town"]) == []
    docstore.documents.miss(missed)
    assert docstore.captures.misses(TOWN, ["town"]) == []


def test_what_names_nothing_is_said(docstore: Docstore) -> None:
    for act in (docstore.takedown.hide, docstore.takedown.remove, docstore.takedown.restore):
        with pytest.raises(NotFoundError):
            act("https://nowhere.example/")


def test_that_something_was_removed_is_told_to_those_who_knew_of_it(
    docstore: Docstore, put: Put
) -> None:
    told = {}
    for name, said in {
        "public": {"access": "public"},
        "staff": {"access": "staff"},
        "closed": {"use": "none"},
    }.items():
        document_id, _ = put(f"{name}.txt", f"Words of {name}.", **said)
        docstore.takedown.remove(document_id)
        with pytest.raises((GoneError, NotFoundError)) as caught:
            docstore.library.document(document_id, PUBLIC)
        told[name] = caught.type
        with pytest.raises(GoneError):
            docstore.library.document(document_id, Bounds())
    assert told == {"public": GoneError, "staff": NotFoundError, "closed": NotFoundError}
