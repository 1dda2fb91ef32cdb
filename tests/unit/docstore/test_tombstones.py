"""Hiding, removing, restoring."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.errors import GoneError, NotFoundError

from .conftest import Put, captured

PUBLIC = Bounds(access=("public",))
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
    assert len(receipt.text_hashes) == 1
    assert put("a.txt", CANARY)[1] == "banned"
    with pytest.raises(GoneError) as caught:
        docstore.library.document(document_id, PUBLIC)
    assert caught.value.date == receipt.at[:10]
    docstore.close()
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or b"Zyxomma" not in path.read_bytes(), path


def test_removed_text_that_stands_elsewhere_keeps_its_vector(docstore: Docstore, put: Put) -> None:
    document_id, _ = put("a.txt", "Twice.", title="Same")
    put("b.txt", "Twice.", title="Same")
    assert docstore.takedown.remove(document_id).text_hashes == ()


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


def test_what_names_nothing_is_said(docstore: Docstore) -> None:
    for act in (docstore.takedown.hide, docstore.takedown.remove, docstore.takedown.restore):
        with pytest.raises(NotFoundError):
            act("https://nowhere.example/")
