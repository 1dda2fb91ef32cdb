"""Files of catalogue records: each record one leaf, damage and deletions told by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pymarc
import pytest

from rag_assistant.ports import Leaf
from rag_assistant.schema import Description, Document
from tests import one_work

Save = Callable[[str, bytes], Path]
Read = Callable[[Path], list[Leaf]]

MARC = one_work.as_marc(one_work.book_marc())


def numbered(number: str, title: str = "Roads") -> pymarc.Record:
    record = pymarc.Record(leader="00000cam a2200000 a 4500")
    record.add_field(pymarc.Field(tag="001", data=number))
    record.add_field(
        pymarc.Field(
            tag="245",
            indicators=pymarc.Indicators("1", "0"),
            subfields=[pymarc.Subfield(code="a", value=title)],
        )
    )
    return record


def document(leaf: Leaf) -> Document:
    assert leaf.document, (leaf.outcome, leaf.reason, leaf.detail)
    return leaf.document


def said(leaf: Leaf) -> Description:
    return document(leaf).description


def outcomes(found: list[Leaf]) -> list[tuple[str | None, str, str]]:
    return [(leaf.record, leaf.outcome, leaf.reason) for leaf in found]


# ---------------------------------------------------------------- what is stored of a record


def test_each_field_is_a_paragraph_that_keeps_its_place(saved: Save, leaves: Read) -> None:
    (section,) = document(*leaves(saved("a.mrc", MARC))).sections
    places = {section.text[one.start : one.end]: one.path for one in section.places}
    assert section.text.split("\n\n") == list(places)
    assert next(iter(places)) == "The harbour at Brest : a history in maps / A. Le Goff."
    assert places["How the harbour grew."] == "MARC 520"
    assert places["Harbors -- France -- History."] == "MARC 650"
    assert places["Brest : Editions du Port, c1934."] == "MARC 264"


def test_what_is_not_public_is_no_text_and_is_told(saved: Save, leaves: Read) -> None:
    found = document(*leaves(saved("a.mrc", MARC)))
    text = found.sections[0].text
    assert "francs" not in text, "541 with a first indicator 0 is private"
    assert "staff remark" not in text, "9XX are the institution's own"
    assert found.notes == ("left out as not public: MARC 541",)


def test_paragraphs_of_mods_and_dublin_core(saved: Save, leaves: Read) -> None:
    (mods,) = leaves(saved("a.xml", one_work.BOOK_MODS))
    (dc,) = leaves(saved("b.xml", one_work.BOOK_DC))
    for leaf, path in ((mods, "mods/abstract"), (dc, "dc:abstract")):
        (section,) = document(leaf).sections
        assert section.text.startswith("The harbour at Brest")
        (place,) = [one for one in section.places if one.path == path]
        assert section.text[place.start : place.end] == "How the harbour grew."
    assert (mods.record, dc.record) == ("brest-1", "ISBN 0-15-678733-0")


def test_an_access_text_that_no_rule_knows_is_kept(saved: Save, leaves: Read) -> None:
    content = one_work.BOOK_MODS.replace(b"Open for research.", b"Ask the curator of maps first.")
    (leaf,) = leaves(saved("a.xml", content))
    assert said(leaf).access is None
    assert said(leaf).access_note == "Ask the curator of maps first."


def test_terms_of_repositories_for_access(saved: Save, leaves: Read) -> None:
    for term, access in ((b"openAccess", "public"), (b"closedAccess", "staff")):
        content = one_work.ARTICLE_DC.replace(
            b"<dc:date>", b"<dc:rights>info:eu-repo/semantics/" + term + b"</dc:rights><dc:date>"
        )
        (leaf,) = leaves(saved("a.xml", content))
        assert said(leaf).access == access


OPEN_NOTE = b'<accessCondition type="restriction on access">Open for research.</accessCondition>'


@pytest.mark.parametrize(
    ("condition", "access", "note"),
    [
        (b"<accessCondition>Closed until 2050</accessCondition>", None, "Closed until 2050"),
        (b'<accessCondition type="closed"/>', "staff", "closed"),
        (b'<accessCondition displayLabel="Restricted">Ask.</accessCondition>', "staff",
         "Ask.\nRestricted"),
        (b'<accessCondition type="restriction">Ask.</accessCondition>', None, "Ask."),
        (b'<accessCondition type="restriction on access" xlink:href='
         b'"http://purl.org/coar/access_right/c_14cb">Open access</accessCondition>', "staff",
         "Open access\nhttp://purl.org/coar/access_right/c_14cb"),
        (b'<relatedItem type="host"><accessCondition type="restriction on access">Closed'
         b"</accessCondition></relatedItem><accessCondition>CC0</accessCondition>", "staff",
         "Closed"),
        (b'<accessCondition type="use and reproduction">Closed.</accessCondition>', None, ""),
        (b'<accessCondition xlink:href="http://rightsstatements.org/vocab/InC/1.0/"/>', None, ""),
    ],
)  # fmt: skip
def test_what_restricts_in_mods(
    saved: Save, leaves: Read, condition: bytes, access: str | None, note: str
) -> None:
    condition = condition.replace(b" xlink", b' xmlns:xlink="http://www.w3.org/1999/xlink" xlink')
    (leaf,) = leaves(saved("a.xml", one_work.BOOK_MODS.replace(OPEN_NOTE, condition)))
    found = said(leaf)
    assert (found.access, found.access_note) == (access, note)
    assert found.rights is not None, "the record's own conditions of use stay"
    assert (found.closed_until is not None) == ("until" in note)


def test_what_restricts_in_dublin_core(saved: Save, leaves: Read) -> None:
    embargoed = "info:eu-repo/semantics/embargoedAccess"
    until = "info:eu-repo/date/embargoEnd/2020-01-01"
    coar = "http://purl.org/coar/access_right/c_16ec"
    rdf = 'xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" r:resource'
    for elements, access, note in (
        ("<dc:rights>Restricted to staff</dc:rights>", None, "Restricted to staff"),
        ("<dc:rights>closedAccess</dc:rights>", "staff", "closedAccess"),
        ("<dc:rights>In copyright</dc:rights>", None, ""),
        (f"<dc:rights {rdf}='{coar}'>Open access</dc:rights>", "staff", coar),
        ("<dcterms:accessRights>Closed</dcterms:accessRights>", "staff", "Closed"),
        (f"<dc:rights>{embargoed}</dc:rights>", "staff", embargoed),
        (f"<dc:rights>{embargoed}</dc:rights><dc:date>{until}</dc:date>", None,
         f"{embargoed}\n{until}"),
    ):  # fmt: skip
        content = one_work.ARTICLE_DC.replace(b"<dc:date>", elements.encode() + b"<dc:date>", 1)
        (leaf,) = leaves(saved("a.xml", content))
        assert (said(leaf).access, said(leaf).access_note) == (access, note)
        assert (said(leaf).closed_until is not None) == (until in note)


def field(tag: str, indicators: str, **subfields: str) -> pymarc.Field:
    return pymarc.Field(
        tag=tag,
        indicators=pymarc.Indicators(*indicators),
        subfields=[
            pymarc.Subfield(code=code.lstrip("_"), value=value) for code, value in subfields.items()
        ],
    )


@pytest.mark.parametrize(
    ("restricting", "access"),
    [
        (field("506", "1 ", _2="star"), "staff"),
        (field("506", "1 ", a="Open"), "staff"),
        (field("506", "0 ", a="Open"), "public"),
        (field("506", "  ", u="http://purl.org/coar/access_right/c_14cb"), "staff"),
        (field("880", "  ", _6="506-00/(N", a="Closed"), "staff"),
        (field("880", "1 ", _6="506-00"), "staff"),
        (field("355", "0 ", a="Confidential"), "staff"),
        (field("355", "0 ", a="Unclassified"), None),
        (field("540", "  ", u="http://purl.org/coar/access_right/c_16ec"), "staff"),
        (field("540", "  ", a="Closed stacks", u="https://e.example"), None),
    ],
)
def test_what_restricts_in_marc(
    saved: Save, leaves: Read, restricting: pymarc.Field, access: str | None
) -> None:
    record = numbered("1")
    record.add_field(restricting)
    (leaf,) = leaves(saved("a.mrc", one_work.as_marc(record)))
    assert said(leaf).access == access


def test_private_words_in_another_script_or_field(saved: Save, leaves: Read) -> None:
    record = numbered("1")
    record.add_field(field("880", "0 ", _6="561-01/(N", a="secret"))
    record.add_field(field("880", "1 ", _6="561-02", a="Given by Ivanov."))
    record.add_field(field("880", "  ", _6="583-03", x="secret", a="mended"))
    for tag in ("526", "876", "877", "878"):
        record.add_field(field(tag, "  ", x="secret", p="1"))
    authority = numbered("2")
    authority.leader = pymarc.Leader("00000nz  a2200000n  4500")
    authority.add_field(field("667", "  ", a="secret"))
    found = leaves(saved("a.mrc", one_work.as_marc(record) + one_work.as_marc(authority)))
    texts = [document(leaf).sections[0].text for leaf in found]
    assert "Given by Ivanov." in texts[0]
    assert "mended" in texts[0]
    assert "secret" not in str(texts)
    assert document(found[0]).notes[-6:] == tuple(
        f"left out as not public: MARC {one}"
        for one in ("526 $x", "561", "583 $x", "876 $x", "877 $x", "878 $x")
    )
    assert document(found[1]).notes == ("left out as not public: MARC 667",)


# ---------------------------------------------------------------- files of many records


def test_names_are_unique_numbers_or_places(saved: Save, leaves: Read) -> None:
    content = one_work.many([numbered("1"), numbered("2"), numbered("1", "Bridges"), numbered("")])
    found = leaves(saved("a.mrc", content))
    assert [leaf.record for leaf in found] == ["1", "2", "record:3", "record:4"]
    assert [said(leaf).title for leaf in found] == ["Roads", "Roads", "Bridges", "Roads"]


@pytest.mark.parametrize(
    ("damage", "detail"),
    [
        (lambda raw: raw[:-4] + raw[-1:], "its length is not the one that it declares"),
        (lambda raw: raw[:12] + b"99999" + raw[17:], "Base address exceeds size of record"),
        (lambda raw: b"0000x" + raw[5:], "invalid literal for int() with base 10: b'0000x'"),
        (lambda raw: raw[:40] + b"\xc3" + raw[41:], "codec can't decode byte 0xc3"),
        (lambda raw: b"xx\x1d", ""),
    ],
)
def test_damage_costs_no_neighbour(
    damage: Callable[[bytes], bytes], detail: str, saved: Save, leaves: Read
) -> None:
    one, two, three = (one_work.as_marc(numbered(str(n))) for n in (1, 2, 3))
    found = leaves(saved("a.mrc", one + damage(two) + b"\n" + three + b"\n"))
    assert [leaf.outcome for leaf in found] == ["read", "failed", "read"]
    assert found[1].reason == "damaged record"
    assert detail in found[1].detail
    assert [found[0].record, found[2].record] == ["1", "3"]


def test_a_file_that_breaks_off(saved: Save, leaves: Read) -> None:
    content = one_work.many([numbered("1"), numbered("2")])[:-20]
    found = leaves(saved("a.mrc", content))
    assert [(leaf.outcome, leaf.detail) for leaf in found] == [
        ("read", ""),
        ("failed", "it ends before its end mark"),
    ]


def test_deleted_records_are_skipped_by_name(saved: Save, leaves: Read) -> None:
    gone = one_work.as_marc(numbered("2")).replace(b"cam", b"dam", 1)
    found = leaves(saved("a.mrc", one_work.as_marc(numbered("1")) + gone))
    assert outcomes(found) == [("1", "read", ""), ("2", "skipped", "deleted record")]


def test_marc_8_is_told_from_what_only_says_so(saved: Save, leaves: Read) -> None:
    honest = one_work.as_marc(numbered("1", "Cafe"))
    marc8 = honest.replace(b"Cafe", b"Caf\xe2e").replace(b" a22", b"  22", 1)
    marc8 = b"%05d" % len(marc8) + marc8[5:]
    marc8 = marc8.replace(b"245000700003", b"245000800003").replace(
        b"245000900002", b"245001000002"
    )
    utf8 = one_work.as_marc(numbered("2", "Caf\u00e9")).replace(b" a22", b"  22", 1)
    found = leaves(saved("a.mrc", marc8 + utf8))
    assert [said(leaf).title for leaf in found] == ["Caf\u00e9", "Caf\u00e9"]
    assert document(found[0]).notes == ()
    assert document(found[1]).notes == ("says that it is MARC-8, but was read as utf-8",)


def test_json_of_all_shapes(saved: Save, leaves: Read) -> None:
    one, two = (json.loads(numbered(number).as_json()) for number in "12")
    listed = json.dumps([one, two]).encode()
    lines = b"\n".join(json.dumps(record).encode() for record in (one, two))
    for content in (listed, lines, json.dumps([one, two], indent=2).encode()):
        found = leaves(saved("a.json", content))
        assert [(leaf.record, said(leaf).title) for leaf in found] == [
            ("1", "Roads"),
            ("2", "Roads"),
        ]


def test_json_that_is_none_from_some_place_on(saved: Save, leaves: Read) -> None:
    one = numbered("1").as_json()
    odd = '{"leader": "00000cam a2200000 a 4500", "fields": [7]}'
    found = leaves(saved("a.json", f"[{one}, {odd}, {one[:-9]}".encode()))
    assert outcomes(found) == [
        ("1", "read", ""),
        ("record:2", "failed", "damaged record"),
        (None, "failed", "damaged JSON"),
    ]


def test_xml_that_breaks_off_keeps_what_came_before(saved: Save, leaves: Read) -> None:
    whole = one_work.as_marcxml(numbered("1")).partition(b"?>")[2] or one_work.as_marcxml(
        numbered("1")
    )
    content = b"<collection>" + whole + b"<record><leader>x</leader>"
    found = leaves(saved("a.xml", content))
    assert outcomes(found) == [("1", "read", ""), (None, "failed", "damaged XML")]


def test_no_entity_is_looked_up(saved: Save, leaves: Read, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret words", encoding="utf-8")
    doctype = f'<!DOCTYPE mods [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    content = doctype.encode() + b"<mods><titleInfo><title>Roads &x;</title></titleInfo></mods>"
    (leaf,) = leaves(saved("a.xml", content))
    assert "secret" not in repr(leaf.document)


# ---------------------------------------------------------------- what opens such files


def test_collections_and_envelopes(saved: Save, leaves: Read) -> None:
    mods = one_work.BOOK_MODS
    collection = (
        b'<modsCollection xmlns="http://www.loc.gov/mods/v3">' + mods + b"</modsCollection>"
    )
    (leaf,) = leaves(saved("a.xml", collection))
    assert document(leaf).format == "mods"
    rdf = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        b' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        b'<rdf:Description rdf:about="https://example.org/1"><dc:title>Roads</dc:title>'
        b"</rdf:Description><rdf:Description><dc:title>Bridges</dc:title></rdf:Description></rdf:RDF>"
    )
    found = leaves(saved("a.rdf", rdf))
    assert [(leaf.record, said(leaf).title) for leaf in found] == [
        ("https://example.org/1", "Roads"),
        ("record:2", "Bridges"),
    ]
    assert said(found[0]).uri == "https://example.org/1"


def oai(*records: bytes) -> bytes:
    return (
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        b"<responseDate>2024-05-01T10:00:00Z</responseDate><ListRecords>"
        + b"".join(records)
        + b"</ListRecords></OAI-PMH>"
    )


def oai_record(identifier: str, payload: bytes, status: bytes = b"") -> bytes:
    metadata = b"<metadata>" + payload + b"</metadata>" if payload else b""
    header = (
        b"<header" + status + b"><identifier>" + identifier.encode() + b"</identifier></header>"
    )
    return b"<record>" + header + metadata + b"</record>"


def test_what_a_harvest_holds_is_read_by_its_own_kind(saved: Save, leaves: Read) -> None:
    marcxml = one_work.as_marcxml(one_work.book_marc()).partition(b"?>")[2]
    content = oai(
        oai_record("oai:x:1", marcxml or one_work.as_marcxml(one_work.book_marc())),
        oai_record("oai:x:2", one_work.BOOK_MODS),
        oai_record("oai:x:3", one_work.ARTICLE_DC),
        oai_record("oai:x:4", b"", b' status="deleted"'),
        oai_record("oai:x:5", b"<thing/>"),
        oai_record("oai:x:6", b""),
    )
    found = leaves(saved("a.xml", content))
    assert outcomes(found) == [
        ("oai:x:1", "read", ""),
        ("oai:x:2", "read", ""),
        ("oai:x:3", "read", ""),
        ("oai:x:4", "skipped", "deleted record"),
        ("oai:x:5", "skipped", "unknown kind of metadata"),
        ("oai:x:6", "failed", "damaged record"),
    ]
    records = [said(leaf).record for leaf in found[:2]]
    assert records[0] == records[1]
    assert said(found[0]).identifiers["oai"] == "oai:x:1"
    assert {document(leaf).format for leaf in found[:3]} == {"oai"}


def test_rights_beside_a_record_of_a_harvest(saved: Save, leaves: Read) -> None:
    rights = b'<about><rights xmlns="http://www.openarchives.org/OAI/2.0/rights/">' + (
        b"<rightsDefinition><p>Closed.</p></rightsDefinition></rights></about>"
    )
    ead = b"<ead><archdesc><did><unittitle>Papers</unittitle></did></archdesc></ead>"
    for payload in (one_work.ARTICLE_DC, ead):
        record = oai_record("oai:x:1", payload).replace(b"</record>", rights + b"</record>")
        (leaf,) = leaves(saved("a.xml", oai(record)))
        assert said(leaf).access == "staff"
    term = rights.replace(b"Closed.", b"info:eu-repo/semantics/openAccess")
    asked = one_work.BOOK_MODS.replace(b"Open for research.", b"Ask first.")
    record = oai_record("oai:x:1", asked).replace(b"</record>", term + b"</record>")
    (leaf,) = leaves(saved("a.xml", oai(record)))
    assert said(leaf).is_restricted_in_words, "what is said beside it opens nothing"


def test_an_answer_without_records_says_why(saved: Save, leaves: Read) -> None:
    content = oai().replace(b"<ListRecords></ListRecords>", b'<error code="noRecordsMatch"/>')
    (leaf,) = leaves(saved("a.xml", content))
    assert (leaf.outcome, leaf.reason, leaf.detail) == ("skipped", "no records", "noRecordsMatch")
