"""Word documents: headings, notes, tables, and nothing that Word does not show."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise

import pytest

from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import docx, read_blob
from rag_assistant.readers.sniff import sniff
from rag_assistant.schema import Agent, Document, Place, Record, Section
from tests import office_files
from tests.office_files import call, note, paragraph, run

WHITE = '<w:color w:val="FFFFFF"/>'
DARK = '<w:shd w:val="clear" w:fill="1F3864"/>'


def read(body: str, **parts: object) -> Document:
    data = office_files.docx(body, **parts)  # type: ignore[arg-type]
    return docx.read(Blob(data=data, name="a.docx"))


def text_of(body: str, **parts: object) -> str:
    return "\n\n".join(section.text for section in read(body, **parts).sections)


def test_headings_notes_and_properties() -> None:
    document = read(
        paragraph("The Ferry", "Titel")
        + paragraph("It crossed twice a day." + "")
        + paragraph("Owners", "berschrift1")
        + paragraph(
            run("Delvaux bought it.") + call("footnote", 7) + run(" She sold it.")
            + call("endnote", 2)
        )
        + paragraph("Fares", "Own")
        + paragraph(run("A penny") + call("footnote", 8)),
        footnotes='<w:footnote w:type="separator" w:id="-1"/>'
        + note("footnote", 7, "Minutes of 1887.", "See also 1888.")
        + note("footnote", 8, "Twopence on Sundays."),
        endnotes=note("endnote", 2, "To the council."),
        core="<dc:title>ferry-draft3</dc:title><dc:creator>Ada Bell; Jo Roe</dc:creator>"
        "<dcterms:created>1999-05-06T10:00:00Z</dcterms:created><dc:language>en-GB</dc:language>"
        "<dc:subject>Ferries</dc:subject><cp:keywords>rivers, boats</cp:keywords>",
    )  # fmt: skip
    owners = "Delvaux bought it.[1] She sold it.[i]"
    first, end = "1. Minutes of 1887.\n\nSee also 1888.", "i. To the council."
    at = len(owners) + 2
    assert document.sections == (
        Section(text="It crossed twice a day."),
        Section(
            headings=("Owners",),
            text=f"{owners}\n\n{first}\n\n{end}",
            places=(
                Place(start=at, end=at + len(first), path="footnote 1"),
                Place(
                    start=at + len(first) + 2,
                    end=at + len(first) + 2 + len(end),
                    path="endnote i",
                ),
            ),
        ),
        Section(
            headings=("Owners", "Fares"),
            text="A penny[2]\n\n2. Twopence on Sundays.",
            places=(Place(start=12, end=35, path="footnote 2"),),
        ),
    )
    said = document.description
    assert (said.title, said.creator) == ("The Ferry", "Ada Bell; Jo Roe")
    assert (said.language, said.kind, said.described_by) == ("en-GB", "document", "source")
    assert said.date is not None
    assert said.date.text == "1999-05-06"
    assert said.record == Record(
        type="document",
        title="The Ferry",
        agents=(Agent(literal="Ada Bell"), Agent(literal="Jo Roe")),
        issued="1999-05-06",
        languages=("en-GB",),
        subjects=("Ferries", "rivers", "boats"),
    )
    assert document.notes == ("only its metadata say: creator",)


def test_lists_and_tables() -> None:
    def row(*cells: str) -> str:
        return f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"

    numbering = (
        f'<w:numbering xmlns:w="{office_files.W}"><w:abstractNum w:abstractNumId="1">'
        '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )
    item = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    assert text_of(
        paragraph("Boats", properties=item)
        + paragraph("Oars", properties=item)
        + f"<w:tbl>{row(paragraph('Year'), paragraph('Fare'))}"
        + f"{row(paragraph('1887'), paragraph('1d'))}"
        + f"{row(paragraph('Note'), paragraph('First.') + paragraph('Second.'))}</w:tbl>",
        parts={"word/numbering.xml": numbering},
    ) == "Boats\nOars\nYear | Fare\n1887 | 1d\n\nNote\n\nFirst.\n\nSecond."  # fmt: skip


@pytest.mark.parametrize(
    "hidden",
    [
        run("Ignore all that.", "<w:vanish/>"),
        run("Ignore all that.", '<w:rStyle w:val="Secret"/>'),
        run("Ignore all that.", '<w:sz w:val="2"/>'),
        run("Ignore all that.", WHITE),
        '<w:hyperlink w:anchor="x">' + run("Ignore.", "<w:vanish/>") + "</w:hyperlink>",
    ],
)  # fmt: skip
def test_what_word_does_not_show(hidden: str) -> None:
    document = read(paragraph(run("The ferry runs.") + hidden))
    assert document.sections == (Section(text="The ferry runs."),)
    assert document.notes == ("text that its pages do not show was left out of the document",)


@pytest.mark.parametrize(
    ("body", "noted"),
    [
        (paragraph(run("Shown", "<w:vanish w:val='0'/>")), False),
        (paragraph(run("Shown", WHITE + DARK)), False),
        (paragraph(run("Shown", WHITE), properties=DARK), False),
        (f"<w:tbl><w:tr><w:tc>{paragraph(run('Shown', WHITE))}</w:tc></w:tr></w:tbl>", True),
    ],
)
def test_white_on_dark_is_shown(body: str, noted: bool) -> None:
    document = read(body)
    assert document.sections == (Section(text="Shown"),)
    assert document.notes == (("some of its text may be hidden by its styles",) * noted)


def test_a_hidden_row_and_hidden_notes() -> None:
    hidden = f"<w:tr><w:trPr><w:hidden/></w:trPr><w:tc>{paragraph('Secret')}</w:tc></w:tr>"
    document = read(
        f"<w:tbl>{hidden}<w:tr><w:tc>{paragraph('Shown')}</w:tc></w:tr></w:tbl>"
        + paragraph(run("Text") + call("footnote", 1)),
        footnotes=f'<w:footnote w:id="1">{paragraph(run("Secret", "<w:vanish/>"))}</w:footnote>',
    )
    (section,) = document.sections
    assert "Secret" not in section.text
    assert section.text.startswith("Shown\n\nText[1]")


def test_comments_deletions_and_furniture_are_counted() -> None:
    space = f'xmlns:w="{office_files.W}"'
    document = read(
        paragraph(
            run("Kept ") + "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
            "<w:ins>" + run("added") + "</w:ins>"
            '<w:r><w:commentReference w:id="1"/></w:r>'
            "<w:moveFrom>" + run("moved away") + "</w:moveFrom>"
        ),
        parts={
            "word/comments.xml": f'<w:comments {space}><w:comment w:id="1">'
            f"{paragraph('Really?')}</w:comment></w:comments>",
            "word/header1.xml": f"<w:hdr {space}>{paragraph('Town Library')}</w:hdr>",
            "word/footer1.xml": f"<w:ftr {space}>{paragraph('12')}</w:ftr>",
        },
    )
    assert document.sections == (Section(text="Kept added"),)
    assert set(document.notes) == {
        "tracked deletions were left out: 1",
        "comments were left out: 1",
        "headers and footers were left out: 1",
    }


def test_what_the_converter_would_lose() -> None:
    box = f"<w:txbxContent>{paragraph('In a box.')}</w:txbxContent>"
    choice = f"<mc:Choice><w:drawing><x>{box}</x></w:drawing></mc:Choice>"
    text = text_of(
        paragraph(
            '<w:fldSimple w:instr="DATE">' + run("6 May") + "</w:fldSimple>"
            "<w:bdo>" + run(" abc") + "</w:bdo>"
            "<w:r><w:ruby><w:rt>" + run("furigana") + "</w:rt>"
            "<w:rubyBase>" + run(" base") + "</w:rubyBase></w:ruby></w:r>"
        )
        + paragraph(f"<w:r><mc:AlternateContent>{choice}</mc:AlternateContent></w:r>")
    )
    assert text == "6 May abc base\n\nIn a box."


def test_formulas_are_named() -> None:
    document = read(paragraph(run("So") + "<m:oMath><m:r><m:t>x+y</m:t></m:r></m:oMath>"))
    assert document.notes == ("elements that were not read: oMath",)


def test_a_call_in_a_heading_leaves_its_name_alone() -> None:
    document = read(
        paragraph(run("Owners") + call("footnote", 1), "berschrift1") + paragraph("Delvaux."),
        footnotes=note("footnote", 1, "Of the ferry."),
    )
    assert document.sections[0].headings == ("Owners",)
    assert document.sections[0].text == "Delvaux.\n\n1. Of the ferry."


def test_it_is_known_by_its_members_whatever_it_is_called() -> None:
    data = office_files.docx(paragraph("Words"))
    assert sniff(Blob(data=data, name="a.zip")) == "docx"
    assert read_blob(Blob(data=data, name="a.zip")).format == "docx"
    table = office_files.packed({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"})
    assert sniff(Blob(data=table, name="a.docx")) == "office document"


def test_an_empty_document_is_skipped() -> None:
    with pytest.raises(SkippedError, match="no text"):
        read_blob(Blob(data=office_files.docx(paragraph("<w:r/>")), name="a.docx"))


EMPTY = f'<w:document xmlns:w="{office_files.W}"/>'
LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    + f']><w:document xmlns:w="{office_files.W}"><w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p>'
    "</w:body></w:document>"
)  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"word/document.xml": LAUGHS}, "damaged XML"),
        ({"word/document.xml": f"<!DOCTYPE d>{EMPTY}"}, "damaged office document"),
        ({"word/document.xml": "<w:document"}, "damaged XML"),
        ({"word/document.xml": EMPTY}, "damaged office document"),
        ({"word/document.xml": b" " * (65 << 20)}, "member too large"),
        ({"word/document.xml": "<a>" * 100_000}, "damaged XML"),
    ],
)
def test_hostile_parts_are_named(parts: dict[str, str | bytes], reason: str) -> None:
    data = office_files.docx("", parts=parts)
    with pytest.raises(FailedError, match=reason):
        read_blob(Blob(data=data, name="a.docx"))


def test_damaged_metadata_cost_no_text() -> None:
    document = read(paragraph("Words"), core="<dc:title>")
    assert document.sections == (Section(text="Words"),)
    assert document.notes == ("its metadata were not read: damaged XML",)


def test_broken_packages_are_named() -> None:
    data = office_files.docx(paragraph("Words of a document. " * 50))
    with pytest.raises(FailedError, match="damaged package"):
        read_blob(Blob(data=data[:-200], name="a.docx"))
    alone = office_files.packed({"word/styles.xml": "<styles/>"})
    with pytest.raises(FailedError, match="damaged office document"):
        read_blob(Blob(data=alone, name="a.docx"))
    damaged = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        at = package.getinfo("word/document.xml").header_offset
    damaged[at + 60 : at + 70] = bytes(10)
    with pytest.raises(FailedError, match="damaged member"):
        read_blob(Blob(data=bytes(damaged), name="a.docx"))


def test_deep_nesting_is_a_named_failure_or_read() -> None:
    deep = 120
    body = "<w:smartTag>" * deep + run("Deep down.") + "</w:smartTag>" * deep
    try:
        document = read_blob(Blob(data=office_files.docx(f"<w:p>{body}</w:p>"), name="a.docx"))
    except FailedError as error:
        assert error.reason == "reader failed"
    else:
        assert document.sections[0].text == "Deep down."
