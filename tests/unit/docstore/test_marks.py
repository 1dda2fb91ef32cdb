"""What was removed does not come back under another name, until it is restored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin, words_hashes
from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob

from .conftest import Put, captured

EVERYTHING = Bounds()
WORDS = "The Zyxomma list names every tenant of Weir Lane, Café included, and what each owed."
OTHER = CollectionConfig(id="village")
STAFF = CollectionConfig(id="town")
AT = "20180101000000"
ELSEWHERE = "https://elsewhere.example/copy"

Again = Callable[[Put], tuple[str, str]]


@pytest.mark.parametrize(
    "again",
    [
        lambda put: put("b.txt", WORDS),
        lambda put: put("b.txt", f"  {WORDS}\n\n".replace(" of ", "\n of  ")),
        lambda put: put("a.txt", WORDS, collection=OTHER),
        lambda put: put("a.txt", WORDS, collection=STAFF),
        lambda put: put("a.txt", WORDS, access="staff", title="By another name"),
        lambda put: put("c.warc", WORDS, capture=captured("r9", AT, ELSEWHERE)),
        lambda put: put("c.warc", WORDS, capture=captured("r9", AT, ELSEWHERE), collection=OTHER),
        lambda put: put("b.txt", normalize("NFD", WORDS)),
    ],
)
@pytest.mark.parametrize("page", [False, True])
def test_the_same_words_do_not_come_back(
    docstore: Docstore, put: Put, again: Again, page: bool
) -> None:
    first, _ = put(
        "a.warc" if page else "a.txt", WORDS, capture=captured("r1", AT) if page else None
    )
    docstore.takedown.remove(first)
    assert again(put)[1] == "banned"
    assert docstore.library.document_ids(EVERYTHING) == frozenset()
    docstore.takedown.restore(first)
    assert again(put)[1] == "added"


def test_the_same_payload_does_not_come_back(docstore: Docstore, put: Put) -> None:
    capture = captured("r1", AT, payload_digest="sha1:AAAA")
    page, _ = put("a.warc", WORDS, capture=capture)
    docstore.takedown.remove(page)
    copy = captured("r2", "20200101000000", ELSEWHERE, payload_digest="sha1:AAAA")
    assert put("b.warc", "Another reader's words.", capture=copy)[1] == "banned"
    revisit = Origin(collection=OTHER, path="c.warc", record="r3", capture=replace(copy))
    assert not docstore.revisits.put(revisit)
    docstore.documents.miss(replace(revisit, capture=replace(copy, status=404)))
    assert docstore.captures.misses(ELSEWHERE, ["village"]) == []
    docstore.takedown.restore(page)
    assert docstore.revisits.put(revisit)


def test_a_revisit_is_not_attached_to_other_words(docstore: Docstore, put: Put) -> None:
    page, _ = put("a.warc", WORDS, capture=captured("r1", AT, payload_digest="sha1:AAAA"))
    kept, _ = put("b.warc", "Board.", capture=captured("r2", AT, ELSEWHERE))
    docstore.takedown.remove(page)
    capture = captured("r3", AT, ELSEWHERE, payload_digest="sha1:AAAA")
    origin = Origin(collection=STAFF, path="c.warc", record="r3", capture=capture)
    assert docstore.documents.attach(origin, kept) == "banned"
    unlike = replace(capture, payload_digest="sha1:BBBB")
    assert docstore.documents.attach(replace(origin, capture=unlike), kept) == "added"


def test_what_lives_on_by_other_captures_is_not_marked(docstore: Docstore, put: Put) -> None:
    for record, year in (("r1", "2013"), ("r2", "2020")):
        put("a.warc", WORDS, capture=captured(record, f"{year}0101000000", payload_digest="sha1:A"))
    receipt = docstore.takedown.remove("https://town.example/@2012..2014")
    assert (receipt.documents, receipt.staying, receipt.captures) == (0, 1, 1)
    late = captured("r3", "20210101000000", payload_digest="sha1:A")
    assert put("b.warc", WORDS, capture=late)[1] == "unchanged"
    early = captured("r4", "20130601000000", payload_digest="sha1:A")
    assert put("b.warc", WORDS, capture=early)[1] == "banned"


def test_a_copy_that_was_there_before_stays_until_it_is_removed_itself(
    docstore: Docstore, put: Put
) -> None:
    first, _ = put("a.txt", WORDS)
    copy, _ = put("a.txt", WORDS, collection=OTHER)
    receipt = docstore.takedown.remove(first)
    assert [one.document_id for one in receipt.similar] == [copy]
    assert put("a.txt", WORDS, collection=OTHER, title="Renamed") == (copy, "changed")
    put("b.txt", "Something else.", collection=OTHER)
    assert put("b.txt", WORDS, collection=OTHER)[1] == "banned", "it had other words"
    docstore.takedown.remove(copy)
    docstore.takedown.restore(first)
    assert put("a.txt", WORDS)[1] == "banned", "the other take-down still stands"
    docstore.takedown.restore(copy)
    assert put("a.txt", WORDS)[1] == "added"


def test_documents_without_words_are_not_taken_for_each_other(docstore: Docstore, put: Put) -> None:
    first, _ = put("a.txt", " ")
    docstore.takedown.remove(first)
    assert put("b.txt", " ")[1] == "added"


@pytest.mark.parametrize("by_address", [False, True])
def test_a_removed_page_leaves_no_address(
    docstore: Docstore, put: Put, tmp_path: Path, by_address: bool
) -> None:
    page, _ = put("a.warc", WORDS, capture=captured("r1", AT, payload_digest="sha1:AAAA"))
    put("b.warc", "Board.", capture=captured("r2", AT, ELSEWHERE))
    repeats = captured("r3", "20190101000000", payload_digest="sha1:AAAA")
    refers = captured("r4", "20190101000000", ELSEWHERE, refers_to=("https://town.example/", AT))
    for capture in (repeats, refers):
        origin = Origin(collection=STAFF, path="a.warc", record=capture.record_id, capture=capture)
        assert docstore.revisits.put(origin)
    docstore.takedown.remove("https://town.example/" if by_address else page)
    assert [one.record for one in docstore.revisits.settle(STAFF)] == ["r4"]
    docstore.erase()
    docstore.close()
    address = b"example,town)" if by_address else b"town.example"  # the item itself is kept
    for path in (tmp_path / "data").iterdir():
        held = path.read_bytes()
        assert address not in held
        assert b"Zyxomma" not in held


# ---------------------------------------------------------------- addresses


def test_the_address_of_what_was_removed_by_its_id_is_refused(
    docstore: Docstore, put: Put, tmp_path: Path
) -> None:
    page, _ = put("a.warc", WORDS, capture=captured("r1", AT))
    missed = captured("r2", "20190101000000", status=404)
    miss = Origin(collection=STAFF, path="a.warc", record="r2", capture=missed)
    docstore.documents.miss(miss)
    receipt = docstore.takedown.remove(page)
    assert (receipt.documents, receipt.captures) == (1, 2)
    assert docstore.captures.misses("https://town.example/", ["town"]) == []
    new = captured("r9", "20230101000000", "http://www.town.example")
    for collection in (STAFF, OTHER):
        assert put("b.warc", "A new text.", capture=new, collection=collection)[1] == "banned"
    assert put("b.txt", "A file.", uri="http://Town.example/#top")[1] == "banned"
    assert put("b.txt", "A file.", uri="http://town.example/else")[1] == "added"
    docstore.documents.miss(miss)
    assert docstore.captures.misses("https://town.example/", ["town"]) == []
    origin = Origin(collection=STAFF, path="b.warc", record="r9", capture=new)
    assert not docstore.revisits.put(origin)
    docstore.erase()
    assert b"https://town.example" not in (tmp_path / "data" / "docstore.sqlite").read_bytes()
    docstore.takedown.restore(page)
    assert put("b.warc", "A new text.", capture=new)[1] == "added"


def test_an_address_with_other_versions_is_not_refused(docstore: Docstore, put: Put) -> None:
    old, _ = put("a.warc", WORDS, capture=captured("r1", AT))
    kept, _ = put("a.warc", "The new list.", capture=captured("r2", "20200101000000"))
    docstore.takedown.remove(old)
    again = put("a.warc", "The new list.", capture=captured("r2", "20200101000000"))
    assert again == (kept, "unchanged")
    newer = captured("r3", "20230101000000")
    assert put("b.warc", "The newest list.", capture=newer)[1] == "added"


def test_a_page_without_words_does_not_come_back_at_a_removed_address(
    docstore: Docstore, put: Put
) -> None:
    page, _ = put("a.warc", WORDS, capture=captured("r1", AT))
    docstore.takedown.remove(page)
    assert put("b.warc", " ", capture=captured("r2", "20230101000000"))[1] == "banned"


def test_a_range_refuses_no_other_time(docstore: Docstore, put: Put) -> None:
    put("a.warc", WORDS, capture=captured("r1", AT))
    docstore.takedown.remove("https://town.example/@2018..2018")
    later = captured("r2", "20200101000000")
    assert put("a.warc", "Another list.", capture=later)[1] == "added"


def test_a_take_down_leaves_errors_of_other_addresses(docstore: Docstore, put: Put) -> None:
    first, _ = put("a.txt", WORDS)
    docstore.takedown.remove(first)
    missed = captured("r2", AT, ELSEWHERE, status=404)
    docstore.documents.miss(Origin(collection=STAFF, path="a.warc", record="r2", capture=missed))
    assert len(docstore.captures.misses(ELSEWHERE, ["town"])) == 1


# ---------------------------------------------------------------- words


HEADED = "The list\n\nA tenant owed rent.\n\nLater\n\nHe paid it in the spring of that year."
FORMATS = {
    "a.txt": HEADED,
    "a.md": HEADED.replace("The list", "# The list").replace("Later", "## Later"),
    "a.html": (
        "<title>Town archive</title><h1>The list</h1><p>A tenant owed rent.</p>"
        "<h2>Later</h2><p>He paid it in the spring of that year.</p>"
    ),
}


@pytest.mark.parametrize("one", FORMATS)
@pytest.mark.parametrize("other", FORMATS)
def test_the_same_words_in_another_format_are_known_again(one: str, other: str) -> None:
    first, second = (
        read_blob(Blob(data=FORMATS[name].encode(), name=name)) for name in (one, other)
    )
    hashes = [
        set(words_hashes(read.description.title or name, read.sections))
        for name, read in ((one, first), (other, second))
    ]
    assert hashes[0] & hashes[1]


# ---------------------------------------------------------------- copies for another audience


@pytest.mark.parametrize("act", ["hide", "remove"])
def test_a_copy_for_the_staff_stays_as_it_is(docstore: Docstore, put: Put, act: str) -> None:
    public, _ = put("a.warc", WORDS, capture=captured("r1", AT))
    copy = captured("r2", AT, ELSEWHERE)
    staff, _ = put("b.warc", WORDS, capture=copy, access="staff")
    assert staff != public
    receipt = getattr(docstore.takedown, act)(public)
    assert [one.document_id for one in receipt.similar] == [staff]
    assert put("b.warc", WORDS, capture=copy, access="staff") == (staff, "unchanged")
    assert docstore.library.document_ids(EVERYTHING) == {staff}
