"""CollectionBuilder's tables: each row a description, its transcript the source's own words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rag_assistant.dates import day_number
from rag_assistant.ports import Leaf
from rag_assistant.readers import read_file
from rag_assistant.schema import Agent, Description, Record, Rights

Save = Callable[[str, bytes], Path]
Read = Callable[[Path], list[Leaf]]
TRANSCRIBED = {
    "demo-compoundobjects-allmedia.csv": 2,
    "demo-compoundobjects-metadata.csv": 2,
    "demo-metadata.csv": 1,
    "metadata-template.csv": 0,
}


def rows(data: Path, name: str) -> dict[str | None, Leaf]:
    return {
        leaf.record: leaf for leaf in read_file(data / "formats/collectionbuilder" / name, name)
    }


def described(leaf: Leaf) -> Description:
    assert leaf.document is not None
    return leaf.document.description


def test_the_shared_tables_agree_with_the_census(data: Path) -> None:
    census = json.loads((data / "formats/CENSUS.json").read_text(encoding="utf-8"))["files"]
    for name, transcripts in TRANSCRIBED.items():
        found = rows(data, name)
        fact = census[f"collectionbuilder/{name}"]
        spoken = [record for record in found if record and record.endswith("#transcript")]
        assert len(spoken) == transcripts
        assert len(found) == fact["rows"] + transcripts
        assert all(leaf.outcome == "read" for leaf in found.values())
        items = [leaf for record, leaf in found.items() if record not in spoken]
        stated = Counter(
            said.rights.uri if (said := described(leaf)).rights and said.rights.uri else "(none)"
            for leaf in items
        )
        assert dict(stated) == fact["rightsstatements"]


def test_a_row_field_by_field(data: Path) -> None:
    leaf = rows(data, "demo-compoundobjects-allmedia.csv")["demo_024"]
    said = described(leaf)
    assert said.title == '"The Uncrowned King" by Jennie Eva Hughes'
    assert said.creator == "Hughes, Jennie Eva"
    assert said.date is not None
    assert said.date.first == said.date.last == day_number(1898, 4, 15)
    assert (said.kind, said.described_by, said.language) == ("catalogue record", "cataloguer", "en")
    assert said.rights == Rights(
        uri="https://creativecommons.org/publicdomain/mark/1.0/", label=said.rights.label
    )
    assert said.rights.label.startswith("In Public Domain. For more inf")
    assert said.uri == "https://www.lib.uidaho.edu/blackhistory/objects/mg5758_003.pdf"
    record = said.record
    assert isinstance(record, Record)
    assert record.type == "document"
    assert record.agents == (Agent(family="Hughes", given="Jennie Eva"),)
    assert record.identifiers[0] == ("local", "demo_024")
    assert record.series == (
        "Jennie Eva Hughes, the First Black Graduate of the University of Idaho",
    )
    assert leaf.document is not None
    (section,) = leaf.document.sections
    assert "\n\nCreator: Hughes, Jennie Eva\n\nDate: 1898-04-15\n\n" in section.text
    assert "objects/" not in section.text


def test_an_approximate_date_is_one(data: Path) -> None:
    record = described(rows(data, "demo-compoundobjects-allmedia.csv")["demo_022"]).record
    assert record is not None
    assert record.issued == "1899~"


def test_a_child_without_a_title_has_that_of_the_whole(data: Path) -> None:
    said = described(rows(data, "demo-compoundobjects-metadata.csv")["demo_033"])
    assert said.title == "Combined harvester, Moscow, Idaho"
    assert said.rights is None


def test_a_transcript_in_the_table_is_the_source_itself(data: Path) -> None:
    found = rows(data, "demo-metadata.csv")
    spoken, item = described(found["demo_003#transcript"]), described(found["demo_003"])
    assert (spoken.described_by, spoken.text_origin) == ("source", "transcript")
    assert (item.described_by, item.text_origin) == ("cataloguer", None)
    assert spoken.title == item.title == "Good News - Power (radio episode)"
    assert "demo_005#transcript" not in found, "its cell names a file"


HEADER = b"objectid,parentid,title,creator,date,identifier,reference_url,object_location\n"


def test_odd_rows_are_named(saved: Save, leaves: Read) -> None:
    table = HEADER + (
        b"a,,A,University of Idaho, ,10.1577/M02-113,https://e.example/a,/a.jpg\n"
        b"a,b,Again,X; Y,soon,ark:/12148/x,javascript:alert(1),\n"
        b",,No id,,,,,\n"
        b"c,,C,,,,,,too,many\n"
        b",,,,,,,/only-a-file.jpg\n"
        b"\n"
        b"b,a,B,,,,,\n"
    )
    found = {leaf.record: leaf for leaf in leaves(saved("items.csv", table))}
    assert {record: leaf.reason for record, leaf in found.items()} == {
        "a": "",
        "a (row 2)": "",
        "row 3": "",
        "c": "more cells than columns",
        "row 5": "no text",
        "b": "",
    }
    first = described(found["a"])
    assert first.identifiers == {"local": "a", "doi": "10.1577/M02-113"}
    assert first.uri == "https://e.example/a"
    assert first.record is not None
    assert first.record.links == ("https://e.example/a",)
    second = found["a (row 2)"]
    assert second.document is not None
    assert second.document.notes == ("date not understood: soon",)
    assert described(second).uri == ""
    assert described(second).creator == "X; Y"
    record = described(second).record
    assert record is not None
    assert record.series[-1] == "B", "parents that lead in a circle end somewhere"


def test_a_quotation_mark_that_never_closes_is_a_failure(saved: Save, leaves: Read) -> None:
    *read, last = leaves(saved("a.csv", b'objectid,title\n1,A\n2,"B\n3,C\n4,D\n'))
    assert [leaf.record for leaf in read] == ["1", "2"]
    assert (last.record, last.outcome, last.reason) == (None, "failed", "damaged table")


def test_other_separators_and_encodings(saved: Save, leaves: Read) -> None:
    latin = "objectid;title;creator\n1;Straße nach Köln;Müller\n".encode("latin-1")
    wide = "objectid\ttitle\tcreator\r\n1\tStraße nach Köln\tMüller\r\n".encode("utf-8-sig")
    for name, table in (("a.csv", latin), ("b.tsv", wide)):
        (leaf,) = leaves(saved(name, table))
        assert described(leaf).title == "Straße nach Köln"
        assert described(leaf).creator == "Müller"


def test_rights_and_access_of_a_row_restrict_it(saved: Save, leaves: Read) -> None:
    table = b"objectid,parentid,title,rights,rightsstatement,access\n" + (
        b"a,,A,Restricted to staff.,,\n"
        b"b,,B,,http://purl.org/coar/access_right/c_14cb,\n"
        b"c,,C,In copyright,http://rightsstatements.org/vocab/InC/1.0/,Open\n"
        b"d,,D,CC0,,Ask first\n"
    )
    found = {leaf.record: described(leaf) for leaf in leaves(saved("items.csv", table))}
    assert {record: said.access for record, said in found.items()} == {
        "a": "staff", "b": "staff", "c": "public", "d": "staff",
    }  # fmt: skip
    assert found["d"].access_note == "Ask first"
    assert found["b"].rights == Rights(uri="http://purl.org/coar/access_right/c_14cb")
