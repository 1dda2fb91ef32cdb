"""Lines that repeat across a site cost no passages, and are kept once."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.schema import Description, Document, Passage, Section, Span

from .conftest import captured

NOTICE = "This site keeps no cookies but one, which is for the gulls."
HOURS = "The desk is open from Tuesday to Saturday."
PutPage = Callable[..., str]


def by_line(
    title: str, sections: list[Section], gaps: list[list[Span]], languages: list[str]
) -> list[list[Passage]]:
    """A splitter that makes each line a passage."""
    groups = []
    for number, section in enumerate(sections):
        passed_over = set(gaps[number]) if gaps else set()
        group, start = [], 0
        for line in section.text.split("\n"):
            span = (start, start + len(line))
            if line and span not in passed_over:
                group.append(Passage(start=span[0], end=span[1], text=line, sentences=(span,)))
            start = span[1] + 1
        groups.append(group)
    return groups


@pytest.fixture
def put_page(docstore: Docstore, public: CollectionConfig) -> PutPage:
    def put(path: str, *lines: str, site: str = "town.example", stamp: str = "2018") -> str:
        docstore.put_collection(public)
        section = Section(text="\n".join(lines))
        capture = captured(f"{site}{path}{stamp}", f"{stamp}0101000000", f"http://{site}{path}")
        document = Document(description=Description(), sections=(section,), format="html")
        origin = Origin(collection=public, path="a.warc", record=capture.record_id, capture=capture)
        groups = by_line("", [section], [], [])
        return docstore.documents.put(origin, document, groups)[0]

    return put


def passages(docstore: Docstore, document_id: str) -> list[str]:
    hashes = docstore.library.text_hashes(Bounds())
    entries = docstore.library.entries(list(hashes), Bounds()).values()
    of_document = [entry for entry in entries if entry.document_id == document_id]
    return [entry.text for entry in sorted(of_document, key=lambda entry: entry.start)]


def settle(docstore: Docstore) -> set[str]:
    return set(docstore.documents.settle_furniture(by_line))


def test_what_repeats_across_a_site_stands_in_one_document_alone(
    docstore: Docstore, put_page: PutPage
) -> None:
    front = put_page("/", "Welcome.", NOTICE)
    others = [put_page(f"/page-{number}", f"Page {number}.", NOTICE) for number in range(5)]
    assert passages(docstore, others[0]) == ["Page 0.", NOTICE]
    assert settle(docstore) >= set(others)
    assert passages(docstore, front) == ["Welcome.", NOTICE]
    assert [passages(docstore, page) for page in others] == [[f"Page {n}."] for n in range(5)]
    assert docstore.library.sections(others[0])[0].section.text == f"Page 0.\n{NOTICE}"
    assert settle(docstore) == set()
    late = put_page("/late", "Late.", NOTICE)
    settle(docstore)
    assert passages(docstore, late) == ["Late."]


def test_what_a_few_pages_have_in_common_stays(docstore: Docstore, put_page: PutPage) -> None:
    branches = [put_page(f"/branch-{number}", f"Branch {number}.", HOURS) for number in range(6)]
    for number in range(12):
        put_page(f"/news-{number}", f"News {number}.")
    settle(docstore)
    assert all(HOURS in passages(docstore, branch) for branch in branches)


def test_versions_of_one_page_are_one_address(docstore: Docstore, put_page: PutPage) -> None:
    versions = [
        put_page("/hours", f"Version {year}.", HOURS, stamp=str(year)) for year in range(2010, 2019)
    ]
    settle(docstore)
    assert all(HOURS in passages(docstore, version) for version in versions)


def test_each_site_has_its_own(docstore: Docstore, put_page: PutPage) -> None:
    for number in range(6):
        put_page(f"/{number}", f"Page {number}.", NOTICE)
    elsewhere = put_page("/", "Elsewhere.", NOTICE, site="other.example")
    settle(docstore)
    assert passages(docstore, elsewhere) == ["Elsewhere.", NOTICE]


def test_when_the_keeper_goes_another_keeps_the_line(docstore: Docstore, put_page: PutPage) -> None:
    front = put_page("/", "Welcome.", NOTICE)
    others = [put_page(f"/p{number}", f"Page {number}.", NOTICE) for number in range(6)]
    settle(docstore)
    docstore.takedown.remove(front)
    settle(docstore)
    assert [NOTICE in passages(docstore, page) for page in others].count(True) == 1


def test_when_pages_go_it_is_furniture_no_more(docstore: Docstore, put_page: PutPage) -> None:
    put_page("/", "Welcome.", NOTICE)
    others = [put_page(f"/p{number}", f"Page {number}.", NOTICE) for number in range(4)]
    settle(docstore)
    assert NOTICE not in passages(docstore, others[0])
    for page in others[2:]:
        docstore.takedown.remove(page)
    settle(docstore)
    assert all(NOTICE in passages(docstore, page) for page in others[:2])


def test_the_order_of_reading_makes_no_difference(docstore: Docstore, put_page: PutPage) -> None:
    pages = {f"/p{number}": f"Page {number}." for number in range(8)}
    order = list(pages)
    random.Random(4).shuffle(order)  # noqa: S311 - nothing is at stake
    ids = {}
    for number, path in enumerate(order):
        ids[path] = put_page(path, pages[path], NOTICE)
        if number % 3 == 0:
            settle(docstore)
    settle(docstore)
    assert [path for path in pages if NOTICE in passages(docstore, ids[path])] == ["/p0"]


def test_what_a_kill_left_undone_is_done_next_time(docstore: Docstore, put_page: PutPage) -> None:
    ids = [put_page(f"/p{number}", f"Page {number}.", NOTICE) for number in range(7)]
    begun = docstore.documents.settle_furniture(by_line)
    next(begun)  # and no further
    begun.close()  # type: ignore[attr-defined]
    settle(docstore)
    assert [NOTICE in passages(docstore, one) for one in ids].count(True) == 1
