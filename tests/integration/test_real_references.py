"""References of real descriptions: they name the work, never the place in its description."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag_assistant.answer import Citation
from rag_assistant.locators import locate
from rag_assistant.readers import read_file
from rag_assistant.references import csl_item, reference
from tests.answers import make_citation

pytestmark = pytest.mark.integration

DATA = Path(
    os.environ.get("RAG_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)


def cited(name: str, title: str, words: str = "") -> Citation:
    """The first words of a document, or those given, as they would be cited."""
    assert (DATA / "README.md").is_file(), f"The test data is not in {DATA}: set RAG_TEST_DATA."
    path = DATA / "formats" / name
    found = (leaf.document for leaf in read_file(path, path.name))
    document = next(one for one in found if one and one.description.title == title)
    said = document.description
    section = next(one for one in document.sections if words in one.text)
    start = section.text.index(words)
    locator = locate(section, start, start + max(len(words), 1), said.record)
    return make_citation(
        title=said.title,
        creator=said.creator,
        date=said.date.text if said.date else "",
        identifiers=said.identifiers,
        kind=said.kind,
        locator=locator.label,
        place=locator.place,
        described_by=said.described_by,
        uri=said.uri,
        record=said.record,
    )


def test_a_book_is_not_cited_by_a_paragraph_of_its_record() -> None:
    citation = cited("marc/pymarc/multi_isbn.dat", "The town scold")
    assert citation.locator == "para. 1"
    assert reference(citation) == (
        "Johnson, Judith Emlyn. The town scold. Taftsville, Vt.: Countryman Press, 1977."
    )


def test_a_file_is_cited_by_its_box_and_not_by_a_heading_of_the_finding_aid() -> None:
    name = "ead/pulfalight/corner_cases_C0033.badcharacters.EAD.xml"
    series = cited(name, "Marie Claire Chabert Estate Records")
    assert series.locator.startswith("section “Felix Limongi Collection")
    assert reference(series) == (
        "Marie Claire Chabert, Marie Claire Chabert Estate Records; 1805 February 11-1864; "
        "Felix Limongi Collection of Louisiana Slavery and Civil War Materials, Special "
        "Collections, Princeton University Library."
    )
    file = cited(
        "ead/pulfalight/generated_mss_C0744.03.EAD.xml",
        "Homily for the 12th of Tāhsās (Dec. 21)",
    )
    assert (file.locator, ", Box 2; " in reference(file)) == ("Box 2", True)


def test_the_end_of_a_year_is_no_day_that_the_finding_aid_names() -> None:
    name = "ead/pulfalight/corner_cases_C0033.badcharacters.EAD.xml"
    item = csl_item(cited(name, "Marie Claire Chabert Estate Records"))
    assert item["issued"] == {"date-parts": [[1805, 2, 11], [1864]]}


def test_a_component_is_cited_with_its_own_author() -> None:
    album = cited("ead/arclight/sul-spec_a0011.xml", "Photograph Album")
    assert reference(album).startswith("Leland Stanford, Photograph Album")
    assert "genre" not in csl_item(album)


def test_a_collection_is_cited_by_the_words_that_its_institution_prefers() -> None:
    name, title = "ead/pulfalight/generated_publicpolicy_MC066.EAD.xml", "Wilhelm Groener "
    whole = cited(name, f"{title}correspondence")
    assert reference(whole) == (
        "Wilhelm Groener correspondence, Special Collections, Princeton University Library."
    )
    assert "archive_collection" not in csl_item(whole)
    assert "Wilhelm Groener correspondence, Box 1; " in reference(
        cited(name, f"{title}Correspondence")
    )
