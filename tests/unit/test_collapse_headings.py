"""What stands under another heading, or in a file of another title, is other evidence."""

from __future__ import annotations

from typing import Any

from rag_assistant.docstore.candidates import Candidate, Wording
from rag_assistant.docstore.rows import embedded_hash
from rag_assistant.duplicates import signature
from rag_assistant.retrieval.collapse import Group, Wordings, collapse
from rag_assistant.retrieval.fusion import Scored
from rag_assistant.schema import Entry

HOURS = (
    "Open on Saturdays from nine to noon; step-free entrance; two public computers, a reading "
    "room with the daily papers, and a corner for children with its own door to the garden. "
    "Returned books may be left in the box beside the gate whenever the building is closed."
)
NEARLY = HOURS.replace("closed", "locked")
NORTH, SOUTH = ("North Quay branch",), ("South Hill branch",)
FIRST, SECOND = "Minutes of 14 March 1891", "Minutes of 12 April 1892"
A, B = "example,town)/a", "example,town)/b"


def entry(number: int, text: str, **said: Any) -> Entry:
    facts: dict[str, Any] = {
        "document_id": f"d{number}",
        "title": "Branches",
        "headings": NORTH,
        "use": "answer",
        **said,
    }
    return Entry(
        passage_id=f"p{number}",
        section_id=f"s{number}",
        collection="town",
        access="public",
        language="en",
        kind="",
        start=0,
        end=len(text),
        text=text,
        sentences=((0, len(text)),),
        date_from=None,
        date_to=None,
        text_hash="",
        **facts,
    )


def candidate(one: Entry, address: str, words: str) -> Candidate:
    return Candidate(
        passage_id=one.passage_id,
        document_id=one.document_id,
        use=one.use,
        language=one.language,
        text_hash=embedded_hash(one.title, one.headings, one.text),
        signature=signature(one.text or words),
        seen={address: ("20150101000000", "20150101000000")} if address else {},
    )


def groups(*found: tuple[Entry, str], words: str = HOURS) -> list[Group]:
    """Entries, best first, each with the address where it was captured ("" for a plain file)."""
    held = {
        one.passage_id: Wording(title=one.title, headings=one.headings, text=one.text)
        for one, _ in found
    }
    ranked = [
        Scored(entry=candidate(one, address, words), score=1 - place / 10, lexical=1.0)
        for place, (one, address) in enumerate(found)
    ]
    return collapse(
        ranked, Wordings(lambda asked: {one.passage_id: held[one.passage_id] for one in asked})
    )


def beneath(*found: tuple[Entry, str]) -> list[int]:
    """How many lie beneath each that is shown."""
    return [len(group.beneath) for group in groups(*found)]


def test_the_same_words_under_other_headings_stay_apart() -> None:
    for text in (HOURS, NEARLY):
        same = {"document_id": "d", "title": "Branches"}
        in_one_file = (entry(1, HOURS, **same), ""), (entry(2, text, headings=SOUTH, **same), "")
        assert beneath(*in_one_file) == [0, 0]
        pages = (entry(1, HOURS), A), (entry(2, text, headings=SOUTH), B)
        assert beneath(*pages) == [0, 0]
        outer = (entry(1, HOURS), A), (entry(2, text, headings=("Branches", *NORTH)), B)
        assert beneath(*outer) == [0, 0]


def test_the_same_words_under_the_same_headings_are_one() -> None:
    for text in (HOURS, NEARLY):
        assert beneath((entry(1, HOURS), A), (entry(2, text), B)) == [1]
        assert beneath((entry(1, HOURS), ""), (entry(2, text), "")) == [1]
        assert beneath((entry(1, HOURS), ""), (entry(2, text), B)) == [1]


def test_files_of_other_titles_stay_apart() -> None:
    north, south = entry(1, HOURS, title="North Quay"), entry(2, HOURS, title="South Hill")
    assert beneath((north, ""), (south, "")) == [0, 0]
    assert beneath((north, A), (south, "")) == [0, 0], "a page is no copy of another file"
    assert beneath((north, A), (south, B)) == [1], "pages may be called by their address"


def test_figures_in_the_titles_of_pages_count() -> None:
    first, second = entry(1, HOURS, title=FIRST), entry(2, HOURS, title=SECOND)
    assert beneath((first, A), (second, B)) == [0, 0]
    in_words = entry(3, HOURS, title="Minutes of March"), entry(4, HOURS, title="Minutes of April")
    assert beneath((in_words[0], A), (in_words[1], B)) == [0, 0]


def test_figures_that_change_places_between_title_and_text_count() -> None:
    first = entry(1, f"{HOURS} Since 1892.", title="Hours of 1891")
    second = entry(2, f"{HOURS} Since 1891.", title="Hours of 1892")
    assert beneath((first, A), (second, B)) == [0, 0]


def test_versions_of_one_address_are_one_whatever_they_are_called() -> None:
    old = entry(1, HOURS, title=FIRST)
    new = entry(2, HOURS.replace("two", "3"), title=SECOND, headings=SOUTH)
    assert beneath((old, A), (new, A)) == [1]


def test_of_what_is_only_listed_the_title_is_all_there_is() -> None:
    listed = {"use": "list", "headings": ()}
    first = entry(1, "", title="North Quay", **listed)
    other = entry(2, "", title="South Hill", **listed)
    again = entry(3, "", title="North Quay", **listed)
    assert beneath((first, A), (other, B), (again, "example,town)/c")) == [1, 0]
