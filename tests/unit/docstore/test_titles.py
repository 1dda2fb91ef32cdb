"""A captured page is called, placed and dated by what may be seen of it, in whatever order read."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin, embedded_hash
from rag_assistant.schema import DateRange, Passage, Section, Span

from .conftest import Put, captured

PUBLIC = Bounds(access=("public",))
SECRET, OPEN = "https://town.example/secret-plan", "https://town.example/z-open"
WORDS = "The tide tables lie in three long drawers."


def whole(
    title: str, sections: list[Section], passed: list[list[Span]], languages: list[str]
) -> list[list[Passage]]:
    """Each section is one passage."""
    return [
        [Passage(start=0, end=len(one.text), text=one.text, sentences=((0, len(one.text)),))]
        for one in sections
    ]


def put_both(put: Put) -> str:
    put("a.warc", WORDS, capture=captured("r1", "20150101000000", SECRET), title="")
    return put("b.warc", WORDS, capture=captured("r2", "20200101000000", OPEN), title="")[0]


def facts(docstore: Docstore, document_id: str) -> tuple[str, str, str, str]:
    row = docstore.library.document(document_id, Bounds())
    return row["title"], row["uri"], row["path"], row["record"]


@pytest.mark.parametrize("item", [SECRET, f"{SECRET}@2015..2015"])
@pytest.mark.parametrize("act", ["hide", "remove"])
def test_a_page_is_not_called_by_an_address_that_was_taken_down(
    docstore: Docstore, put: Put, act: str, item: str
) -> None:
    page = put_both(put)
    assert facts(docstore, page) == (SECRET, SECRET, "a.warc", "r1")
    seq = docstore.changes.last_seq()
    getattr(docstore.takedown, act)(item)
    assert facts(docstore, page) == (OPEN, OPEN, "b.warc", "r2")
    dates = docstore.library.scope(PUBLIC).dates
    assert dates == ("2020-01-01", "2020-01-01")
    assert page in {change.document_id for change in docstore.changes.changes_after(seq, 100)}
    (entry,) = docstore.changes.entries([page])
    assert entry.title == OPEN
    assert entry.text_hash == embedded_hash(OPEN, (), WORDS), "no vector of the old title is found"
    assert list(docstore.documents.settle_furniture(whole)) == [page]
    assert docstore.changes.entries([page]) == [entry]


def test_what_was_hidden_names_its_page_again_when_it_is_restored(
    docstore: Docstore, put: Put
) -> None:
    page = put_both(put)
    docstore.takedown.hide(SECRET)
    docstore.takedown.restore(SECRET)
    assert facts(docstore, page) == (SECRET, SECRET, "a.warc", "r1")
    assert docstore.library.scope(PUBLIC).dates == ("2015-01-01", "2020-01-01")


def test_a_removed_address_leaves_no_byte(docstore: Docstore, put: Put, tmp_path: Path) -> None:
    put_both(put)
    docstore.takedown.hide(OPEN)  # all that is left is hidden, and still not called by the other
    docstore.takedown.remove(f"{SECRET}@2015..2015")
    docstore.takedown.restore(f"{SECRET}@2015..2015")  # the item itself names the address
    docstore.erase()
    docstore.close()
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or b"secret-plan" not in path.read_bytes(), path


def test_a_page_whose_file_has_gone_is_called_by_the_next(docstore: Docstore, put: Put) -> None:
    page = put_both(put)
    docstore.files.remove("town", "a.warc")
    assert facts(docstore, page) == (OPEN, OPEN, "b.warc", "r2")


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_the_order_of_reading_does_not_matter(
    docstore: Docstore, put: Put, order: tuple[int, ...]
) -> None:
    pages = (
        ("b.warc", captured("r1", "20150101000000", SECRET), "Plan"),
        ("a.warc", captured("r2", "20200101000000", OPEN), "Open"),
        ("c.warc", captured("r3", "20150101000000", OPEN), "Later path"),
    )
    for number in order:
        path, capture, title = pages[number]
        page, _ = put(path, WORDS, capture=capture, title=title)
    assert facts(docstore, page) == ("Plan", SECRET, "b.warc", "r1")
    assert docstore.library.scope(PUBLIC).dates == ("2015-01-01", "2020-01-01")
    list(docstore.documents.settle_furniture(whole))
    (entry,) = docstore.changes.entries([page])
    assert (entry.title, entry.text_hash) == ("Plan", embedded_hash("Plan", (), WORDS))


def test_a_page_that_is_read_anew_with_another_title_is_called_by_it(
    docstore: Docstore, put: Put
) -> None:
    for title in ("Old", "New"):
        page, _ = put("a.warc", WORDS, capture=captured("r1", "20150101000000"), title=title)
    assert facts(docstore, page)[0] == "New"


def test_a_revisit_takes_the_title_of_a_page_that_may_be_seen(
    docstore: Docstore, put: Put, public: CollectionConfig
) -> None:
    page, _ = put("b.warc", WORDS, capture=captured("r2", "20200101000000", OPEN), title="Open")
    revisit = captured("r1", "20150101000000", SECRET)
    docstore.documents.attach(
        Origin(collection=public, path="a.warc", record="r1", capture=revisit), page
    )
    assert facts(docstore, page) == ("Open", SECRET, "a.warc", "r1")
    docstore.takedown.hide(OPEN)
    assert facts(docstore, page) == (SECRET, SECRET, "a.warc", "r1")


def test_a_date_that_the_page_states_stays(docstore: Docstore, put: Put) -> None:
    said = DateRange(first=1, last=2, text="long ago")
    page, _ = put("a.warc", WORDS, capture=captured("r1", "20150101000000"), date=said)
    put("b.warc", WORDS, capture=captured("r2", "20140101000000"), date=said)
    row = docstore.library.document(page, Bounds())
    assert (row["date_from"], row["date_to"], row["path"]) == (1, 2, "b.warc")


def test_a_take_down_by_id_or_address_has_the_furniture_found_anew(
    docstore: Docstore, put: Put
) -> None:
    addresses = [f"https://town.example/{name}" for name in ("", *"abcdef")]
    pages = {}
    for number, uri in enumerate(addresses):
        capture = captured(f"r{number}", "20150101000000", uri)
        text = f"Open on Mondays.\nThis is page {number}."
        pages[uri], _ = put("a.warc", text, capture=capture)
    list(docstore.documents.settle_furniture(whole))
    docstore.takedown.hide(pages[addresses[0]])
    assert _passed_over(docstore) == set(pages.values()) - {pages[addresses[1]]}
    docstore.takedown.remove(addresses[1])
    assert pages[addresses[2]] not in _passed_over(docstore)


def _passed_over(docstore: Docstore) -> set[str]:
    """Settle, and name the documents a line of which another one keeps; all are asked."""
    found = set()
    asked = []

    def split(
        title: str, sections: list[Section], passed: list[list[Span]], languages: list[str]
    ) -> list[list[Passage]]:
        asked.append(any(passed))
        return whole(title, sections, passed, languages)

    for page in docstore.documents.settle_furniture(split):
        if asked[-1]:
            found.add(page)
    for page in docstore.documents.ids():
        docstore.documents.resplit([page], split)
        if asked[-1]:
            found.add(page)
    return found
