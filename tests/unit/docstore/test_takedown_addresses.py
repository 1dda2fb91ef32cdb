"""Which addresses a take-down names: never fewer than it says, and never others."""

from __future__ import annotations

import pytest

from rag_assistant.addresses import address_key
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.bans import Item
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.errors import NotFoundError

from .conftest import Put, captured

PUBLIC = Bounds(access=("public",))
AT = "20180101000000"


@pytest.mark.parametrize(
    ("item", "uri", "named"),
    [
        ("https://town.example/board/*", "http://www.town.example/board/", True),
        ("https://town.example/board/*", "http://town.example/board", True),
        ("https://town.example/board/*", "http://town.example/board/?page=2", True),
        ("https://town.example/board/*", "http://www.town.example/board/minutes", True),
        ("https://town.example/board/*", "https://town.example/boards", False),
        ("https://town.example/board/*", "https://town.example/Board/minutes", False),
        ("https://town.example/BOARD/*", "https://town.example/board/minutes", False),
        ("https://town.example/boa*", "http://town.example/board", True),
        ("https://town.example/*", "http://town.example/?page=2", True),
        ("https://town.example/*", "http://town.example.org/", False),
        ("https://town.example/.*", "https://town.example/board", False),
        ("https://town.example/_x*", "https://town.example/axb", False),
        ("https://town.example/p?id=*", "http://town.example/p?id=5&b=1", True),
        ("https://town.example/p?id=*", "HTTP://WWW2.Town.example/p?id=5", True),
        ("https://town.example/p?b=1&a=*", "http://town.example/p?b=1&a=2", True),
        ("https://town.example/p?id=*", "http://town.example/plan", False),
        ("https://town.example/p?*", "http://town.example/plan", False),
        ("https://town.example*", "http://www.town.example/a", True),
        ("https://town.ex*", "http://town.example.org/a", True),
        ("https://www.*", "http://town.example/", False),
    ],
)
def test_a_prefix(docstore: Docstore, put: Put, item: str, uri: str, named: bool) -> None:
    capture = captured("r1", AT, uri)
    page, _ = put("a.warc", "Words.", capture=capture)
    put("b.warc", "Else.", capture=captured("r2", AT, "https://else.example/"))
    assert Item.parse(item).covers_capture(capture) is named
    if not named:
        with pytest.raises(NotFoundError):
            docstore.takedown.remove(item)
        assert page in docstore.library.document_ids(PUBLIC)
        return
    assert docstore.takedown.preview(item, "removed").captures == 1
    docstore.takedown.remove(item)
    assert page not in docstore.library.document_ids(PUBLIC)
    assert put("a.warc", "Words.", capture=capture)[1] == "banned"


def test_a_prefix_of_plain_documents_tells_small_letters_from_capitals(
    docstore: Docstore, put: Put
) -> None:
    kept, _ = put("a.txt", "One.", uri="https://town.example/Board/1")
    gone, _ = put("b.txt", "Two.", uri="https://town.example/board/1")
    nameless, _ = put("c.txt", "Three.")
    docstore.takedown.remove("https://town.example/board/*")
    assert docstore.library.document_ids(PUBLIC) == {kept, nameless}
    assert put("b.txt", "Two.", uri="https://town.example/board/1") == (gone, "banned")


def test_an_error_can_be_taken_down_by_itself(docstore: Docstore, put: Put) -> None:
    page, _ = put("a.warc", "Front.", capture=captured("r1", "20150101000000"))
    missed = Origin(
        collection=CollectionConfig(id="town"),
        path="a.warc",
        record="r2",
        capture=captured("r2", "20160101000000", status=404),
    )
    docstore.documents.miss(missed)
    item = "https://town.example/@201601..201601"
    receipt = docstore.takedown.hide(item)
    assert (receipt.documents, receipt.captures) == (0, 1)
    docstore.takedown.restore(item)
    assert len(docstore.captures.misses("https://town.example/", ["town"])) == 1
    docstore.takedown.remove(item)
    assert docstore.captures.misses("https://town.example/", ["town"]) == []
    assert docstore.library.document_ids(PUBLIC) == {page}
    with pytest.raises(NotFoundError):
        docstore.takedown.hide("https://town.example/@201701..201701")


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        ("http://e.org/a?sid=2010010112345678", "org,e)/a?sid=2010010112345678"),
        ("http://e.org/a?sid=0123456789abcdef0123456789ABCDEF&b=1", "org,e)/a?b=1"),
        ("http://e.org/a?sid=0123456789abcdefghijklmnopqrstuv", None),
        ("http://e.org/a?cfid=12&b=1", "org,e)/a?b=1&cfid=12"),
        ("http://e.org/a?cftoken=12", "org,e)/a?cftoken=12"),
        ("http://e.org/a?CFID=12&b=1&CFTOKEN=345", "org,e)/a?b=1"),
        ("http://e.org/a?cfid=1&cfid=2", "org,e)/a?cfid=1&cfid=2"),
    ],
)
def test_only_what_is_surely_a_session_is_left_out_of_a_key(uri: str, key: str | None) -> None:
    assert address_key(uri) == (key or uri.replace("http://e.org", "org,e)"))
