"""What was removed does not come back under another name, until it is restored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin

from .conftest import Put, captured

EVERYTHING = Bounds()
WORDS = "The Zyxomma list names every tenant of Weir Lane and what each of them owed."
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
