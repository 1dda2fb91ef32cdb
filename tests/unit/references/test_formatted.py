"""One formatted reference a citation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rag_assistant.references import reference
from rag_assistant.schema import Agent, Record
from tests.answers import make_capture, make_citation

LETTER = Record(
    title="Letter to Tom",
    issued="1890-05-03",
    box="3",
    folder="12",
    series=("Correspondence", "Outgoing"),
    collection="Venn Papers",
    repository="Olney Library",
)
IN_BOX: dict[str, Any] = {
    "record": LETTER,
    "date": "",
    "locator": "Box 3, Folder 12",
    "place": {"container": {"box": "3", "folder": "12"}},
}


def test_an_archival_reference_leads_from_the_item_outward() -> None:
    assert reference(make_citation(**IN_BOX)) == (
        "Letter to Tom, 3 May 1890, Box 3, Folder 12, Outgoing, Correspondence, Venn Papers, "
        "Olney Library."
    )


def test_the_page_stands_with_the_item() -> None:
    page = {"page": "4", "page_index": 3, "container": {"box": "3", "folder": "12"}}
    told = reference(make_citation(**IN_BOX | {"locator": "p. 4", "place": page}))
    assert told.startswith("Letter to Tom, 3 May 1890, p. 4, Box 3, Folder 12, ")


def test_a_record_of_a_thing_in_a_library_names_its_author() -> None:
    record = Record(
        title="Diary", agents=(Agent(family="Venn", given="Ada"),), repository="Olney Library"
    )
    told = reference(make_citation(record=record, locator="p. 2", date="1868"))
    assert told == "Ada Venn, Diary, 1868, p. 2, Olney Library."


@pytest.mark.parametrize(
    ("preferred", "told"),
    [
        (
            "Preferred citation: Venn Papers, Olney Library, Olney",
            "Letter to Tom, 3 May 1890, Box 3, Folder 12. Venn Papers, Olney Library, Olney.",
        ),
        (
            "Preferred Citation Identification of specific item; Date (if known); Venn Papers, "
            "Box and Folder Number; Special Collections, Olney Library.",
            "Letter to Tom; 3 May 1890; Venn Papers, Box 3, Folder 12; Special Collections, "
            "Olney Library.",
        ),
        (
            "Identification of item; Date, if known; Collection Title; Box and Folder Number; "
            "Public Policy Papers",
            "Letter to Tom; 3 May 1890; Venn Papers; Box 3, Folder 12; Public Policy Papers.",
        ),
        (
            "[item], folder, box, Venn Records, Olney Library",
            "Letter to Tom, 3 May 1890, Box 3, Folder 12, Venn Records, Olney Library.",
        ),
        (
            "[Identification of item], M0198, Dept. of Special Collections, Olney",
            "Letter to Tom, 3 May 1890, Box 3, Folder 12, M0198, Dept. of Special Collections, "
            "Olney.",
        ),
    ],
)
def test_the_institutions_own_words_come_after_the_item(preferred: str, told: str) -> None:
    record = replace(LETTER, preferred_citation=preferred)
    assert reference(make_citation(**IN_BOX | {"record": record})) == told


def test_slots_of_which_nothing_is_known_are_left_out() -> None:
    preferred = "Identification of item; Date (if known); Venn Papers, Box and Folder Number; Olney"
    record = Record(title="Letter", preferred_citation=preferred)
    citation = make_citation(record=record, date="", locator="", creator="")
    assert reference(citation) == "Letter; Venn Papers, Olney."


def test_backslashes_of_a_record_stay() -> None:
    preferred = "Identification of item; Box and Folder Number; Olney"
    record = Record(title="Letter", box=r"a\1\g<0>", preferred_citation=preferred)
    citation = make_citation(record=record, date="", locator="")
    assert reference(citation) == r"Letter; Box a\1\g<0>; Olney."


def test_a_capture_is_cited_with_its_day_and_its_replay() -> None:
    citation = make_citation(
        title="Ferry timetable",
        creator="",
        capture=make_capture("20190503120000"),
        date="captured 2019-05-03",
        uri="http://ferry.example/",
        archive_url="https://replay.example/2019/http://ferry.example/",
        locator="",
    )
    assert reference(citation, collection="Town web") == (
        "“Ferry timetable.” http://ferry.example/. Captured 3 May 2019, Town web. "
        "https://replay.example/2019/http://ferry.example/."
    )
    bare = replace(citation, archive_url="", creator="Olney Ferries", date="2018")
    assert reference(bare) == (
        "Olney Ferries. “Ferry timetable.” 2018. http://ferry.example/. Captured 3 May 2019."
    )


def test_oral_history_is_cited_by_speaker_and_time() -> None:
    citation = make_citation(
        title="The mill years",
        date="1975-06",
        locator="Ada Venn, 12:31",
        place={"speaker": "Ada Venn", "begin": 751.9, "finish": 760.0},
    )
    assert reference(citation, collection="Town voices") == (
        "Ada Venn, in “The mill years”, June 1975, at 00:12:31. Town voices."
    )
    kept = Record(collection="Mill Project", repository="Olney Library")
    assert reference(replace(citation, record=kept)).endswith("Mill Project, Olney Library.")
    assert reference(replace(citation, place={"begin": 3600.0})) == (
        "“The mill years”, June 1975, at 01:00:00."
    )


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (
            Record(
                type="book",
                title="The iron bridge",
                agents=(
                    Agent(family="Venn", given="Ada"),
                    Agent(family="Coe", given="Ben"),
                    Agent(literal="Olney Town Council"),
                ),
                edition="2nd ed.",
                publisher="Olney Press",
                publisher_place="Olney",
                issued="1934~",
            ),
            "Venn, Ada, Ben Coe and Olney Town Council. The iron bridge. 2nd ed. "
            "Olney: Olney Press, c. 1934, p. 12.",
        ),
        (
            Record(
                type="article-journal",
                title="Who paid?",
                agents=(Agent(family="Venn", given="Ada"),),
                container_title="Bridges",
                volume="3",
                issue="2",
                pages="12–24",
                issued="1934",
                identifiers=(("doi", "10.1/x"),),
            ),
            "Venn, Ada. “Who paid?” Bridges 3, no. 2 (1934): 12–24, p. 12. https://doi.org/10.1/x.",
        ),
        (
            Record(
                type="chapter",
                title="Tolls",
                agents=(Agent(family="Coe", role="editor"),),
                container_title="Bridges of Olney",
                publisher="Olney Press",
                issued="1934",
            ),
            "“Tolls.” Edited by Coe. In Bridges of Olney, Olney Press, 1934, p. 12.",
        ),
        (Record(type="map", title="Olney"), "Olney. P. 12."),
    ],
)
def test_bibliographic_references(record: Record, told: str) -> None:
    assert reference(make_citation(record=record, date="", creator="", locator="p. 12")) == told


def test_without_a_record_the_document_tells_of_itself() -> None:
    citation = make_citation(uri="https://catalogue.example/1", locator="p. 3")
    assert reference(citation, collection="Town papers") == (
        "Venn, Ada. The iron bridge. 1868, p. 3. Town papers. https://catalogue.example/1."
    )


def test_nothing_is_put_where_nothing_is_known() -> None:
    citation = make_citation(creator="", date="", locator="", title="A\x00 list\n\tof  tolls")
    assert reference(citation) == "A list of tolls."


def test_a_place_in_a_description_is_no_place_in_the_work() -> None:
    book = Record(type="book", title="Bridges", publisher="Olney Press", issued="1934")
    said: dict[str, Any] = {"record": book, "creator": "", "date": "1934", "locator": "para. 1"}
    assert reference(make_citation(**said, described_by="cataloguer")) == (
        "Bridges. Olney Press, 1934."
    )
    assert reference(make_citation(**said)) == "Bridges. Olney Press, 1934, para. 1."
    boxed = make_citation(**IN_BOX, described_by="cataloguer")
    assert reference(boxed) == reference(make_citation(**IN_BOX))


@pytest.mark.parametrize(
    ("preferred", "told"),
    [
        ("", "Tom Coe, Letter to Tom, 3 May 1890, Box 3, Folder 12, Outgoing, "),
        ("Venn Papers, Olney", "Tom Coe, Letter to Tom, 3 May 1890, Box 3, Folder 12. Venn Pap"),
        ("Identification of item; Date; Olney", "Tom Coe, Letter to Tom, Box 3, Folder 12; 3 May "),
    ],
)
def test_a_component_names_its_own_author_alone(preferred: str, told: str) -> None:
    own = replace(LETTER, agents=(Agent(family="Coe", given="Tom"),), preferred_citation=preferred)
    citation = make_citation(**IN_BOX | {"record": own}, creator="Venn, Ada")
    assert reference(citation).startswith(told)
    inherited = replace(own, agents=())
    assert "Venn, Ada" not in reference(replace(citation, record=inherited))


@pytest.mark.parametrize(
    ("preferred", "told"),
    [
        ("", "Ada Venn Papers, 1860–1890, Olney Library."),
        (
            "Identification of item; Date (if known); Ada Venn Papers, Box and Folder Number; "
            "Olney Library",
            "Ada Venn Papers, Olney Library.",
        ),
        ("Identification of item; Date; Collection Title, Olney", "Ada Venn Papers, Olney."),
        ("Olney Library, MS 12", "Ada Venn Papers, 1860–1890. Olney Library, MS 12."),
    ],
)
def test_a_collection_is_named_once(preferred: str, told: str) -> None:
    papers = Record(
        type="collection",
        title="Ada Venn Papers",
        collection="Ada Venn Papers",
        agents=(Agent(family="Venn", given="Ada"),),
        issued="1860/1890",
        repository="Olney Library",
        preferred_citation=preferred,
    )
    citation = make_citation(record=papers, date="", locator="", creator="Venn, Ada")
    assert reference(citation) == told


def test_a_date_in_the_title_is_not_written_twice() -> None:
    papers = Record(title="Tolls, 1860-1890", repository="Olney Library")
    citation = make_citation(record=papers, date="1860-1890", locator="", creator="")
    assert reference(replace(citation, date="1860")) == "Tolls, 1860-1890, Olney Library."


def test_a_part_of_an_object_names_what_it_is_part_of() -> None:
    front = make_citation(
        record=Record(title="postcard front", series=("Mill Bridge",)), date="", locator=""
    )
    assert reference(front) == "postcard front, Mill Bridge."


def test_a_date_that_the_record_knows_to_be_approximate_says_so() -> None:
    album = Record(title="Album", issued="1899~", repository="Olney")
    told = reference(make_citation(record=album, date="1899", locator="", creator=""))
    assert told == "Album, c. 1899, Olney."


def test_quotation_marks_in_a_quoted_title_are_single() -> None:
    page = make_citation(
        title='On "the bridge"', capture=make_capture(), creator="", date="", locator=""
    )
    assert reference(page).startswith("“On ‘the bridge’.”")


def test_a_title_turns_no_other_words_around() -> None:
    cited = make_citation(record=None, title="\u202eevil\u2066 \u05d0\u05d1", creator="\u202bVenn")
    told = reference(cited)
    assert "evil \u05d0\u05d1" in told
    assert not set(told) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
