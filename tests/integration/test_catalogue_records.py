"""Real catalogue records: as many leaves as the census counts, and exactly these fields."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.ports import Leaf
from rag_assistant.readers import read_file
from rag_assistant.schema import Agent, Document, Record, Section

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("RAG_TEST_DATA", ROOT.parent / "shared" / "data"))
FORMATS = {"iso2709": "marc", "marcxml": "marcxml", "marc-in-json": "marcjson"}

# Where the census counts otherwise than we do, and why.
OTHERWISE = {
    "marc/pymarc/bad_records.mrc": (2, 6, "its seventh failure is the line end behind the last"),
    "marc/pymarc/bad_indicator.dat": (1, 0, "its failure is the line end behind the record"),
    "marc/pymarc/testunimarc.dat": (1, 0, "its failure is the line end behind the record"),
    "marc/pymarc/bad_tag.xml": (1, 0, "its leader is short, its fields are whole"),
    "marc/pymarc/test.json": (1, 0, "JSON but for line ends inside words"),
    "marc/chronam/title-delete.xml": (0, 0, "both say that they are deleted: they are skipped"),
}


def leaves(name: str) -> list[Leaf]:
    path = DATA / "formats" / name
    return list(read_file(path, path.name))


def document(name: str, place: int = 0) -> Document:
    found = leaves(name)[place].document
    assert found, name
    return found


def record(name: str, place: int = 0) -> Record:
    found = document(name, place).description.record
    assert found, name
    return found


def census() -> dict[str, dict[str, Any]]:
    assert (DATA / "README.md").is_file(), f"The test data is not in {DATA}: set RAG_TEST_DATA."
    files = json.loads((DATA / "formats" / "CENSUS.json").read_text(encoding="utf-8"))["files"]
    return {
        name: facts
        for name, facts in files.items()
        if name.startswith("marc/") and facts["kind"] in FORMATS
    }


def counted(facts: dict[str, Any]) -> tuple[int, int]:
    """Records, and failures: a file that the census could not parse is one."""
    failures = facts.get("unreadable_records", 0) + ("error" in facts)
    return facts.get("records", 0), failures


@pytest.mark.parametrize("name", census())
def test_every_record_has_one_outcome(name: str) -> None:
    facts = census()[name]
    found = leaves(name)
    read = [leaf for leaf in found if leaf.outcome == "read"]
    failed = [leaf for leaf in found if leaf.outcome == "failed"]
    records, failures, _ = OTHERWISE.get(name, (*counted(facts), ""))
    assert (len(read), len(failed)) == (records, failures)
    assert {leaf.document.format for leaf in read if leaf.document} <= {FORMATS[facts["kind"]]}
    assert all(leaf.reason for leaf in found if leaf.outcome != "read")


def test_the_whole_set() -> None:
    found = {name: leaves(name) for name in census()}
    outcomes = [leaf.outcome for one in found.values() for leaf in one]
    assert len(found) == 51
    assert {kind: outcomes.count(kind) for kind in ("read", "skipped", "failed")} == {
        "read": 104, "skipped": 2, "failed": 10,
    }  # fmt: skip


def test_a_book() -> None:
    name = "marc/pymarc/one.dat"
    assert record(name) == Record(
        type="book",
        title="ActivePerl with ASP and ADO",
        agents=(Agent(family="Martinsson", given="Tobias", role="author"),),
        issued="2000",
        publisher="John Wiley & Sons",
        publisher_place="New York",
        extent="xxi, 289 p. : ill. ; 23 cm. + 1 computer laser disc (4 3/4 in.)",
        languages=("en",),
        subjects=("Perl (Computer program language)", "Active server pages", "ActiveX"),
        call_number="QA76.73.P22 M33 2000",
        identifiers=(
            ("isbn", "0471383147"),
            ("lccn", "00020737"),
            ("control_number", "fol05731351"),
        ),
    )
    assert leaves(name)[0].record == "fol05731351"
    assert locators(document(name).sections[0])["MARC 500"] == '"Wiley Computer Publishing."'
    assert record("marc/pymarc/one.json") == record(name)


def locators(section: Section) -> dict[str, str]:
    """The first paragraph of each field."""
    found: dict[str, str] = {}
    for place in section.places:
        found.setdefault(place.path, section.text[place.start : place.end])
    return found


def test_marc_8_and_its_scripts() -> None:
    assert "De la solitude à la communauté. English." in text("marc/pymarc/marc8.dat")
    assert "米国の統治の仕組" in text("marc/pymarc/bad_eacc_encoding.dat")
    assert document("marc/pymarc/bad_eacc_encoding.dat").notes == (
        "characters that could not be decoded: 5",
    )
    assert record("marc/pymarc/marc8.dat") == record("marc/pymarc/utf8_with_leader_flag.dat")


def text(name: str) -> str:
    return document(name).sections[0].text


def test_the_conversion_of_marc_8_line_by_line() -> None:
    """The pair of texts, each line the title of a record of its own."""
    folder = DATA / "formats" / "marc" / "pymarc"
    marc8 = (folder / "test_marc8.txt").read_bytes().splitlines()
    utf8 = (folder / "test_utf8.txt").read_text(encoding="utf-8").splitlines()
    assert len(marc8) == len(utf8) == 1515
    from rag_assistant.readers.marc import decoded_marc8

    assert [decoded_marc8(line)[0] for line in marc8] == utf8


def test_what_only_says_that_it_is_marc_8() -> None:
    found = document("marc/pymarc/1251.dat")
    assert found.notes == ("says that it is MARC-8, but was read as cp1251",)
    assert found.description.creator == "Ильина, Татьяна Николаевна"
    unflagged = "marc/pymarc/utf8_without_leader_flag.dat"
    assert document(unflagged).notes == ("says that it is MARC-8, but was read as utf-8",)
    assert record(unflagged) == record("marc/pymarc/utf8_with_leader_flag.dat")


def test_a_newspaper() -> None:
    found = record("marc/chronam/rda.xml")
    assert (found.type, found.title) == ("periodical", "The Voice of freedom")
    assert [(one.family, one.given, one.literal, one.role) for one in found.agents] == [
        ("Knapp", "Chauncey L.", "", "editor"),
        ("Burleigh", "Charles C.", "", "editor"),
        ("Holcomb", "Jedidiah", "", "editor"),
        ("", "", "Vermont Anti-Slavery Society", "contributor"),
    ]
    assert (found.issued, found.publisher) == ("1839/1848", "Allen & Poland")
    assert found.publisher_place == "Montpelier, Vt."
    assert found.identifiers == (("lccn", "sn 84022687"), ("control_number", "10552245"))
    assert record("marc/chronam/bib-with-vague-dates.xml").issued == "190X/19XX"
    assert record("marc/chronam/bib-with-vague-dates.xml").title == (
        "Polak amerykański = American Pole"
    )


def test_holdings_and_authorities() -> None:
    holdings = document("marc/chronam/holdings.xml").description
    assert (holdings.kind, holdings.title) == ("holdings", "Holdings: NPU NPUA")
    authority = document("marc/archivesspace/marcxml_collection_with_multiple_records.xml")
    assert authority.description.kind == "authority"
    assert authority.description.title == "Roosevelt, Anna, 1906-1975"
    assert locators(authority.sections[0])["MARC 400"] == "Roosevelt, Anna Eleanor, 1906-1975"


def test_an_archival_description_keeps_its_conditions_and_its_secrets() -> None:
    found = document("marc/archivesspace/at-tracer-marc-1.xml")
    said = found.description
    assert said.record is not None
    assert (said.record.type, said.record.genre) == ("collection", "Subjects--GenreForm--AT")
    assert said.access_note == "Resource-ConditionsGoverningAccess-AT"
    assert said.access is None
    assert said.rights is not None
    assert said.rights.label.startswith("Resource-ConditionsGoverningUse-AT")
    assert found.notes == ("left out as not public: MARC 583 $x",)


def test_open_access_in_words() -> None:
    said = document("marc/pymarc/bad_tag.xml").description
    assert (said.access, said.access_note) == ("public", "Freely available.")


def test_the_works_in_mets_files() -> None:
    """MODS inside METS, as the crosswalk gives it."""
    from lxml import etree

    from rag_assistant.readers.catalogued import mods_description

    path = DATA / "formats" / "page-mets" / "mets-mods2tei" / "test_mets_nodiv_local.xml"
    mods = next(etree.parse(path).iter("{http://www.loc.gov/mods/v3}mods"))
    said = mods_description(mods)
    assert said.record == Record(
        type="",
        title="Abhandlung vom Umwerfen oder Ausroden der Waldbäume",
        agents=(
            Agent(family="Burgsdorf", given="Friedrich August Ludwig", role="author"),
            Agent(family="Gatterer", given="Christoph Wilhelm Jakob", role="editor"),
        ),
        issued="1801",
        publisher="Stettin",
        publisher_place="Ulm",
        extent="48 Seiten",
        languages=("de",),
        call_number="Fbc 19",
        identifiers=(
            ("control_number", "oai:de:slub-dresden:db:id-1852685697"),
            ("url", "http://digital.slub-dresden.de/id1852685697"),
            ("urn", "urn:nbn:de:bsz:14-db-id18526856978"),
            ("kxp-ppn-digital", "1852685697"),
            ("kxp-ppn-source", "113012066X"),
            ("kitodo", "729813"),
        ),
    )
    assert (said.access, said.access_note) == ("public", "Open Access")
    assert said.rights is not None
    assert said.rights.uri == "http://creativecommons.org/publicdomain/mark/1.0/"


def test_a_finding_aid_inside_oai_pmh() -> None:
    found = leaves("ead/archivesspace/getrecord_oai_ead.xml")
    name = "oai:archivesspace//repositories/160/resources/632"
    assert [leaf.record for leaf in found] == [
        f"{name}#archdesc",
        f"{name}#aspace_e9c11f5b01d8b52fcf4c7b4001e52b47",
    ]
    titles = [leaf.document.description.title for leaf in found if leaf.document]
    assert titles == ["Test resource 0", "Archival_Object 1"]
