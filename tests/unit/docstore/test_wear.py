"""When the indexes are worth building anew, by what their log says."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.cursors import NEXT
from rag_assistant.docstore.log import ASKED, Cursor

from .conftest import Put, captured

NAME = "lexical"


@pytest.fixture
def begun(docstore: Docstore) -> Cursor:
    return begin(docstore)


def begin(docstore: Docstore) -> Cursor:
    cursor = Cursor(seq=0, fingerprint="f", generation="g0001")
    return docstore.changes.begin(NAME, cursor)


def test_what_only_grew_is_as_new(docstore: Docstore, put: Put, begun: Cursor) -> None:
    put("a.txt", "One.")
    put("b.txt", "Two.")
    assert not docstore.changes.freshen(NAME)
    assert docstore.changes.cursor(NAME) == begun


def test_a_document_that_changed_is_replaced(docstore: Docstore, put: Put, begun: Cursor) -> None:
    put("a.txt", "One.")
    put("a.txt", "Another.")
    assert docstore.changes.freshen(NAME)
    cursor = docstore.changes.cursor(NAME)
    assert cursor is not None
    assert (cursor.build, cursor.begun) == (begun.build, ASKED)
    assert not docstore.changes.freshen(NAME), "it is asked for already"


def test_what_is_built_already_in_its_place_is_worn_too(
    docstore: Docstore, put: Put, begun: Cursor
) -> None:
    """An earlier run was killed while it built it, and went on with what it had."""
    put("a.txt", "One.")
    put("a.txt", "Another.")
    assert docstore.changes.freshen(NAME)
    docstore.changes.begin(NAME + NEXT, replace(begun, generation="g0002"))
    assert not docstore.changes.freshen(NAME), "nothing was replaced in the next one yet"
    put("a.txt", "A third.")
    assert docstore.changes.freshen(NAME)
    successor = docstore.changes.cursor(NAME + NEXT)
    assert successor is not None
    assert successor.begun == ASKED
    assert not docstore.changes.freshen(NAME)


def test_what_changed_before_it_was_begun_never_was_in_it(docstore: Docstore, put: Put) -> None:
    put("a.txt", "One.")
    put("a.txt", "Another.")
    begin(docstore)
    assert not docstore.changes.freshen(NAME)
    put("b.txt", "Two.")
    assert not docstore.changes.freshen(NAME)


@pytest.mark.parametrize("change", ["hidden", "seen again"])
def test_facts_and_hiding_replace_too(docstore: Docstore, put: Put, change: str) -> None:
    page, _ = put("a.warc", "Words.", capture=captured("r1", "20200101000000"))
    begin(docstore)
    if change == "hidden":
        docstore.takedown.hide(page)
    else:
        put("a.warc", "Words.", capture=captured("r2", "20210101000000"))
    assert docstore.changes.freshen(NAME)


def test_an_index_that_never_began_is_none(docstore: Docstore, put: Put) -> None:
    put("a.txt", "One.")
    put("a.txt", "Another.")
    assert not docstore.changes.freshen(NAME)


def test_many_are_written_again_only_for_as_many_changes(
    docstore: Docstore, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.docstore.wear._AT_ONCE", 10)
    for number in range(16):
        put(f"{number}.txt", f"Number {number}.")
    begin(docstore)
    for changed in count(1):
        put(f"{changed}.txt", f"Not {changed}.")
        if docstore.changes.freshen(NAME):
            break
    assert changed == 2
