"""Citations as CSL-JSON items."""

from __future__ import annotations

import pytest

from rag_assistant.references import csl_item, csl_items
from rag_assistant.references.items import ROLES, item_key
from rag_assistant.schema import Agent, Record
from tests.answers import make_capture, make_citation

LETTER = Record(
    title="Letter to Tom",
    issued="1890~",
    genre="Letter",
    box="3",
    folder="12",
    series=("Correspondence", "Outgoing"),
    collection="Venn Papers",
    repository="Olney Library",
)
BOOK = Record(
    type="book",
    title="The iron bridge",
    agents=(
        Agent(family="Venn", given="Ada"),
        Agent(literal="Olney Town Council", role="creator"),
        Agent(family="Coe", role="editor"),
        Agent(given="Madonna", role="singer of songs"),
    ),
    issued="1934/1936",
    edition="2nd ed.",
    publisher="Olney Press",
    publisher_place="Olney",
    volume="3",
    pages="12-24",
    languages=("en", "la"),
    call_number="942.5 VEN",
    identifiers=(
        ("isbn", "978-0-00-000000-2"),
        ("isbn", "0-00-000000-0"),
        ("doi", "10.1/x"),
        ("url", "https://library.example/b"),
    ),
)


def test_a_component_of_a_finding_aid() -> None:
    citation = make_citation(record=LETTER, locator="Box 3, Folder 12", creator="Venn family")
    assert csl_item(citation, collection="Town papers") == {
        "id": "document-1",
        "type": "document",
        "title": "Letter to Tom",
        "issued": {"date-parts": [[1890]], "circa": True},
        "genre": "Letter",
        "archive": "Olney Library",
        "archive_collection": "Venn Papers",
        "archive_location": "Box 3, Folder 12",
        "source": "Town papers",
        "language": "en",
        "note": "Series: Correspondence › Outgoing",
    }


def test_a_book_with_all_that_a_catalogue_says() -> None:
    assert csl_item(make_citation(record=BOOK, uri="https://catalogue.example/1")) == {
        "id": "document-1",
        "type": "book",
        "title": "The iron bridge",
        "author": [{"family": "Venn", "given": "Ada"}, {"literal": "Olney Town Council"}],
        "editor": [{"family": "Coe"}],
        "contributor": [{"literal": "Madonna"}],
        "issued": {"date-parts": [[1934], [1936]]},
        "edition": "2nd ed.",
        "publisher": "Olney Press",
        "publisher-place": "Olney",
        "volume": "3",
        "page": "12-24",
        "ISBN": "978-0-00-000000-2",
        "DOI": "10.1/x",
        "URL": "https://library.example/b",
        "call-number": "942.5 VEN",
        "language": "en",
    }


def test_a_capture_is_a_page_with_its_archive_and_no_date_that_it_does_not_state() -> None:
    citation = make_citation(
        title="Ferry\n timetable",
        creator="",
        capture=make_capture("20190503120000"),
        date="captured 2019-05-03",
        uri="http://ferry.example/",
        archive_url="https://replay.example/20190503120000/http://ferry.example/",
        language="und",
    )
    assert csl_item(citation, collection="Town web") == {
        "id": "document-1-20190503120000",
        "type": "webpage",
        "title": "Ferry timetable",
        "accessed": {"date-parts": [[2019, 5, 3]]},
        "URL": "http://ferry.example/",
        "archive": "Town web",
        "archive_location": "https://replay.example/20190503120000/http://ferry.example/",
    }


def test_speech_is_an_interview_unless_the_record_knows_better() -> None:
    spoken = {"speaker": "Ada Venn", "begin": 751.5}
    assert csl_item(make_citation(place=spoken))["type"] == "interview"
    film = Record(type="motion_picture")
    assert csl_item(make_citation(place=spoken, record=film))["type"] == "motion_picture"
    assert csl_item(make_citation(record=Record(type="postcard")))["type"] == "document"


def test_what_no_record_tells_comes_from_the_citation() -> None:
    citation = make_citation(identifiers={"issn": "1234-5678"}, uri="https://x.example/1")
    assert csl_item(citation) == {
        "id": "document-1",
        "type": "document",
        "title": "The iron bridge",
        "author": [{"literal": "Venn, Ada"}],
        "issued": {"date-parts": [[1868]]},
        "ISSN": "1234-5678",
        "URL": "https://x.example/1",
        "language": "en",
    }


def test_each_cited_thing_is_one_item() -> None:
    cited = [
        make_citation(1),
        make_citation(2, document_id="document-1"),
        make_citation(3, document_id="web", capture=make_capture("20190101000000")),
        make_citation(4, document_id="web", capture=make_capture("20200101000000")),
    ]
    titles = {"town": "Town papers"}
    found = csl_items(cited, titles)
    assert [one["id"] for one in found] == [
        "document-1",
        "web-20190101000000",
        "web-20200101000000",
    ]
    assert [one.get("source") for one in found] == ["Town papers", None, None]


@pytest.mark.parametrize(
    ("box", "folder", "location"),
    [
        ("3", "12", "Box 3, Folder 12"),
        ("OS-4", "", "Box OS-4"),
        ("Reel 4", "", "Reel 4"),
        ("", "Folder 12a", "Folder 12a"),
    ],
)
def test_a_container_is_named_once(box: str, folder: str, location: str) -> None:
    record = Record(box=box, folder=folder)
    assert csl_item(make_citation(record=record))["archive_location"] == location


def test_keys_are_plain_stable_and_told_apart() -> None:
    item = csl_item(make_citation(record=BOOK))
    assert item_key(item) == item_key({**item, "title": "Another"})
    assert item_key(item).startswith("venn1934-")
    assert item_key(item) != item_key({**item, "id": "document-2"})
    assert item_key({"id": "x", "type": "book", "author": [{"literal": "Гоголь"}]})[:5] == "item-"


def test_every_role_is_one_of_csl() -> None:
    agents = tuple(Agent(family="X", role=role) for role in ROLES)
    item = csl_item(make_citation(record=Record(agents=agents)))
    assert set(ROLES) <= item.keys()


def test_a_date_is_as_sure_as_its_words() -> None:
    record = Record(title="Letters", issued="1900/1906")
    item = csl_item(make_citation(record=record, date="circa 1900-1906"))
    assert item["issued"] == {"date-parts": [[1900], [1906]], "circa": True}


@pytest.mark.parametrize(
    ("genre", "kind", "told"),
    [
        ("file", "component", None),
        ("Sub-subgroup", "component", None),
        ("collection", "collection", None),
        ("Image;StillImage", "catalogue record", None),
        ("Image; StillImage", "catalogue record", None),
        ("Postcards", "catalogue record", "Postcards"),
        ("Text; Postcards", "catalogue record", "Text; Postcards"),
    ],
)
def test_neither_a_level_nor_a_type_is_a_genre(genre: str, kind: str, told: str | None) -> None:
    citation = make_citation(record=Record(title="Letters", genre=genre), kind=kind)
    assert csl_item(citation).get("genre") == told


def test_a_collection_is_not_in_itself_and_has_no_address_of_one_of_its_parts() -> None:
    links = ("https://library.example/slide-7",)
    papers = Record(type="collection", title="Papers", collection="Papers", links=links)
    item = csl_item(make_citation(record=papers))
    assert not item.keys() & {"archive_collection", "URL"}
    part = Record(title="Slide 7", collection="Papers", links=links)
    assert csl_item(make_citation(record=part))["URL"] == links[0]
