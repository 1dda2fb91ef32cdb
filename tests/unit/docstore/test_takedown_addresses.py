"""Which addresses a take-down names: never fewer than it says, and never others."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag_assistant.addresses import address_key
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.bans import Item
from rag_assistant.docstore.files import FileFinding, FileState
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.docstore.unread import Failure
from rag_assistant.errors import NotFoundError

from .conftest import Put, captured

PUBLIC = Bounds(access=("public",))
AT = "20180101000000"
TOWN = "https://town.example/"


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


@pytest.mark.parametrize(
    "uri",
    [
        "http://town.example/board",
        "https://www.town.example/board",
        "https://town.example/board/",
        "https://TOWN.example/board",
        "https://town.example/board#minutes",
    ],
)
@pytest.mark.parametrize("item", ["https://town.example/board", "https://town.example/boa*"])
def test_a_plain_document_is_named_however_its_url_was_written(
    docstore: Docstore, put: Put, item: str, uri: str
) -> None:
    stored, _ = put("a.txt", "Minutes of the board.", uri=uri)
    page, _ = put("a.warc", "Board.", capture=captured("r1", AT, "https://town.example/board"))
    kept, _ = put("b.txt", "Else.", uri="https://town.example/else")
    docstore.takedown.hide(item)
    assert docstore.library.document_ids(PUBLIC) == {kept}
    docstore.takedown.restore(item)
    assert docstore.library.document_ids(PUBLIC) == {stored, page, kept}
    docstore.takedown.remove(item)
    assert docstore.library.document_ids(PUBLIC) == {kept}
    assert put("c.txt", "A new text.", uri=uri)[1] == "banned"


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


# ---------------------------------------------------------------- failures

LOST = "https://town.example/zyxomma/divorce-of-ada-quillwort.pdf"
STATE = FileState(size=1, mtime_ns=1, sha256="", config_sha256="", counts={})


def details(docstore: Docstore) -> list[str]:
    return [row["detail"] for row in docstore.library.failures(10)]


def test_a_failure_does_not_keep_a_removed_address(
    docstore: Docstore, put: Put, tmp_path: Path
) -> None:
    put("a.warc", "Board.", capture=captured("r1", AT, "https://town.example/zyxomma/board"))
    spaced = LOST.replace("divorce-of", "the divorce of")
    failed: list[Failure] = [
        ("r2", "damaged file", f"{LOST} no PDF header"),
        ("r3", "damaged file", LOST),
        ("r4", "damaged file", f"{spaced} no PDF header"),
        ("r5", "damaged file", f"{TOWN}board no PDF header"),
        (None, "damaged file", "nothing could be read after byte 7: zyxomma"),
    ]
    docstore.files.fail("town", "a.warc", failed)
    item = "http://town.example/zyxomma/*"
    assert docstore.takedown.preview(item, "removed").failures == 3
    assert docstore.takedown.remove(item).failures == 3
    kept = ["", "", "", f"{TOWN}board no PDF header", failed[-1][2]]
    assert details(docstore) == kept
    docstore.files.finish("town", "a.warc", FileFinding(state=STATE, failed=failed))
    assert details(docstore) == kept
    docstore.erase()
    assert b"quillwort" not in (tmp_path / "data" / "docstore.sqlite").read_bytes()
    docstore.takedown.restore(item)
    docstore.files.fail("town", "a.warc", failed)
    assert details(docstore) == [detail for *_, detail in failed]


def test_a_failure_alone_can_be_taken_down(docstore: Docstore) -> None:
    docstore.files.fail("town", "a.warc", [("r1", "damaged file", f"{LOST} no PDF header")])
    with pytest.raises(NotFoundError):
        docstore.takedown.hide(LOST)
    receipt = docstore.takedown.remove(LOST)
    assert (receipt.documents, receipt.captures, receipt.failures) == (0, 0, 1)
    assert details(docstore) == [""]


def test_a_page_removed_by_its_id_leaves_no_failure_at_its_address(
    docstore: Docstore, put: Put
) -> None:
    page, _ = put("a.warc", "Minutes.", capture=captured("r1", AT, LOST))
    failed: list[Failure] = [("r2", "damaged file", f"{LOST} no PDF header")]
    docstore.files.fail("town", "b.warc", failed)
    docstore.takedown.remove(page)
    assert details(docstore) == [""]
    docstore.files.fail("town", "b.warc", failed)
    assert details(docstore) == [""]
