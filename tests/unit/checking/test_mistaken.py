"""What is easily taken for more, or for less, than it is."""

from __future__ import annotations

import json

from rag_assistant import showing
from rag_assistant.checking.report import Checked
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.rows import Origin
from rag_assistant.schema import Agent, Description, Document, Passage, Record, Section

from .conftest import Add, Check

ISBN, OTHER_ISBN = "0-201-61622-X", "978-0-596-00085-1"


def only(check: Check, text: str) -> Checked:
    (one,) = check(text).references
    return one


def test_a_call_number_or_an_address_matches_no_other_title(check: Check, add: Add) -> None:
    add(
        "Photograph album",
        "Venn, Ada",
        call_number="A0011",
        numbers=[("url", "https://library.example.org/album")],
    )
    for number in ("A0011", "https://library.example.org/album"):
        one = only(check, f"Photograph Album: Views of the Earthquake Ruins. {number}.")
        assert one.verdict == "close", number


def test_a_number_with_a_wrong_author_is_close_and_says_so(check: Check, add: Add) -> None:
    add("The pragmatic programmer", "Hunt, Andrew", issued="2000", numbers=[("isbn", ISBN)])
    one = only(check, f'"The Pragmatic Programmer" by John Smith, ISBN {ISBN}')
    assert one.verdict == "close"
    assert one.summary == "Title and ISBN agree with a record; its author is given otherwise."
    (author,) = [each for each in one.found[0].comparison.differs if each.what == "author"]
    assert (author.reference, author.record) == ("John Smith", "Hunt, Andrew")


def test_a_record_without_people_has_no_author_that_agrees(check: Check, add: Add) -> None:
    add(
        "Association internationale",
        issued="1959",
        collection="Stamo Papadaki Papers",
        repository="Manuscripts Division",
    )
    person = only(check, "Papadaki, Stamo. Association Internationale. 1959.")
    assert person.verdict == "close"
    assert person.found[0].comparison.agrees == ("title", "date")
    undated = only(check, "Manuscripts Division. Association Internationale.")
    assert undated.verdict == "close"
    issued = only(check, "Manuscripts Division. Association Internationale. 1959.")
    assert issued.summary == "Found here: title, institution and date agree."
    within = only(check, "Association Internationale, 1959. Stamo Papadaki Papers.")
    assert within.summary == "Found here: title, collection and date agree."


def test_a_title_that_stands_in_the_reference_is_no_conflict(check: Check, add: Add) -> None:
    add("The pragmatic programmer", "Hunt, Andrew", issued="2000", numbers=[("isbn", ISBN)])
    see = only(check, f"See: Hunt, Andrew, The Pragmatic Programmer (2000), ISBN {ISBN}")
    assert see.verdict == "matched"
    odd = only(check, f"From the shelf -- Hunt -- The Pragmatic Programmer -- {ISBN}")
    assert odd.verdict == "close"


def test_a_chapter_with_its_books_number_is_part_of_it(check: Check, add: Add) -> None:
    add("Learning Python", "Lutz, Mark", issued="2004", numbers=[("isbn", OTHER_ISBN)])
    one = only(
        check,
        "Smith, J. (2004). A chapter on recursion. In M. Lutz & D. Ascher (Eds.), Learning Python "
        f"(pp. 1-20). O'Reilly. ISBN {OTHER_ISBN}",
    )
    assert (one.verdict, one.found[0].comparison.title) == ("close", "part")


def test_a_call_number_in_the_field_of_the_lccn_is_one(check: Check, add: Add) -> None:
    add(
        "The iron bridge",
        "Venn, Ada",
        call_number="TG25.W45 V46 1868",
        numbers=[("lccn", "68012345")],
    )
    entry = "@book{{k, author={{Venn, Ada}}, title={{The iron bridge}}, lccn={{{}}}}}"
    one = only(check, entry.format("TG25.W45 V46 1868"))
    assert one.found[0].comparison.agrees == ("title", "author", "call number")
    assert [each.what for each in one.found[0].comparison.differs] == []
    other = only(check, entry.format("sn 85012345"))
    assert [each.what for each in other.found[0].comparison.differs] == ["LCCN"]


def test_the_record_opens_at_its_beginning(check: Check, add: Add, docstore: Docstore) -> None:
    collection = CollectionConfig(id="letters", access="public")
    docstore.put_collection(collection)
    sections = tuple(Section(text=f"Part {number} of the letters.") for number in range(12))
    passages = [
        [Passage(start=0, end=len(one.text), text=one.text, sentences=((0, len(one.text)),))]
        for one in sections
    ]
    record = Record(title="Letters home", agents=(Agent(family="Venn", given="Ada"),))
    document_id, _ = docstore.documents.put(
        Origin(collection=collection, path="letters.txt", record=""),
        Document(
            description=Description(title="Letters home", record=record),
            sections=sections,
            format="text",
        ),
        passages,
    )
    (found,) = only(check, "Venn, Ada. Letters Home.").found
    placed = docstore.library.passages([document_id])
    opened = showing.passage(docstore, found.passage_id, "public")
    assert len(placed) == 12
    assert "Part 0" in json.dumps(opened)
