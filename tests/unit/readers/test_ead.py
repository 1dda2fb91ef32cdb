"""Finding aids: each component with its box, folder, date and path, and with what it inherits."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from rag_assistant.dates import day_number, iso_date
from rag_assistant.ports import Leaf
from rag_assistant.readers import components, read_file, xml
from rag_assistant.readers.sniff import container
from rag_assistant.schema import Agent, Description, Document, Record

Read = Callable[[Path], list[Leaf]]
Save = Callable[[str, bytes], Path]

DID = "<did><unittitle>{}</unittitle></did>"
IN_ENGLISH = (
    "<eadheader><profiledesc><langusage><language langcode='eng'/></langusage></profiledesc>"
    "</eadheader>"
)
OPEN = "<accessrestrict><head>Access</head><p>Open for research.</p></accessrestrict>"


def documents(leaves: list[Leaf]) -> dict[str, Document]:
    return {leaf.record or "": leaf.document for leaf in leaves if leaf.document}


def shared(data: Path, name: str) -> dict[str, Document]:
    path = data / "formats" / "ead" / name
    return documents(list(read_file(path, path.name)))


def record(document: Document) -> Record:
    assert document.description.record
    return document.description.record


@pytest.fixture
def read(saved: Save, leaves: Read) -> Callable[[str], dict[str, Document]]:
    def of(body: str) -> dict[str, Document]:
        return documents(leaves(saved("aid.xml", f"<ead>{body}</ead>".encode())))

    return of


Of = Callable[[str], dict[str, Document]]


# ---------------------------------------------------------------- real finding aids


def test_a_folder_of_a_real_finding_aid(data: Path) -> None:
    found = shared(data, "pulfalight/corner_cases_C1491.relativedao.EAD.xml")
    letters = found["aspace_C1491_c5621"]
    said = letters.description
    assert (said.title, said.kind, said.described_by) == ("Fan Mail", "component", "cataloguer")
    assert said.date is not None
    assert (iso_date(said.date.first), iso_date(said.date.last)) == ("1992-01-01", "2018-12-31")
    assert said.date.text == "1992-2018"
    assert said.access is None, "boxes are named in it that are not open"
    assert said.access_note.startswith("The collection is open for research. Toni Morrison's")
    assert said.identifiers == {"ref_id": "aspace_C1491_c5621"}
    assert record(letters) == Record(
        type="manuscript",
        title="Fan Mail",
        issued="1992/2018",
        extent="2 folders",
        genre="file",
        languages=("en",),
        call_number="C1491",
        identifiers=(("ref_id", "aspace_C1491_c5621"),),
        repository="Manuscripts Division",
        collection="Toni Morrison Papers",
        series=("Working Files", "Additional Working Files", "Fan Mail"),
        box="330",
        folder="5-6",
        preferred_citation="Identification of specific item; Date (if known); Toni Morrison "
        "Papers, Box and Folder Number; Special Collections, Princeton University Library.",
    )
    (section,) = letters.sections
    assert section.headings == ("Toni Morrison Papers", *record(letters).series)
    assert section.text == "Fan Mail, 1992-2018\n2 folders\nBox 330, folder 5-6"
    notebook = record(found["aspace_C1491_c363"])
    assert (notebook.box, notebook.folder, notebook.issued) == ("32", "8", "undated")
    assert notebook.links == ("pdf/c363.pdf",)


def test_the_collection_itself(data: Path) -> None:
    said = shared(data, "pulfalight/corner_cases_C1491.relativedao.EAD.xml")["archdesc"]
    assert said.description.kind == "collection"
    assert said.description.uri == "http://arks.princeton.edu/ark:/88435/ff3657813"
    of = record(said)
    assert (of.title, of.collection, of.series) == ("Toni Morrison Papers",) * 2 + ((),)
    assert of.agents == (
        Agent(literal="Princeton University. Library. Special Collections"),
        Agent(family="Morrison", given="Toni"),
    )
    assert of.identifiers == (
        ("unitid", "C1491"),
        ("ark", "ark:/88435/ff3657813"),
        ("local", "C1491"),
        ("url", "http://arks.princeton.edu/ark:/88435/ff3657813"),
    )
    assert (of.extent, of.issued) == ("337 boxes; 16 items", "1908/2017")
    assert "Novelists." in of.subjects
    headings = [section.headings for section in said.sections]
    assert headings[:4] == [(), ("Abstract",), ("Scope and Contents",), ("Arrangement",)]
    assert ("Conditions Governing Access",) in headings


def test_an_inherited_path_and_an_open_collection(data: Path) -> None:
    found = shared(data, "pulfalight/generated_mss_C0744.03.EAD.xml")
    tables = found["aspace_C0744.03_c0004"]
    assert tables.description.access == "public"
    assert tables.description.date is not None
    assert tables.description.date.text == "second half of the 17th century"
    of = record(tables)
    assert (of.issued, of.box, of.languages) == ("1650/1699", "1", ("gez", "amh"))
    assert of.series == (
        "Series 1: Robert Garrett Collection of Ethiopic Manuscripts (C0744.03)",
        "Garrett Ethiopic Manuscript No. 1: The Four Gospels",
    )
    assert record(found["aspace_C0744.03_c0002"]).links == (
        "https://figgy.princeton.edu/concern/scanned_resources/"
        "7d9e690b-0590-4138-9a5d-9fe99b9a3d2b/manifest",
    )


def test_closures_of_real_finding_aids(data: Path) -> None:
    (letters,) = (
        one
        for one in shared(data, "pulfalight/generated_mss_C1752.EAD.xml").values()
        if one.description.closed_until is not None
    )
    assert letters.description.closed_until == day_number(2036, 1, 1)
    assert (record(letters).box, record(letters).folder) == ("B-002306", "47")
    images = shared(data, "arclight/sul-spec_pc0170.xml")
    assert {one.description.access for one in images.values()} == {"staff"}, "all is internal"
    closed = images["aspace_6a6648be46e57d220d1f4f6d07316570"].description
    assert closed.access_note == "Restricted 60 years from date of creation."
    assert closed.closed_until == day_number(2061, 1, 1)


def test_containers_that_name_their_parents_and_no_namespace(data: Path) -> None:
    item = shared(data, "archivesspace/vmi.xml")["c/1"]
    of = record(item)
    assert (of.box, of.folder, of.item) == ("1, 2, 3", "3", "cassette 4, cassette 5")
    assert item.sections[0].text.splitlines()[1:] == [
        "Box 1",
        "Box 2, folder 3",
        "Box 3, cassette 4, cassette 5",
    ]
    assert of.preferred_citation == "d82ad5fc-fd3c-49b2-bd3e-fc9d091ec683"


def test_a_finding_aid_inside_another_file(data: Path) -> None:
    path = data / "formats" / "ead" / "archivesspace" / "getrecord_oai_ead.xml"
    (ead,) = (one for one in xml.parse(path.read_bytes()).iter("{*}ead") if xml.local(one) == "ead")
    found = {name: make() for name, make in components.of_element(ead, "oai:archivesspace/632/")}
    assert [name.rpartition("/")[0] for name in found] == ["oai:archivesspace/632"] * 2
    whole, part = found.values()
    assert (whole.description.kind, part.description.kind) == ("collection", "component")
    assert record(part).collection == "Test resource 0"
    assert record(part).preferred_citation == "preferred citation note"
    assert whole.description.access_note == "conditions governing access note"
    assert len(list(ead.iter("{*}did"))) == 2, "the element is left as it is"


# ---------------------------------------------------------------- what small ones show


EAD3 = """<?xml version="1.0"?>
<!DOCTYPE ead SYSTEM "ead3.dtd">
<ead xmlns="http://ead3.archivists.org/schema/"><control><recordid instanceurl="http://a.example/1">R1
</recordid><languagedeclaration><language langcode="fre"/></languagedeclaration></control>
<archdesc level="fonds"><did><unittitle>Fonds <emph>Ollier</emph></unittitle>
<repository><corpname><part>Archives de la Ville</part></corpname></repository>
<origination><persname><part localtype="surname">Ollier</part><part localtype="forename">Anne</part>
</persname></origination></did>
<accessrestrict><p>Accès libre.</p></accessrestrict>
<dsc><c01 id="x1" level="file"><did><unittitle>Lettres</unittitle>
<unitdatestructured><daterange><fromdate standarddate="19340506">6 mai 1934</fromdate>
<todate standarddate="1936">1936</todate></daterange></unitdatestructured>
<physdescstructured physdescstructuredtype="carrier" coverage="whole"><quantity>3</quantity>
<unittype>liasses</unittype></physdescstructured>
<container localtype="box">2</container><container localtype="reel">7</container>
<langmaterial><language langcode="fre">Français</language></langmaterial>
<daoset><dao daotype="derived" href="https://hdl.handle.net/2027/x.1"/></daoset></did>
<controlaccess><subject><part>Ponts</part><part>Histoire</part></subject></controlaccess></c01></dsc>
</archdesc></ead>"""


def test_ead3(saved: Save, leaves: Read) -> None:
    found = documents(leaves(saved("aid.xml", EAD3.encode())))
    assert list(found) == ["archdesc", "x1"]
    assert record(found["archdesc"]).agents == (Agent(family="Ollier", given="Anne"),)
    letters = found["x1"]
    assert (letters.description.access, letters.description.language) == ("public", "fr")
    assert record(letters) == Record(
        type="manuscript",
        title="Lettres",
        issued="1934-05-06/1936",
        extent="3 liasses",
        genre="file",
        languages=("fr",),
        subjects=("Ponts, Histoire",),
        identifiers=(("ref_id", "x1"), ("handle", "2027/x.1")),
        repository="Archives de la Ville",
        collection="Fonds Ollier",
        box="2",
        item="reel 7",
        links=("https://hdl.handle.net/2027/x.1",),
    )
    assert letters.sections[0].text.startswith("Lettres, 6 mai 1934–1936\n3 liasses\nBox 2, reel 7")


def test_its_root_tells_a_finding_aid(read: Of) -> None:
    assert container(EAD3.encode(), "a.txt") == "ead"
    assert container(b'<e:ead xmlns:e="urn:isbn:1-931666-22-9"/>') == "ead"
    assert not container(b"<eadgroup/>", "a.xml")
    assert read("<eadheader/>") == {}


def test_what_is_inherited_and_what_replaces_it(read: Of) -> None:
    found = read(
        "<archdesc>"
        + DID.format("Papers")
        + OPEN
        + "<prefercite><p>Cite the papers.</p></prefercite>"
        "<userestrict><p>In copyright.</p></userestrict><dsc>"
        f"<c id='s'>{DID.format('Diaries')}<accessrestrict><p>Closed.</p></accessrestrict>"
        f"<c id='f'>{DID.format('1934')}<prefercite><p>Cite the diary.</p></prefercite></c>"
        f"<c id='g'>{DID.format('1935')}{OPEN}</c></c>"
        f"<c id='t'>{DID.format('Letters')}</c></dsc></archdesc>"
    )
    said = {name: one.description for name, one in found.items()}
    assert {name: one.access for name, one in said.items()} == {
        "archdesc": "public", "s": "staff", "f": "staff", "g": "public", "t": "public",
    }  # fmt: skip
    cited = {name: record(one).preferred_citation for name, one in found.items()}
    assert Counter(cited.values()) == {"Cite the papers.": 4, "Cite the diary.": 1}
    assert {one.rights.label for one in said.values() if one.rights} == {"In copyright."}
    assert record(found["g"]).series == ("Diaries",)


def test_what_stands_behind_the_components_restricts_them_too(read: Of) -> None:
    found = read(
        f"<archdesc>{DID.format('Papers')}{OPEN}<dsc><c id='a'>{DID.format('A')}"
        f"<c id='b'>{DID.format('B')}</c><scopecontent><p>Late words.</p></scopecontent></c></dsc>"
        "<accessrestrict><p>Box 1 is closed.</p></accessrestrict></archdesc>"
    )
    assert {one.description.access for one in found.values()} == {None}
    assert all("Box 1 is closed." in one.description.access_note for one in found.values())
    assert [section.text for section in found["a"].sections] == ["A", "Late words."]
    assert [section.text for section in found["b"].sections] == ["B"]


def test_a_damaged_finding_aid_stays_with_the_staff(saved: Save, leaves: Read) -> None:
    cut = f"<ead><archdesc>{DID.format('Papers')}{OPEN}<dsc><c id='a'>{DID.format('A')}</c><c"
    *read, failed = leaves(saved("aid.xml", cut.encode()))
    assert [leaf.record for leaf in read] == ["archdesc", "a"]
    assert {leaf.document.description.access for leaf in read if leaf.document} == {"staff"}
    assert (failed.outcome, failed.reason) == ("failed", "damaged XML")


def test_ids_that_name_several_name_none(read: Of) -> None:
    twice = f"<c id='a'>{DID.format('A')}</c><c id='a'>{DID.format('B')}<c01/></c>"
    found = read(
        f"<archdesc>{DID.format('P')}<dsc>{twice}</dsc><dsc><c id='c/1'/></dsc></archdesc>"
    )
    assert list(found) == ["archdesc", "c/1", "c/2"]
    others = read(
        f"<archdesc>{DID.format('P')}<c id='archdesc'>{DID.format('A')}</c></archdesc>"
        f"<archdesc>{DID.format('Q')}<c>{DID.format('B')}</c></archdesc>"
    )
    assert list(others) == ["archdesc", "c/1", "2/archdesc", "2/c/1"]


def test_what_is_internal(read: Of) -> None:
    found = read(
        f"<archdesc>{DID.format('Papers')}{OPEN}<odd audience='internal'><p>For us.</p></odd>"
        f"<dsc><c id='a' audience='internal'>{DID.format('A')}<c id='b'>{DID.format('B')}</c></c>"
        f"<c id='r'>{DID.format('R')}<accessrestrict rights-restriction='Restricted'>"
        "<p>Open for research.</p></accessrestrict></c></dsc></archdesc>"
    )
    assert {name: one.description.access for name, one in found.items()} == {
        "archdesc": "public", "a": "staff", "b": "staff", "r": "staff",
    }  # fmt: skip
    assert "For us" not in str(found["archdesc"].sections)
    assert found["archdesc"].notes == ("left out, as they are for internal use: 1 elements",)


def test_what_is_internal_within_notes_groups_and_lists(read: Of) -> None:
    did = (
        "<did><unittitle>Papers</unittitle><origination><persname>Bell</persname>"
        "<persname audience='internal'>Secret</persname></origination></did>"
    )
    found = read(
        f"<archdesc>{did}<odd><p>Said <emph audience='internal'>secret</emph>aloud.</p>"
        "<p audience='internal'>Secret.</p></odd>"
        "<descgrp audience='internal'><odd><p>Secret.</p></odd>"
        "<accessrestrict><p>Secret until 2050.</p></accessrestrict></descgrp>"
        "<userestrict audience='internal'><p>Secret.</p></userestrict>"
        f"<dsc audience='internal'><c id='a'>{DID.format('A')}</c></dsc>"
        "<descgrp audience='internal'><odd><p>Secret.</p></odd></descgrp></archdesc>"
    )
    papers = found["archdesc"]
    assert "Said aloud." in str(papers.sections)
    assert "ecret" not in str((papers.sections, papers.description.record))
    assert papers.description.rights is None
    assert papers.description.creator == "Bell"
    assert papers.description.is_restricted_in_words, "what restricts counts all the same"
    assert papers.notes == ("left out, as they are for internal use: 7 elements",)
    assert found["a"].description.access == "staff"


@pytest.mark.parametrize(
    ("restriction", "access", "closed"),
    [
        ("<accessrestrict><head>Closed until 2050</head></accessrestrict>", None, True),
        ("<accessrestrict><head>Access</head></accessrestrict>", "public", False),
        ("<accessrestrict rights-restriction='closed'/>", "staff", False),
        ("<accessrestrict type='DonorRestricted'/>", "staff", False),
        ("<accessrestrict localtype='closed'><p>Open.</p></accessrestrict>", "staff", False),
        ("<accessrestrict type='closed'><p>Closed until 2050.</p></accessrestrict>", None, True),
        ("<admininfo><accessrestrict><p>Closed.</p></accessrestrict></admininfo>", "staff", False),
        ("<odd><accessrestrict><p>Closed.</p></accessrestrict></odd>", "staff", False),
        ("<legalstatus>Sealed</legalstatus>", "staff", False),
        ("<legalstatus>Public records</legalstatus>", "public", False),
    ],
)
def test_what_restricts_without_a_paragraph(
    read: Of, restriction: str, access: str | None, *, closed: bool
) -> None:
    component = f"<dsc><c id='a'>{DID.format('A')}{restriction}</c></dsc>"
    said = read(f"<archdesc>{DID.format('P')}{OPEN}{component}</archdesc>")["a"].description
    assert (said.access, said.closed_until is not None) == (access, closed)


def test_statements_on_harmful_words_are_notices(read: Of) -> None:
    statement = "This guide keeps the words of its time. Some of them hurt."
    found = read(
        f"<archdesc>{DID.format('Papers')}<processinfo><head>Statement on harmful content</head>"
        f"<p>{statement}</p></processinfo><odd><head>Contents</head><p>Tracts against offensive "
        f"language.</p></odd><dsc><c id='a'>{DID.format('A')}</c></dsc></archdesc>"
    )
    for one in found.values():
        (notice,) = one.description.notices
        assert (notice.type, notice.text) == ("harmful-language", statement)


@pytest.mark.parametrize(
    ("dates", "issued", "first", "last"),
    [
        ('<unitdate normal="1934/1936">about then</unitdate>', "1934/1936", 1934, 1936),
        ('<unitdate normal="1931/1931">1931</unitdate>', "1931", 1931, 1931),
        (
            '<unitdate type="bulk" normal="1900/1910"/><unitdate normal="1890/1920"/>',
            "1890/1920", 1890, 1920,
        ),
        ('<unitdate type="bulk" normal="1900/1910">bulk</unitdate>', "1900/1910", 1900, 1910),
        ('<unitdate normal="1901"/><unitdate normal="1910"/>', "1901/1910", 1901, 1910),
        ('<unitdate normal="17500101/17591231"/>', "1750/1759", 1750, 1759),
        ("<unitdate>1901, 2014, and undated</unitdate>", "1901, 2014, and undated", 1901, 2014),
        ("<unitdate>1934</unitdate>", "1934", 1934, 1934),
        ("<unitdate>n.d.</unitdate>", "n.d.", None, None),
    ],
)  # fmt: skip
def test_dates(read: Of, dates: str, issued: str, first: int | None, last: int | None) -> None:
    said = read(f"<archdesc><did><unittitle>P</unittitle>{dates}</did></archdesc>")["archdesc"]
    assert record(said).issued == issued
    days = said.description.date
    years = (int(iso_date(days.first)[:4]), int(iso_date(days.last)[:4])) if days else (None, None)
    assert years == (first, last)


def test_entities_that_nobody_defines(saved: Save, leaves: Read) -> None:
    text = (
        '<!DOCTYPE ead SYSTEM "http://127.0.0.1:9/ead.dtd"><ead><archdesc><did>'
        "<unittitle>Caf&eacute; &unknown; noir</unittitle></did></archdesc></ead>"
    )
    (leaf,) = leaves(saved("aid.xml", text.encode()))
    assert leaf.document is not None
    assert leaf.document.description.title == "Café &unknown; noir"


def test_depth_and_strange_nesting_end_in_a_reason(saved: Save, leaves: Read) -> None:
    deep = b"<ead><archdesc>" + b"<c><did><unittitle>x</unittitle></did>" * 1500
    assert leaves(saved("a.xml", deep))[-1].reason == "damaged XML"
    note = b"<ead><archdesc><odd>" + b"<list><item>" * 900 + b"word" + b"</item></list>" * 900
    (leaf,) = leaves(saved("b.xml", note + b"</odd></archdesc></ead>"))
    assert leaf.document is not None
    assert leaf.document.sections[-1].text == "word"


_PEAK = """
import resource, sys
from pathlib import Path
from rag_assistant.readers import read_file
leaves = sum(leaf.outcome == "read" for leaf in read_file(Path(sys.argv[1]), "aid.xml"))
print(leaves, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_long_finding_aid_takes_the_memory_of_a_short_one(tmp_path: Path) -> None:
    def peak(folders: int) -> int:
        path = tmp_path / f"{folders}.xml"
        with path.open("w", encoding="utf-8") as aid:
            aid.write(f"<ead>{IN_ENGLISH}<archdesc>{DID.format('Papers')}<dsc>")
            for number in range(folders):
                words = "Letters of the council. " * 800
                aid.write(
                    f"<c id='f{number}'>{DID.format(f'Folder {number}')}"
                    f"<odd><p>{words}</p></odd></c>"
                )
            aid.write("</dsc></archdesc></ead>")
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, check=True
        )
        leaves, kilobytes = map(int, done.stdout.split())
        assert leaves == folders + 1
        return kilobytes

    assert peak(1000) - peak(100) < 8 * 1024, "20 MB and 2 MB"


def test_nothing_is_said_of_what_says_nothing(read: Of) -> None:
    (said,) = read("<archdesc level='fonds'><did/></archdesc>").values()
    assert said.description.title == "fonds"
    assert said.description.access_note == Description().access_note
