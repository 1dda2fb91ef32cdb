"""A line that is furniture is kept by a page that its readers can read, whatever happens there."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag_assistant import dates
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.schema import Description, Document, Section

from .conftest import captured
from .test_furniture import HOURS, NOTICE, by_line, passages, settle

Pages = Callable[..., str]
TOWN, PORT = "town.example", "port.example"


@pytest.fixture
def page(docstore: Docstore, public: CollectionConfig) -> Pages:
    """Put a captured page: ``page("/about", "About us.", NOTICE, site=…, year=…, file=…)``."""
    return lambda path, *lines, **more: put_page(docstore, public, path, *lines, **more)


@pytest.fixture
def revisit(docstore: Docstore, public: CollectionConfig) -> Callable[..., None]:
    """Attach a revisit to a document: ``revisit(document_id, "/mirror")``."""

    def attach(document_id: str, path: str, *, site: str = TOWN, file: str = "a.warc") -> None:
        docstore.documents.attach(origin_of(public, path, site, 2019, file), document_id)

    return attach


def put_page(
    docstore: Docstore,
    collection: CollectionConfig,
    path: str,
    *lines: str,
    site: str = TOWN,
    year: int = 2018,
    file: str = "a.warc",
    **said: Any,
) -> str:
    docstore.put_collection(collection)
    section = Section(text="\n".join(lines))
    document = Document(description=Description(**said), sections=(section,), format="html")
    origin = origin_of(collection, path, site, year, file)
    return docstore.documents.put(origin, document, by_line("", [section], [], []))[0]


def origin_of(collection: CollectionConfig, path: str, site: str, year: int, file: str) -> Origin:
    capture = captured(f"{site}{path}{year}", f"{year}0101000000", f"http://{site}{path}")
    return Origin(collection=collection, path=file, record=capture.record_id, capture=capture)


def keepers(docstore: Docstore, ids: list[str], line: str = NOTICE) -> list[str]:
    """Which of the documents have a line in their passages."""
    return [one for one in ids if line in passages(docstore, one)]


@pytest.mark.parametrize("act", ["hide", "remove"])
@pytest.mark.parametrize("by", ["id", "address"])
def test_when_the_keeper_is_taken_down_another_keeps_the_line(
    docstore: Docstore, page: Pages, act: str, by: str
) -> None:
    front = page("/", "Welcome.", NOTICE)
    others = [page(f"/p{number}", f"Page {number}.", NOTICE) for number in range(6)]
    settle(docstore)
    assert keepers(docstore, others) == []
    getattr(docstore.takedown, act)(front if by == "id" else f"http://{TOWN}/")
    settle(docstore)
    assert keepers(docstore, others) == others[:1]


def test_it_comes_back_with_the_keeper(docstore: Docstore, page: Pages) -> None:
    front = page("/", "Welcome.", NOTICE)
    others = [page(f"/p{number}", f"Page {number}.", NOTICE) for number in range(6)]
    docstore.takedown.hide(front)
    settle(docstore)
    docstore.takedown.restore(front)
    settle(docstore)
    assert keepers(docstore, [front, *others]) == [front]


@pytest.mark.parametrize("use", ["list", "none"])
@pytest.mark.parametrize("others_use", ["answer", "quote"])
def test_a_page_whose_words_are_not_shown_keeps_nothing(
    docstore: Docstore, page: Pages, use: str, others_use: str
) -> None:
    page("/", "Welcome.", NOTICE, use=use)
    others = [page(f"/p{n}", f"Page {n}.", NOTICE, use=others_use) for n in range(6)]
    settle(docstore)
    assert keepers(docstore, others) == others[:1]


def test_a_page_that_may_be_answered_from_keeps_before_one_that_is_quoted(
    docstore: Docstore, page: Pages
) -> None:
    front = page("/", "Welcome.", NOTICE, use="quote")
    others = [page(f"/p{number}", f"Page {number}.", NOTICE) for number in range(6)]
    settle(docstore)
    assert keepers(docstore, [front, *others]) == others[:1]


def test_two_sites_that_share_pages_do_not_rely_on_each_other(
    docstore: Docstore, page: Pages
) -> None:
    ids = []
    for site, front in ((TOWN, "/"), (PORT, "/index.html")):
        ids += [page(front, "Welcome.", NOTICE, site=site), page("/a", "A.", NOTICE, site=site)]
        ids += [page(f"/{site}-{n}", f"{site} {n}.", NOTICE, site=site) for n in range(5)]
    settle(docstore)
    assert set(keepers(docstore, ids)) == {ids[0], ids[1]}


def test_pages_for_the_staff_take_nothing_from_the_public(docstore: Docstore, page: Pages) -> None:
    is_open = [page(f"/open-{number}", f"Open {number}.", NOTICE) for number in range(2)]
    closed = [page(f"/c-{n}", f"Closed {n}.", NOTICE, access="staff") for n in range(8)]
    settle(docstore)
    assert keepers(docstore, is_open) == is_open
    assert keepers(docstore, closed) == []


def test_what_the_public_finds_everywhere_may_be_rare_for_the_staff(
    docstore: Docstore, page: Pages
) -> None:
    is_open = [page(f"/open-{number}", f"Open {number}.", NOTICE) for number in range(6)]
    closed = [page(f"/c-{n}", f"Closed {n}.", access="staff") for n in range(8)]
    closed.append(page("/c", "Closed.", NOTICE, access="staff"))
    settle(docstore)
    assert keepers(docstore, [*is_open, *closed]) == [is_open[0], closed[-1]]


def test_a_page_that_opens_reads_like_the_other_open_ones(
    docstore: Docstore, page: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = dates.today() + 1
    is_open = [page(f"/open-{number}", f"Open {number}.", NOTICE) for number in range(2)]
    for number in range(8):
        page(f"/closed-{number}", f"Closed {number}.", NOTICE, access="staff")
    opens = page("/opening-soon", "Opens soon.", NOTICE, closed_until=tomorrow)
    settle(docstore)
    assert keepers(docstore, [*is_open, opens]) == is_open
    monkeypatch.setattr(dates, "today", lambda: tomorrow)
    assert docstore.documents.open_closed() == 1
    settle(docstore)
    assert keepers(docstore, [*is_open, opens]) == [*is_open, opens]


def test_a_new_capture_of_the_front_page_leaves_the_site_alone(
    docstore: Docstore, page: Pages
) -> None:
    front = page("/", "Welcome.", NOTICE)
    others = [page(f"/p{number}", f"Page {number}.", NOTICE) for number in range(9)]
    settle(docstore)
    newer = page("/", "Welcome back.", NOTICE, year=2019)
    assert settle(docstore) == {newer}
    assert keepers(docstore, [front, newer, *others]) == [front]
    older = page("/", "Opening soon.", NOTICE, year=2017)
    assert settle(docstore) == {older, front}
    assert keepers(docstore, [front, newer, older, *others]) == [older]


def test_the_same_words_once_more_change_nothing(docstore: Docstore, page: Pages) -> None:
    for number in range(6):
        page(f"/p{number}", f"Page {number}.", NOTICE, HOURS)
    settle(docstore)
    before = docstore.changes.last_seq()
    page("/p3", "Page 3.", NOTICE, HOURS)
    settle(docstore)
    assert docstore.changes.last_seq() == before


def test_a_revisit_at_a_new_address_counts(
    docstore: Docstore, page: Pages, revisit: Callable[..., None]
) -> None:
    ids = [page(f"/p{number}", f"Page {number}.", NOTICE) for number in range(4)]
    settle(docstore)
    assert keepers(docstore, ids) == ids
    revisit(ids[3], "/mirror")
    settle(docstore)
    assert keepers(docstore, ids) == ids[:1]


def test_a_revisit_on_another_site_counts_there(
    docstore: Docstore, page: Pages, revisit: Callable[..., None]
) -> None:
    shared = page("/", "Welcome.", NOTICE)
    there = [page(f"/p{n}", f"Page {n}.", NOTICE, site=PORT) for n in range(4)]
    settle(docstore)
    assert keepers(docstore, [shared, *there]) == [shared, *there]
    revisit(shared, "/mirror", site=PORT)
    settle(docstore)
    assert keepers(docstore, [shared, *there]) == there[:1]


def test_a_page_that_left_a_site_has_its_lines_again(
    docstore: Docstore, page: Pages, revisit: Callable[..., None]
) -> None:
    shared = page("/", "Welcome.", NOTICE)
    for number in range(6):
        page(f"/p{number}", f"Page {number}.", NOTICE, site=PORT)
    revisit(shared, "/mirror", site=PORT, file="b.warc")
    settle(docstore)
    assert keepers(docstore, [shared]) == []
    docstore.files.remove("town", "b.warc")
    settle(docstore)
    assert keepers(docstore, [shared]) == [shared]


def test_the_file_that_a_page_was_first_read_from_is_forgotten(
    docstore: Docstore, page: Pages
) -> None:
    page("/", "Welcome.")
    page("/", "Welcome.", year=2019, file="b.warc")
    assert docstore.files.known_paths("town") == {"a.warc", "b.warc"}
    docstore.files.remove("town", "a.warc")
    assert docstore.files.known_paths("town") == {"b.warc"}


@pytest.mark.parametrize("seed", range(6))
def test_the_same_pages_give_the_same_passages(
    docstore: Docstore, public: CollectionConfig, page: Pages, seed: int, tmp_path: Path
) -> None:
    choose = random.Random(seed)  # noqa: S311 - nothing is at stake
    pages = [_any_page(choose, number) for number in range(30)]
    for arguments, more in pages:
        page(*arguments, **more)
    settle(docstore)
    with_one_settling = _all_passages(docstore)
    choose.shuffle(pages)
    other = Docstore(tmp_path / "other")
    for number in range(6):  # a file that comes and goes
        put_page(other, public, f"/x{number}", f"Extra {number}.", NOTICE, HOURS, file="x.warc")
    for arguments, more in pages:
        put_page(other, public, *arguments, **more)
        if choose.random() < 1 / 4:
            settle(other)
    other.files.remove("town", "x.warc")
    settle(other)
    assert _all_passages(other) == with_one_settling
    other.close()


def _any_page(choose: random.Random, number: int) -> tuple[list[str], dict[str, Any]]:
    path = choose.choice(["/", "/a", "/b", "/c", "/d", "/e", "/f", "/g"])
    words = f"Words {choose.randrange(12)}."
    repeated = [line for line in (NOTICE, HOURS) if choose.random() < 4 / 5]
    more: dict[str, Any] = {"site": choose.choice([TOWN, TOWN, PORT]), "year": 1990 + number}
    if choose.random() < 1 / 4:
        more["access"] = "staff"
    return [path, words, *repeated], more


def _all_passages(docstore: Docstore) -> dict[str, list[str]]:
    ids = docstore.library.document_ids(Bounds())
    return {one: passages(docstore, one) for one in ids}
